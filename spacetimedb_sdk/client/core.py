"""The core: what both faces drive. It holds the connection, the cache, the subscriptions, the calls and the state.

A face owns a core and decides when it updates: the frame face in `update()`, the async face whenever something has come.
The core knows neither face, opens no socket itself and reads no clock but the one it was given. Who may be inside it when
is in `turn`; what it does with what comes is in `apply`; whom it calls, in `dispatch`.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from ..bindings.module import ModuleBindings
from ..errors import ClientStateError, ConnectionLost, EncodeError, SpacetimeDBException
from ..protocol.codecs.subprotocol import CallEncoder, Payload
from ..protocol.connection import Connection, ConnectionState
from ..protocol.outcomes import Closed
from ..sats.bsatn.codec import BAD_VALUE
from ..system.clock import SYSTEM_CLOCK, Clock
from ..transport.client_link import ClientLink
from ..transport.gc_pause import GcPause
from ..types import Address, Identity
from .apply import OutcomeApplier
from .debugging import DebugMode, is_asked_for
from .dropped import OpenLink
from .handles import NamedGroups
from .options import ConnectOptions
from .requests.calls import OneOffQuery, ProcedureCall, ReducerCall, Request
from .requests.subscriptions import Subscriptions
from .retry import Retry
from .rows.cache import ClientCache
from .rows.dispatch import Dispatcher
from .stats import ClientStats
from .target import Target
from .turn import Turn

__all__ = ["ClientCore"]

T = TypeVar("T")
log = logging.getLogger("spacetimedb_sdk.client")
# Seconds that `close()` waits for the last frames to leave: a server that does not read must not hold up a program.
CLOSE_TIMEOUT = 2.0
# How long one wait of `result()` lasts before it looks again whether an answer can still come.
LOOK_AGAIN = 0.5
# How often it looks while the thread that should update does not, before it gives up (30 s).
LOOKS_WITHOUT_UPDATE = 60


class ClientCore:
    """One client below its face. Unless its docstring says otherwise, a method belongs to the thread that updates."""

    # At most 29 attributes: with one more CPython gives up the quick look-up of every one of them, and of the methods.
    def __init__(self, bindings: ModuleBindings, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self.bindings = bindings
        self.clock = clock
        self.cache = ClientCache(bindings)
        self.token: str | None = None
        self.state = ConnectionState.CLOSED
        self.connection: Connection | None = None
        self.link: ClientLink | None = None
        self.open_link = OpenLink()
        # Calls may come from any thread; what is asked and what is answered must not be paired by two at once.
        self.lock = threading.RLock()
        self.turn = Turn(self.lock)
        self.retry = Retry(clock)
        self.counted = ClientStats()
        # Procedure calls and queries without an answer; reducer calls are in the connection.
        self.requests: dict[int, Request[Any]] = {}
        self.dispatcher = Dispatcher(self, clock)
        self.subscriptions = Subscriptions(self)
        self.applier = OutcomeApplier(self, clock)
        self.by_name = NamedGroups(self)
        # What `SpacetimeDBClient.instance` is while this client calls back.
        self.frame_face: Callable[[], object] = lambda: None
        self.options = ConnectOptions()
        # Why the last connection ended, None where this side asked for it; and whether it had stood before.
        self.ended_by: SpacetimeDBException | None = None
        self.was_lost = False
        self._target: Target | None = None
        self._failure: SpacetimeDBException | None = None
        # Whether an event loop drives it while the program does other things: what it raises is seen late.
        self.is_in_background = False
        self._postponed: deque[Callable[[], None]] = deque()
        self._close_asked = False
        self._warned_of_hidden_calls = False
        self._debug: DebugMode | None = None
        self._pause = GcPause()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "a client stays in its process and is not copied: connect another one where it is needed"
        )

    def __repr__(self) -> str:
        return f"<ClientCore {self.state.value} {self.identity or ''}>"

    # -- connecting ----------------------------------------------------------------------------------------------------

    def connect(
        self,
        auth_token: str | None,
        place: tuple[str, str, bool | None],
        options: ConnectOptions,
        wake: Callable[[], None],
    ) -> None:
        """Start to connect to `place` (host, database, TLS or None for what the host's scheme says), once; returns at once."""
        if self._target is not None:
            raise ClientStateError("this client has connected before: make another one")
        if auth_token is not None and not isinstance(auth_token, str):
            raise TypeError(
                "auth_token must be a str or None; call init(auth_token, host, address_or_name, ssl_enabled, "
                f"autogen_package), {type(auth_token).__name__} came first"
            )
        self._target = Target.of(self.bindings, self.cache, place, options, wake)
        self.options = self.retry.options = options
        self._pause = GcPause(enabled=options.pause_gc)
        self.token = auth_token
        if is_asked_for(options.debug):
            self._debug = self.dispatcher.debug = DebugMode(self, self.clock)
            self._debug.start()
        self.bindings.opened(self)
        self.enter(ConnectionState.CONNECTING)
        try:
            self._open()
        except Exception:
            self._target = None
            self.connection_ended(comes_back=False, was_connected=False)
            raise

    def _open(self) -> None:
        assert self._target is not None
        provider = self.options.token_provider
        self.connection, self.link = self._target.open(self.token if provider is None else provider())
        self.open_link.link = self.link

    def warn_of_doubts(self) -> None:
        """Tell what the attempt that came about could not make sure of."""
        assert self._target is not None
        while self._target.doubts:
            log.warning("%s", self._target.doubts.popleft())

    @property
    def place(self) -> str:
        """Server and database, as errors name them; empty before it was asked to connect."""
        return "" if self._target is None else f"{self._target.address.url}/{self._target.database}"

    @property
    def has_started(self) -> bool:
        """Whether it was asked to connect."""
        return self._target is not None

    @property
    def has_work(self) -> bool:
        """Whether an `update()` now would find something to do. From any thread."""
        return (
            self.applier.work is not None
            or bool(self._postponed)
            or (self.link is not None and self.link.waiting > 0)
        )

    @property
    def is_async(self) -> bool:
        """Whether an event loop runs it."""
        return self.dispatcher.spawn is not None

    @property
    def identity(self) -> Identity | None:
        return self.connection.identity if self.connection else None

    @property
    def connection_id(self) -> Address | None:
        return self.connection.connection_id if self.connection else None

    def stats(self) -> ClientStats:
        """As of now."""
        self.counted.refresh(self.link, self.cache)
        return self.counted

    def enter(self, state: ConnectionState) -> None:
        """Change the state, and say so where it is another one."""
        if state is not self.state:
            self.state = state
            self.dispatcher.state(state)

    # -- updating ------------------------------------------------------------------------------------------------------

    def update(
        self, timeout: float | None = None, budget: float | None = None, taken: Turn | None = None
    ) -> None:
        """Apply what has come and run its callbacks; see `SpacetimeDBClient.update`. `taken`: the turn, had already."""
        # By position: an argument by name alone makes each call slower, also those that do not give it.
        turn = taken or self.turn
        if taken is None:
            turn.take()
        try:
            link, began, has_come = self.link, None, True
            if self.retry.due is not None:
                self._retry(timeout)
                link = self.link
            elif link is not None:
                if not timeout and link.is_quiet:
                    has_come = False  # of most frames: the one look that nothing has come
                elif self.applier.work is None and not self._postponed:
                    # Without a timeout only a look: what is read here is work of this update, within its budget.
                    began = None if timeout else self.clock.now()
                    has_come = link.wait(timeout or 0.0, self._pause)
            while self._postponed:
                self._postponed.popleft()()
            if link is not None and (has_come or self.applier.work is not None):
                budget = self.options.budget if budget is None else budget
                self.applier.drain(link, budget, self._pause, began)
        finally:
            if self._debug is not None:
                self._debug.updated()
            try:
                if self._pause.is_on:
                    self._pause.end()
                if self._close_asked:
                    self._finish_closing()
            finally:
                turn.end()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def _retry(self, timeout: float | None) -> None:
        if not self.retry.begin(timeout):
            return
        try:
            self._open()
        except Exception as error:  # noqa: BLE001 - a program's token_provider may raise anything; it is asked again
            self.dispatcher.report(self.options.token_provider or self._open, error)
            self.retry.plan()

    def postpone(self, work: Callable[[], None]) -> None:
        """Do `work` in the next `update()`. From any thread."""
        self._postponed.append(work)
        if self._target is not None:
            self._target.wake()

    def run_callback(self, callback: Callable[..., object], *args: object) -> None:
        """Run a callback of the program; see `Dispatcher.call`."""
        self.dispatcher.call(callback, *args)

    def fail(self, error: SpacetimeDBException) -> None:
        """An error that belongs to no callback: to `on_error`, else out of the running `update()`.

        Into the log where none would see it there: a second one of the same update, and one of a client in the background.
        """
        if self.dispatcher.on_error is not None:
            self.dispatcher.call(self.dispatcher.on_error, str(error))
            return
        if self._failure is not None or self.is_in_background:
            log.error("%s", error)
        self._failure = self._failure or error

    # -- waiting for answers ---------------------------------------------------------------------------------------------

    def wait_for(self, request: Request[T], timeout: float | None) -> bool:
        """Wait for an answer; False after `timeout` seconds. From any thread; ClientStateError where none can come."""
        deadline = None if timeout is None else self.clock.now() + timeout
        seen, looks = self.turn.ended, 0
        while not request.done:
            left = LOOK_AGAIN if deadline is None else min(deadline - self.clock.now(), LOOK_AGAIN)
            if left <= 0:
                return False
            self.check_answerable(request)
            self._check_may_block(request)
            if not self.is_async and self.turn.take_to_wait():
                self.update(left, None, self.turn)
            elif not self.turn.wait(lambda: request.done, left, may_update=not self.is_async):
                looks = looks + 1 if self.turn.ended == seen else 0
                seen = self.turn.ended
                if looks >= LOOKS_WITHOUT_UPDATE and not self.is_async:
                    raise ClientStateError(
                        f"{request.what}: {self.turn.owner_name} calls update() of this client and has not done so "
                        "for 30 s: go on calling it there, or wait for answers on that thread"
                    )
        return True

    def check_answerable(self, request: Request[T]) -> None:
        """ClientStateError where no answer can come."""
        if self.state is not ConnectionState.CLOSED or request.done:
            return
        if self.has_started:
            raise ClientStateError(f"{request.what}: no answer comes any more, this client is closed")
        first = "run() or connect()" if self.is_async else "connect() or init()"
        raise ClientStateError(
            f"{request.what}: no answer can come before this client has started: {first} first"
        )

    def _check_may_block(self, request: Request[T]) -> None:
        if self.turn.is_held_here:
            raise ClientStateError(
                f"{request.what}: result() was called from inside a callback, where no answer can come: use on_result()"
            )
        if self.is_async and self.turn.is_owned_here:
            raise ClientStateError(
                f"{request.what}: result() would stop the event loop that brings the answer: await it instead"
            )

    # -- callbacks of tables and reducers ---------------------------------------------------------------------------------

    def register_row_update(self, table: str, callback: Callable[..., object]) -> None:
        """Call `callback` after each change of a row. SchemaError for a table there is none of."""
        self.cache.table(table)
        self.dispatcher.add_row_callback(table, callback)

    def unregister_row_update(self, table: str, callback: Callable[..., object]) -> None:
        self.dispatcher.remove_row_callback(table, callback)

    def register_on_reducer(self, name: str, callback: Callable[..., object]) -> None:
        """Call `callback` after each run of a reducer that this connection tells of: see `ClientFace`."""
        if name not in self.bindings.reducers:
            self.bindings.check_call("reducer", name, ())
        self.dispatcher.add_reducer_callback(
            name, callback, len(self.bindings.reducers[name].params.elements)
        )
        self.warn_of_hidden_calls()

    def warn_of_hidden_calls(self) -> None:
        """Say once that this connection does not tell of others' calls, where a callback waits for them."""
        connection = self.connection
        if (
            self._warned_of_hidden_calls
            or connection is None
            or self.state is not ConnectionState.CONNECTED
            or not self.dispatcher.reducers_listened_to
            or (connection.tells_of_all_calls and not self.options.light)
        ):
            return
        self._warned_of_hidden_calls = True
        why = (
            "light=True leaves them out"
            if self.options.light
            else f"{connection.subprotocol} does not tell them"
        )
        log.warning(
            "callbacks of reducers (%s) run for this client's own calls, not for calls of other clients: %s; "
            "listen to the rows they change, or give protocol='v1' where the module has no event tables or views",
            ", ".join(self.dispatcher.reducers_listened_to),
            why,
        )

    def unregister_on_reducer(self, name: str, callback: Callable[..., object]) -> None:
        self.dispatcher.remove_reducer_callback(name, callback)

    # -- asking --------------------------------------------------------------------------------------------------------

    def send(self, payload: Payload) -> None:
        """Send a message over the connection there is."""
        assert self.link is not None
        self.link.send(payload)

    def call_reducer(self, name: str, *args: object) -> ReducerCall:
        """Ask the server to run a reducer. From any thread."""
        call = ReducerCall(self, name)
        self.send_call(name, args, call)
        return call

    def send_call(self, name: str, args: tuple[object, ...], call: ReducerCall | None = None) -> None:
        """A game's hot path: no lock is taken, every step is one that no other thread can get into."""
        connection, link = self.connection, self.link
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
        self.counted.reducer_calls += 1
        link.send(payload)
        if not connection.encoders:
            # The connection ended meanwhile, too late for this call to be among those that were found in flight.
            self.end_calls(connection, ConnectionLost("it ended during the call", may_have_committed=True))

    def _reducer_encoder(
        self, name: str, args: tuple[object, ...]
    ) -> tuple[Connection, ClientLink, CallEncoder]:
        """At the first call of a reducer over a connection, and where there is none."""
        with self.lock:
            connection, link = self._asking(f"reducer {name}")
            self.bindings.check_call("reducer", name, args)
            return connection, link, connection.reducer_encoder(name)

    def call_procedure(self, name: str, *args: Any) -> Request[Any]:
        """Ask the server to run a procedure. From any thread."""
        self.bindings.check_call("procedure", name, args)
        return self._ask(ProcedureCall(self, name), lambda connection: connection.call_procedure(name, args))

    def sql(self, query: str) -> Request[list[Any]]:
        """Ask once for the rows of a query. From any thread."""
        text = query.strip().rstrip(";")
        return self._ask(
            OneOffQuery(self, query, self.bindings.query_hint),
            lambda connection: connection.one_off_query(text),
        )

    def _ask(self, request: Request[T], message: Callable[[Connection], tuple[int, Payload]]) -> Request[T]:
        with self.lock:
            connection, link = self._asking(request.what)
            request_id, payload = message(connection)
            self.requests[request_id] = request
            link.send(payload)
        return request

    def _asking(self, what: str) -> tuple[Connection, ClientLink]:
        """What carries a request. ClientStateError where nothing does."""
        if self.connection is None or self.link is None:
            raise ClientStateError(f"cannot ask for {what}: this client has not connected")
        if self.state is ConnectionState.RECONNECTING:
            raise ClientStateError(f"cannot ask for {what}: the connection is being opened again")
        return self.connection, self.link

    def end_calls(self, connection: Connection, lost: ConnectionLost, *, was_asked: bool = False) -> None:
        """End everything that has no answer; what nothing waits for is logged in one line. From any thread.

        `was_asked`: this side closed the connection, which is no surprise.
        """
        ended: list[tuple[int, Request[Any]]] = []
        # Each is taken out once, whichever thread comes first.
        for number in list(self.requests):
            request = self.requests.pop(number, None)
            if request is not None:
                ended.append((number, request))
        for number in list(connection.calls):
            asked = connection.calls.pop(number, None)
            if asked is not None:
                ended.append((number, asked[2] or ReducerCall(self, asked[0])))
        unawaited = Counter(request.what for _, request in ended if not request.is_awaited)
        if unawaited and not was_asked:
            names = ", ".join(
                f"{what} ({count} times)" if count > 1 else what for what, count in unawaited.items()
            )
            log.warning("without an answer: %s; %s", names, lost)
        for _, request in sorted(ended, key=lambda entry: entry[0]):
            request.fail(lost)

    # -- the end -------------------------------------------------------------------------------------------------------

    def connection_ended(self, comes_back: bool, was_connected: bool) -> None:
        """The connection is gone: plan the next attempt, or be closed."""
        if comes_back:
            self.retry.plan(was_connected)
            self.enter(ConnectionState.RECONNECTING)
            return
        self.enter(ConnectionState.CLOSED)
        self.open_link.link = None
        self._stop_debugging()
        self.bindings.closed(self)

    def dropped(self) -> None:
        """The face is gone. Called in a finalizer: takes no lock and runs no callback."""
        self.state = ConnectionState.CLOSED
        self.retry.give_up()
        self._stop_debugging()
        self.bindings.closed(self)

    def _stop_debugging(self) -> None:
        if self._debug is not None:
            self._debug.stop()

    def close(self) -> None:
        """Send what is left, close the connection and run `on_disconnect`; at most two seconds. Twice is fine."""
        link = self.link
        if link is None or self.state is ConnectionState.CLOSED:
            self.subscriptions.lost(ConnectionLost("the client was closed"), for_good=True)
            self.bindings.closed(self)
            return
        self.retry.give_up()
        link.close()
        self._close_asked = True
        # Otherwise the update that is under way, here or on another thread, does the rest.
        if self.turn.take_if_free():
            try:
                self._finish_closing()
            finally:
                self.turn.end()
            failure, self._failure = self._failure, None
            if failure is not None:  # no update() follows that could raise it
                log.error("%s", failure)

    def _finish_closing(self) -> None:
        """Programs end right after close() and never update() again, so on_disconnect runs here."""
        self._close_asked = False
        self.retry.give_up()
        link = self.link
        assert link is not None
        link.join(CLOSE_TIMEOUT)
        self.applier.drain_to_the_end(link)
        if self.state is not ConnectionState.CLOSED:
            self.applier.end(Closed("closed"))
