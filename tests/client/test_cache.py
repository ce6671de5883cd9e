"""The cache by itself: counting, netting, updates, indexes (spec: websocket.md section 7)."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import pytest

from spacetimedb_sdk import Address, Identity, SchemaError, TimeDuration, Timestamp
from spacetimedb_sdk.client.rows.cache import ClientCache
from spacetimedb_sdk.protocol.outcomes import TableRows
from tests.codegen.golden.conformance import MODULE, Colour, Item, Note, Scalar, Vector2

pytestmark = pytest.mark.both_decoders
ME = Identity(b"\xc2" * 32)
# Keys, and rows.
KeyedRows: TypeAlias = tuple[list[Any], list[Any]]
NOTHING: KeyedRows = ([], [])


def item(item_id: int, level: int = 1, x: float = 0.0) -> Item:
    return Item(item_id, f"item {item_id}", Colour.Red, level, ME, Vector2(x, 0.0))


def keyed(*rows: Any) -> KeyedRows:
    return ([row.item_id for row in rows], list(rows))


def update(inserts: KeyedRows, deletes: KeyedRows | None = None, table: str = "item") -> list[TableRows]:
    return [TableRows(table, (deletes or NOTHING)[0], *inserts)]


@pytest.fixture
def cache() -> ClientCache:
    return ClientCache(MODULE)


def apply(cache: ClientCache, inserts: KeyedRows, deletes: KeyedRows | None = None) -> list[Any]:
    return list(cache.apply(update(inserts, deletes))[0].changes)


def test_a_row_delivered_twice_stays_until_it_was_deleted_twice(cache: ClientCache) -> None:
    row = item(1)
    assert apply(cache, keyed(row, row)) == [("insert", None, row)]
    assert cache.table("item").counts == {1: 2}
    assert apply(cache, NOTHING, keyed(row)) == []
    assert cache.table("item").counts == {}
    assert apply(cache, NOTHING, keyed(row)) == [("delete", row, None)]
    assert len(cache.table("item")) == 0


def test_the_same_row_deleted_and_inserted_in_one_message_has_not_changed(cache: ClientCache) -> None:
    row = item(1)
    apply(cache, keyed(row))
    assert apply(cache, keyed(item(1)), keyed(row)) == []
    assert apply(cache, keyed(item(2)), keyed(item(2))) == []
    assert list(cache.table("item")) == [row]


def test_another_row_under_the_same_key_is_an_update_even_when_queries_differ(cache: ClientCache) -> None:
    high, low = item(1, level=5), item(1, level=1)
    apply(cache, keyed(high, high))
    # Two queries held it; only one of them still does.
    assert apply(cache, keyed(low), keyed(high, high)) == [("update", high, low)]
    assert cache.table("item").counts == {}


def test_changes_come_as_inserts_and_updates_then_deletes(cache: ClientCache) -> None:
    apply(cache, keyed(item(1), item(2)))
    changes = apply(cache, keyed(item(3), item(2, x=1.0)), keyed(item(1), item(2)))
    assert [(op, (new or old).item_id) for op, old, new in changes] == [
        ("insert", 3),
        ("update", 2),
        ("delete", 1),
    ]


def test_floats_compare_by_their_bits(cache: ClientCache) -> None:
    zero, minus = item(1, x=0.0), item(1, x=-0.0)
    apply(cache, keyed(zero))
    assert apply(cache, keyed(minus), keyed(zero)) == [("update", zero, minus)]
    nan = item(2, x=math.nan)
    apply(cache, keyed(nan))
    assert apply(cache, keyed(item(2, x=float("nan")))) == [], (
        "a NaN is the same NaN when another query delivers it"
    )
    assert cache.table("item").counts == {2: 2}


def test_tables_without_a_primary_key_know_no_updates(cache: ClientCache) -> None:
    codec = cache.table("note").codec
    old, new = Note(ME, "old"), Note(ME, "new")
    rows = {name: ([codec.encode(row)], [row]) for name, row in (("old", old), ("new", new))}
    cache.apply(update(rows["old"], table="note"))
    (changes,) = cache.apply(update(rows["new"], rows["old"], "note"))
    assert list(changes.changes) == [("delete", old, None), ("insert", None, new)]


def test_indexes_follow_every_change(cache: ClientCache) -> None:
    table = cache.table("item")
    apply(cache, keyed(*(item(number, level=number % 3) for number in range(9))))
    assert [row.item_id for row in table.filter("level", 1)] == [1, 4, 7]
    assert table.find("name", "item 4") == item(4, level=1)
    apply(cache, keyed(item(4, level=2), item(9, level=1)), keyed(item(4, level=1), item(7, level=1)))
    assert sorted(row.item_id for row in table.filter("level", 1)) == [1, 9]
    assert sorted(row.item_id for row in table.filter("level", 2)) == [2, 4, 5, 8]
    assert table.find("name", "item 7") is None
    assert table.filter("position", Vector2(0.0, 0.0)) == list(table)
    assert table.filter("level", 99) == []
    cache.replace(update(keyed(item(1, level=9))))
    assert table.filter("level", 1) == []
    assert table.filter("level", 9) == [item(1, level=9)]


def test_an_index_asked_for_while_empty_is_filled_by_what_comes(cache: ClientCache) -> None:
    assert cache.table("item").filter("level", 1) == []
    apply(cache, keyed(item(1)))
    assert cache.table("item").filter("level", 1) == [item(1)]


def test_replacing_tells_the_difference_in_every_table(cache: ClientCache) -> None:
    apply(cache, keyed(item(1), item(1), item(2)))
    codec, note = cache.table("note").codec, Note(ME, "text")
    notes = update(([codec.encode(note)], [note]), table="note")
    changes = {
        change.table: change.changes
        for change in cache.replace([*update(keyed(item(2, x=2.0), item(3))), *notes])
    }
    assert changes["item"] == [
        ("update", item(2), item(2, x=2.0)),
        ("insert", None, item(3)),
        ("delete", item(1), None),
    ]
    assert list(changes["note"]) == [("insert", None, note)]
    assert cache.table("item").counts == {}


def test_an_f32_column_is_asked_for_after_rounding(cache: ClientCache) -> None:
    numbers = (0,) * 11
    row = Scalar(
        1, True, *numbers, 0.10000000149011612, 0.1, "", ME, Address(bytes(16)), Timestamp(0), TimeDuration(0)
    )
    cache.apply(update(([1], [row]), table="scalar"))
    assert cache.table("scalar").filter("a_f32", 0.1) == [row]
    assert cache.table("scalar").filter("a_f64", 0.1) == [row]
    assert cache.table("scalar").filter("a_f64", 0.2) == []


def test_an_unknown_table_is_named_with_those_there_are(cache: ClientCache) -> None:
    with pytest.raises(SchemaError, match="no table 'Item', did you mean item: there are compound, item"):
        cache.table("Item")


def test_without_a_key_what_leaves_comes_before_what_comes(cache: ClientCache) -> None:
    """A program that keeps the rows by a column of its own has the new one at the end."""
    codec = MODULE.space.row_codec(MODULE.tables["note"].row, Note)

    def notes(*texts: str) -> KeyedRows:
        rows = [Note(ME, text) for text in texts]
        return ([codec.encode(row) for row in rows], rows)

    cache.apply(update(notes("old", "stays"), table="note"))
    for old, new in (("old", "new"), ("new", "newer")):
        by_author: dict[Identity, str] = {ME: old}
        (told,) = cache.apply(update(notes(new), notes(old), table="note"))
        for row_op, before, after in told.changes:
            if row_op == "delete":
                del by_author[before.author]
            else:
                by_author[after.author] = after.text
        assert by_author == {ME: new}
        cache.table("note").counts[codec.encode(Note(ME, "stays"))] = (
            2  # the second time rows are counted, not only swapped
        )


def test_a_replaced_set_without_a_key_is_told_in_the_same_order(cache: ClientCache) -> None:
    codec = MODULE.space.row_codec(MODULE.tables["note"].row, Note)
    old, new = Note(ME, "old"), Note(ME, "new")
    cache.apply(update(([codec.encode(old)], [old]), table="note"))
    (told,) = cache.replace(update(([codec.encode(new)], [new]), table="note"))
    assert list(told.changes) == [("delete", old, None), ("insert", None, new)]


def test_caches_of_one_bindings_package_share_their_codecs_and_no_rows(cache: ClientCache) -> None:
    """To write the functions of a codec takes longer than all else that a client is made of."""
    other = ClientCache(MODULE)
    for table in MODULE.tables:
        assert other.table(table).codec is cache.table(table).codec
    apply(cache, keyed(item(1)))
    assert (len(cache.table("item").rows), len(other.table("item").rows)) == (1, 0)
