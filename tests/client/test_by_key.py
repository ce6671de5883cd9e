"""The loops over rows by key, in plain Python and compiled; and the quick way of a message, which comes to what the other does."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spacetimedb_sdk import Identity
from spacetimedb_sdk.client.rows.by_key import mixed_changes, new_rows, put_rows, rows_under
from spacetimedb_sdk.client.rows.cache import ClientCache
from spacetimedb_sdk.protocol.outcomes import TableRows
from spacetimedb_sdk.slices import run
from tests.codegen.golden.conformance import MODULE, Colour, Item, Vector2

pytestmark = pytest.mark.both_decoders
ME = Identity(bytes(32))
ITEMS = ClientCache(MODULE).known("item").codec


class Key:
    """A key whose hash is code of Python, in which anything may happen."""

    def __init__(self, number: int, then: Callable[[], object] | None = None) -> None:
        self.number, self.then = number, then

    def __hash__(self) -> int:
        if self.then is not None:
            self.then()
        return self.number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.number == other.number


def found(rows: dict[Any, Any], keys: list[Any]) -> list[Any] | None:
    under = rows_under(ITEMS)(rows, keys)
    return None if under is None else list(under)


def test_rows_are_found_in_the_order_of_their_keys() -> None:
    rows = {key: f"row {key}" for key in range(1_000)}
    assert found(rows, [7, 3, 999]) == ["row 7", "row 3", "row 999"]
    assert found(rows, []) == []
    assert found(rows, list(rows)) == list(rows.values())


@pytest.mark.parametrize("keys", [[1, 4], [1, 1], [1, 2, 1.0], [4]])
def test_none_are_found_where_one_is_missing_or_named_twice(keys: list[Any]) -> None:
    assert found({1: object(), 2: object(), 3: object()}, keys) is None


def test_keys_may_be_of_any_class() -> None:
    rows: dict[Any, Any] = {Key(n): n for n in range(50)}
    assert found(rows, [Key(3), Key(40)]) == [3, 40]
    assert found(rows, [Key(3), Key(3)]) is None
    put_rows()(rows, [Key(3), Key(99)], ["three", "new"])
    assert (rows[Key(3)], rows[Key(99)], len(rows)) == ("three", "new", 51)


def test_a_row_that_is_put_takes_the_place_and_the_key_of_the_one_before() -> None:
    first, second = Key(1), Key(1)
    rows: dict[Any, Any] = {first: "old", Key(2): "other"}
    put_rows()(rows, [second, Key(3), Key(3)], ["new", "a", "b"])
    assert list(rows.values()) == ["new", "other", "b"]
    assert next(iter(rows)) is first


def test_an_error_of_a_key_is_the_callers() -> None:
    def broken() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        found({1: 1}, [1, Key(1, broken)])
    with pytest.raises(ZeroDivisionError):
        put_rows()({1: 1}, [1, Key(1, broken)], [2, 3])


def test_a_list_that_is_emptied_meanwhile_breaks_nothing() -> None:
    keys: list[Any] = []
    keys += [Key(n, keys.clear if n == 3 else None) for n in range(9)]
    rows: dict[Any, Any] = dict.fromkeys(map(Key, range(9)), 1)
    found(rows, keys)
    keys += [Key(n, keys.clear if n == 3 else None) for n in range(9)]
    put_rows()(rows, keys, [object() for _ in range(9)])
    assert len(rows) == 9


def test_nothing_is_kept_of_rows_and_keys() -> None:
    under, put, change = rows_under(ITEMS), put_rows(), mixed_changes(ITEMS, True)
    keys: list[Any] = [10**9 + n for n in range(200)]
    news: list[Any] = [object() for _ in keys]

    def rounds() -> None:
        rows: dict[Any, Any] = {}
        put(rows, keys, news)
        assert [*(under(rows, keys) or ())] == news
        assert under(rows, [*keys, 5]) is None
        assert change(rows, keys[5:], news[5:], keys[:-5]) is None
        assert change(rows, keys[:-5], news[:-5], keys) is not None
        assert under(rows, [*keys, keys[0]]) is None

    rounds()
    gc.collect()
    counts = [*map(sys.getrefcount, keys), *map(sys.getrefcount, news)]
    for _ in range(20):
        rounds()
    gc.collect()
    assert [*map(sys.getrefcount, keys), *map(sys.getrefcount, news)] == counts


def mixed(rows: dict[Any, Any], keys: list[Any], gone: list[Any], *, has_key: bool = True) -> Any:
    changed = mixed_changes(ITEMS, has_key)(rows, keys, [f"new {key}" for key in keys], gone)
    if changed is None:
        return None
    ops, olds, news, drops = changed
    return [*zip(ops, olds, news, strict=True)], drops


def test_changes_of_all_kinds_come_in_order() -> None:
    rows = {1: "one", 2: "two", 3: "three"}
    came = [("update", "two", "new 2"), ("insert", None, "new 9"), ("update", "one", "new 1")]
    left = [("delete", "three", None)]
    assert mixed(rows, [2, 9, 1], [1, 3, 2]) == (came + left, [3])
    assert mixed(rows, [2, 9, 1], [1, 3, 2], has_key=False) == (left + came, [3])
    assert mixed(rows, [], [3, 1]) == ([("delete", "three", None), ("delete", "one", None)], [3, 1])
    assert mixed(rows, [7], []) == ([("insert", None, "new 7")], [])
    assert mixed(rows, [], []) == ([], [])
    assert rows == {1: "one", 2: "two", 3: "three"}


@pytest.mark.parametrize(
    ("keys", "gone"),
    [([7, 7], []), ([], [1, 1]), ([1], []), ([], [7]), ([7], [7]), ([1, 2], [1]), ([1], [1, 7])],
)
def test_there_are_none_where_a_key_does_not_fit_what_is_there(keys: list[Any], gone: list[Any]) -> None:
    for has_key in (True, False):
        assert mixed({1: "one", 2: "two"}, keys, gone, has_key=has_key) is None


def test_keys_whose_hash_is_code_may_empty_the_lists() -> None:
    rows: dict[Any, Any] = {Key(n): n for n in range(5)}
    assert mixed(rows, [Key(9), Key(1)], [Key(1), Key(4)]) == (
        [("insert", None, ANY), ("update", 1, ANY), ("delete", 4, None)],
        [Key(4)],
    )
    keys: list[Any] = []
    keys += [Key(n + 10, keys.clear if n == 2 else None) for n in range(5)]
    mixed_changes(ITEMS, True)(rows, keys, [*range(5)], [])  # whatever it says, nothing breaks
    with pytest.raises(ZeroDivisionError):
        mixed(rows, [Key(1, lambda: 1 // 0)], [])


def test_rows_are_begun_without_any() -> None:
    for count in (0, 1, 100_000):
        rows = new_rows()(count)
        assert rows == {}
        put_rows()(rows, list(range(100)), list(range(100)))
        assert len(rows) == 100


@pytest.mark.accelerator
def test_they_are_compiled_where_the_accelerator_is_installed() -> None:
    for made in (new_rows(), put_rows(), rows_under(ITEMS), mixed_changes(ITEMS, True)):
        assert hasattr(made, "otherwise")


# -- messages ----------------------------------------------------------------------------------------------------------

KEYS = st.integers(0, 4)
COMING = st.lists(st.tuples(KEYS, st.integers(0, 2)), max_size=5)
MESSAGES = st.lists(st.tuples(st.lists(KEYS, max_size=5), COMING, st.booleans()), max_size=8)


@given(messages=MESSAGES)
@example(messages=[([], [(0, 0)], False), ([], [(1, 0), (1, 1)], False)])  # a new row for two queries
def test_the_quick_way_of_a_message_comes_to_what_the_other_does(
    messages: list[tuple[list[int], list[tuple[int, int]], bool]],
) -> None:
    quick, slow = ClientCache(MODULE), ClientCache(MODULE)
    for gone, coming, in_place in messages:
        keys: list[object] = [key for key, _ in coming]
        left: list[object] = [*keys] if in_place else [*gone]
        # Zeros of both signs: equal, and not the same.
        rows = [Item(key, "", Colour.Red, 1, ME, Vector2((0.0, -0.0, 1.0)[x], 0.0)) for key, x in coming]
        update = [TableRows("item", left, keys, rows)]
        quickly = quick.apply_plain(update)
        slowly = run(slow.applying(update))
        if quickly is None:
            quickly = run(quick.applying(update))
        assert repr([list(one.changes) for one in quickly]) == repr([list(one.changes) for one in slowly])
        one, other = quick.known("item"), slow.known("item")
        assert repr((one.rows, one.counts)) == repr((other.rows, other.counts))
