"""How much memory decoded values may take: never less than they do."""

from __future__ import annotations

import struct
import tracemalloc

import pytest

from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.sats.algebraic_type import (
    BOOL,
    BYTES,
    STRING,
    U8,
    U16,
    U32,
    U64,
    UNIT,
    AlgebraicType,
    ArrayType,
    Element,
    ProductType,
    Ref,
    SumType,
    Typespace,
    option,
)
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.sats.footprint import MAX_EMPTY_ELEMENTS, memory_per_byte

COUNT = 20_000
PAIR = ProductType((Element("a", U8), Element("b", U8)))
KINDS: dict[str, tuple[AlgebraicType, bytes]] = {
    "lists": (ArrayType(ArrayType(U32)), bytes(4)),
    "strings": (ArrayType(STRING), struct.pack("<I", 3) + "\u65e5".encode()),
    "bytes": (ArrayType(BYTES), struct.pack("<I", 2) + b"ab"),
    "numbers": (ArrayType(U16), struct.pack("<H", 40_000)),
    "long numbers": (ArrayType(U64), struct.pack("<Q", 1 << 60)),
    "flags": (ArrayType(BOOL), b"\x01"),
    "options": (ArrayType(option(U8)), b"\x00\x07"),
    "lists of lists": (ArrayType(ArrayType(ArrayType(U8))), struct.pack("<I", 1) + bytes(4)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_values_take_no_more_than_is_said(kind: str) -> None:
    type_, one = KINDS[kind]
    space = CodecSpace(Typespace(()), {})
    codec = space.codec(type_, "values")
    data = struct.pack("<I", COUNT) + one * COUNT
    codec.decode(data)
    tracemalloc.start()
    try:
        value = codec.decode(data)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert value
    # What coverage keeps of its own meanwhile is a few thousand bytes.
    assert taken <= memory_per_byte(space.typespace, type_) * len(data) * 1.1 + 8_000


@pytest.mark.parametrize(
    "element", [UNIT, ProductType((Element("a", UNIT), Element("b", UNIT)))], ids=["unit", "units"]
)
def test_lists_of_values_without_width_are_counted(element: AlgebraicType) -> None:
    """Which take no bytes however many they are: so many, and no more, and quickly."""
    type_ = ArrayType(ArrayType(element))
    space = CodecSpace(Typespace(()), {})
    codec = space.codec(type_, "values")
    count = 500
    data = struct.pack("<I", count) + struct.pack("<I", MAX_EMPTY_ELEMENTS) * count
    tracemalloc.start()
    try:
        value = codec.decode(data)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(value[-1]) == MAX_EMPTY_ELEMENTS
    assert taken <= memory_per_byte(space.typespace, type_) * len(data) * 1.1
    assert codec.decode(codec.encode(value)) == value
    with pytest.raises(DecodeError, match="do not fit"):
        codec.decode(struct.pack("<II", 1, MAX_EMPTY_ELEMENTS + 1))


def test_a_single_value_is_its_bytes() -> None:
    typespace = Typespace((ProductType((Element("next", option(Ref(0))),)),))
    assert memory_per_byte(typespace, BYTES) == 1
    assert memory_per_byte(typespace, ProductType((Element("name", STRING), Element("age", U8)))) == 4
    # A chain of any length is as many objects.
    assert memory_per_byte(typespace, ArrayType(Ref(0))) > 40
    assert memory_per_byte(typespace, ArrayType(PAIR)) > 20
    assert memory_per_byte(typespace, ArrayType(SumType((Element("a", UNIT), Element("b", UNIT))))) > 1
