"""One column of many rows is what decoding the whole rows would give, wherever it lies in them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.sats.algebraic_type import Element, PrimitiveType, ProductType, Ref, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.sats.bsatn.columns import plain_column
from spacetimedb_sdk.sats.bsatn.layout import LEAVES

PLAIN = [name for name, leaf in LEAVES.items() if leaf.decode == "{}"]


@given(st.lists(st.sampled_from(PLAIN), min_size=1, max_size=4), st.data())
def test_a_column_is_the_one_of_the_decoded_rows(names: list[str], data: st.DataObject) -> None:
    type_ = ProductType(tuple(Element(f"c{n}", PrimitiveType(name)) for n, name in enumerate(names)))
    space = CodecSpace(Typespace((type_,)), {})
    codec = space.codec(Ref(0))
    assert codec.size is not None
    number = data.draw(st.integers(0, 3))
    rows = data.draw(st.binary(min_size=number * codec.size, max_size=number * codec.size))
    whole = [codec.decode(rows[at : at + codec.size]) for at in range(0, len(rows), codec.size)]
    for index, name in enumerate(names):
        column = space.column(Ref(0), f"c{index}")
        assert column is not None
        pack = struct.Struct(f"<{LEAVES[name].code}").pack
        # By their bits: a NaN is not equal to itself.
        assert [pack(value) for value in column.values(rows)] == [pack(row[index]) for row in whole]


@pytest.mark.parametrize(("start", "row_width"), [(0, 8), (4, 12), (2, 8), (1, 5)])
def test_data_that_is_no_whole_number_of_rows_is_an_error(start: int, row_width: int) -> None:
    decode = plain_column(LEAVES["U32"], start, row_width).values
    assert decode(bytes(2 * row_width)) == [0, 0]
    with pytest.raises(DecodeError):
        decode(bytes(2 * row_width + 4))


@given(st.sampled_from(PLAIN), st.lists(st.binary(min_size=1, max_size=1), max_size=4), st.data())
def test_columns_that_are_said_to_be_the_same_are_equal(
    name: str, before: list[bytes], data: st.DataObject
) -> None:
    leaf = LEAVES[name]
    column = plain_column(leaf, 0, 2 * leaf.width)
    one = b"".join(cell * 2 * leaf.width for cell in before)
    other = bytearray(one)
    for at in data.draw(st.sets(st.sampled_from(range(len(one))))) if one else ():
        other[at] ^= 1
    same, values = column.is_same(one, bytes(other)), column.values(one)
    assert same is (values == column.values(bytes(other)))
    assert not column.is_same(one, one + bytes(2 * leaf.width))


def test_a_column_that_memory_does_not_hold_as_numbers_is_never_said_to_be_the_same() -> None:
    column = plain_column(LEAVES["U32"], 1, 5)
    assert column.values(bytes(10)) == [0, 0]
    assert not column.is_same(bytes(10), bytes(10))
