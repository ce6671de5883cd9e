"""A module whose every transaction touches several tables, so that half of one would show."""

from spacetimedb_sdk.module import (
    Identity,
    Module,
    ProcedureContext,
    ReducerContext,
    Row,
    ScheduleAt,
    TimeDuration,
    column,
    i64,
    u32,
    u64,
)

__all__ = ["Entry", "Mark", "Online", "Pulse", "PulseTimer", "Total", "module"]

module = Module("kill", style="2.x")
BEAT_MICROS = 20_000


@module.table(public=True)
class Entry(Row):
    entry_id: u64 = column(primary_key=True, auto_inc=True)
    writer: u32 = column(index=True)
    number: u32
    payload: bytes


@module.table(public=True)
class Total(Row):
    """What the entries of one writer add up to."""

    writer: u32 = column(primary_key=True)
    entries: u32
    sum: i64


@module.table(public=True)
class Mark(Row):
    """What statements insert."""

    number: u32 = column(primary_key=True)


@module.table(public=True)
class Online(Row):
    identity: Identity = column(primary_key=True)


@module.table(public=True)
class Pulse(Row):
    """Two rows that always have the same number."""

    side: u32 = column(primary_key=True)
    count: u64


@module.table(scheduled="beat")
class PulseTimer(Row):
    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@module.init
def init(ctx: ReducerContext) -> None:
    ctx.db[PulseTimer].insert(PulseTimer(0, ScheduleAt.Interval(TimeDuration(BEAT_MICROS))))
    for side in (0, 1):
        ctx.db[Pulse].insert(Pulse(side, 0))


@module.client_connected
def connect(ctx: ReducerContext) -> None:
    if not ctx.db[Online].contains(ctx.sender):
        ctx.db[Online].insert(Online(ctx.sender))


@module.client_disconnected
def disconnect(ctx: ReducerContext) -> None:
    ctx.db[Online].delete_by_key(ctx.sender)


@module.reducer
def beat(ctx: ReducerContext, timer: PulseTimer) -> None:
    for pulse in ctx.db[Pulse].iter():
        ctx.db[Pulse].update(pulse.replace(count=pulse.count + 1))


@module.reducer
def add(ctx: ReducerContext, writer: u32, number: u32, payload: bytes) -> None:
    add_entry(ctx, writer, number, payload)


def add_entry(ctx: ReducerContext, writer: int, number: int, payload: bytes) -> None:
    """Adds an entry; beyond a hundred the writer's oldest one goes."""
    mine = ctx.db[Entry].filter(writer=writer)
    total = ctx.db[Total].get(writer)
    if total is None:
        total = ctx.db[Total].insert(Total(writer, 0, 0))
    ctx.db[Total].update(total.replace(entries=total.entries + 1, sum=total.sum + number))
    ctx.db[Entry].insert(Entry(0, writer, number, payload))
    if len(mine) >= 100:
        ctx.db[Entry].delete(mine[0])


@module.procedure
def add_by_procedure(ctx: ProcedureContext, writer: u32, number: u32, payload: bytes) -> u32:
    """The same in a transaction of a procedure; returns the number."""
    ctx.with_tx(lambda tx: add_entry(tx, writer, number, payload))
    return number
