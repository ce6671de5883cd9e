"""UUIDs that reducers make: repeatable by the seed, those of version 7 in the order they were made."""

from __future__ import annotations

from uuid import RFC_4122, UUID

import pytest

from spacetimedb_sdk.module import Module, ProcedureContext, ReducerContext, Row, Timestamp, column
from spacetimedb_sdk.module.chance import uuid_v7
from spacetimedb_sdk.standalone import Database

module = Module("uuids")
MOMENT = 1_686_000_000_000_123


@module.table(public=True)
class Ticket(Row):
    id: UUID = column(primary_key=True)


@module.reducer
def issue(ctx: ReducerContext) -> None:
    for _ in range(300):
        ctx.db[Ticket].insert(Ticket(ctx.new_uuid_v7()))
    ctx.db[Ticket].insert(Ticket(ctx.new_uuid_v4()))


@module.procedure
def one(ctx: ProcedureContext) -> UUID:
    return ctx.new_uuid_v7()


def issued(seed: int) -> list[UUID]:
    database = Database(module, clock=lambda: MOMENT, seed=seed)
    database.call("issue", sender=database.owner)
    return [row.id for row in database.rows(Ticket)]


def test_the_same_seed_gives_the_same_and_another_gives_others() -> None:
    assert issued(7) == issued(7)
    assert not set(issued(7)) & set(issued(8))


def test_version_7_sorts_as_it_was_made_and_tells_the_time() -> None:
    *timed, random = issued(1)
    assert timed == sorted(timed)
    assert len(set(timed)) == 300
    assert {item.version for item in timed} == {7}
    assert {item.variant for item in (*timed, random)} == {RFC_4122}
    assert {item.int >> 80 for item in timed} == {MOMENT // 1000}
    assert random.version == 4


def test_a_procedure_makes_them_too() -> None:
    database = Database(module, clock=lambda: MOMENT)
    outcome = database.procedures.call("one", b"", sender=database.owner, connection_id=None)
    assert outcome.error is None
    assert UUID(bytes=outcome.bsatn[::-1]).version == 7


def test_a_time_before_1970_has_none() -> None:
    import random
    from itertools import count

    with pytest.raises(ValueError, match="after 1970"):
        uuid_v7(random.Random(1), Timestamp(-1), count())
