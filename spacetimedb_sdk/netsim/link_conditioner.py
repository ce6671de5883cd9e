"""A good connection made bad, and good again, while it is used: without a server in between, without reconnecting.

conditioner = LinkConditioner()
client = SpacetimeDBClient.init(None, host, ..., link_factory=conditioner.connect)
conditioner.delay = 0.1
"""

from __future__ import annotations

import random
import socket
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakSet

from ..protocol.codecs.subprotocol import SubprotocolCodec
from ..transport.io_thread import DEFAULT_BACKLOG, Link
from ..transport.io_thread import connect as connect_socket
from ..transport.opening.handshake import ConnectRequest
from .conditions import Conditions
from .conduit import Conduit

__all__ = ["LinkConditioner"]


class LinkConditioner(Conditions):
    """Spoils the connections that are made through it, those that stand and, while it is bad, those that come.

    As long as nothing was ever bad it stands beside the way and costs nothing. From then on a thread for each connection
    carries the data, and the client measures its round trip four times a second. Change it on the thread that calls
    `update()`. Not for TLS, nor for a client in an event loop.
    """

    def __init__(
        self, *, chance: random.Random | None = None, factory: Callable[..., Any] = connect_socket
    ) -> None:
        super().__init__(chance=chance)
        self._factory = factory
        self._links: WeakSet[Link] = WeakSet()
        self._rerouted: WeakSet[Link] = WeakSet()

    def connect(
        self,
        request: ConnectRequest,
        codecs: Mapping[str, SubprotocolCodec],
        wake: Callable[[], None],
        *,
        backlog: int = DEFAULT_BACKLOG,
    ) -> Any:
        """The `link_factory` of a client. ValueError for TLS: its data cannot be taken out of the socket here."""
        if request.address.tls:
            raise ValueError(
                "a LinkConditioner is for connections without TLS: connect with ssl_enabled=False"
            )
        link = self._factory(request, codecs, wake, backlog=backlog)
        self._links.add(link)
        if self.is_bad:
            self._spoil(link)
        return link

    def _changed(self) -> None:
        for link in list(self._links):
            if link.has_ended:
                continue
            if self.is_bad and link not in self._rerouted:
                self._spoil(link)
            if link in self._rerouted:
                link.remeasure()

    def _spoil(self, link: Link) -> None:
        link.reroute(self._through)
        self._rerouted.add(link)

    def _through(self, sock: socket.socket) -> socket.socket:
        ours, theirs = socket.socketpair()
        Conduit(self, theirs, sock).start()
        return ours
