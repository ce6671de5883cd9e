"""What stands between two sockets: a thread that hands on what the one says to the other, as late as `conditions` say.

What is late waits in a queue, each piece with the time at which it is due: a latency, not a limit on how much passes.
"""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from .conditions import Conditions

__all__ = ["Conduit"]

# As much as a socket gives at once; what is more comes with the next read.
_CHUNK = 1 << 16
_RESET = struct.pack("ii", 1, 0)
# What may be on its way at once; beyond it the sender has to wait, as with a full window of TCP.
_MOST_BYTES = 64 << 20


class _Lane:
    """One direction."""

    def __init__(self, conditions: Conditions, source: socket.socket, target: socket.socket) -> None:
        self.source = source
        self.target = target
        self.is_done = False
        # The limit is set from any thread, and counted down by the conduit's own.
        self._lock = threading.Lock()
        self._left: int | None = None
        self._is_cut_short = False
        self._conditions = conditions
        self._pieces: deque[tuple[float, bytes]] = deque()
        self._size = 0
        self._last = 0.0
        self._outgoing = b""
        self._has_ended = False

    def limit(self, left: int | None) -> None:
        """Let `left` more bytes through, or all. Too late once a piece was cut short: the rest of it is gone."""
        with self._lock:
            self._left = left

    @property
    def reads(self) -> bool:
        """Whether more may come."""
        return not self._has_ended and self._size < _MOST_BYTES

    @property
    def writes(self) -> bool:
        """Whether something is due that the target did not take yet."""
        return bool(self._outgoing)

    def wait(self, now: float) -> float | None:
        """Seconds until the next piece is due; None where only a socket can bring something new."""
        if self._outgoing or not self._pieces:
            return None
        return max(self._pieces[0][0] - now, 0.0)

    def receive(self, now: float) -> None:
        """Take in a piece. Raises OSError for a broken source."""
        try:
            data = self.source.recv(_CHUNK)
        except BlockingIOError:
            return
        if not data:
            self._has_ended = True
            return
        self._last = self._conditions.arrival(now, self._last)
        self._pieces.append((self._last, data))
        self._size += len(data)

    def release(self, now: float) -> bool:
        """Hand on what is due; False when the limit is reached. Raises OSError for a broken target."""
        while self._flush():
            if self._is_spent():
                return False
            if not self._pieces or self._pieces[0][0] > now:
                break
            _, data = self._pieces.popleft()
            self._size -= len(data)
            if self._conditions.loses:
                continue
            self._outgoing = self._within_limit(data)
        if self._has_ended and not self._pieces and not self._outgoing and not self.is_done:
            # A side that has nothing more to say may still listen.
            self.is_done = True
            self.target.shutdown(socket.SHUT_WR)
        return True

    def _is_spent(self) -> bool:
        with self._lock:
            return self._is_cut_short or self._left == 0

    def _within_limit(self, data: bytes) -> bytes:
        with self._lock:
            if self._left is None:
                return data
            self._is_cut_short = len(data) > self._left
            data = data[: self._left]
            self._left -= len(data)
            return data

    def _flush(self) -> bool:
        """Whether everything that was due is gone."""
        if self._outgoing:
            with suppress(BlockingIOError):
                self._outgoing = self._outgoing[self.target.send(self._outgoing) :]
        return not self._outgoing


class Conduit:
    """Carries between `client` and `server`, and owns both; `on_end` is called when both are closed."""

    def __init__(
        self,
        conditions: Conditions,
        client: socket.socket,
        server: socket.socket,
        *,
        on_end: Callable[[Conduit], None] = lambda conduit: None,
    ) -> None:
        self._sockets = (client, server)
        self._to_server = _Lane(conditions, client, server)
        self._to_client = _Lane(conditions, server, client)
        self._on_end = on_end
        self._is_cut = False
        self._poke_out, self._poke_in = socket.socketpair()
        for sock in (client, server, self._poke_out, self._poke_in):
            sock.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="bad network", daemon=True)

    def start(self) -> None:
        """Begin; once."""
        self._thread.start()

    def limit(self, left: int | None) -> None:
        """Cut it once `left` more bytes have come from the server; None takes that back."""
        self._to_client.limit(left)
        self._poke()

    def cut(self) -> None:
        """End both sides at once, with a reset, without a close frame. Twice is fine."""
        self._is_cut = True
        self._poke()
        if threading.current_thread() is not self._thread:
            self._thread.join(5.0)

    def _poke(self) -> None:
        with suppress(OSError):  # full: it is awake already; closed: it has ended
            self._poke_in.send(b"\0")

    def _run(self) -> None:
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._poke_out, selectors.EVENT_READ)
                self._carry(selector)
        except OSError:
            self._is_cut = True
        for sock in self._sockets:
            if self._is_cut:
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            sock.close()
        self._on_end(self)
        self._poke_out.close()
        self._poke_in.close()

    def _carry(self, selector: selectors.BaseSelector) -> None:
        """Until both have said all, one of them breaks, or it is cut."""
        lanes = (self._to_server, self._to_client)
        watched = dict.fromkeys(self._sockets, 0)
        while not self._is_cut:
            now = time.monotonic()
            for lane in lanes:
                if not lane.release(now):
                    self._is_cut = True
                    return
            if all(lane.is_done for lane in lanes):
                return
            for sock in self._sockets:
                wanted = 0
                for lane in lanes:
                    wanted |= selectors.EVENT_READ if lane.source is sock and lane.reads else 0
                    wanted |= selectors.EVENT_WRITE if lane.target is sock and lane.writes else 0
                watched[sock] = _watch(selector, sock, watched[sock], wanted)
            waits = [wait for lane in lanes if (wait := lane.wait(now)) is not None]
            for key, events in selector.select(min(waits, default=None)):
                if key.fileobj is self._poke_out:
                    self._poke_out.recv(4096)
                elif events & selectors.EVENT_READ:
                    next(lane for lane in lanes if lane.source is key.fileobj).receive(time.monotonic())


def _watch(selector: selectors.BaseSelector, sock: socket.socket, watched: int, wanted: int) -> int:
    """Bring the selector in line; returns what is watched for now."""
    if wanted != watched:
        if not watched:
            selector.register(sock, wanted)
        elif wanted:
            selector.modify(sock, wanted)
        else:
            selector.unregister(sock)
    return wanted
