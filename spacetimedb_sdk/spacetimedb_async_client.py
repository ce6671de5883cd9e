"""The async client: `run()` takes over the event loop's waiting, callbacks and scheduled events do the work.

    client = SpacetimeDBAsyncClient(module_bindings)
    client.schedule_event(0.1, tick)
    asyncio.run(client.run(token, "localhost:3000", "my-game", False, on_connect, ["SELECT * FROM player"]))

The I/O thread, or the loop itself, wakes it when something has come: nothing polls. Any number of them live in one loop;
inside its callbacks and events each one is the ambient client. Methods belong to the loop's thread unless they say
otherwise.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING

from .bindings.module import ModuleBindings
from .client.connecting import Connecting
from .client.face import ClientFace
from .client.loop_work import LoopWork
from .client.options import ConnectKeywords, ConnectOptions
from .client.requests.calls import ReducerResult
from .client.requests.subscriptions import normalized
from .errors import ClientStateError, SpacetimeDBException
from .protocol.connection import ConnectionState
from .spacetimedb_client import SpacetimeDBClient
from .system.clock import SYSTEM_CLOCK, Clock
from .transport.event_loop import LoopReader
from .types import Identity

if TYPE_CHECKING:
    from typing import Self, Unpack

__all__ = ["Connecting", "SpacetimeDBAsyncClient", "SpacetimeDBException"]

# Seconds for the last frames, then for tasks of callbacks, when the run ends.
CLOSE_TIMEOUT = 2.0


class SpacetimeDBAsyncClient(ClientFace):
    """A connection to a database that lives in an asyncio event loop. One `run()` per object.

    Methods belong to the thread of that loop; those that any thread may call say so.
    """

    def __init__(self, autogen_package: ModuleType | ModuleBindings, *, clock: Clock = SYSTEM_CLOCK) -> None:
        super().__init__(autogen_package, clock=clock)
        # The same client with the names of the frame face, for programs that drove that one.
        self.client = SpacetimeDBClient(autogen_package, core=self._core)
        self._work = LoopWork(self._core)
        self._core.dispatcher.spawn = self._work.spawn
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake: asyncio.Event | None = None
        self._started = False
        self._closing = threading.Event()
        self._running: asyncio.Task[None] | None = None
        self.request_timeout = 5.0

    # -- running -------------------------------------------------------------------------------------------------------

    async def run(
        self,
        auth_token: str | None,
        host: str,
        address_or_name: str,
        ssl_enabled: bool | None,
        on_connect: Callable[[str, Identity], object] | None,
        subscription_queries: Iterable[str] = (),
        *,
        on_error: Callable[[str], object] | None = None,
        **options: Unpack[ConnectKeywords],
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
        core = self._core
        loop = self._loop = asyncio.get_running_loop()
        awake = self._awake = asyncio.Event()
        core.turn.own()
        asked = core.subscriptions.main
        queries = normalized([*(asked or ()), *normalized(subscription_queries)])
        if queries or asked is not None:
            core.subscriptions.replace(queries)
        if on_connect is not None:
            core.dispatcher.add(core.dispatcher.on_standing, on_connect, "token", "identity")
        if on_error is not None:
            self.set_callbacks(on_error=on_error)
        self._work.start(loop, awake.set)
        try:
            place = (host, address_or_name, ssl_enabled)
            core.connect(auth_token, place, ConnectOptions.of(options), lambda: _wake(loop, awake))
            await self._serve(awake)
        finally:
            await self._shut_down(awake)
        if self._work.failure is not None:
            failure, self._work.failure = self._work.failure, None
            raise failure

    async def connect(
        self,
        auth_token: str | None,
        host: str,
        address_or_name: str,
        ssl_enabled: bool | None,
        on_connect: Callable[[str, Identity], object] | None = None,
        subscription_queries: Iterable[str] = (),
        *,
        on_error: Callable[[str], object] | None = None,
        **options: Unpack[ConnectKeywords],
    ) -> None:
        """Like `run`, but returns once the connection stands and goes on in the background, until `await close()`.

        Where no connection comes about it raises why, ConnectError or a kind of it, whether there is an `on_error` or not.
        """
        loop = asyncio.get_running_loop()
        standing: asyncio.Future[None] = loop.create_future()
        dispatcher = self._core.dispatcher

        def connected(_token: str, _identity: Identity) -> None:
            if not standing.done():
                standing.set_result(None)

        dispatcher.on_standing.add(connected)
        place = (auth_token, host, address_or_name, ssl_enabled)
        running = self._running = loop.create_task(
            self.run(*place, on_connect, subscription_queries, on_error=on_error, **options)
        )
        try:
            await asyncio.wait((running, standing), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            # Of what it failed meanwhile is no matter to who cancelled it.
            with suppress(SpacetimeDBException):
                await self.close()
            raise
        finally:
            dispatcher.on_standing.remove(connected)
        self._core.is_in_background = not running.done()
        if running.done():
            self._running = None
            await running
            if not standing.done() and self._core.ended_by is not None:
                raise self._core.ended_by

    async def _serve(self, awake: asyncio.Event) -> None:
        core, work = self._core, self._work

        def arrived() -> None:
            try:
                core.update()
            except Exception as error:  # noqa: BLE001 - whatever it is, run() raises it
                work.failure = work.failure or error
            if work.failure or core.has_work or core.state is not ConnectionState.CONNECTED:
                awake.set()

        with LoopReader(asyncio.get_running_loop(), arrived) as reader:
            await self._serve_link(awake, reader)

    async def _serve_link(self, awake: asyncio.Event, reader: LoopReader) -> None:
        core = self._core
        while not self._closing.is_set() and self._work.failure is None:
            core.update()
            reader.watch(core.link)
            if core.state is ConnectionState.CLOSED:
                if core.was_lost and core.ended_by is not None and not self._closing.is_set():
                    raise core.ended_by
                return
            if core.has_work:
                # What came during update() woke nothing; others in the loop get their turn all the same.
                await asyncio.sleep(0)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(core.retry.seconds_left):
                    await awake.wait()
            awake.clear()

    async def _shut_down(self, awake: asyncio.Event) -> None:
        """Leave nothing behind: no timer, no task, no open connection."""
        self._closing.set()
        self._work.stop()
        link = self._core.link
        if link is not None and self._core.state is not ConnectionState.CLOSED:
            link.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    while not link.join(0):
                        awake.clear()
                        self._core.applier.drain_to_the_end(link)
                        await awake.wait()
        self._core.close()
        await self._work.finish(CLOSE_TIMEOUT)
        self._loop = self._awake = None

    # -- asking --------------------------------------------------------------------------------------------------------

    async def call_reducer(self, name: str, *args: object) -> ReducerResult:
        """Call a reducer and await its result, `request_timeout` seconds at most."""
        return await self._core.call_reducer(name, *args).wait(self.request_timeout)

    # -- events --------------------------------------------------------------------------------------------------------

    def schedule_event(self, delay_secs: float, callback: Callable[..., object], *args: object) -> None:
        """Call `callback(*args)` once, `delay_secs` seconds from now, or from the start of `run()` where that is later.

        Call it again from inside the callback to repeat. After `force_close()` nothing fires. What the callback raises
        goes to `on_error`, or out of `run()`.
        """
        self._work.schedule(delay_secs, callback, args)

    # -- the end -------------------------------------------------------------------------------------------------------

    def force_close(self) -> None:
        """Make `run()` return. From any thread, before the start, and twice are fine."""
        self._closing.set()
        if not self._started:
            self._core.close()
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
    with suppress(RuntimeError):  # the loop is closed: no task waits any more
        loop.call_soon_threadsafe(awake.set)
