"""An index: which rows hold a value, whether one or many, and what each entry takes."""

from __future__ import annotations

import tracemalloc
from types import SimpleNamespace

import pytest

from spacetimedb_sdk.sats.algebraic_type import STRING, U32
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
