"""Procedures beyond the recordings: several transactions, failures, and what a module must say of them."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.module import (
    Identity,
    Module,
    ProcedureContext,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    TimeDuration,
    column,
    i32,
    u32,
    u64,
)
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.engine.calls import Transaction
from spacetimedb_sdk.types import ConnectionId

CALLER = Identity(bytes(31) + b"\x07")
CONNECTION = ConnectionId(bytes(15) + b"\x01")


def counting() -> tuple[Module, Any]:
    module = Module("counting")

    @module.table(public=True)
    class Count(Row):
        value: i32

    def insert(tx: ReducerContext, value: int) -> int:
        tx.db[Count].insert(Count(value))
        return tx.db[Count].count()

    @module.procedure
    def count_up(ctx: ProcedureContext, to: i32, then_fail: bool) -> list[u32]:
        counts = [ctx.with_tx(lambda tx, value=value: insert(tx, value)) for value in range(to)]  # type: ignore[misc]

        def undone(tx: ReducerContext) -> None:
            insert(tx, -1)
            raise ReducerError("enough")

        if then_fail:
            ctx.with_tx(undone)
        return counts

    @module.procedure
    def maybe(ctx: ProcedureContext) -> i32 | None:
        return None

    @module.procedure
    def wrong(ctx: ProcedureContext) -> u32:
        return -1

    return module, Count


def test_each_transaction_stands_for_itself() -> None:
    module, count = counting()
    database = Database(module, clock=lambda: 1_700_000_000_000_000)
    told: list[Transaction] = []
    database.on_commit = told.append
    who: dict[str, Any] = {"sender": database.owner, "connection_id": CONNECTION}
    outcome = database.procedures.call("count_up", struct.pack("<iB", 2, 0), **who, as_json=True)
    assert (outcome.error, outcome.json) == (None, (b"[1,2]",))
    assert outcome.bsatn == struct.pack("<III", 2, 1, 2)
    assert outcome.timestamp.micros == 1_700_000_000_000_000
    failed = database.procedures.call("count_up", "[3, true]", **who)
    assert (failed.error, failed.bsatn, failed.timestamp.micros) == ("enough", b"", 0)
    assert sorted(row.value for row in database.rows(count)) == [0, 1, 2]
    assert [len(transaction.changes) for transaction in told] == [1, 1, 0, 0, 1]
    assert {transaction.call.sender for transaction in told} == {database.owner}
    assert not any(transaction.call.notify_success for transaction in told)


def test_what_a_procedure_returns_has_to_be_what_it_says() -> None:
    module, _ = counting()
    database = Database(module, clock=lambda: 1_000_000)
    who: dict[str, Any] = {"sender": database.owner, "connection_id": None}
    assert database.procedures.call("maybe", b"", **who).bsatn == b"\x01"
    error = database.procedures.call("wrong", b"", **who).error
    assert error is not None
    assert error.startswith("The module instance encountered a fatal error")
    short = database.procedures.call("count_up", b"\x01", **who).error
    assert short is not None
    assert short.startswith("invalid arguments for procedure count_up: ")


def test_a_procedure_says_what_it_returns() -> None:
    module = Module("silent")

    @module.procedure
    def silent(ctx: ProcedureContext):  # type: ignore[no-untyped-def]  # the mistake
        return 1

    with pytest.raises(ModuleError, match="procedure 'silent': say what it returns"):
        module.build()
    with pytest.raises(ModuleError, match="there is a procedure, reducer or view 'silent' already"):
        module.procedure(silent)


def timed(*, style: Any = "2.x") -> tuple[Module, Any, list[Any]]:
    module = Module("timed", style=style)
    ran: list[Any] = []

    @module.table(scheduled="collect", public=True)
    class Collection(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt
        amount: i32

    @module.table(public=True)
    class Count(Row):
        value: i32

    @module.reducer
    def plan(ctx: ReducerContext, amount: i32, every: i32) -> None:
        span = TimeDuration(every)
        when = ScheduleAt.Interval(span) if every else ScheduleAt.Time(ctx.timestamp)
        ctx.db[Collection].insert(Collection(0, when, amount))

    @module.procedure
    def collect(ctx: ProcedureContext, timer: Collection) -> None:
        ran.append((ctx.sender, ctx.connection_id, timer.amount))
        if timer.amount < 0:
            raise RuntimeError("nothing to collect")
        for _ in range(2):
            ctx.with_tx(lambda tx: tx.db[Count].insert(Count(tx.db[Count].count())))

    return module, Count, ran


def test_a_timer_may_run_a_procedure() -> None:
    module, count, ran = timed()
    now = [0]
    database = Database(module, clock=lambda: now[0])
    database.call("plan", 5, 0, sender=CALLER)
    database.call("plan", -1, 0, sender=CALLER)
    database.call("plan", 7, 1_000_000, sender=CALLER)
    now[0] = 1_000_000
    assert database.run_scheduled(now[0]) == 3
    assert ran == [(database.identity, None, amount) for amount in (5, -1, 7)]
    assert len(database.rows(count)) == 4
    # Both that ran once are gone, the failed one too; the other comes again.
    assert [row.amount for row in database.datastore.stores["collection"].rows()] == [7]
    now[0] = 2_000_000
    assert database.run_scheduled(now[0]) == 1
    assert len(database.rows(count)) == 6


@pytest.mark.parametrize(("style", "error"), [("2.x", "No such procedure"), ("1.x", None)])
def test_what_a_timer_runs_is_private_in_modules_of_2(style: Any, error: str | None) -> None:
    module, _, _ = timed(style=style)
    database = Database(module, clock=lambda: 0)
    row = '[[1, {"Time": [0]}, 4]]'
    assert database.procedures.call("collect", row, sender=CALLER, connection_id=None).error == error
    (collect,) = module.definition().procedures
    assert collect.is_private == (style == "2.x")
