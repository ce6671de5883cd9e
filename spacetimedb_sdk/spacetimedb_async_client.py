"""The async client: `run()` takes over the event loop's waiting, callbacks and scheduled events do the work.

    client = SpacetimeDBAsyncClient(module_bindings)
    client.schedule_event(0.1, tick)
    asyncio.run(client.run(token, "localhost:3000", "my-game", False, on_connect, ["SELECT * FROM player"]))

It drives a basic client, `client.client`, which the I/O thread wakes: nothing polls. Any number of them live in one loop;
inside its callbacks and events each one is the ambient client. Methods belong to the loop's thread unless they say
otherwise.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .bindings.ambient import AMBIENT
from .client.calls import ReducerResult, Request
from .client.subscriptions import Subscriptions, normalized
from .errors import ClientStateError, ConnectionLost, SpacetimeDBException
from .queries import Query
from .spacetimedb_client import ConnectionState, SpacetimeDBClient
from .transport.event_loop import LoopReader
from .types import Address, Identity

if TYPE_CHECKING:
    from typing import Self

__all__ = ["SpacetimeDBAsyncClient", "SpacetimeDBException"]

CLOSE_TIMEOUT = 2.0
T = TypeVar("T")


class SpacetimeDBAsyncClient:
    """A connection to a database that lives in an asyncio event loop. One `run()` per object.

    Methods belong to the thread of that loop; those that any thread may call say so.
    """

    def __init__(self, autogen_package: ModuleType) -> None:
        self.client = SpacetimeDBClient(autogen_package)
        self.client._dispatcher.spawn = self._spawn
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake: asyncio.Event | None = None
        self._started = False
        self._closing = threading.Event()
        self._waiting: list[tuple[float, Callable[..., Any], tuple[Any, ...]]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._failure: BaseException | None = None
        self._on_error: Callable[[str], Any] | None = None
        self._disconnected: str | None = None
        self._running: asyncio.Task[None] | None = None
        self.request_timeout = 5.0

    # -- running -------------------------------------------------------------------------------------------------------

    async def run(
        self,
        auth_token: str | None,
        host: str,
        address_or_name: str,
        ssl_enabled: bool,
        on_connect: Callable[[str, Identity], Any] | None,
        subscription_queries: Iterable[str] = (),
        *,
        on_error: Callable[[str], Any] | None = None,
        **options: Any,
    ) -> None:
        """Connect and serve callbacks and events until `force_close()` or `close()`.

        `on_connect(auth_token, identity)` runs once the connection stands. `subscription_queries` join those of an
        earlier `subscribe`. Raises ConnectError when no connection comes about, ConnectionLost when it is lost, and what
        a scheduled event raised, unless there is an `on_error`. The other options are those of
        `SpacetimeDBClient.connect`. Cancelling it closes the connection.
        """
        if self._started:
            raise ClientStateError("run() was called before on this client: make another one")
        self._started = True
        if self._closing.is_set():
            return
        loop = self._loop = asyncio.get_running_loop()
        awake = self._awake = asyncio.Event()
        asked = self.client.subscriptions.main
        queries = normalized([*(asked or ()), *normalized(subscription_queries)])
        if queries or asked is not None:
            self.client.subscribe(queries)
        self._on_error = on_error
        self.client.set_callbacks(
            on_identity=self._identified(on_connect), on_disconnect=self._lost, on_error=on_error
        )
        for delay, callback, args in self._waiting:
            self._start_timer(delay, callback, args)
        self._waiting.clear()
        try:
            self.client.connect(
                auth_token, host, address_or_name, ssl_enabled, wake=lambda: _wake(loop, awake), **options
            )
            await self._serve(awake)
        finally:
            await self._shut_down(awake)
        self._raise_failure()

    async def connect(
        self,
        auth_token: str | None,
        host: str,
        address_or_name: str,
        ssl_enabled: bool,
        on_connect: Callable[[str, Identity], Any] | None = None,
        subscription_queries: Iterable[str] = (),
        **options: Any,
    ) -> None:
        """Like `run`, but returns once the connection stands and goes on in the background, until `await close()`."""
        loop = asyncio.get_running_loop()
        standing: asyncio.Future[None] = loop.create_future()

        def connected(token: str, identity: Identity) -> Any:
            if not standing.done():
                standing.set_result(None)
            return on_connect(token, identity) if on_connect is not None else None

        running = self._running = loop.create_task(
            self.run(
                auth_token, host, address_or_name, ssl_enabled, connected, subscription_queries, **options
            )
        )
        try:
            await asyncio.wait((running, standing), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self.close()
            raise
        if running.done():
            self._running = None
            await running

    def _identified(
        self, on_connect: Callable[[str, Identity], Any] | None
    ) -> Callable[[str, Identity, Address], Any]:
        def on_identity(token: str, identity: Identity, _connection_id: Address) -> Any:
            return on_connect(token, identity) if on_connect is not None else None

        return on_identity

    def _lost(self, reason: str) -> None:
        self._disconnected = reason

    async def _serve(self, awake: asyncio.Event) -> None:
        def arrived() -> None:
            try:
                self.client.update()
            except Exception as error:  # noqa: BLE001 - whatever it is, run() raises it
                self._failure = self._failure or error
            if self._failure or self.client.has_work or not self.client.is_connected:
                awake.set()

        with LoopReader(asyncio.get_running_loop(), arrived) as reader:
            await self._serve_link(awake, reader)

    async def _serve_link(self, awake: asyncio.Event, reader: LoopReader) -> None:
        while not self._closing.is_set() and self._failure is None:
            self.client.update()
            reader.watch(self.client._link)
            if self.client.state is ConnectionState.CLOSED:
                if self._disconnected is not None and not self._closing.is_set():
                    raise ConnectionLost(self._disconnected)
                return
            if self.client.has_work:
                # What came during update() woke nobody; others in the loop get their turn all the same.
                await asyncio.sleep(0)
                continue
            retry_at = self.client._retry_at
            with suppress(TimeoutError):
                async with asyncio.timeout(None if retry_at is None else max(retry_at - time.monotonic(), 0)):
                    await awake.wait()
            awake.clear()

    async def _shut_down(self, awake: asyncio.Event) -> None:
        """Leave nothing behind: no timer, no task, no open connection."""
        self._closing.set()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()
        link = self.client._link
        if link is not None and self.client.state is not ConnectionState.CLOSED:
            link.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    while not link.join(0):
                        awake.clear()
                        self.client._inbox.drain_to_the_end(link)
                        await awake.wait()
            self.client.close()
        self._loop = self._awake = None

    def _raise_failure(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    # -- asking --------------------------------------------------------------------------------------------------------

    def subscribe(self, queries: Iterable[str]) -> None:
        """Make `queries` the whole subscription; before `run()` they wait for the connection."""
        self.client.subscribe(queries)

    async def call_reducer(self, name: str, *args: Any) -> ReducerResult:
        """Call a reducer and await its result, `request_timeout` seconds at most."""
        return await self.client.call_reducer(name, *args).wait(self.request_timeout)

    def register_on_subscription_applied(self, callback: Callable[[], Any]) -> None:
        """After each subscription whose rows have come."""
        self.client.register_on_subscription_applied(callback)

    def unregister_on_subscription_applied(self, callback: Callable[..., Any]) -> None:
        """A callback that is not registered is no error."""
        self.client.unregister_on_subscription_applied(callback)

    @property
    def identity(self) -> Identity | None:
        """Who this client is, once connected. From any thread."""
        return self.client.identity

    @property
    def subscriptions(self) -> Subscriptions:
        """Subscriptions beside the one that `subscribe` replaces."""
        return self.client.subscriptions

    @property
    def db(self) -> Any:
        """Table handles by name; typed ones: `module_bindings.Tables(client.client)`."""
        return self.client.db

    @property
    def reducers(self) -> Any:
        """Reducers by name, whose calls can be awaited."""
        return self.client.reducers

    @property
    def procedures(self) -> Any:
        """Procedures by name, whose results can be awaited."""
        return self.client.procedures

    @overload
    def sql(self, query: Query[T]) -> Request[list[T]]: ...

    @overload
    def sql(self, query: str) -> Request[list[Any]]: ...

    def sql(self, query: str) -> Request[list[Any]]:
        """Ask once for the rows of a query, beside the cache: `await client.sql("SELECT * FROM t")`."""
        return self.client.sql(query)

    # -- events --------------------------------------------------------------------------------------------------------

    def schedule_event(self, delay_secs: float, callback: Callable[..., Any], *args: Any) -> None:
        """Call `callback(*args)` once, `delay_secs` seconds from now, or from the start of `run()` where that is later.

        Call it again from inside the callback to repeat. After `force_close()` nothing fires. What the callback raises
        goes to `on_error`, or out of `run()`.
        """
        if not callable(callback):
            raise TypeError(f"a callback must be callable, not {callback!r}")
        if self._closing.is_set():
            return
        if self._loop is None:
            self._waiting.append((delay_secs, callback, args))
        else:
            self._start_timer(delay_secs, callback, args)

    def _start_timer(self, delay: float, callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
        assert self._loop is not None

        def fire() -> None:
            self._timers.discard(timer)
            if not self._closing.is_set():
                self._fire(callback, args)

        timer = self._loop.call_later(delay, fire)
        self._timers.add(timer)

    def _fire(self, callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
        ambient = AMBIENT.set(self.client)
        try:
            result = callback(*args)
            if inspect.iscoroutine(result):
                self._spawn(result, callback)
        except Exception as error:  # noqa: BLE001 - whatever a user's event raises ends run(), or goes to on_error
            self._event_failed(callback, error)
        finally:
            AMBIENT.reset(ambient)

    def _event_failed(self, callback: Callable[..., Any], error: BaseException) -> None:
        if self._on_error is not None and isinstance(error, Exception):
            self.client._dispatcher.report(callback, error)
            return
        self._failure = self._failure or error
        if self._awake is not None:
            self._awake.set()

    def _spawn(self, coroutine: Coroutine[Any, Any, Any], callback: Callable[..., Any]) -> None:
        """A task for what an `async def` callback returned; it inherits the ambient client."""
        if self._loop is None:
            coroutine.close()
            return
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)

        def done(finished: asyncio.Task[Any]) -> None:
            self._tasks.discard(finished)
            if not finished.cancelled() and finished.exception() is not None:
                error = finished.exception()
                assert error is not None
                self._event_failed(callback, error)

        task.add_done_callback(done)

    # -- the end -------------------------------------------------------------------------------------------------------

    def force_close(self) -> None:
        """Make `run()` return. From any thread, before the start, and twice are fine."""
        self._closing.set()
        loop, awake = self._loop, self._awake
        if loop is not None and awake is not None:
            _wake(loop, awake)

    async def close(self) -> None:
        """`force_close`, and wait until the connection is closed; in another event loop than `run`'s it does not wait."""
        running, self._running = self._running, None
        self.force_close()
        if running is not None and running.get_loop() is asyncio.get_running_loop():
            # Shielded: a callback that closes its own client is cancelled by what it waits for here.
            await asyncio.shield(running)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        """Close it, whether it was connected or not; what ended the connection meanwhile is raised."""
        await self.close()


def _wake(loop: asyncio.AbstractEventLoop, awake: asyncio.Event) -> None:
    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(awake.set)
