"""The socket of one WebSocket client: frames joined per turn of the loop, bounds in bytes on what waits, signs of life."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from ...types import Identity
from ..alarms import Alarms
from ..wire.server_message import MAX_QUEUED_BYTES, OVERHEAD_BYTES, close_frame, ping_frame
from .backlog import Backlog

__all__ = ["Connection"]

# Keep-alive and back-pressure (spec: websocket.md section 2).
PING_SECONDS = 15.0
IDLE_SECONDS = 30.0
# Who has more queued is not read from until it has taken some of it.
READ_UNTIL_QUEUED = 8 << 20
_BUFFER_BYTES = 1 << 20
# So much is written in one turn of the loop: a few hundred clients with long answers leave time for the others.
_WRITTEN_AT_ONCE = 256 << 10
# The backlog is told of so many bytes at once: most of what is sent goes out before it comes to that.
_UNCOUNTED_BYTES = 4 << 10
_RETRY_SECONDS = 0.02
_READING_RETRY_SECONDS = 0.002
# What may still be on its way when a connection ends.
_LAST_BYTES = 8 << 20
_PING = ping_frame()


class Connection:
    """Writes whole frames to `transport`. What the peer does not read waits here: where that is more than `limit` bytes,
    or too much in the `backlog` of all clients together, the connection is dropped."""

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        backlog: Backlog | None = None,
        limit: int = MAX_QUEUED_BYTES,
        alarms: Alarms | None = None,
    ) -> None:
        # Whose it is, once that is settled.
        self.client: object | None = None
        self.identity: Identity | None = None
        self._transport = transport
        self._loop = loop
        self._backlog = backlog or Backlog(limit)
        self._alarms = alarms or Alarms()
        self.limit = limit
        # Up to here nothing is to be done about what waits.
        self._look_at = min(limit, READ_UNTIL_QUEUED)
        self._waiting: list[bytes] = []
        self._waiting_bytes = 0
        # How much of the first of them was written, and how much of all there ever was.
        self._begun = self._written = 0
        # What the backlog of all clients counts for this one, and what it is yet to count: together never less than is queued.
        self._counted_bytes = self._uncounted_bytes = 0
        # One long answer may be more than the bound by itself: it counts for nothing until it is taken.
        self._longest = 0
        # Whether the peer should take some of what is queued for it before it asks for more: see `writable`.
        self.is_behind = False
        self._flush_at: asyncio.Handle | None = None
        self._last_seen = self._last_ping = loop.time()
        self._last_buffered = self._last_waited = 0
        self._ping_unanswered = False
        # Whether something came from the client since that was last looked at: no clock is read for each message.
        self.has_received = False
        self._backlog.connections.add(self)

    @property
    def transport(self) -> asyncio.Transport:
        return self._transport

    @property
    def waiting_frames(self) -> int:
        """Frames that the peer has not taken yet."""
        return len(self._waiting)

    @property
    def queued_bytes(self) -> int:
        """Bytes that the peer has not taken yet."""
        return self._waiting_bytes + self.own_bytes

    @property
    def own_bytes(self) -> int:
        return self._transport.get_write_buffer_size()

    def frames(self) -> Sequence[bytes]:
        return self._waiting

    @property
    def taken_bytes(self) -> int:
        """What the peer has ever taken."""
        return self._written - self._transport.get_write_buffer_size()

    def is_gone(self) -> bool:
        """Whether the client is gone; else what is worked on for the client is a sign of life."""
        self._last_seen = self._loop.time()
        return self._transport.is_closing()

    def deliver(self, frame: bytes) -> None:
        """Sends `frame` after those before it, with whatever else this turn of the loop brings."""
        if self._transport.is_closing():
            return
        size = len(frame) + OVERHEAD_BYTES
        self._waiting.append(frame)
        self._waiting_bytes += size
        if size > self._longest:
            self._longest = size
        if self._waiting_bytes > self._look_at:
            if self._waiting_bytes - self._longest > self.limit:
                self.drop()
                return
            self.is_behind = self.is_behind or self._waiting_bytes > READ_UNTIL_QUEUED
        if self._flush_at is None:
            self._flush_at = self._loop.call_soon(self._flush)
        self._uncounted_bytes += size
        if self._uncounted_bytes > _UNCOUNTED_BYTES:
            more, self._uncounted_bytes = self._uncounted_bytes, 0
            self._counted_bytes += more
            self._backlog.add(more)

    def deliver_pieces(self, pieces: Sequence[bytes]) -> None:
        """Sends one long frame, piece by piece. Those that are queued for others, too, count once for all."""
        *pieces, last = pieces
        size = sum(map(len, pieces)) + OVERHEAD_BYTES * len(pieces)
        self._longest = max(self._longest, size + len(last) + OVERHEAD_BYTES)
        self._waiting += pieces
        self._waiting_bytes += size
        self._uncounted_bytes += size
        self.deliver(last)

    def _flush(self) -> None:
        self._alarms.look()  # a commit may be written to hundreds in one turn of the loop
        self._flush_at = None
        if self._transport.is_closing():
            self._forget()
        elif self._transport.get_write_buffer_size() > _BUFFER_BYTES:
            self._flush_later()
            if self._uncounted_bytes:
                self._count()
        elif self._waiting_bytes > _WRITTEN_AT_ONCE:
            self._write_some()
        elif self._waiting:
            self._write_all()

    def _write_all(self) -> None:
        frames = self._waiting
        self._waiting = []
        self._waiting_bytes = self._longest = 0
        data = frames[0] if len(frames) == 1 else b"".join(frames)
        if self._begun:
            data, self._begun = data[self._begun :], 0
        self._written += len(data)
        self._transport.write(data)
        if self._counted_bytes or self._transport.get_write_buffer_size():
            self._count()
        else:
            self._uncounted_bytes = 0

    def _write_some(self) -> None:
        """A part of what waits: the rest once the loop has looked at the other sockets."""
        left, number = _WRITTEN_AT_ONCE, 0
        parts: list[bytes | memoryview] = []
        while left > 0 and number < len(self._waiting):
            frame = self._waiting[number]
            part = memoryview(frame)[self._begun : self._begun + left]
            parts.append(part)
            left -= len(part)
            self._begun += len(part)
            if self._begun == len(frame):
                self._begun = 0
                self._waiting_bytes -= len(frame) + OVERHEAD_BYTES
                number += 1
        del self._waiting[:number]
        self._written += _WRITTEN_AT_ONCE - left
        self._transport.write(parts[0] if len(parts) == 1 else b"".join(parts))
        self._count()
        self._flush_later()

    def _flush_later(self) -> None:
        buffered = self._transport.get_write_buffer_size()
        if buffered <= _BUFFER_BYTES:
            self._flush_at = self._loop.call_soon(self._flush)
        else:
            reads = buffered < self._last_waited
            seconds = _READING_RETRY_SECONDS if reads else _RETRY_SECONDS
            self._flush_at = self._loop.call_later(seconds, self._flush)
        self._last_waited = buffered

    def _forget(self) -> None:
        self._waiting = []
        self._waiting_bytes = self._longest = self._begun = 0
        self._count()

    def _count(self) -> None:
        """Has the backlog count what is queued for this client by now: what was written and it has not taken, too."""
        queued = self.queued_bytes if self in self._backlog.connections else 0
        self._uncounted_bytes = 0
        more = queued - self._counted_bytes
        self._counted_bytes += more
        self._backlog.add(more)

    async def writable(self) -> None:
        """Returns when the peer has taken enough of what is queued for it, or has gone."""
        while self.is_behind and not self._transport.is_closing():
            await asyncio.sleep(_RETRY_SECONDS)
            self.is_behind = self.queued_bytes > READ_UNTIL_QUEUED

    def close(self) -> None:
        """Nothing is queued for the peer any more: it has gone."""
        self._backlog.connections.discard(self)
        self._forget()

    def drop(self) -> None:
        """Ends the connection at once, without a Close frame."""
        self._transport.abort()
        self._forget()

    def go_away(self, code: int, reason: str) -> None:
        """Sends what waits, a Close with `code`, and ends the connection."""
        self.deliver(close_frame(code, reason))
        self.flush()
        self._transport.close()

    def flush(self) -> None:
        """Writes what waits now, because something else is about to write, or the end has come: who has too much queued to
        take it in time is dropped."""
        if self._flush_at is not None:
            self._flush_at.cancel()
            self._flush_at = None
        if self._transport.is_closing():
            self._forget()
        elif self.queued_bytes > _LAST_BYTES:
            self.drop()
        elif self._waiting:
            self._write_all()

    def pong(self) -> None:
        """The client has answered a Ping."""
        self._ping_unanswered = False

    def check_alive(self) -> None:
        """Pings a client that is due, drops one that has been silent for too long."""
        now = self._loop.time()
        buffered = self.own_bytes
        if self.has_received:
            self._last_seen, self.has_received = now, False
        if buffered < self._last_buffered:
            # It reads: what it says waits its turn, until it has taken what is queued for it.
            self._last_seen = now
        self._last_buffered = buffered
        self._count()
        if now - self._last_seen > IDLE_SECONDS:
            self.drop()
        elif now - self._last_ping >= PING_SECONDS and not self._ping_unanswered:
            self._last_ping = now
            self._ping_unanswered = True
            self.deliver(_PING)
