"""Waiting for a socket, so that another thread can end the wait."""

from __future__ import annotations

import os
import select
import selectors
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

__all__ = ["NearAnswer", "Readiness", "give_way", "is_readable"]

# A server on the same machine answers sooner than a thread falls asleep and is woken, which takes a processor that sleeps
# as well longer than the answer: for so long after a message was sent its sender keeps looking.
LOOK_SECONDS = 0.0002
# An answer that took longer, the sleep and the waking in it, comes from afar: to look for the next one would be for nothing.
NEAR_SECONDS = 0.001
# Who looks lets others have its processor first: where all of them are busy, the server may be the one that waits for it.
give_way: Callable[[], object] = getattr(os, "sched_yield", partial(time.sleep, 0))  # Windows has no other


def is_readable(sock: socket.socket) -> bool:
    """Whether something has come that was not read yet."""
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ)
        return bool(selector.select(0))


class NearAnswer:
    """For how long to keep looking for an answer rather than to sleep until it comes: `seconds` from `sent_at` on, by one clock.

    `sent_at` is set, and `received` called, for each message; a call to set it would cost as much as all else that is done of it.
    """

    __slots__ = ("_answered", "seconds", "sent_at")

    def __init__(self) -> None:
        self.sent_at = self._answered = -LOOK_SECONDS
        self.seconds = LOOK_SECONDS

    def received(self, now: float) -> None:
        """The first that comes after what was sent is taken for its answer."""
        if self.sent_at != self._answered:
            self._answered = self.sent_at
            self.seconds = LOOK_SECONDS if now - self.sent_at < NEAR_SECONDS else 0.0


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
            self._number = sock.fileno()
            self._poll.register(sock, select.POLLIN)
            self._poll.register(self._inner, select.POLLIN)

    def wait(self, seconds: float) -> bool:
        """Whether the socket can be read; False after `seconds` or an interruption."""
        if self._poll is not None:
            ready = self._poll.poll(seconds * 1000 if seconds > 0.0 else 0.0)
            if not ready:
                return False
            # The socket stands first, as it was registered. By hand: that is looked at for each message.
            readable = ready[0][0] == self._number
            if readable and len(ready) == 1:
                return True
            interrupted = True
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
