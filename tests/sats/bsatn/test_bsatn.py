"""BSATN against the byte vectors of the specification and of the official test suites (spec: bsatn.md section 4)."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, make_dataclass
from enum import Enum
from typing import Any, ClassVar, Self
from uuid import UUID

import pytest

from spacetimedb_sdk.errors import DecodeError, EncodeError, SchemaError
from spacetimedb_sdk.sats import algebraic_type as at
from spacetimedb_sdk.sats.algebraic_type import Element, ProductType, Ref, SumType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.types import Address, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp

SPACE = CodecSpace(Typespace(), {})


def product(*types: at.AlgebraicType) -> ProductType:
    return ProductType(tuple(Element(f"f{index}", type_) for index, type_ in enumerate(types)))


BAR_OR_FOO = SumType((Element("bar", at.U32), Element("foo", at.STRING)))
VECTORS: list[tuple[at.AlgebraicType, Any, str]] = [
    (at.BOOL, True, "01"),
    (at.U8, 200, "c8"),
    (at.I8, -2, "fe"),
    (at.U16, 0x1234, "3412"),
    (at.I16, -2, "feff"),
    (at.U32, 0x01020304, "04030201"),
    (at.I32, -1, "ffffffff"),
    (at.U64, 5, "0500000000000000"),
    (at.I64, -3, "fdffffffffffffff"),
    (at.U128, 1, "01" + "00" * 15),
    (at.I128, -1, "ff" * 16),
    (at.U256, 0x0102, "0201" + "00" * 30),
    (at.I256, -2, "fe" + "ff" * 31),
    (at.F32, 1.5, "0000c03f"),
    (at.F64, -2.25, "00000000000002c0"),
    (at.STRING, "", "00000000"),
    (at.STRING, "hi", "020000006869"),
    (at.STRING, "é", "02000000c3a9"),
    (at.BYTES, b"\xde\xad\xbe\xef", "04000000deadbeef"),
    (at.ArrayType(at.U16), [1, 2], "0200000001000200"),
    (at.ArrayType(at.U16), [1, 2, 3], "03000000010002000300"),
    (at.ArrayType(at.BOOL), [True, False], "020000000100"),
    (product(at.U32, at.STRING), (7, "Bo"), "0700000002000000426f"),
    (product(at.STRING), ("foobar",), "06000000666f6f626172"),
    (at.UNIT, (), ""),
    (BAR_OR_FOO, (0, 5), "0005000000"),
    (BAR_OR_FOO, (1, "no"), "01020000006e6f"),
    (at.option(at.U8), 9, "0009"),
    (at.option(at.U8), None, "01"),
    (at.option(at.option(at.U8)), Some(9), "000009"),
    (at.option(at.option(at.U8)), Some(None), "0001"),
    (at.option(at.option(at.U8)), None, "01"),
    (at.result(at.U8, at.STRING), Ok(9), "0009"),
    (at.result(at.U8, at.STRING), Err("no"), "01020000006e6f"),
    (at.TIMESTAMP, Timestamp(1_700_000_000_000_000), "00401e18240a0600"),
    (at.TIME_DURATION, TimeDuration(-1000), "18fcffffffffffff"),
    (at.SCHEDULE_AT, ScheduleAt.Interval(TimeDuration(1_000_000)), "0040420f0000000000"),
    (at.SCHEDULE_AT, ScheduleAt.Time(Timestamp(1_700_000_000_000_000)), "0100401e18240a0600"),
    (at.SCHEDULE_AT, ScheduleAt.Interval(TimeDuration(1234567890123456789)), "001581e97df4102211"),
    (at.IDENTITY, Identity(bytes([0xFF, *range(1, 32)])), bytes([*range(31, 0, -1), 0xFF]).hex()),
    (at.CONNECTION_ID, Address(b"\xff" * 16), "ff" * 16),
    (at.CONNECTION_ID, Address(bytes([0xFF, *range(1, 16)])), "0f0e0d0c0b0a090807060504030201ff"),
    (at.UUID, UUID("00112233-4455-6677-8899-aabbccddeeff"), "ffeeddccbbaa99887766554433221100"),
]


@pytest.mark.parametrize(("type_", "value", "encoded"), VECTORS, ids=[f"{v[2][:24]}" for v in VECTORS])
def test_vectors(type_: at.AlgebraicType, value: Any, encoded: str) -> None:
    codec = SPACE.codec(type_)
    assert codec.encode(value).hex() == encoded
    assert codec.decode(bytes.fromhex(encoded)) == value
    assert codec.size in (None, len(encoded) // 2)


def test_identity_of_the_official_number() -> None:
    number = 1234567890123456789012345678901234567890
    identity = SPACE.codec(at.IDENTITY).decode(
        bytes.fromhex("d20a3fce965fbcacb8f3dbc07520c9a003") + bytes(15)
    )
    assert int(identity) == number


def test_nan_and_negative_zero_keep_their_bits() -> None:
    codec = SPACE.codec(product(at.F32, at.F64))
    value = codec.decode(bytes.fromhex("0000c07f0000000000000080"))
    assert math.isnan(value[0])
    assert math.copysign(1, value[1]) == -1
    assert codec.encode(value).hex() == "0000c07f0000000000000080"


@pytest.mark.parametrize(
    ("type_", "encoded", "complaint"),
    [
        (at.BOOL, "02", "tuple index"),
        (at.U32, "010203", "requires a buffer"),
        (at.STRING, "0500000061", "bytes are missing"),
        (at.STRING, "02000000c328", "utf-8"),
        (at.ArrayType(at.U64), "ffffffff00", "4294967295 elements do not fit"),
        (at.ArrayType(at.UNIT), "ffffffff", "4294967295 elements do not fit"),
        (at.ArrayType(at.STRING), "ffffffff00", "4294967295 elements do not fit"),
        (BAR_OR_FOO, "07", "no variant 7"),
        (at.U8, "0101", "1 bytes left over"),
        (SumType(()), "00", "no variant 0"),
    ],
)
def test_wrong_bytes_are_decode_errors(type_: at.AlgebraicType, encoded: str, complaint: str) -> None:
    with pytest.raises(DecodeError, match=complaint):
        SPACE.codec(type_).decode(bytes.fromhex(encoded))


@pytest.mark.parametrize(
    ("type_", "value", "complaint"),
    [
        (at.U8, 256, "256 does not fit U8"),
        (at.U8, "1", "'1' does not fit U8"),
        (at.I128, 1 << 127, "does not fit I128"),
        (at.F32, 1e39, "does not fit F32"),
        (at.STRING, b"x", "does not fit String"),
        (at.BOOL, 2, "2 does not fit Bool"),
        (at.BYTES, "text", "expected bytes"),
        (at.ArrayType(at.U8), [1], "expected bytes"),
        (at.ArrayType(at.STRING), ["a", 1], r"\[1\]: 1 does not fit String"),
        (at.IDENTITY, "c200", "expected Identity"),
        (product(at.U8, at.U8), (1,), "has no field 'f1'"),
        (at.option(at.option(at.U8)), 9, "Some"),
        (at.option(at.U8), "x", "'x' does not fit U8"),
        (SumType(()), 1, "no value of this type"),
    ],
)
def test_wrong_values_are_encode_errors_that_say_where(type_: Any, value: Any, complaint: str) -> None:
    with pytest.raises(EncodeError, match=complaint):
        SPACE.codec(type_).encode(value)


class Colour(Enum):
    Red = 0
    Green = 1


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


class Shape:
    __slots__ = ()
    __sats_variants__: tuple[type, ...] = ()


@dataclass(frozen=True, slots=True)
class Empty(Shape):
    pass


@dataclass(frozen=True, slots=True)
class Polygon(Shape):
    value: list[Point]


Shape.__sats_variants__ = (Empty, Polygon)


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    colour: Colour
    shape: Shape
    children: list[Tree]


@dataclass(frozen=True, slots=True)
class Entity:
    entity_id: int
    position: Point
    mass: int


BOUND = CodecSpace(
    Typespace(
        (
            ProductType((Element("x", at.F32), Element("y", at.F32))),
            SumType((Element("Red", at.UNIT), Element("Green", at.UNIT))),
            SumType((Element("Empty", at.UNIT), Element("Polygon", at.ArrayType(Ref(0))))),
            ProductType(
                (
                    Element("name", at.STRING),
                    Element("colour", Ref(1)),
                    Element("shape", Ref(2)),
                    Element("children", at.ArrayType(Ref(3))),
                )
            ),
            ProductType((Element("entity_id", at.I32), Element("position", Ref(0)), Element("mass", at.I32))),
            ProductType((Element("again", Ref(5)),)),
            Ref(9),
        )
    ),
    {0: Point, 1: Colour, 2: Shape, 3: Tree, 4: Entity},
)
TREE = Tree("a", Colour.Green, Polygon([Point(1, 2)]), [Tree("b", Colour.Red, Empty(), [])])


def test_bound_classes_recursion_and_enums() -> None:
    codec = BOUND.codec(Ref(3))
    encoded = codec.encode(TREE)
    assert encoded.hex() == ("01000000610101010000000000803f00000040010000000100000062000000000000")
    decoded = codec.decode(encoded)
    assert decoded == TREE
    assert isinstance(decoded.shape, Polygon)
    with pytest.raises(EncodeError, match="colour: expected Colour"):
        codec.encode(Tree("a", 1, Empty(), []))  # type: ignore[arg-type]


def test_many_rows_at_once_equal_rows_one_by_one_and_are_immutable() -> None:
    entities = [Entity(n, Point(n / 2, -n), n * n) for n in range(100)]
    for ref, cls, rows in ((4, Entity, entities), (3, Tree, [TREE] * 5)):
        codec = BOUND.row_codec(ref, cls)
        decoded = codec.decode_rows(b"".join(map(codec.encode, rows)))
        assert decoded == rows
        assert {type(row) for row in decoded} == {cls}
    row = BOUND.row_codec(4, Entity).decode_rows(BOUND.codec(Ref(4)).encode(entities[3]))[0]
    with pytest.raises(AttributeError):
        row.mass = 1
    with pytest.raises(AttributeError):
        row.position.x = 1


class Listed:
    """Has a say in how it is made."""

    __slots__ = ("x", "y")
    x: float
    y: float
    made: ClassVar[list[tuple[float, float]]] = []

    def __new__(cls, x: float = 0.0, y: float = 0.0) -> Self:
        cls.made.append((x, y))
        self = super().__new__(cls)
        self.x, self.y = x, y
        return self


def test_a_class_that_makes_its_instances_itself_is_asked_to() -> None:
    codec = CodecSpace(BOUND.typespace, {0: Listed}).row_codec(0, Listed)
    places = [(float(n), float(-n)) for n in range(5)]
    rows = codec.decode_rows(b"".join(struct.pack("<ff", *place) for place in places))
    assert [(row.x, row.y) for row in rows] == places
    assert Listed.made == places


def test_rows_that_do_not_fill_the_data_are_errors() -> None:
    for ref, cls, value in ((4, Entity, Entity(1, Point(0, 0), 2)), (3, Tree, TREE)):
        codec = BOUND.row_codec(ref, cls)
        with pytest.raises(DecodeError):
            codec.decode_rows(codec.encode(value)[:-1])


def test_types_that_cannot_be_are_schema_errors() -> None:
    with pytest.raises(SchemaError, match="contains itself without an end"):
        BOUND.codec(Ref(5))
    with pytest.raises(SchemaError, match="beyond the typespace"):
        BOUND.codec(Ref(6))


def test_a_deeply_nested_value_is_an_error_and_no_crash() -> None:
    node = ProductType((Element("name", at.STRING), Element("children", at.ArrayType(Ref(0)))))
    codec = CodecSpace(Typespace((node,)), {}).codec(Ref(0))
    with pytest.raises(DecodeError):
        codec.decode(bytes.fromhex("0000000001000000") * 200_000)


def test_functions_with_the_same_parameters_have_errors_of_their_own() -> None:
    space = CodecSpace(Typespace(), {})
    params = ProductType((Element("text", at.STRING),))
    for name in ("arguments of first", "arguments of second"):
        with pytest.raises(EncodeError, match=name):
            space.codec(params, name).encode((5,))


def test_a_field_may_be_called_self() -> None:
    cls = make_dataclass("Odd", ["self", "a0"], frozen=True, slots=True)
    row = cls(1, 2)
    codec = CodecSpace(
        Typespace((ProductType((Element("self", at.U8), Element("a0", at.U8))),)), {}
    ).row_codec(0, cls)
    assert codec.decode(codec.encode(row)) == row
    assert codec.decode_rows(codec.encode(row)) == [row]
