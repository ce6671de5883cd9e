"""A program changes a list in a row it holds: what the server says of that row later is applied all the same, and whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from spacetimedb_sdk.client.rows.cache import ClientCache
from spacetimedb_sdk.protocol.outcomes import TableRows
from spacetimedb_sdk.types import Identity
from tests.codegen.golden.conformance import MODULE, Colour, Compound, Note, Nothing, Shape, Vector2

ME = Identity(b"\xc2" * 32)
HERE = Vector2(0.0, 0.0)
KEPT = 1


def compound(number: int, *numbers: int) -> Compound:
    shape = Shape.Circle(1.0)
    return Compound(
        number,
        None,
        None,
        None,
        None,
        b"",
        list(numbers),
        ["a"],
        [Colour.Red],
        [[1.0]],
        HERE,
        Nothing(),
        shape,
        [],
    )


# Keys, and rows.
KeyedRows: TypeAlias = tuple[list[Any], list[Any]]


class Incomparable:
    def __eq__(self, other: object) -> bool:
        raise ValueError("the truth value of this is ambiguous")

    __hash__ = None  # type: ignore[assignment]


CHANGES: dict[str, Callable[[Compound], None]] = {
    "appended": lambda row: row.numbers.append(99),
    "emptied": lambda row: row.numbers.clear(),
    "of another type": lambda row: row.numbers.append("text"),  # type: ignore[arg-type]
    "too large": lambda row: row.numbers.append(1 << 70),
    "what cannot be compared": lambda row: row.numbers.append(Incomparable()),  # type: ignore[arg-type]
    "nested": lambda row: row.matrix[0].append(float("nan")),
}


@pytest.fixture(params=CHANGES)
def changed(request: pytest.FixtureRequest) -> Callable[[Compound], None]:
    return CHANGES[request.param]


@pytest.fixture(params=[2, 1500], ids=["in place", "aside"])
def cache(request: pytest.FixtureRequest) -> ClientCache:
    """Rows of `compound` whose lists are indexed, and one note; many enough for each way of applying a change."""
    cache = ClientCache(MODULE)
    rows = [compound(number, number, 7) for number in range(request.param)]
    cache.apply([tell("compound", inserts=keyed(*rows)), tell("note", inserts=noted("first"))])
    table = cache.table("compound")
    assert table.filter("numbers", [KEPT, 7]) == [rows[KEPT]]
    assert len(table.filter("matrix", [[1.0]])) == len(rows)
    return cache


def keyed(*rows: Compound) -> KeyedRows:
    return ([row.id for row in rows], list(rows))


def noted(text: str) -> KeyedRows:
    row = Note(ME, text)
    codec = MODULE.space.row_codec(MODULE.tables["note"].row, Note)
    return ([codec.encode(row)], [row])


def tell(table: str, *, inserts: KeyedRows | None = None, deletes: KeyedRows | None = None) -> TableRows:
    return TableRows(table, (deletes or ([], []))[0], *(inserts or ([], [])))


def keys(*numbers: int) -> KeyedRows:
    return (list(numbers), [])


def told(changes: list[Any]) -> dict[str, list[str]]:
    return {change.table: [op for op, _, _ in change.changes] for change in changes}


def test_a_deleted_row_leaves_and_the_rest_of_the_transaction_is_applied(
    cache: ClientCache, changed: Callable[[Compound], None]
) -> None:
    table = cache.table("compound")
    changed(table.rows[KEPT])
    everything = list(table.rows)
    changes = cache.apply([tell("compound", deletes=keys(*everything)), tell("note", deletes=noted("first"))])
    assert told(changes) == {"compound": ["delete"] * len(everything), "note": ["delete"]}
    assert len(table) == len(cache.table("note")) == 0
    assert table.filter("numbers", [KEPT, 7]) == []


def test_an_updated_row_takes_its_place_in_the_indexes(
    cache: ClientCache, changed: Callable[[Compound], None]
) -> None:
    table = cache.table("compound")
    changed(table.rows[KEPT])
    everything = list(table.rows)
    news = [compound(number, 5) for number in everything]
    changes = cache.apply(
        [
            tell("compound", inserts=keyed(*news), deletes=keys(*everything)),
            tell("note", deletes=noted("first")),
        ]
    )
    assert told(changes) == {"compound": ["update"] * len(everything), "note": ["delete"]}
    assert len(table.filter("numbers", [5])) == len(everything)
    assert table.filter("numbers", [KEPT, 7]) == []


def test_it_is_found_under_what_the_server_sent(
    cache: ClientCache, changed: Callable[[Compound], None]
) -> None:
    table = cache.table("compound")
    changed(table.rows[KEPT])
    cache.apply([tell("compound", inserts=keyed(*(compound(number, 3) for number in range(2000, 3500))))])
    assert table.filter("numbers", [KEPT, 7]) == [table.rows[KEPT]]


def test_a_row_that_another_query_delivers_again_is_put_right(
    cache: ClientCache, changed: Callable[[Compound], None]
) -> None:
    table = cache.table("compound")
    changed(table.rows[KEPT])
    cache.apply([tell("compound", inserts=keyed(compound(KEPT, KEPT, 7)))])
    assert table.rows[KEPT] == compound(KEPT, KEPT, 7)
    assert table.counts == {KEPT: 2}


def test_a_replacement_of_everything_is_told_and_kept(
    cache: ClientCache, changed: Callable[[Compound], None]
) -> None:
    table = cache.table("compound")
    changed(table.rows[KEPT])
    cache.replace([tell("compound", inserts=keyed(compound(KEPT, KEPT, 7)))])
    assert list(table) == [compound(KEPT, KEPT, 7)]
    assert table.filter("numbers", [KEPT, 7]) == list(table)
    assert len(cache.table("note")) == 0
