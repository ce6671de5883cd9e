"""Outbox: what is sent to the server and its socket has not taken yet, within a bound."""

from __future__ import annotations

import socket
import ssl

from ..protocol.frames import Opcode, client_frame
from .locks import ReentrantLock

__all__ = ["Outbox"]

HELD = "what is sent goes out under its lock"


class Outbox:
    """Whole frames in order, cut only where the socket stopped taking. `lock` is held by the caller.

    A pong is queued for the newest ping alone (RFC 6455 section 5.5.3): a server that pings and does not read costs nothing.
    """

    def __init__(self, lock: ReentrantLock, limit: int) -> None:
        self._lock = lock
        self.limit = limit
        self._socket: socket.socket | None = None
        self._waiting = bytearray()
        self._pong: bytes | None = None
        # Whether more waits than may. The message that goes over the bound is taken, the next one is too many.
        self.is_over = False
        # A frame goes out by steps, and another may come in between: by a signal's handler, which waits for nothing.
        self._is_sending = False

    def use(self, sock: socket.socket) -> None:
        """Send through `sock` from now on."""
        assert self._lock.locked(), HELD
        self._socket = sock

    @property
    def size(self) -> int:
        """Bytes that wait, the pong left out."""
        return len(self._waiting)

    @property
    def is_empty(self) -> bool:
        return not self._waiting and self._pong is None

    def send(self, data: bytes) -> bool:
        """Straight to the socket where nothing is before it, which is what most messages find; the rest waits. Whether all of
        it has gone."""
        if not self._waiting and self._pong is None and self._socket is not None and not self._is_sending:
            self._is_sending = True
            try:
                taken = self._write(data)
                if taken < len(data):
                    # What came in between waits already, and comes after this.
                    self._waiting[:0] = data[taken:]
                elif not self._waiting and self._pong is None:
                    return True
            finally:
                self._is_sending = False
        else:
            self._waiting += data
        self.is_over = len(self._waiting) > self.limit
        return False

    def queue_pong(self, payload: bytes) -> None:
        """Answer this ping once what is before it has gone out, and no older one."""
        self._pong = payload
        self.flush()

    def flush(self) -> None:
        """As much of what waits as the socket takes."""
        if self._waiting and self._socket is not None:
            del self._waiting[: self._write(self._waiting)]
        if not self._waiting and self._pong is not None and self._socket is not None:
            self._waiting += client_frame(Opcode.PONG, self._pong)
            self._pong = None
            del self._waiting[: self._write(self._waiting)]
        self.is_over = len(self._waiting) > self.limit

    def _write(self, data: bytes | bytearray) -> int:
        """What the socket takes now; a broken one is noticed when it is read."""
        assert self._socket is not None
        assert self._lock.locked(), HELD
        try:
            return self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return 0
        except OSError:
            return len(data)
