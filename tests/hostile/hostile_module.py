"""A module with what hostile clients, and its own mistakes, can make expensive."""

from __future__ import annotations

import threading
import time

from spacetimedb_sdk.module import (
    Module,
    ProcedureContext,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    column,
    u32,
    u64,
)

module = Module("hostile")


@module.table(public=True)
class Item(Row):
    id: u32 = column(primary_key=True, auto_inc=True)
    name: str
    level: u32 = column(index=True)


@module.table(public=True)
class Note(Row):
    text: str


@module.table(scheduled="alarm")
class Alarm(Row):
    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@module.reducer
def nothing(ctx: ReducerContext) -> None:
    """What the victim calls."""


@module.reducer
def fill(ctx: ReducerContext, count: u32, levels: u32, name: str) -> None:
    """That many items, spread over the levels."""
    for number in range(count):
        ctx.db[Item].insert(Item(0, name, number % levels))


@module.reducer
def take(ctx: ReducerContext, lists: list[list[u32]]) -> None:
    """What clients can send a great many of in a few bytes each."""


@module.reducer
def raise_all(ctx: ReducerContext) -> None:
    """Every item changes."""
    for item in ctx.db[Item].iter():
        ctx.db[Item].update(item.replace(level=item.level + 1))


@module.reducer
def spin(ctx: ReducerContext) -> None:
    ctx.db[Note].insert(Note("begun"))
    while True:
        pass


@module.reducer
def spin_on(ctx: ReducerContext) -> None:
    """Does not take an exception for an answer."""
    ctx.db[Note].insert(Note("begun"))
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001 - a mistake that modules make
            continue


@module.reducer
def spin_in_tables(ctx: ReducerContext) -> None:
    """Spends nearly all its time inside the tables."""
    number = 0
    while True:
        number += 1
        ctx.db[Item].insert(Item(0, f"spun {number}", number % 7))
        if number % 100 == 0:
            for item in ctx.db[Item].filter(level=3):
                ctx.db[Item].delete(item)


@module.reducer
def refuse(ctx: ReducerContext) -> None:
    raise ReducerError("no")


@module.procedure
def wait(ctx: ProcedureContext, milliseconds: u32) -> u32:
    time.sleep(milliseconds / 1000)
    return milliseconds


@module.procedure
def wait_and_write(ctx: ProcedureContext, milliseconds: u32, text: str) -> None:
    time.sleep(milliseconds / 1000)

    def write(inner: ReducerContext) -> None:
        inner.db[Note].insert(Note(text))

    ctx.with_tx(write)


@module.procedure
def much(ctx: ProcedureContext, count: u32) -> list[str]:
    """An answer of that many kilobytes, of 4,000 at most: any count comes from a fuzzer."""
    return ["x" * 1_000] * min(count, 4_000)


_ringing = threading.Lock()


@module.procedure
def alarm(ctx: ProcedureContext, timer: Alarm) -> None:
    """Takes longer than from one time to the next."""
    alone = _ringing.acquire(blocking=False)
    time.sleep(0.05)
    text = f"{'alone' if alone else 'together'} at {ctx.timestamp}"
    ctx.with_tx(lambda inner: inner.db[Note].insert(Note(text)))
    if alone:
        _ringing.release()
