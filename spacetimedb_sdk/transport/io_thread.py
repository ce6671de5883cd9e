"""The I/O thread: one per process, for every connection of both clients.

It receives, decompresses and decodes; it touches no cache and calls no user code. What it decodes waits in each link's
bounded inbox until the client takes it. A caller's frame is sent at once where the socket takes it; the thread finishes
what did not fit.
"""

from __future__ import annotations

import logging
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from ..errors import ConnectCause, SpacetimeDBException
from ..protocol.codecs.subprotocol import SubprotocolCodec
from ..protocol.outcomes import Closed
from .forked_link import disown, remember
from .link import Link
from .opening.dialing import Attempt
from .opening.handshake import ConnectRequest, open_socket
from .opening.refusals import connect_error

__all__ = ["DEFAULT_BACKLOG", "Link", "connect"]

# Bytes that may wait for `update()`, for each connection.
DEFAULT_BACKLOG = 64 << 20
# Bytes of one read; one buffer serves all connections.
RECEIVE_SIZE = 1 << 18
# How often each link looks at its clock: silence is counted in seconds.
CHECK_SECONDS = 0.25

log = logging.getLogger("spacetimedb_sdk.transport")
# Where a link is watched, and for what.
Watch = tuple[socket.socket | None, int]


class _Loop:
    """The thread that serves every link, alive while there is one."""

    def __init__(self) -> None:
        # A link arrives while the thread is about to end for want of one: it is either taken up or begins another thread.
        self._lock = threading.Lock()
        self._poked: deque[Link] = deque()
        self._arrivals: deque[tuple[Link, socket.socket, str]] = deque()
        self._pending = 0
        self._thread: threading.Thread | None = None
        self._poke_in: socket.socket | None = None

    def poke(self, link: Link) -> None:
        """Make the thread look at `link` again."""
        poke_in = self._poke_in
        if poke_in is None:
            return  # no thread, so no link that one would look at: kept here it would never go
        self._poked.append(link)
        if threading.current_thread() is not self._thread:
            with suppress(
                BlockingIOError, OSError
            ):  # a full pipe is poke enough; a closed one has no reader left
                poke_in.send(b"\0")

    def add(self, link: Link, sock: socket.socket, subprotocol: str) -> None:
        with self._lock:
            self._arrivals.append((link, sock, subprotocol))
            if self._thread is None:
                poke_out, self._poke_in = socket.socketpair()
                poke_out.setblocking(False)
                self._poke_in.setblocking(False)
                self._thread = threading.Thread(
                    target=self._run, args=(poke_out,), name="spacetimedb-io", daemon=True
                )
                self._thread.start()
        self.poke(link)

    def _run(self, poke_out: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(poke_out, selectors.EVENT_READ, None)
            links: dict[Link, Watch] = {}
            buffer = memoryview(bytearray(RECEIVE_SIZE))
            checked = time.monotonic()
            while True:
                self._admit(links)
                while self._poked:
                    link = self._poked.popleft()
                    if link in links:
                        link.catch_up(buffer)
                    _watch(selector, links, link)
                if self._retire(links, poke_out):
                    return
                for key, events in selector.select(CHECK_SECONDS):
                    if key.data is None:
                        with suppress(BlockingIOError):
                            poke_out.recv(4096)
                    else:
                        key.data.serve(events, buffer)
                        _watch(selector, links, key.data)
                now = time.monotonic()
                if now - checked >= CHECK_SECONDS:
                    checked = now
                    for link in list(links):
                        link.check_clock(now)
                        link.catch_up(buffer)
                        _watch(selector, links, link)

    def _admit(self, links: dict[Link, Watch]) -> None:
        while self._arrivals:
            link, sock, subprotocol = self._arrivals.popleft()
            sock.setblocking(False)
            links[link] = (None, 0)
            link.opened(sock, subprotocol)
            self._poked.append(link)

    def _retire(self, links: dict[Link, Watch], poke_out: socket.socket) -> bool:
        """Whether the thread may end: no link is left and none has come meanwhile."""
        with self._lock:
            if links or self._arrivals:
                return False
            self._thread = None
            if self._poke_in is not None:
                self._poke_in.close()
                self._poke_in = None
        poke_out.close()
        return True


def _watch(selector: selectors.BaseSelector, links: dict[Link, Watch], link: Link) -> None:
    """Bring the selector in line with what a link waits for, and where."""
    if link not in links:
        return
    wanted = 0 if link.has_ended else link.interest()
    before, now = links[link], (link.sock if wanted else None, wanted)
    if now != before:
        watched, sock = before[0], now[0]
        if watched is sock and sock is not None:
            selector.modify(sock, wanted, link)
        else:
            if watched is not None:
                selector.unregister(watched)
            if sock is not None:
                selector.register(sock, wanted, link)
        links[link] = now
    if link.has_ended and link.dismantle():
        del links[link]


_LOOP = _Loop()


def _after_fork_in_child() -> None:
    """The thread is the parent's, and so is what it serves."""
    global _LOOP
    _LOOP = _Loop()
    disown()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork_in_child)


def connect(
    request: ConnectRequest,
    codecs: Mapping[str, SubprotocolCodec],
    wake: Callable[[], None],
    *,
    backlog: int = DEFAULT_BACKLOG,
) -> Link:
    """Start to connect, offering `codecs`; all that comes of it, failure too, is an outcome of the link.

    `wake` is called, on another thread, whenever an empty inbox has got something.
    """
    attempt = Attempt(request.timeout)
    link = Link(request, codecs, wake, backlog, _LOOP.poke, give_up=attempt.cancel)
    remember(link)

    def shake_hands() -> None:
        try:
            sock, subprotocol = open_socket(request, attempt)
        except SpacetimeDBException as error:
            link.finish(Closed(str(error), error))
            return
        except Exception as error:
            # Without this the client would be connecting for ever.
            log.exception("%r: a fault of the SDK's own, or of what the program gave it", link)
            fault = connect_error(
                request.place, ConnectCause.OTHER, f"it could not even be tried ({type(error).__name__})"
            )
            link.finish(Closed(str(fault), fault))
            return
        _LOOP.add(link, sock, subprotocol)

    threading.Thread(target=shake_hands, name="spacetimedb-connect", daemon=True).start()
    return link
