"""Waiting for a socket, so that another thread can end the wait."""

from __future__ import annotations

import select
import selectors
import socket
from contextlib import suppress

__all__ = ["Readiness", "is_readable"]


def is_readable(sock: socket.socket) -> bool:
    """Whether something has come that was not read yet."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(0))


class Readiness:
    """One thread waits; any thread may interrupt it. `close` it when the socket is closed."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._inner, self._outer = socket.socketpair()
        self._inner.setblocking(False)
        self._outer.setblocking(False)
        self._poll = None
        if hasattr(select, "poll"):  # Windows has none; select() knows no file number above 1,023 elsewhere
            self._poll = select.poll()
            self._poll.register(sock, select.POLLIN)
            self._poll.register(self._inner, select.POLLIN)

    def wait(self, seconds: float) -> bool:
        """Whether the socket can be read; False after `seconds` or an interruption."""
        if self._poll is not None:
            ready = self._poll.poll(max(seconds, 0.0) * 1000)
            if not ready:
                return False
            numbers = [number for number, _ in ready]
            interrupted, readable = self._inner.fileno() in numbers, self._socket.fileno() in numbers
        else:
            found, _, _ = select.select([self._socket, self._inner], [], [], max(seconds, 0.0))
            interrupted, readable = self._inner in found, self._socket in found
        if interrupted:
            with suppress(BlockingIOError):
                self._inner.recv(4096)
        return readable

    def interrupt(self) -> None:
        """End the wait of now, or the next one. From any thread."""
        with suppress(OSError):  # full: it is interrupted already; closed: no thread waits
            self._outer.send(b"\0")

    def close(self) -> None:
        self._inner.close()
        self._outer.close()
