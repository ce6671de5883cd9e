"""A connection without a network: frames go in by hand, and through the same decoding as from a socket.

transport = ScriptedTransport()
client = transport.connect_client(module_bindings)
transport.link.receive(frame)
client.update()
transport.link.sent  # what the client has sent
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from ..errors import ConnectionLost
from ..protocol.codecs.subprotocol import Payload, SubprotocolCodec
from ..protocol.outcomes import Closed, Connected, Outcome
from ..slices import run
from ..spacetimedb_client import SpacetimeDBClient
from ..transport.gc_pause import GcPause
from ..transport.opening.handshake import ConnectRequest
from ..transport.timing import LinkTiming

__all__ = ["ScriptedLink", "ScriptedTransport"]


class ScriptedLink:
    """What `transport.Link` is to a client, fed by `receive`. It belongs to one thread.

    With `is_recorded` the client takes every row, whatever it has asked for itself: another asked, when it was recorded.
    """

    def __init__(
        self,
        request: ConnectRequest,
        codec: SubprotocolCodec,
        wake: Callable[[], None] = lambda: None,
        *,
        is_recorded: bool = False,
    ) -> None:
        self.request = request
        self.sent: list[Payload] = []
        self.on_send: Callable[[Payload], None] = lambda payload: None
        self.on_close: Callable[[], None] = lambda: None
        self.is_open = True
        self.timing = LinkTiming()
        self.bytes_received = 0
        self.bytes_sent = 0
        self._codec = codec
        self._is_recorded = is_recorded
        self._wake = wake
        self._inbox: deque[tuple[Outcome, int]] = deque()
        self._queued = 0

    def __repr__(self) -> str:
        return f"<ScriptedLink to {self.request.database}>"

    @property
    def subprotocol(self) -> str:
        """What is spoken here."""
        return self._codec.subprotocol

    # -- for the test --------------------------------------------------------------------------------------------------

    def receive(self, frame: Payload) -> None:
        """The server says `frame`, a whole message with its compression byte. Nothing comes after the end."""
        if not self.is_open:
            return
        self.bytes_received += len(frame)
        said = self._codec.decode(frame)
        outcomes = said if isinstance(said, list) else run(said)
        if self._is_recorded:
            outcomes = [
                replace(said, is_recorded=True) if isinstance(said, Connected) else said for said in outcomes
            ]
        self._put(outcomes, self._codec.plain_bytes)

    def end(self, reason: str = "the server closed the connection") -> None:
        """The connection is lost."""
        self._end(Closed(reason, ConnectionLost(reason)))

    def _end(self, closed: Closed) -> None:
        if self.is_open:
            self.is_open = False
            self.on_close()
            self._put([closed], 0)

    def _put(self, outcomes: list[Outcome], size: int) -> None:
        for index, outcome in enumerate(outcomes):
            self._inbox.append((outcome, 0 if index else size))
        self._queued += size
        if outcomes:
            self._wake()

    # -- for the client, as `transport.Link` has it --------------------------------------------------------------------

    def take(self) -> Outcome | None:
        if not self._inbox:
            return None
        outcome, size = self._inbox.popleft()
        self._queued -= size
        return outcome

    @property
    def waiting(self) -> int:
        return len(self._inbox)

    @property
    def queued_bytes(self) -> int:
        return self._queued

    def wait(self, timeout: float, pause: GcPause) -> bool:
        """Never blocks: what has not come yet is for the same thread to bring."""
        return bool(self._inbox)

    @property
    def is_quiet(self) -> bool:
        """There is no socket to read."""
        return not self._inbox

    def lend(self) -> None:
        """There is no socket to lend."""

    @property
    def is_lent(self) -> bool:
        """Never."""
        return False

    def read(self) -> bool:
        """There is nothing to read."""
        return False

    @property
    def looks_for_answer(self) -> bool:
        """Never: there is no socket to look at."""
        return False

    def give_back(self) -> None:
        """There is nothing to give back."""

    @property
    def has_ended(self) -> bool:
        return not self.is_open

    def send(self, payload: Payload) -> None:
        if self.is_open:
            self.bytes_sent += len(payload)
            self.sent.append(payload)
            self.on_send(payload)

    def close(self) -> None:
        self._end(Closed("closed"))

    def join(self, timeout: float) -> bool:
        return not self.is_open


class ScriptedTransport:
    """Makes a `ScriptedLink` each time a client connects, reconnects included; `link` is the latest, `links` are all.

    The server of the script picks `subprotocol`, or the client's first offer. `on_open` is called with each link;
    `is_recorded` is that of each link.
    """

    def __init__(
        self,
        *,
        subprotocol: str | None = None,
        on_open: Callable[[ScriptedLink], None] = lambda link: None,
        is_recorded: bool = False,
    ) -> None:
        self.links: list[ScriptedLink] = []
        self._is_recorded = is_recorded
        self._subprotocol = subprotocol
        self._on_open = on_open

    @property
    def link(self) -> ScriptedLink:
        """The latest one. RuntimeError before a client has connected."""
        if not self.links:
            raise RuntimeError("no client has connected through this transport yet")
        return self.links[-1]

    def connect(
        self,
        request: ConnectRequest,
        codecs: Mapping[str, SubprotocolCodec],
        wake: Callable[[], None],
        *,
        backlog: int = 0,
    ) -> ScriptedLink:
        """The `link_factory` of a client."""
        name = self._subprotocol or next(iter(codecs))
        if name not in codecs:
            raise ValueError(f"the client offers {', '.join(codecs)}, not {name}: give it protocol=...")
        link = ScriptedLink(request, codecs[name], wake, is_recorded=self._is_recorded)
        self.links.append(link)
        self._on_open(link)
        return link

    def connect_client(
        self, bindings: ModuleType, client: SpacetimeDBClient | None = None, **options: Any
    ) -> SpacetimeDBClient:
        """A basic client of `bindings` on this transport; `client` where one was made before, for its callbacks."""
        client = client or SpacetimeDBClient(bindings)
        try:
            client.connect(None, "localhost", "scripted", False, link_factory=self.connect, **options)
        except ValueError:
            client.close()
            raise
        return client
