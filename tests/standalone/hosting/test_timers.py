"""Timers that are due: run together for a while, and before what clients ask for."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from spacetimedb_sdk.module import Module, ReducerContext, Row, ScheduleAt, TimeDuration, column, u64
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.hosting import host
from spacetimedb_sdk.standalone.hosting.databases import Databases
from spacetimedb_sdk.standalone.server import serve
from tests.plugins.waiting import PATIENCE, until
from tests.standalone.raw_client import RawClient

_COUNT = 12


def counting_module(turns: list[int], turn: list[int]) -> Module:
    """One that has many timers due at once, which note the turn of the loop they run in."""
    module = Module("counting")

    @module.table(scheduled="run")
    class Once(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt

    @module.init
    def init(ctx: ReducerContext) -> None:
        for _ in range(_COUNT):
            ctx.db[Once].insert(Once(scheduled_id=0, scheduled_at=ScheduleAt.Time(ctx.timestamp)))

    @module.reducer
    def run(ctx: ReducerContext, timer: Once) -> None:
        turns.append(turn[0])

    @module.reducer
    def later(ctx: ReducerContext) -> None:
        soon = ScheduleAt.Time(ctx.timestamp + TimeDuration(50_000))
        ctx.db[Once].insert(Once(scheduled_id=0, scheduled_at=soon))

    return module


@pytest.mark.parametrize(("seconds", "different_turns"), [(PATIENCE, 1), (0.0, _COUNT)])
def test_timers_that_are_due_run_in_one_turn_of_the_loop_for_so_long_only(
    seconds: float, different_turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "_TIMERS_SECONDS", seconds)
    turns, turn = list[int](), [0]

    async def story() -> None:
        async with (
            serve(counting_module(turns, turn), database="counting") as running,
            asyncio.timeout(PATIENCE),
        ):
            while len(turns) < _COUNT:
                await asyncio.sleep(0)
                turn[0] += 1
            lateness = running.database_host.lateness
            assert (lateness.count, sum(lateness.counts)) == (_COUNT, _COUNT), "how late each was is counted"
            assert lateness.total_seconds >= 0.0

    asyncio.run(story())
    assert len(turns) == _COUNT
    assert len(set(turns)) == different_turns


def test_when_no_timer_is_due_the_loop_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, looks = list[int](), list[int]()

    async def story() -> None:
        async with serve(counting_module(turns, [0]), database="counting") as running:
            async with asyncio.timeout(PATIENCE):
                while len(turns) < _COUNT:
                    await asyncio.sleep(0)
            database = running.database_host.database
            run_scheduled = database.run_scheduled

            def look(now: int, *, limit: int) -> int:
                assert not looks, "it has seen that none is due"
                looks.append(run_scheduled(now, limit=limit))
                return looks[-1]

            monkeypatch.setattr(database, "run_scheduled", look)
            running.database_host._fire()
            assert looks == [0]
            monkeypatch.undo()

    asyncio.run(story())


class Crowd:
    """A module with a tick every twenty milliseconds, and what clients do takes as long nearly; `log` has what ran, in order."""

    tick, work = 0.020, 0.015

    def __init__(self) -> None:
        self.log: list[str] = []
        self.is_slow = False
        self.goes_on = threading.Event()
        self.module = module = Module("crowd")

        @module.table(scheduled="tick")
        class TickTimer(Row):
            scheduled_id: u64 = column(primary_key=True, auto_inc=True)
            scheduled_at: ScheduleAt

        @module.init
        def init(ctx: ReducerContext) -> None:
            every = ScheduleAt.Interval(TimeDuration(round(self.tick * 1_000_000)))
            ctx.db[TickTimer].insert(TickTimer(scheduled_id=0, scheduled_at=every))

        @module.reducer
        def tick(ctx: ReducerContext, timer: TickTimer) -> None:
            self.log.append("tick")

        @module.reducer
        def hold(ctx: ReducerContext) -> None:
            self.log.append("hold")
            self.is_slow = True
            self.goes_on.wait(PATIENCE)

        @module.reducer
        def call(ctx: ReducerContext) -> None:
            self._work()

        @module.client_connected
        def come(ctx: ReducerContext) -> None:
            self._work()

        @module.client_disconnected
        def leave(ctx: ReducerContext) -> None:
            self._work()

    def _work(self) -> None:
        done = time.monotonic() + self.work * self.is_slow
        while time.monotonic() < done:
            pass
        self.log.append("work")


def _call(clients: list[RawClient], stack: ExitStack) -> None:
    for client in clients:
        client.call("call")


def _leave(clients: list[RawClient], stack: ExitStack) -> None:
    for client in clients:
        client.sock.shutdown(socket.SHUT_RDWR)


def _come(clients: list[RawClient], stack: ExitStack) -> None:
    """As many more clients, whose handshakes lie in the server's sockets when it comes to look."""
    for client in clients:
        more = stack.enter_context(socket.create_connection(client.sock.getpeername(), timeout=PATIENCE))
        more.sendall(
            b"GET /v1/database/crowd/subscribe HTTP/1.1\r\nHost: crowd\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Sec-WebSocket-Protocol: v1.bsatn.spacetimedb\r\n\r\n"
        )


