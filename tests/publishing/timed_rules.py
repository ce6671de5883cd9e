"""A module with a timer whose reducer is nobody's to call."""

from __future__ import annotations

from spacetimedb_sdk.module import (
    Module,
    ReducerContext,
    Row,
    ScheduleAt,
    TimeDuration,
    Timestamp,
    column,
    i32,
    u64,
)

module = Module("timed")


@module.table(public=True)
class Stroke(Row):
    number: i32 = column(primary_key=True, auto_inc=True)
    at: Timestamp
    by_itself: bool


@module.table(scheduled="strike")
class Clock(Row):
    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@module.init
def wind(ctx: ReducerContext) -> None:
    ctx.db[Clock].insert(Clock(0, ScheduleAt.Interval(TimeDuration(200_000))))
    ctx.db[Clock].insert(Clock(0, ScheduleAt.Time(Timestamp(ctx.timestamp.micros + 100_000))))


@module.reducer
def strike(ctx: ReducerContext, _clock: Clock) -> None:
    ctx.db[Stroke].insert(Stroke(0, ctx.timestamp, ctx.sender == ctx.identity))
