"""What a client asks of its connection: the real link, the scripted one and the recorded one are all of this shape."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Protocol

from ..protocol.codecs.subprotocol import Payload, SubprotocolCodec
from ..protocol.outcomes import Outcome
from .gc_pause import GcPause
from .handshake import ConnectRequest
from .timing import LinkTiming

__all__ = ["ClientLink", "LinkFactory"]


class ClientLink(Protocol):
    """One connection as its client sees it; `transport.Link` says what each of these does."""

    @property
    def request(self) -> ConnectRequest: ...

    @property
    def timing(self) -> LinkTiming: ...

    @property
    def bytes_received(self) -> int: ...

    @property
    def bytes_sent(self) -> int: ...

    @property
    def queued_bytes(self) -> int: ...

    @property
    def waiting(self) -> int: ...

    @property
    def is_leased(self) -> bool: ...

    @property
    def has_ended(self) -> bool: ...

    def take(self) -> Outcome | None: ...

    def wait(self, timeout: float, pause: GcPause) -> bool: ...

    def lend(self) -> socket.socket | None: ...

    def read(self) -> bool: ...

    def give_back(self) -> None: ...

    def send(self, payload: Payload) -> None: ...

    def close(self) -> None: ...

    def join(self, timeout: float) -> bool: ...


class LinkFactory(Protocol):
    """Makes the link of a connection, and starts it: `transport.connect`, or one that needs no network."""

    def __call__(
        self,
        request: ConnectRequest,
        codecs: Mapping[str, SubprotocolCodec],
        wake: Callable[[], None],
        *,
        backlog: int,
    ) -> ClientLink: ...
