"""ClientLink: what a client needs of a connection, whether it is a socket's, a script's or a recording's."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Protocol

from ..protocol.codecs.subprotocol import Payload, SubprotocolCodec
from ..protocol.outcomes import Outcome
from .gc_pause import GcPause
from .opening.handshake import ConnectRequest
from .timing import LinkTiming

__all__ = ["ClientLink", "LinkFactory"]


class ClientLink(Protocol):
    """One connection. Every outcome of it, its end and its failure too, waits in order to be taken."""

    @property
    def request(self) -> ConnectRequest: ...

    @property
    def timing(self) -> LinkTiming: ...

    @property
    def bytes_received(self) -> int: ...

    @property
    def bytes_sent(self) -> int: ...

    @property
    def queued_bytes(self) -> int:
        """What waits to be taken, in bytes as they came."""
        ...

    @property
    def waiting(self) -> int:
        """How many outcomes wait to be taken."""
        ...

    @property
    def take(self) -> Callable[[], Outcome | None]:
        """Takes the oldest of them, or None."""
        ...

    def wait(self, timeout: float, pause: GcPause) -> bool:
        """Block until something has come, for at most `timeout` seconds; whether something has."""
        ...

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to take, and another than `wait` reads: where only that does, `wait(0)` has to look."""
        ...

    def lend(self) -> socket.socket | None:
        """The socket for an event loop to watch, None where there is none to lend."""
        ...

    @property
    def is_lent(self) -> bool:
        """Whether it is still the event loop that reads."""
        ...

    def read(self) -> bool:
        """For the event loop: take in what is there; False where the socket has to be given back."""
        ...

    @property
    def looks_for_answer(self) -> bool:
        """Whether an answer is so near that the event loop should look for it rather than sleep."""
        ...

    def give_back(self) -> None: ...

    def send(self, payload: Payload) -> None: ...

    def close(self) -> None: ...

    def join(self, timeout: float) -> bool:
        """Wait until the connection has ended; False when it took longer."""
        ...

    @property
    def has_ended(self) -> bool: ...


class LinkFactory(Protocol):
    """Starts to connect, offering `codecs`; `wake` is called, from any thread, when an empty inbox has got something."""

    def __call__(
        self,
        request: ConnectRequest,
        codecs: Mapping[str, SubprotocolCodec],
        wake: Callable[[], None],
        *,
        backlog: int,
    ) -> ClientLink: ...
