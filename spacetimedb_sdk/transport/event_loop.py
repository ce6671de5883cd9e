"""Reading a link's socket in the event loop that waits for its messages."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .readiness import give_way

if TYPE_CHECKING:
    from .client_link import ClientLink

__all__ = ["LoopReader"]

log = logging.getLogger("spacetimedb_sdk.transport")


class LoopReader:
    """Watches the socket of one link at a time; calls `arrived` when something has come.

    A loop that cannot watch sockets (Windows' default one), or no more of them, leaves them to the I/O thread.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, arrived: Callable[[], None]) -> None:
        self._loop = loop
        self._arrived = arrived
        self._able = True
        self._lent: tuple[ClientLink, socket.socket] | None = None
        # Whether the next look for an answer is asked of the loop already, and whether the one before it was in vain.
        self._looks = self._looked = False

    def watch(self, link: ClientLink | None) -> None:
        """Read `link` here from now on, if it can be lent; does nothing where it is read here already."""
        if self._lent is not None:
            if link is self._lent[0] and link.is_lent:
                return
            self.release()
        sock = link.lend() if link is not None and self._able else None
        if link is None or sock is None:
            return
        try:
            self._loop.add_reader(sock, self._read)
        except (RuntimeError, OSError, ValueError) as error:  # NotImplementedError is a RuntimeError
            log.debug("this event loop watches no socket, the I/O thread does: %r", error)
            self._able = False
            link.give_back()
            return
        self._lent = (link, sock)

    def _read(self) -> None:
        if self._lent is None:
            return
        self._looked = False
        link = self._lent[0]
        if not link.read():
            self.release()
        if link.waiting:
            self._arrived()
        self._look()

    def _look(self) -> None:
        """Keep the loop awake for an answer that is near: it watches the socket at each of its turns, and sleeps at none
        before which something else is to be done."""
        if not self._looks and self._lent is not None and self._lent[0].looks_for_answer:
            self._looks = True
            self._loop.call_soon(self._look_again)

    def _look_again(self) -> None:
        self._looks = False
        if self._looked:
            give_way()
        self._looked = True
        self._look()

    def release(self) -> None:
        """Give the socket back to the I/O thread."""
        if self._lent is not None:
            link, sock = self._lent
            self._lent = None
            self._loop.remove_reader(sock)
            link.give_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()
