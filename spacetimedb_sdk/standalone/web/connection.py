"""The socket of one WebSocket client: frames joined per turn of the loop, a bound on what waits, signs of life."""

from __future__ import annotations

import asyncio

from ..wire.server_message import close_frame, ping_frame

__all__ = ["Connection"]

# Keep-alive and back-pressure (spec: websocket.md section 2).
PING_SECONDS = 15.0
IDLE_SECONDS = 30.0
MAX_WAITING_FRAMES = 16_384
_BUFFER_BYTES = 1 << 20
_RETRY_SECONDS = 0.02
_PING = ping_frame()


class Connection:
    """Writes whole frames to `transport`. What the peer does not read waits here, up to 16,384 frames: then the
    connection is dropped."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        # Whose it is, once that is settled.
        self.client: object | None = None
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []
        self._flush_at: asyncio.Handle | None = None
        self._last_seen = self._last_ping = loop.time()
        self._ping_unanswered = False

    @property
    def waiting_frames(self) -> int:
        """Frames that the peer has not taken yet."""
        return len(self._waiting)

    def deliver(self, frame: bytes) -> None:
        """Sends `frame` after those before it, with whatever else this turn of the loop brings."""
        if self._transport.is_closing():
            return
        self._waiting.append(frame)
        if len(self._waiting) > MAX_WAITING_FRAMES:
            self.drop()
        elif self._flush_at is None:
            self._flush_at = self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_at = None
        if self._transport.is_closing():
            self._waiting.clear()
        elif self._transport.get_write_buffer_size() > _BUFFER_BYTES:
            self._flush_at = self._loop.call_later(_RETRY_SECONDS, self._flush)
        elif self._waiting:
            frames = self._waiting
            self._waiting = []
            self._transport.write(frames[0] if len(frames) == 1 else b"".join(frames))

    def drop(self) -> None:
        """Ends the connection at once, without a Close frame."""
        self._waiting.clear()
        self._transport.abort()

    def go_away(self, reason: str) -> None:
        """Sends what waits, a Close 1001 (Away), and ends the connection."""
        self.deliver(close_frame(1001, reason))
        self._flush()
        self._transport.close()

    def flush(self) -> None:
        """Writes what waits now, because something else is about to write."""
        if self._flush_at is not None:
            self._flush_at.cancel()
        self._flush()

    def seen(self, *, pong: bool = False) -> None:
        """Something came from the client."""
        self._last_seen = self._loop.time()
        if pong:
            self._ping_unanswered = False

    def check_alive(self) -> None:
        """Pings a client that is due, drops one that has been silent for too long."""
        now = self._loop.time()
        if now - self._last_seen > IDLE_SECONDS:
            self.drop()
        elif now - self._last_ping >= PING_SECONDS and not self._ping_unanswered:
            self._last_ping = now
            self._ping_unanswered = True
            self.deliver(_PING)
