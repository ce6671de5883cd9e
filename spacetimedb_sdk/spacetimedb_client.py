"""The basic client: the program owns its main loop and calls `update()` in it, once a frame.

    client = SpacetimeDBClient.init(token, "localhost:3000", "my-game", False, module_bindings, on_connect=joined)
    while running:
        client.update()

Everything is received and decoded on a thread of the SDK's own; rows change and callbacks run in `update()` only, on the
thread that calls it. Unless its docstring says otherwise, a method belongs to that thread.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .bindings import AMBIENT, ModuleBindings
from .client_cache import ClientCache
from .dispatch import Dispatcher
from .errors import ClientStateError, SpacetimeDBException
from .events import ReducerEvent, TransactionUpdateMessage
from .handshake import ConnectRequest, parse_host
from .inbox import Inbox
from .protocol.compression import Compression, has_brotli
from .protocol.connection import Connection, ConnectionState
from .protocol.outcomes import Closed
from .protocol.row_decoding import TableReader
from .protocol.subprotocol import ProtocolSchema
from .protocol.v1_bsatn import V1Bsatn
from .transport import DEFAULT_BACKLOG, Link, connect
from .types import Address, Identity

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "Address",
    "ClientStats",
    "ConnectionState",
    "Identity",
    "ReducerEvent",
    "SpacetimeDBClient",
    "TransactionUpdateMessage",
]

CLOSE_TIMEOUT = 2.0


@dataclass(slots=True)
class ClientStats:
    """Counted since the client was made; bytes as on the wire, without TLS."""

    transactions: int = 0
    row_updates: int = 0
    reducer_calls: int = 0
    reducer_errors: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    queued_bytes: int = 0


class _Instance:
    """`SpacetimeDBClient.instance`: inside a callback the client that is calling back, otherwise the last one made."""

    def __init__(self) -> None:
        self.last: SpacetimeDBClient | None = None

    def __get__(self, obj: object, owner: type | None = None) -> SpacetimeDBClient:
        ambient = AMBIENT.get()
        # None stays possible, as it always was before init: programs ask for it only after.
        return ambient if isinstance(ambient, SpacetimeDBClient) else self.last  # type: ignore[return-value]


_INSTANCE = _Instance()


class SpacetimeDBClient:
    """A connection to a database, the rows it is subscribed to, and the callbacks that tell of their changes."""

    instance = _INSTANCE

    def __init__(self, autogen_package: ModuleType) -> None:
        self.bindings = _bindings_of(autogen_package)
        self.cache = ClientCache(self.bindings)
        self.token: str | None = None
        self._dispatcher = Dispatcher(self)
        self._connection: Connection | None = None
        self._link: Link | None = None
        self._stats = ClientStats()
        self._queries: tuple[str, ...] | None = None
        self._failure: SpacetimeDBException | None = None
        self._updating: int | None = None
        self._close_asked = False
        self._inbox = Inbox(self)

    @classmethod
    def init(
        cls,
        auth_token: str | None,
        host: str,
        address_or_name: str,
        ssl_enabled: bool,
        autogen_package: ModuleType,
        on_connect: Callable[[], Any] | None = None,
        on_disconnect: Callable[[str], Any] | None = None,
        on_identity: Callable[[str, Identity, Address], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
        **options: Any,
    ) -> Self:
        """Make a client and start to connect; `update()` tells what comes of it. See `connect` for the options.

        `auth_token` is a token from an earlier `on_identity`, or None for a new identity. `host` is `HOST:PORT`, with
        or without a scheme that agrees with `ssl_enabled`. A connection that fails is told to `on_error`; without one,
        `update()` raises the typed error once.
        """
        client = cls(autogen_package)
        client.set_callbacks(
            on_connect=on_connect, on_disconnect=on_disconnect, on_identity=on_identity, on_error=on_error
        )
        client.connect(auth_token, host, address_or_name, ssl_enabled, **options)
        return client

    def set_callbacks(
        self,
        *,
        on_connect: Callable[[], Any] | None = None,
        on_disconnect: Callable[[str], Any] | None = None,
        on_identity: Callable[[str, Identity, Address], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> None:
        """The callbacks of the connection itself, which `init` takes."""
        for callback in (on_connect, on_disconnect, on_identity, on_error):
            if callback is not None:
                self._dispatcher.check(callback)
        self._dispatcher.on_connect, self._dispatcher.on_disconnect = on_connect, on_disconnect
        self._dispatcher.on_identity, self._dispatcher.on_error = on_identity, on_error

    def connect(
        self,
        auth_token: str | None,
        host: str,
        address_or_name: str,
        ssl_enabled: bool,
        *,
        compression: str | None = None,
        light: bool = False,
        confirmed: bool | None = None,
        timeout: float = 10.0,
        ssl_context: ssl.SSLContext | None = None,
        backlog_bytes: int = DEFAULT_BACKLOG,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """Start to connect, once per client; returns at once.

        `compression` is none, gzip or brotli (default: none on loopback, gzip elsewhere), `light` leaves out who
        called what, `confirmed` waits for durability, `timeout` is in seconds, `backlog_bytes` bounds what waits for
        `update()`. `wake` is called from another thread when something has come.
        """
        if self._link is not None:
            raise ClientStateError("this client has connected before: make another one")
        if auth_token is not None and not isinstance(auth_token, str):
            raise TypeError(
                "auth_token must be a str or None; call init(auth_token, host, address_or_name, ssl_enabled, "
                f"autogen_package), {type(auth_token).__name__} came first"
            )
        address = parse_host(host, ssl_enabled)
        request = ConnectRequest(
            address=address,
            database=address_or_name,
            token=auth_token,
            subprotocols=(V1Bsatn.subprotocol,),
            compression=_compression(compression, address.is_loopback),
            light=light,
            confirmed=confirmed,
            timeout=timeout,
            ssl_context=ssl_context,
        )
        readers = {
            table.name: TableReader(table.name, table.codec, table.primary_key) for table in self.cache
        }
        reducers = {name: info.params for name, info in self.bindings.reducers.items()}
        codec = V1Bsatn(ProtocolSchema(self.bindings.space, readers, reducers))
        codecs = {codec.subprotocol: codec}
        self._connection = Connection(codecs)
        _INSTANCE.last = self
        self.bindings.opened(self)
        self._link = connect(request, codecs, wake, backlog=backlog_bytes)

    # -- what it is like now -------------------------------------------------------------------------------------------

    @property
    def state(self) -> ConnectionState:
        """From any thread."""
        return self._connection.state if self._connection else ConnectionState.CLOSED

    @property
    def is_connected(self) -> bool:
        """From any thread."""
        return self.state is ConnectionState.CONNECTED

    @property
    def identity(self) -> Identity | None:
        return self._connection.identity if self._connection else None

    @property
    def connection_id(self) -> Address | None:
        return self._connection.connection_id if self._connection else None

    @property
    def stats(self) -> ClientStats:
        if self._link is not None:
            self._stats.bytes_received = self._link.bytes_received
            self._stats.bytes_sent = self._link.bytes_sent
            self._stats.queued_bytes = self._link.queued_bytes
        return self._stats

    def __repr__(self) -> str:
        return f"<SpacetimeDBClient {self.state.value} {self.identity or ''}>"

    # -- the frame -----------------------------------------------------------------------------------------------------

    def update(self, timeout: float | None = None) -> None:
        """Apply what has come and run its callbacks; with `timeout` (seconds) wait for something to come first.

        Takes what was there when it was called, no more. ClientStateError from inside a callback or from a second
        thread. ConnectError, once, when no connection came about and there is no `on_error`.
        """
        if self._link is None:
            return
        thread = threading.get_ident()
        if self._updating is not None:
            where = "from inside a callback" if self._updating == thread else "from a second thread"
            raise ClientStateError(f"update() was called {where}: one thread calls it, outside of callbacks")
        if timeout:
            self._link.wait(timeout)
        self._updating = thread
        try:
            for outcome in self._link.take():
                self._inbox.receive(outcome)
        finally:
            self._updating = None
            if self._close_asked:
                self._finish_closing()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    # -- asking --------------------------------------------------------------------------------------------------------

    def subscribe(self, queries: Iterable[str]) -> None:
        """Make `queries` the whole subscription: rows that match no more leave, with callbacks.

        Before the connection stands they wait for it. Equal ones and trailing semicolons are dropped. A refused set
        leaves the old one in place and is told to `on_error`.
        """
        self._queries = normalized(queries)
        if self.is_connected:
            self._send_subscription()

    def _send_subscription(self) -> None:
        if self._queries is not None and self._connection is not None and self._link is not None:
            self._link.send(self._connection.replace_subscription(self._queries))

    def call_reducer(self, name: str, *args: Any) -> None:
        """Ask the server to run a reducer; from any thread.

        EncodeError when an argument does not fit, TypeError for their number, ClientStateError when not connected.
        """
        info = self.bindings.reducers.get(name)
        if info is None:
            known = ", ".join(self.bindings.reducers) or "none"
            raise ClientStateError(f"the bindings have no reducer {name!r}, only {known}: regenerate them")
        if len(args) != len(info.params.elements):
            names = ", ".join(str(element.name) for element in info.params.elements)
            raise TypeError(f"reducer {name} takes ({names}), not {len(args)} arguments")
        if self._connection is None or self._link is None:
            raise ClientStateError(f"cannot call reducer {name!r}: this client has not connected")
        self._link.send(self._connection.call_reducer(name, args))
        self._stats.reducer_calls += 1

    # -- callbacks -----------------------------------------------------------------------------------------------------

    def register_on_event(self, callback: Callable[[TransactionUpdateMessage], Any]) -> None:
        """After each transaction that touches subscribed rows, and after each failed call of this client's own."""
        self._dispatcher.check(callback)
        self._dispatcher.on_event.add(callback)

    def unregister_on_event(self, callback: Callable[..., Any]) -> None:
        """A callback that is not registered is no error."""
        self._dispatcher.on_event.remove(callback)

    def register_on_subscription_applied(self, callback: Callable[[], Any]) -> None:
        """After each subscription whose rows have come."""
        self._dispatcher.check(callback)
        self._dispatcher.on_subscription_applied.add(callback)

    def unregister_on_subscription_applied(self, callback: Callable[..., Any]) -> None:
        """A callback that is not registered is no error."""
        self._dispatcher.on_subscription_applied.remove(callback)

    def register_row_update(self, table: str, callback: Callable[..., Any]) -> None:
        """What `{Table}.register_row_update` does, for this client; `table` is the name on the server."""
        self.cache.table(table)
        self._dispatcher.add_row_callback(table, callback)

    def unregister_row_update(self, table: str, callback: Callable[..., Any]) -> None:
        self._dispatcher.remove_row_callback(table, callback)

    def register_on_reducer(self, name: str, callback: Callable[..., Any]) -> None:
        """What `register_on_{reducer}` does, for this client."""
        self._dispatcher.add_reducer_callback(
            name, callback, len(self.bindings.reducers[name].params.elements)
        )

    def unregister_on_reducer(self, name: str, callback: Callable[..., Any]) -> None:
        self._dispatcher.remove_reducer_callback(name, callback)

    # -- the end -------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Send what is left, close the connection and run `on_disconnect`; at most two seconds. Twice is fine."""
        if self._link is None or self.state is ConnectionState.CLOSED:
            self.bindings.closed(self)
            return
        self._link.close()
        self._close_asked = True
        if self._updating is None:
            self._finish_closing()

    def _finish_closing(self) -> None:
        """Programs end right after close() and never update() again, so on_disconnect runs here."""
        assert self._link is not None
        self._close_asked = False
        self._link.join(CLOSE_TIMEOUT)
        self._drain_closing()
        self._inbox.receive(Closed("closed"), closing=True)

    def _drain_closing(self) -> None:
        assert self._link is not None
        for outcome in self._link.take():
            self._inbox.receive(outcome, closing=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    # -- what the inbox tells ------------------------------------------------------------------------------------------

    def _fail(self, error: SpacetimeDBException) -> None:
        """An error that belongs to no callback: to `on_error`, else out of the running `update()`."""
        if self._dispatcher.on_error is not None:
            self._dispatcher.call(self._dispatcher.on_error, str(error))
        else:
            self._failure = self._failure or error


def normalized(queries: Iterable[str]) -> tuple[str, ...]:
    """The queries without trailing semicolons and without repetitions, in order. TypeError for a lone string."""
    if isinstance(queries, str):
        raise TypeError("subscribe takes a list of queries, not one string")
    return tuple(dict.fromkeys(query.strip().rstrip(";").rstrip() for query in queries))


def _bindings_of(package: Any) -> ModuleBindings:
    bindings = getattr(package, "MODULE", None)
    if not isinstance(bindings, ModuleBindings):
        raise TypeError(
            f"autogen_package must be a package of generated bindings, not {package!r}: write one with "
            "`python -m spacetimedb_sdk generate --server URL --database NAME --out module_bindings`"
        )
    return bindings


def _compression(name: str | None, is_loopback: bool) -> Compression:
    if name is None:
        return Compression.NONE if is_loopback else Compression.GZIP
    try:
        compression = Compression(name.capitalize())
    except ValueError:
        raise ValueError(f"compression must be none, gzip or brotli, not {name!r}") from None
    if compression is Compression.BROTLI and not has_brotli():
        raise ValueError("compression='brotli' needs the `brotli` package: pip install brotli")
    return compression
