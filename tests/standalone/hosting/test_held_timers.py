"""Timers that wait while they are held, as a parent asks for when all players rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from spacetimedb_sdk.module import Module, ReducerContext, Row, ScheduleAt, TimeDuration, column, u64
from spacetimedb_sdk.standalone.hosting.host import DatabaseHost
from spacetimedb_sdk.standalone.server import serve
from tests.plugins.waiting import PATIENCE

_TURN = 0.002


class Ticking:
    """A module whose timer is due every two milliseconds, and what it has done."""

    def __init__(self) -> None:
        self.turns = 0
        self.module = module = Module("ticking")

        @module.table(scheduled="turn")
        class TurnTimer(Row):
            scheduled_id: u64 = column(primary_key=True, auto_inc=True)
            scheduled_at: ScheduleAt

        @module.init
        def init(ctx: ReducerContext) -> None:
            every = ScheduleAt.Interval(TimeDuration(round(_TURN * 1_000_000)))
            ctx.db[TurnTimer].insert(TurnTimer(scheduled_id=0, scheduled_at=every))

        @module.reducer
        def turn(ctx: ReducerContext, timer: TurnTimer) -> None:
            self.turns += 1

    async def more(self, turns: int) -> None:
        wanted = self.turns + turns
        await until(lambda: self.turns >= wanted)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(_TURN)


async def turns_of_the_loop() -> None:
    for _ in range(50):
        await asyncio.sleep(_TURN)


def test_a_held_timer_runs_no_more_and_then_goes_on() -> None:
    ticking = Ticking()

    async def story() -> None:
        async with serve(ticking.module, database="ticking") as running:
            host = running.database_host
            await ticking.more(3)
            for _ in range(2):  # said twice is said once
                host.hold_timers()
            held_at = ticking.turns
            await turns_of_the_loop()
            assert ticking.turns == held_at
            for _ in range(2):
                host.let_timers_go_on()
            await ticking.more(3)

    asyncio.run(story())


def test_a_commit_that_sets_a_timer_wakes_none_that_is_held() -> None:
    ticking = Ticking()

    async def story() -> None:
        async with serve(ticking.module, database="ticking") as running:
            host = running.database_host
            await ticking.more(1)
            host.hold_timers()
            held_at = ticking.turns
            host._arm()  # as after such a commit
            await turns_of_the_loop()
            assert ticking.turns == held_at

    asyncio.run(story())


def test_what_was_held_was_not_late() -> None:
    async def lateness(host: DatabaseHost, ticking: Ticking) -> tuple[float, float]:
        """The seconds that timers were late since they went on, and how long that is ago."""
        loop, before = asyncio.get_running_loop(), host.lateness.total_seconds
        began = loop.time()
        host.let_timers_go_on()
        await ticking.more(1)
        return host.lateness.total_seconds - before, loop.time() - began

    ticking = Ticking()

    async def story() -> None:
        async with serve(ticking.module, database="ticking") as running:
            host = running.database_host
            await ticking.more(1)
            host.hold_timers()
            await asyncio.sleep(0.5)
            late, since = await lateness(host, ticking)
            assert late <= since

    asyncio.run(story())


def test_a_server_that_has_ended_stands_both() -> None:
    ticking = Ticking()

    async def story() -> None:
        async with serve(ticking.module, database="ticking") as running:
            host = running.database_host
        host.hold_timers()
        host.let_timers_go_on()

    asyncio.run(story())
