"""A module and its clients in one thread, under a clock that only the test advances: no sockets, no waiting.

    world = LockStep(module, seed=1)
    player = world.connect(module_bindings, ["SELECT * FROM entity"])
    player.call_reducer("enter_game", "Ann")
    world.advance(50)  # milliseconds: timers run at their times, then every client is updated
    player.cache.table("entity")

The same module, seed and calls give the same rows, to the microsecond. Clients speak the real protocol with the session
that the embedded server runs for a socket.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any, TypeVar, overload

from ..module import Module, ReducerError
from ..protocol.frames import FrameParser, Opcode
from ..replay.scripted_link import ScriptedLink, ScriptedTransport
from ..spacetimedb_client import SpacetimeDBClient
from ..standalone.engine.database import Database
from ..standalone.errors import ReducerPanic
from ..standalone.sessions.session import Session
from ..standalone.sessions.v1 import V1BsatnSession, V1JsonSession
from ..standalone.sessions.v2 import V2Session, V3Session
from ..standalone.subscriptions.registry import Subscriptions
from ..types import ConnectionId, Identity

C = TypeVar("C", bound=SpacetimeDBClient)

__all__ = ["LockStep"]

_SESSIONS: dict[str, type[Session]] = {
    "v1.bsatn.spacetimedb": V1BsatnSession,
    "v1.json.spacetimedb": V1JsonSession,
    "v2.bsatn.spacetimedb": V2Session,
    "v3.bsatn.spacetimedb": V3Session,
}
START = 1_700_000_000_000_000


class LockStep:
    """One database with a clock of its own. `now` is in microseconds since the epoch, `database` the server's side."""

    def __init__(self, module: Module, *, seed: int = 0, start: int = START) -> None:
        self.now = start
        self.clients: list[SpacetimeDBClient] = []
        self.database = Database(module, clock=self._clock, seed=seed)
        self._subscriptions = Subscriptions(self.database)
        self.database.on_commit = self._subscriptions.broadcast
        self._connections = 0

    def _clock(self) -> int:
        return self.now

    @overload
    def connect(
        self,
        bindings: ModuleType,
        subscribe: Iterable[str] = (),
        *,
        identity: Identity | None = None,
        client: C,
        **options: Any,
    ) -> C: ...

    @overload
    def connect(
        self,
        bindings: ModuleType,
        subscribe: Iterable[str] = (),
        *,
        identity: Identity | None = None,
        client: None = None,
        **options: Any,
    ) -> SpacetimeDBClient: ...

    def connect(
        self,
        bindings: ModuleType,
        subscribe: Iterable[str] = (),
        *,
        identity: Identity | None = None,
        client: SpacetimeDBClient | None = None,
        **options: Any,
    ) -> SpacetimeDBClient:
        """A connected client, its rows in the cache. Identities are counted up unless one is given.

        `options` are those of `SpacetimeDBClient.connect`, `protocol` among them.
        `client` where one was made before, for its callbacks or its types: `Client(module_bindings)`. ConnectError when the module's connect reducer refuses.
        """
        self._connections += 1
        number = self._connections
        who = identity or Identity.from_bytes(number.to_bytes(32, "big"))
        connection_id = ConnectionId(number.to_bytes(16, "big"))
        transport = ScriptedTransport(on_open=lambda link: self._open(link, who, connection_id))
        connected = transport.connect_client(bindings, client, **options)
        self.clients.append(connected)
        queries = list(subscribe)
        if queries:
            connected.subscribe(queries)
        self.settle()
        return connected

    def _open(self, link: ScriptedLink, identity: Identity, connection_id: ConnectionId) -> None:
        parser = FrameParser()

        def deliver(frame: bytes) -> None:
            for opcode, payload in parser.feed(frame):
                if opcode is Opcode.TEXT:
                    link.receive(payload.decode())
                elif opcode is Opcode.BINARY:
                    link.receive(payload)

        session = _SESSIONS[link.subprotocol](
            self.database,
            self._subscriptions,
            deliver,
            identity=identity,
            connection_id=connection_id,
            token=f"token of {identity}",
            clock=self._clock,
        )
        try:
            session.open()
        except (ReducerError, ReducerPanic) as error:
            link.end(f"the module refused the connection: {error}")
            return

        link.on_send, link.on_close = session.receive_now, session.close

    def settle(self) -> None:
        """Update every client until none has anything left: callbacks that call reducers included."""
        busy = True
        while busy:
            busy = False
            for client in list(self.clients):
                if client.has_work:
                    busy = True
                    client.update()

    def advance(self, milliseconds: float) -> int:
        """Let time pass: each timer runs at the moment it is due, and the clients hear of it before the next one.

        Returns how many timers ran.
        """
        target = self.now + round(milliseconds * 1000)
        count = 0
        self.settle()
        while (due := self.database.next_due()) is not None and due <= target:
            self.now = max(due, self.now)
            count += self.database.run_scheduled(self.now, limit=1)
            self.settle()
        self.now = target
        return count

    def close(self) -> None:
        """Close every client; the module's disconnect reducer runs for each."""
        for client in self.clients:
            client.close()
        self.clients.clear()

    def __enter__(self) -> LockStep:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()
