"""An index: which rows hold a value, whether one or many, and what each entry takes."""

from __future__ import annotations

import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest

from spacetimedb_sdk.sats.algebraic_type import F32, STRING, U32, AlgebraicType
from spacetimedb_sdk.standalone.tables.table_index import TableIndex


def held(name: str, number: int = 0) -> SimpleNamespace:
    return SimpleNamespace(name=name, number=number)


@pytest.fixture
def index() -> TableIndex:
    return TableIndex(("name",), (STRING,), unique=False)


def test_rows_come_and_go_by_their_keys_in_order(index: TableIndex) -> None:
    row = held("a")
    assert list(index.keys("a")) == []
    for key in (3, 1, 2):
        index.add(key, row)
    assert list(index.keys("a")) == [3, 1, 2]
    index.remove(3, row)
    assert list(index.keys("a")) == [1, 2]
    index.remove(1, row)
    assert list(index.keys("a")) == [2]
    index.remove(2, row)
    assert list(index.keys("a")) == []


@pytest.mark.parametrize("count", [2, 8, 9, 100])
def test_of_many_rows_any_may_leave_and_come_back_as_the_newest(index: TableIndex, count: int) -> None:
    row, keys = held("a"), list(range(count))
    for key in keys:
        index.add(key, row)
    for key in (count // 2, 0, count - 1):
        if key in keys and len(keys) > 1:
            index.remove(key, row)
            keys.remove(key)
            assert list(index.keys("a")) == keys
            with pytest.raises(KeyError):
                index.remove(key, row)
    index.add(count // 2, row)
    assert list(index.keys("a")) == [*keys, count // 2]
    index.add(count, row)
    assert list(index.keys("a")) == [*keys, count // 2, count]
    index.refill(dict.fromkeys(keys, row))
    assert list(index.keys("a")) == keys


@pytest.mark.parametrize("key", [None, (), (1, 2), b"", frozenset()])
def test_any_key_can_be_the_only_one(index: TableIndex, key: object) -> None:
    index.add(key, held("a"))
    assert list(index.keys("a")) == [key]
    index.add("another", held("a"))
    assert list(index.keys("a")) == [key, "another"]
    index.remove("another", held("a"))
    index.remove(key, held("a"))
    assert list(index.keys("a")) == []


def test_a_row_that_is_not_there_cannot_leave(index: TableIndex) -> None:
    index.add(1, held("a"))
    with pytest.raises(KeyError):
        index.remove(2, held("a"))
    with pytest.raises(KeyError):
        index.remove(1, held("b"))
    assert list(index.keys("a")) == [1]


def test_several_columns_and_what_is_taken_up_anew() -> None:
    index = TableIndex(("name", "number"), (STRING, U32), unique=True)
    index.add(1, held("a", 1))
    index.refill({5: held("a", 2), 6: held("a", 2)})
    assert list(index.keys(("a", 1))) == []
    assert list(index.keys(("a", 2))) == [5, 6]
    assert list(index.holders(("a", 2))) == [5, 6]


def test_a_value_of_one_row_has_no_dictionary_of_its_own(index: TableIndex) -> None:
    rows = [held(str(number)) for number in range(2_000)]
    keys = list(range(1_000, 3_000))
    tracemalloc.start()
    for key, row in zip(keys, rows, strict=True):
        index.add(key, row)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken / len(rows) < 120


def test_a_value_of_many_rows_takes_little_for_each_as_long_as_none_leaves(index: TableIndex) -> None:
    row, keys = held("a"), list(range(1_000, 3_000))
    tracemalloc.start()
    for key in keys:
        index.add(key, row)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken / len(keys) < 12


class Place:
    """A row of two columns."""

    __slots__ = ("name", "number")

    def __init__(self, name: str, number: float) -> None:
        self.name, self.number = name, number


def places(count: int) -> list[Any]:
    """Rows that are equal, and made of objects of their own."""
    return [Place("".join(("high", "way")), int("70000")) for _ in range(count)]


def index_of(*columns: tuple[str, AlgebraicType]) -> TableIndex:
    names, types = zip(*columns, strict=True)
    return TableIndex(names, types, unique=False, row_class=Place)


@pytest.mark.parametrize("leaves", [False, True])
def test_rows_that_hold_one_value_share_the_object(leaves: bool) -> None:
    by_name = index_of(("name", STRING))
    by_both = index_of(("number", U32), ("name", STRING))
    for index, columns in ((by_name, {"name"}), (by_both, {"name", "number"})):
        first, *rows = places(40)
        index.add(0, first)
        for key, row in enumerate(rows, 1):
            index.add(key, row)
            if leaves and key == 20:
                index.remove(0, first)
                index.add(0, first)
        assert len(list(index.keys(index.value(first)))) == 40
        for column in ("name", "number"):
            found = {id(getattr(row, column)) for row in rows}
            assert (len(found) == 1) is (column in columns)


def test_floats_that_are_equal_stay_what_they_are() -> None:
    index, rows = index_of(("number", F32)), [Place("", zero) for zero in (0.0, -0.0, 0.0, -0.0)]
    for key, row in enumerate(rows):
        index.add(key, row)
    assert list(index.keys(0.0)) == [0, 1, 2, 3]
    assert [str(row.number) for row in rows] == ["0.0", "-0.0", "0.0", "-0.0"]
