"""Ranges of indexed and other columns, against trying every row; also while a transaction runs, and after one that failed."""

from __future__ import annotations

import enum
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.module import (
    Identity,
    Module,
    Range,
    ReducerContext,
    ReducerError,
    Row,
    Timestamp,
    column,
    i32,
    index,
    u32,
)
from spacetimedb_sdk.standalone import Database

module = Module("ranges")
work: list[Callable[[ReducerContext], None]] = []


@module.type
class Rank(enum.Enum):
    Low = 0
    Middle = 1
    High = 2


@module.table(public=True, indexes=[index("by_rank_level", "rank", "level", "height")])
class Thing(Row):
    id: u32 = column(primary_key=True)
    level: i32 = column(index=True)
    rank: Rank
    height: i32
    owner: Identity = column(index=True)
    seen: Timestamp


@module.reducer
def play(ctx: ReducerContext) -> None:
    for step in work:
        step(ctx)


def thing(id: int, level: int, rank: int, height: int) -> Thing:
    owner = Identity(bytes(31) + bytes([level % 256]))
    return Thing(id, level, Rank(rank), height, owner, Timestamp(height))


NUMBERS = st.integers(-3, 6)
THINGS = st.builds(thing, st.integers(0, 9), NUMBERS, st.integers(0, 2), NUMBERS)
BOUNDS = st.builds(Range, st.none() | NUMBERS, st.none() | NUMBERS, st.booleans())
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "id": BOUNDS.map(lambda r: Range(r.start and max(r.start, 0), r.stop and max(r.stop, 0))),
        "level": NUMBERS | BOUNDS,
        "rank": st.sampled_from(Rank) | st.builds(Range, st.none() | st.sampled_from(Rank), st.none()),
        "height": NUMBERS | BOUNDS,
        "owner": st.builds(Range, st.just(Identity(bytes(32)))),
        "seen": st.builds(Range, st.integers(-3, 6).map(Timestamp), st.just(Timestamp(5)), st.booleans()),
    },
).filter(bool)


def within(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, Range):
        return bool(value == wanted)

    def bare(one: Any) -> Any:
        return getattr(one, "micros", getattr(one, "data", getattr(one, "value", one)))

    if wanted.start is not None and bare(value) < bare(wanted.start):
        return False
    if wanted.stop is None or bare(value) < bare(wanted.stop):
        return True
    return wanted.includes_stop and bool(value == wanted.stop)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.lists(THINGS, max_size=6), st.booleans(), CONDITIONS), min_size=1, max_size=5))
def test_ranges_find_what_trying_every_row_finds(
    plays: list[tuple[list[Thing], bool, dict[str, Any]]],
) -> None:
    database = Database(module, clock=lambda: 1_000_000)

    for rows, fails, conditions in plays:

        def change(
            ctx: ReducerContext, rows: list[Thing] = rows, conditions: dict[str, Any] = conditions
        ) -> None:
            table = ctx.db[Thing]
            for number, row in enumerate(rows):
                if table.contains(row.id):
                    table.update(row) if number % 2 else table.delete_by_key(row.id)
                else:
                    table.insert(row)
            compare(table, conditions)

        def fail(ctx: ReducerContext) -> None:
            raise ReducerError("undone")

        work[:] = [change, fail] if fails else [change]
        with suppress(ReducerError):
            database.call("play", sender=database.owner)
        compare(database.datastore.tables[Thing], conditions)


def compare(table: Any, conditions: dict[str, Any]) -> None:
    found = table.filter(**conditions)
    tried = [
        row for row in table.iter() if all(within(getattr(row, name), c) for name, c in conditions.items())
    ]
    assert sorted(row.id for row in found) == sorted(row.id for row in tried)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"level": Range(2, 5)}, [2, 3, 4]),
        ({"level": Range(2, 5, includes_stop=True)}, [2, 3, 4, 5]),
        ({"rank": Rank.High, "level": Range(3)}, [5, 8]),
        ({"rank": Range(Rank.Middle), "level": Range(stop=4)}, [1, 2]),
        ({"id": Range(7)}, [7, 8, 9]),
    ],
)
def test_rows_of_a_range_come_in_the_order_of_the_index(
    conditions: dict[str, Any], expected: list[int]
) -> None:
    database = Database(module, clock=lambda: 1_000_000)

    def fill(ctx: ReducerContext) -> None:
        for n in reversed(range(10)):
            ctx.db[Thing].insert(thing(n, n, n % 3, 0))

    work[:] = [fill]
    database.call("play", sender=database.owner)
    found = database.datastore.tables[Thing].filter(**conditions)
    assert [row.id for row in found] == expected


def test_a_range_reads_its_part_of_the_table_alone() -> None:
    """Ten of 20,000 rows: were each tried, it would take a thousand times as many comparisons."""
    database = Database(module, clock=lambda: 1_000_000)

    def fill(ctx: ReducerContext) -> None:
        for n in range(20_000):
            ctx.db[Thing].insert(thing(n, n, 0, 0))

    work[:] = [fill]
    database.call("play", sender=database.owner)
    store = database.datastore.stores["thing"]
    candidates = store._candidates({}, {"level": Range(500, 510)})
    assert [row.id for row in candidates] == list(range(500, 510))
