"""Rows of a message: where they stand in it, and what reading them takes."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass

import pytest

from spacetimedb_sdk.errors import SchemaMismatchError
from spacetimedb_sdk.protocol.messages.row_lists import RawRows
from spacetimedb_sdk.protocol.outcomes import TableRows
from spacetimedb_sdk.protocol.rows.decoding import TableReader
from spacetimedb_sdk.protocol.rows.merging import joined
from spacetimedb_sdk.sats.algebraic_type import (
    BOOL,
    BYTES,
    I256,
    U32,
    U64,
    U128,
    AlgebraicType,
    Element,
    ProductType,
    Typespace,
)
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace

pytestmark = pytest.mark.both_decoders
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Blob:
    key: int
    data: bytes


SPACE = CodecSpace(Typespace((ProductType((Element("key", U32), Element("data", BYTES))),)), {0: Blob})


def blobs() -> TableReader:
    return TableReader("blob", SPACE.row_codec(0, Blob, "blob"), "key")


def test_a_large_row_is_copied_once() -> None:
    reader = blobs()
    encoded = reader.codec.encode(Blob(7, bytes(8 * MIB)))
    message: RawRows = [0], b"before" + encoded + b"behind", 6, 6 + len(encoded)
    reader.changes(None, message)  # what is written once for the type is there
    tracemalloc.start()
    try:
        rows = reader.changes(None, message)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(rows, TableRows)
    assert rows.rows == [Blob(7, bytes(8 * MIB))]
    assert peak < 9 * MIB


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_row_ends_where_its_list_does(cut: int) -> None:
    reader = blobs()
    encoded = reader.codec.encode(Blob(7, b"abcd"))
    short: RawRows = [0], encoded + encoded, 0, len(encoded) - cut
    with pytest.raises(SchemaMismatchError):
        reader.changes(None, short)
    long: RawRows = [0], encoded + encoded, 0, len(encoded) + cut
    with pytest.raises(SchemaMismatchError):
        reader.changes(None, long)


@pytest.mark.parametrize("announced", [[0], [0, 4, 8], [0, 4, 8, 12]])
def test_as_many_rows_come_as_are_announced(announced: list[int]) -> None:
    reader = blobs()
    two = 2 * reader.codec.encode(Blob(7, b"abcd"))
    with pytest.raises(SchemaMismatchError, match=f"2 rows where {len(announced)} were announced"):
        reader.changes(None, (announced, two, 0, len(two)))


@dataclass(frozen=True, slots=True)
class Pair:
    key: int
    other: int


@pytest.mark.parametrize("key", [BOOL, U32, U128, I256], ids=lambda key: key.name)
@pytest.mark.parametrize("coming", [0, 1, 2])
def test_rows_that_leave_are_whole(key: AlgebraicType, coming: int) -> None:
    space = CodecSpace(Typespace((ProductType((Element("key", key), Element("other", U64))),)), {0: Pair})
    reader = TableReader("pair", space.row_codec(0, Pair, "pair"), "key")
    width = reader.codec.size
    assert width is not None
    come: RawRows = width if coming else [], bytes(coming * width), 0, coming * width
    for size in range(2 * width + 1):
        gone: RawRows = width, b"before" + bytes(size) + b"behind", 6, 6 + size
        if size % width == 0:
            rows = reader.changes(gone, come)
            assert isinstance(rows, TableRows)
            assert len(rows.gone) == size // width
        else:
            with pytest.raises(SchemaMismatchError):
                reader.changes(gone, come)


def test_rows_that_come_back_changed_are_joined_with_those_of_another_query() -> None:
    space = CodecSpace(Typespace((ProductType((Element("key", U64), Element("other", U64))),)), {0: Pair})
    reader = TableReader("pair", space.row_codec(0, Pair, "pair"), "key")

    def changed(*keys: int) -> TableRows:
        lists: list[RawRows] = []
        for other in (0, 1):
            data = b"".join(reader.codec.encode(Pair(key, other)) for key in keys)
            lists.append((16, data, 0, len(data)))
        rows = reader.changes(*lists)
        assert isinstance(rows, TableRows)
        return rows

    both = joined(changed(1, 2), changed(3, 4))
    assert (both.gone, both.keys) == ([1, 2, 3, 4], [1, 2, 3, 4])
    assert both.rows == [Pair(key, 1) for key in (1, 2, 3, 4)]
