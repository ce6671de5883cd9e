"""The basic client: the program owns its main loop and calls `update()` in it, once a frame.

    client = SpacetimeDBClient.init(token, "localhost:3000", "my-game", False, module_bindings, on_connect=joined)
    while running:
        client.update()

Everything is received and decoded on a thread of the SDK's own; rows change and callbacks run in `update()` only, on the
thread that calls it. Unless its docstring says otherwise, a method belongs to that thread.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .bindings.ambient import AMBIENT
from .bindings.module import ModuleBindings
from .client.apply import OutcomeApplier
from .client.cache import ClientCache
from .client.calls import OneOffQuery, ProcedureCall, ReducerCall, Request
from .client.dispatch import Dispatcher
from .client.handles import Procedures, Reducers, Tables
from .client.legacy_hooks import LegacyHooks
from .client.options import ConnectOptions, make_codecs
from .client.stats import ClientStats
from .client.subscriptions import Subscriptions
from .errors import AuthenticationError, ClientStateError, EncodeError, SpacetimeDBException
from .events import ReducerEvent, TransactionUpdateMessage
from .protocol.codecs.subprotocol import CallEncoder
from .protocol.connection import Connection, ConnectionState
from .protocol.outcomes import Closed
from .queries import Query
from .sats.bsatn.codec import BAD_VALUE
from .transport.dialing import Attempt
from .transport.gc_pause import GcPause
from .transport.handshake import ConnectRequest, parse_host
from .transport.io_thread import Link
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
T = TypeVar("T")


class _Instance:
    """`SpacetimeDBClient.instance`: inside a callback the client that is calling back, otherwise the last one made."""

    def __init__(self) -> None:
        self.last: SpacetimeDBClient | None = None

    def __get__(self, obj: object, owner: type | None = None) -> SpacetimeDBClient:
        ambient = AMBIENT.get()
        # None stays possible, as it always was before init: programs ask for it only after.
        return ambient if isinstance(ambient, SpacetimeDBClient) else self.last  # type: ignore[return-value]


_INSTANCE = _Instance()


class SpacetimeDBClient(LegacyHooks):
    """A connection to a database, the rows it is subscribed to, and the callbacks that tell of their changes.

    Methods belong to the thread that calls `update()`; those that any thread may call say so.
    """

    instance = _INSTANCE

    def __init__(self, autogen_package: ModuleType) -> None:
        self.bindings = ModuleBindings.of(autogen_package)
        self.cache = ClientCache(self.bindings)
        self.token: str | None = None
        self._dispatcher = Dispatcher(self)
        self.subscriptions = Subscriptions(self)
        self.db: Any = Tables(self)
        self.reducers: Any = Reducers(self)
        self.procedures: Any = Procedures(self)
        self._connection: Connection | None = None
        self._link: Link | None = None
        self._stats = ClientStats()
        self._requests: dict[int, Request[Any]] = {}
        self._failure: SpacetimeDBException | None = None
        # Calls may come from any thread; what is asked and what is answered must not be paired by two at once.
        self._lock = threading.RLock()
        self._updating: int | None = None
        self._close_asked = False
        self._inbox = OutcomeApplier(self)
        self._pause = GcPause()
        self._state = ConnectionState.CLOSED
        self._options = ConnectOptions()
        self._open: Callable[[], None] = lambda: None
        self._away = False
        self._retries = 0
        self._retry_at: float | None = None

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
        """Make a client and start to connect; `update()` tells what comes of it. `options`: see `ConnectOptions`.

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
        wake: Callable[[], None] = lambda: None,
        **options: Any,
    ) -> None:
        """Start to connect, once per client; returns at once. `options` are those of `ConnectOptions`.

        `wake` is called from another thread when something has come.
        """
        if self._link is not None:
            raise ClientStateError("this client has connected before: make another one")
        if auth_token is not None and not isinstance(auth_token, str):
            raise TypeError(
                "auth_token must be a str or None; call init(auth_token, host, address_or_name, ssl_enabled, "
                f"autogen_package), {type(auth_token).__name__} came first"
            )
        chosen = self._options = ConnectOptions(**options)
        address = parse_host(host, ssl_enabled)
        compression = chosen.compression_for(address.is_loopback)
        codecs = make_codecs(self.bindings, self.cache, chosen)
        self.token = auth_token

        def verify(token: str | None, attempt: Attempt) -> None:
            # Most programs never ask, and HTTP doubles the time of importing the SDK.
            from .client.schema_check import check_schema
            from .http import HttpClient
            from .sats.schema.versions import read_schema

            server = HttpClient(address.url, token, timeout=chosen.timeout, ssl_context=chosen.ssl_context)
            check_schema(self.bindings, read_schema(server.schema(address_or_name, within=attempt)))

        def open_connection() -> None:
            token = chosen.token_provider() if chosen.token_provider is not None else self.token
            request = ConnectRequest(
                address=address,
                database=address_or_name,
                token=token,
                subprotocols=tuple(codecs),
                compression=compression,
                light=chosen.light,
                confirmed=chosen.confirmed,
                timeout=chosen.timeout,
                ssl_context=chosen.ssl_context,
                message_limit=chosen.message_limit,
                verify=partial(verify, token) if chosen.verify_schema else None,
            )
            self._connection = Connection(codecs)
            self._link = chosen.link_factory(request, codecs, wake, backlog=chosen.backlog_bytes)

        self._open = open_connection
        _INSTANCE.last = self
        self.bindings.opened(self)
        self._enter(ConnectionState.CONNECTING)
        open_connection()

    # -- what it is like now -------------------------------------------------------------------------------------------

    @property
    def state(self) -> ConnectionState:
        """From any thread."""
        return self._state

    @property
    def is_connected(self) -> bool:
        """From any thread."""
        return self.state is ConnectionState.CONNECTED

    @property
    def has_work(self) -> bool:
        """Whether an `update()` now would find something to do. From any thread."""
        return self._inbox.is_busy or (self._link is not None and self._link.waiting > 0)

    @property
    def identity(self) -> Identity | None:
        """Who this client is, once connected; the same after a reconnect. From any thread."""
        return self._connection.identity if self._connection else None

    @property
    def connection_id(self) -> Address | None:
        """This connection among those of the same identity; another one after a reconnect. From any thread."""
        return self._connection.connection_id if self._connection else None

    @property
    def stats(self) -> ClientStats:
        """As of now."""
        self._stats.refresh(self._link, self.cache)
        return self._stats

    def __repr__(self) -> str:
        return f"<SpacetimeDBClient {self.state.value} {self.identity or ''}>"

    # -- the frame -----------------------------------------------------------------------------------------------------

    def update(self, timeout: float | None = None, *, budget: float | None = None) -> None:
        """Apply what has come and run its callbacks; with `timeout` (seconds) wait for something to come first.

        Takes what was there when it was called, no more. With `budget` (seconds) it stops there, between two rows or two
        callbacks, and goes on in the next call; a single callback is not interrupted. ClientStateError from inside a
        callback or from a second thread. ConnectError, once, when no connection came about and there is no `on_error`.
        """
        if self._link is None:
            return
        thread = threading.get_ident()
        if self._updating is not None:
            where = "from inside a callback" if self._updating == thread else "from a second thread"
            raise ClientStateError(f"update() was called {where}: one thread calls it, outside of callbacks")
        if self._retry_at is not None:
            self._retry(timeout)
        try:
            if (timeout or self._link.is_leased) and not self._inbox.is_busy and self._retry_at is None:
                self._link.wait(timeout or 0.0, self._pause)
            self._updating = thread
            try:
                self._inbox.drain(self._link, self._options.budget if budget is None else budget, self._pause)
            finally:
                self._updating = None
                if self._close_asked:
                    self._finish_closing()
        finally:
            self._pause.end()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    # -- losing and finding the connection -----------------------------------------------------------------------------

    def _enter(self, state: ConnectionState) -> None:
        if state is not self._state:
            self._state = state
            self._dispatcher.state(state)

    def _reconnects(self, closed: Closed, broken: SpacetimeDBException | None) -> bool:
        """Whether the connection that ended will be opened again."""
        assert self._connection is not None
        if self._options.policy is None or closed.error is None or broken is not None:
            return False
        refused = isinstance(closed.error, AuthenticationError) and self._options.token_provider is None
        return not refused and (self._away or self._connection.was_connected)

    def _connection_ended(self, comes_back: bool) -> None:
        if not comes_back:
            self._enter(ConnectionState.CLOSED)
            self.bindings.closed(self)
            return
        policy = self._options.policy
        assert policy is not None
        self._away = True
        self._retry_at = time.monotonic() + policy.delay(self._retries, random.random())
        self._retries += 1
        self._enter(ConnectionState.RECONNECTING)

    def _retry(self, timeout: float | None) -> None:
        """Open the connection again once it is time; waits for that within `timeout`."""
        assert self._retry_at is not None
        left = self._retry_at - time.monotonic()
        if left > 0 and timeout:
            time.sleep(min(left, timeout))
        if time.monotonic() >= self._retry_at:
            self._retry_at = None
            self._open()

    # -- asking --------------------------------------------------------------------------------------------------------

    def subscribe(self, queries: Iterable[str]) -> None:
        """Make `queries` the whole subscription: rows that match no more leave, with callbacks.

        Before the connection stands they wait for it. Equal ones and trailing semicolons are dropped. A refused set
        leaves the old one in place and is told to `on_error`.
        """
        self.subscriptions.replace(queries)

    def call_reducer(self, name: str, *args: Any) -> ReducerCall:
        """Ask the server to run a reducer; from any thread.

        EncodeError when an argument does not fit, TypeError for their number, ClientStateError when not connected.
        """
        call = ReducerCall(self, name)
        self._send_call(name, args, call)
        return call

    def _send_call(self, name: str, args: tuple[Any, ...], call: ReducerCall | None = None) -> None:
        """A game's hot path: no lock is taken, every step is one that no other thread can get into."""
        connection, link = self._connection, self._link
        encode = None if connection is None else connection.encoders.get(name)
        if connection is None or link is None or encode is None:
            connection, link, encode = self._reducer_encoder(name, args)
        request_id = next(connection.request_ids)
        try:
            payload = encode(args, request_id)
        except (EncodeError, *BAD_VALUE):
            self.bindings.check_call("reducer", name, args)
            connection.explain_arguments(name, args)
            raise
        connection.calls[request_id] = name, args, call
        self._stats.reducer_calls += 1
        link.send(payload)
        if not connection.encoders:
            self._inbox.lost_meanwhile(connection)

    def _reducer_encoder(self, name: str, args: tuple[Any, ...]) -> tuple[Connection, Link, CallEncoder]:
        """At the first call of a reducer over a connection, and where there is none."""
        with self._lock:
            connection, link = self._asking(f"reducer {name}")
            self.bindings.check_call("reducer", name, args)
            return connection, link, connection.reducer_encoder(name)

    def call_procedure(self, name: str, *args: Any) -> Request[Any]:
        """Ask the server to run a procedure; ends in what it returns, or in RequestFailedError. From any thread."""
        self.bindings.check_call("procedure", name, args)
        request = ProcedureCall(self, name)
        with self._lock:
            connection, link = self._asking(request._what)
            request_id, payload = connection.call_procedure(name, args)
            self._requests[request_id] = request
            link.send(payload)
        return request

    @overload
    def sql(self, query: Query[T]) -> Request[list[T]]: ...

    @overload
    def sql(self, query: str) -> Request[list[Any]]: ...

    def sql(self, query: str) -> Request[list[Any]]:
        """Ask once for the rows of a query, beside the cache: `SELECT * FROM t [WHERE ...]`. From any thread.

        Ends in the rows, or in RequestFailedError with the server's text.
        """
        request = OneOffQuery(self, repr(query))
        with self._lock:
            connection, link = self._asking(request._what)
            request_id, payload = connection.one_off_query(query.strip().rstrip(";"))
            self._requests[request_id] = request
            link.send(payload)
        return request

    def _asking(self, what: str) -> tuple[Connection, Link]:
        """What carries a request. ClientStateError where nothing does."""
        if self._connection is None or self._link is None:
            raise ClientStateError(f"cannot ask for {what}: this client has not connected")
        if self._state is ConnectionState.RECONNECTING:
            raise ClientStateError(f"cannot ask for {what}: the connection is being opened again")
        return self._connection, self._link

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

    def register_on_state(self, callback: Callable[[ConnectionState], Any]) -> None:
        """Each time the state changes: connecting, connected, reconnecting, closed."""
        self._dispatcher.check(callback)
        self._dispatcher.on_state.add(callback)

    def unregister_on_state(self, callback: Callable[..., Any]) -> None:
        """A callback that is not registered is no error."""
        self._dispatcher.on_state.remove(callback)

    def register_row_update(self, table: str, callback: Callable[..., Any]) -> None:
        """What `{Table}.register_row_update` does, for this client; `table` is the name on the server."""
        self.cache.table(table)
        self._dispatcher.add_row_callback(table, callback)

    def unregister_row_update(self, table: str, callback: Callable[..., Any]) -> None:
        """A callback that is not registered is no error."""
        self._dispatcher.remove_row_callback(table, callback)

    def register_on_reducer(self, name: str, callback: Callable[..., Any]) -> None:
        """What `register_on_{reducer}` does, for this client."""
        self._dispatcher.add_reducer_callback(
            name, callback, len(self.bindings.reducers[name].params.elements)
        )

    def unregister_on_reducer(self, name: str, callback: Callable[..., Any]) -> None:
        """A callback that is not registered is no error."""
        self._dispatcher.remove_reducer_callback(name, callback)

    # -- the end -------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Send what is left, close the connection and run `on_disconnect`; at most two seconds. Twice is fine."""
        if self._link is None or self.state is ConnectionState.CLOSED:
            self.bindings.closed(self)
            return
        self._retry_at = None
        self._link.close()
        self._close_asked = True
        if self._updating is None:
            self._finish_closing()

    def _finish_closing(self) -> None:
        """Programs end right after close() and never update() again, so on_disconnect runs here."""
        assert self._link is not None
        self._close_asked = False
        self._link.join(CLOSE_TIMEOUT)
        self._inbox.drain_to_the_end(self._link)
        if self.state is not ConnectionState.CLOSED:
            self._away = False
            self._inbox.end(Closed("closed"))

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