def _longest_without_a_tick(together: Callable[[list[RawClient], ExitStack], None]) -> int:
    """How many pieces of nine clients' work follow each other at most."""
    crowd = Crowd()
    with Server(crowd.module, database="crowd") as server, ExitStack() as stack:
        first, *others = [stack.enter_context(RawClient(server)) for _ in range(10)]
        first.call("hold")
        until(lambda: "hold" in crowd.log)
        began = len(crowd.log)
        together(others, stack)
        crowd.goes_on.set()
        until(lambda: crowd.log[began:].count("work") >= len(others))
        log = "".join(what[0] for what in crowd.log[began:])
        crowd.is_slow = False
    return max(map(len, log.split("t")))


@pytest.mark.parametrize("together", [_call, _come, _leave])
def test_a_tick_goes_before_what_many_clients_do_at_once(
    together: Callable[[list[RawClient], ExitStack], None],
) -> None:
    # Two of what they do take longer than it is from one tick to the next. But a tick that the machine holds up puts the next
    # one off for as long: then they come once more.
    longest: list[int] = []
    until(
        lambda: longest and longest[-1] <= 4,
        lambda: longest.append(_longest_without_a_tick(together)),
        what=lambda: f"at most {min(longest)} in a row",
    )


def test_the_databases_of_a_server_have_their_timers_together() -> None:
    async def story() -> None:
        async with serve(Crowd().module, database="crowd") as running:
            first = running.database_host
            databases = Databases(first, {"counting": counting_module([], [0])})
            other = databases.create(None, b"counting", first.database.owner)
            assert other.alarms is first.alarms
            await databases.stop()

    asyncio.run(story())


def test_of_databases_that_begin_anew_at_once_none_runs_on_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    running = set[host.DatabaseHost]()
    start, stop = host.DatabaseHost.start, host.DatabaseHost.stop

    def started(self: host.DatabaseHost) -> None:
        running.add(self)
        start(self)

    async def stopped(self: host.DatabaseHost) -> None:
        await stop(self)
        running.discard(self)

    monkeypatch.setattr(host.DatabaseHost, "start", started)
    monkeypatch.setattr(host.DatabaseHost, "stop", stopped)

    async def story() -> None:
        async with serve(Crowd().module, database="crowd") as server:
            first = server.database_host
            databases = Databases(first, {"counting": counting_module([], [0])})
            other = databases.create(None, b"counting", first.database.owner)
            # Who asks second was shown in while the first waited for the old database's end.
            await asyncio.gather(*(databases.update(other, b"counting", clear=True) for _ in range(2)))
            assert running - {first} == {*databases.hosts} - {first}
            await databases.stop()

    asyncio.run(story())


def test_a_timer_that_is_set_outside_of_the_loop_runs_in_it() -> None:
    turns = list[int]()
    module = counting_module(turns, [0])

    async def story() -> None:
        async with serve(module, database="counting") as running, asyncio.timeout(PATIENCE):
            while len(turns) < _COUNT:
                await asyncio.sleep(0)
            sender = running.database_host.database.owner
            await asyncio.to_thread(running.database_host.database.call, "later", sender=sender)
            while len(turns) == _COUNT:
                await asyncio.sleep(0)

    asyncio.run(story())
