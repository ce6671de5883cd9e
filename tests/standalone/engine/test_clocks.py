"""Intervals go on whatever becomes of the clock on the wall; times follow it."""

from __future__ import annotations

import time as real_time
from types import SimpleNamespace

import pytest

from spacetimedb_sdk.module import (
    Identity,
    Module,
    ReducerContext,
    Row,
    ScheduleAt,
    TimeDuration,
    Timestamp,
    column,
    u64,
)
from spacetimedb_sdk.standalone import Database, Server, server
from tests.plugins.waiting import until

ME = Identity.from_bytes(bytes(32))
SECOND = 1_000_000
HOUR = 3_600 * SECOND


def clockwork() -> Module:
    module = Module("clockwork", style="2.x")

    @module.table(scheduled="tick")
    class Tick(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt

    @module.table
    class Ticked(Row):
        ticked_id: u64 = column(primary_key=True, auto_inc=True)
        at: Timestamp

    @module.reducer
    def every(ctx: ReducerContext, micros: u64) -> None:
        ctx.db[Tick].insert(Tick(0, ScheduleAt.Interval(TimeDuration(micros))))

    @module.reducer
    def once(ctx: ReducerContext, at: Timestamp) -> None:
        ctx.db[Tick].insert(Tick(0, ScheduleAt.Time(at)))

    @module.reducer
    def tick(ctx: ReducerContext, timer: Tick) -> None:
        ctx.db[Ticked].insert(Ticked(0, ctx.timestamp))

    return module


class Clocks:
    wall = 1_700_000_000 * SECOND
    steady = 5 * SECOND

    def __init__(self) -> None:
        self.database = Database(clockwork(), clock=lambda: self.wall, steady_clock=lambda: self.steady)

    def call(self, reducer: str, argument: object) -> None:
        self.database.call(reducer, argument, sender=ME)

    def go_on(self, micros: int) -> int:
        """Both clocks go on; returns how many timers ran."""
        self.wall += micros
        self.steady += micros
        return self.database.run_scheduled(self.wall)


@pytest.mark.parametrize("jump", [-HOUR, HOUR])
def test_an_interval_goes_on_when_the_clock_is_set(jump: int) -> None:
    clocks = Clocks()
    clocks.call("every", SECOND)
    assert clocks.go_on(SECOND) == 1
    clocks.wall += jump
    assert clocks.database.run_scheduled(clocks.wall) == 0
    assert clocks.go_on(SECOND // 2) == 0
    assert clocks.go_on(SECOND // 2) == 1
    assert clocks.database.next_due() == clocks.wall + SECOND


def test_a_time_follows_the_wall() -> None:
    clocks = Clocks()
    clocks.call("once", Timestamp(clocks.wall + HOUR))
    clocks.call("every", 2 * HOUR)
    assert clocks.go_on(SECOND) == 0
    clocks.wall += HOUR
    assert clocks.go_on(0) == 1
    clocks.call("once", Timestamp(clocks.wall + SECOND))
    clocks.wall -= HOUR
    assert clocks.go_on(SECOND) == 0
    assert clocks.go_on(HOUR) == 1


def test_a_machine_that_slept_runs_an_interval_once() -> None:
    clocks = Clocks()
    clocks.call("every", SECOND // 20)
    assert clocks.go_on(HOUR) == 1
    assert clocks.go_on(SECOND // 20) == 1


def test_timers_of_both_kinds_run_in_the_order_they_were_due() -> None:
    clocks = Clocks()
    clocks.call("every", 3 * SECOND)
    clocks.call("once", Timestamp(clocks.wall + 2 * SECOND))
    timer = clocks.database.next_timer()
    assert timer is not None
    assert timer.interval is None
    assert clocks.go_on(4 * SECOND) == 2


@pytest.mark.parametrize("first", ["every", "once"])
def test_of_timers_that_are_due_at_once_the_older_runs_first(first: str) -> None:
    clocks = Clocks()
    due = {"every": SECOND, "once": Timestamp(clocks.wall + SECOND)}
    for reducer in (first, *(due.keys() - {first})):
        clocks.call(reducer, due[reducer])
    timer = clocks.database.next_timer()
    assert timer is not None
    assert (timer.interval is None) == (first == "once")


def test_a_server_ticks_on_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    set_by = 0
    clock = SimpleNamespace(
        time_ns=lambda: real_time.time_ns() + set_by * 1_000, monotonic_ns=real_time.monotonic_ns
    )
    monkeypatch.setattr(server, "time", clock)
    with Server(clockwork()) as running:

        def ticks() -> int:
            return running.run(lambda database: database.datastore.stores["ticked"].count())

        running.run(lambda database: database.call("every", SECOND // 50, sender=ME))
        until(lambda: ticks() > 2)
        for jump in (-HOUR, 2 * HOUR):
            set_by += jump
            before = ticks()
            until(lambda before=before: ticks() > before + 5)  # type: ignore[misc]
        # A time that has come because the clock was set forward is seen soon, though nothing else happens.
        quiet = Server(clockwork()).start()
        at = Timestamp(real_time.time_ns() // 1_000 + set_by + HOUR)
        quiet.run(lambda database: database.call("once", at, sender=ME))
        set_by += HOUR
        until(lambda: quiet.run(lambda database: database.datastore.stores["ticked"].count()) == 1)
        quiet.stop()
