"""Forks: a child process inherits its parent's sockets and none of its threads.

What the child wrote would go out in the middle of what the parent writes, what it read the parent would never see. So in
the child every link becomes a `ForkedLink`, which refuses; its copy of the socket is closed, which the other side of the
connection does not notice while the parent has its own. The child starts with a transport of its own (see `io_thread`).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from weakref import WeakSet

from ..errors import ForkedClientError
from ..protocol.codecs.subprotocol import Payload
from ..protocol.outcomes import Outcome
from .gc_pause import GcPause
from .link import Link

__all__ = ["ForkedLink", "disown", "remember"]

_LINKS: WeakSet[Link] = WeakSet()


def remember(link: Link) -> None:
    """A link that a child process must not use."""
    _LINKS.add(link)


def disown() -> None:
    """In a child process, which has one thread: every link is the parent's."""
    for link in list(_LINKS):
        sock = link.sock if link.is_open else None
        # The object stays the same one, for whatever holds it; what it was is not asked, since its locks may be held by
        # threads that do not exist here.
        link.__class__ = ForkedLink
        link._inbox.abandon()  # noqa: SLF001 - as above: an update that forked in one of its callbacks still takes from it
        if sock is not None:
            # No shutdown, no TLS goodbye: just this process's descriptor.
            sock.close()
    _LINKS.clear()


class ForkedLink(Link):
    """A parent's link as a child process has it: it can be closed, which is nothing; all else is a ForkedClientError."""

    _is_closed = False

    def _refuse(self) -> ForkedClientError:
        return ForkedClientError(os.getppid())

    def _taken(self) -> Outcome | None:
        if self._is_closed:
            return None
        raise self._refuse()

    @property
    def take(self) -> Callable[[], Outcome | None]:
        return self._taken

    @property
    def waiting(self) -> int:
        """An error waits to be raised: that this is not the link of this process."""
        return 0 if self._is_closed else 1

    @property
    def queued_bytes(self) -> int:
        return 0

    @property
    def is_quiet(self) -> bool:
        return self._is_closed

    def wait(self, timeout: float, pause: GcPause) -> bool:
        raise self._refuse()

    def send(self, payload: Payload) -> None:
        raise self._refuse()

    def close(self) -> None:
        self._is_closed = True

    def join(self, timeout: float) -> bool:
        return True

    @property
    def has_ended(self) -> bool:
        return True

    def lend(self) -> socket.socket | None:
        return None

    @property
    def is_lent(self) -> bool:
        return False

    def read(self) -> bool:
        return False

    @property
    def looks_for_answer(self) -> bool:
        return False

    def give_back(self) -> None:
        """There is nothing to give back."""
