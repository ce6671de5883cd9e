"""The filter of a table, and the page of rows that is picked by it."""

from __future__ import annotations

from typing import Any

import pytest

from spacetimedb_sdk import slices
from spacetimedb_sdk.bindings.live import LiveBindings
from spacetimedb_sdk.inspector.columns import TableColumns, shown
from spacetimedb_sdk.inspector.row_filter import FilterError, row_filter
from spacetimedb_sdk.inspector.rows_view import RowsPage, RowsView
from spacetimedb_sdk.types import Identity


@pytest.fixture(scope="module")
def items(live: LiveBindings) -> TableColumns:
    return TableColumns(live, "item")


def make_rows(live: LiveBindings, count: int) -> list[Any]:
    cls = live.bindings.table_classes["item"]
    names = ("Sword", "long sword", "shield")
    return [
        cls(
            index,
            names[index % 3],
            (index % 2, ()),
            index % 7 - 3,
            Identity(bytes([index % 5]) * 32),
            (index * 0.5, -1.0),
        )
        for index in range(count)
    ]


def fitting(text: str, columns: TableColumns, rows: list[Any]) -> list[int]:
    matches = row_filter(text, columns)
    return [row.column_0 for row in rows if matches is None or matches(row)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", list(range(9))),
        ("sword", [0, 1, 3, 4, 6, 7]),
        ('"LONG sword"', [1, 4, 7]),
        ("sword long", [1, 4, 7]),
        ("name=sword", [0, 3, 6]),
        ("name!=sword", [1, 2, 4, 5, 7, 8]),
        ('name~"g s"', [1, 4, 7]),
        ("level>=2", [5, 6]),
        ("level=-3 name~shi", []),
        ("level<-2", [0, 7]),
        ("position.x>3", [7, 8]),
        ("position.y=-1.0 item_id<2", [0, 1]),
        ("owner~0303", [3, 8]),
        ("kind=red", [0, 2, 4, 6, 8]),
    ],
)
def test_terms_are_words_and_comparisons(
    live: LiveBindings, items: TableColumns, text: str, found: list[int]
) -> None:
    assert fitting(text, items, make_rows(live, 9)) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("levle=3", "no column levle, did you mean level"),
        ("level=high", "level is a number, 'high' is none"),
        ("name=", "a comparison needs a value"),
        ('"open', "quotes an end"),
    ],
)
def test_what_is_no_filter_is_told_why(items: TableColumns, text: str, said: str) -> None:
    with pytest.raises(FilterError, match=said):
        row_filter(text, items)


def pick(view: RowsView, rows: list[Any]) -> RowsPage:
    return slices.run(view.pick(rows))


def test_pages_are_counted_and_never_beyond_the_last(live: LiveBindings, items: TableColumns) -> None:
    rows = make_rows(live, 120)
    view = RowsView(items)
    view.number = 9
    page = pick(view, rows)
    assert (page.number, page.matched, page.total) == (2, 120, 120)
    assert [row.column_0 for row in page.rows] == list(range(100, 120))
    assert pick(RowsView(items), []) == RowsPage([], 0, 0, 0)


@pytest.mark.parametrize("count", [10, 1000])
def test_rows_are_sorted_by_a_column_both_ways(live: LiveBindings, items: TableColumns, count: int) -> None:
    rows = make_rows(live, count)
    view = RowsView(items)
    view.sorted_by = 3
    levels = sorted(row.column_3 for row in rows)
    assert [row.column_3 for row in pick(view, rows).rows] == levels[:50]
    view.descending = True
    assert [row.column_3 for row in pick(view, rows).rows] == levels[::-1][:50]


def test_only_rows_that_changed_are_looked_at_again(live: LiveBindings, items: TableColumns) -> None:
    rows = make_rows(live, 5000)
    view = RowsView(items)
    view.filter("shield")
    assert pick(view, rows).matched == 1666
    looked_at = []
    first = view._matches
    assert first is not None
    view._matches = lambda row: looked_at.append(row) or first(row)
    rows[4] = make_rows(live, 6)[5]
    assert pick(view, rows).matched == 1667
    assert looked_at == [rows[4]]


def test_a_filter_lets_others_have_their_turn(live: LiveBindings, items: TableColumns) -> None:
    view = RowsView(items)
    view.filter("shield")
    assert sum(1 for _ in view.pick(make_rows(live, 5000))) == 10


def test_texts_of_others_stay_texts() -> None:
    assert shown("a\n\x1b[31m\u202eb\ud800") == "a\\n\\x1b[31m\\u202eb\\ud800"
    assert len(shown("x" * 1000)) == 121


def test_numbers_that_can_be_plotted_are_found_at_any_depth(live: LiveBindings) -> None:
    columns = TableColumns(live, "compound")
    assert [number.path for number in columns.numbers] == [
        "id", "maybe_number", "maybe_vector.x", "maybe_vector.y", "position.x", "position.y",
    ]  # fmt: skip
    plane = TableColumns(live, "item").plane
    assert plane is not None
    assert [number.path for number in plane] == ["position.x", "position.y"]
    (row,) = make_rows(live, 1)
    assert [number.get(row) for number in plane] == [0.0, -1.0]
    assert TableColumns(live, "note").plane is None
