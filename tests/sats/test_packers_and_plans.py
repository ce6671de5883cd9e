"""The short ways to write and to read a value are the codec's own bytes and values."""

from __future__ import annotations

from enum import Enum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.module import (
    ConnectionId,
    Identity,
    Module,
    Product,
    Row,
    ScheduleAt,
    Sum,
    TimeDuration,
    Timestamp,
    f64,
    i8,
    i32,
    i64,
    u16,
    u128,
    u256,
)
from spacetimedb_sdk.sats.algebraic_type import F32, I32, STRING, ArrayType, ProductType, Ref, option
from spacetimedb_sdk.sats.bsatn.codec import BAD_VALUE, CodecSpace
from tests.module.hosted.python_host import PlanReader

module = Module("packed")


@module.type
class Kind(Enum):
    ONE = 0
    TWO = 1


@module.type
class Point(Product):
    x: i8
    y: f64


@module.table
class Flat(Row):
    a: bool
    b: i32
    point: Point
    kind: Kind
    who: Identity
    over: ConnectionId
    at: Timestamp
    for_: TimeDuration
    id: UUID


@module.table
class Long(Row):
    text: str
    data: bytes
    point: Point
    number: u16


@module.sum
class Shape(Sum):
    pass


@module.variant
class ShapeNothing(Shape):
    pass


@module.variant
class ShapePoint(Shape):
    value: Point


@module.variant
class ShapeTexts(Shape):
    value: list[str]


@module.table
class Odd(Row):
    some: i64 | None
    many: list[Point]
    kinds: list[Kind]
    shape: Shape
    due: ScheduleAt
    by: Identity | None


@module.table
class Wide(Row):
    wide: u128
    wider: u256


BUILT = module.build()
SPACE = CodecSpace(BUILT.definition.typespace, BUILT.classes)
POINTS = st.builds(Point, st.integers(-128, 127), st.floats(allow_nan=False))
MICROS = st.integers(-(2**63), 2**63 - 1)
ROWS = st.one_of(
    st.builds(
        Flat,
        st.booleans(),
        st.integers(-(2**31), 2**31 - 1),
        POINTS,
        st.sampled_from(Kind),
        st.binary(min_size=32, max_size=32).map(Identity),
        st.binary(min_size=16, max_size=16).filter(any).map(ConnectionId),
        st.builds(Timestamp, MICROS),
        st.builds(TimeDuration, MICROS),
        st.uuids(),
    ),
    st.builds(Long, st.text(), st.binary(), POINTS, st.integers(0, 65535)),
    st.builds(
        Odd,
        st.none() | MICROS,
        st.lists(POINTS),
        st.lists(st.sampled_from(Kind)),
        st.just(ShapeNothing()) | POINTS.map(ShapePoint) | st.lists(st.text()).map(ShapeTexts),
        st.builds(Timestamp, MICROS).map(ScheduleAt.Time)
        | st.builds(TimeDuration, MICROS).map(ScheduleAt.Interval),
        st.none() | st.binary(min_size=32, max_size=32).map(Identity),
    ),
    st.builds(Wide, st.integers(0, 2**128 - 1), st.integers(0, 2**256 - 1)),
)


@given(rows=st.lists(ROWS, min_size=1, max_size=4))
def test_packed_and_read_by_a_plan(rows: list[Any]) -> None:
    for row in rows:
        ref = BUILT.definition.table(type(row).__name__.lower()).row_ref
        codec = SPACE.row_codec(ref, type(row))
        data = codec.encode(row)
        assert codec.space.packer(Ref(ref))(row) == data
        assert codec.space.packer(Ref(ref), b"\1\2")(row) == b"\1\2" + data
        plan = codec.space.reading_plan(Ref(ref))
        if type(row) is Wide:
            assert plan is None, "wide numbers take more than a plan says"
        else:
            assert PlanReader(plan).one(data) == row
            assert PlanReader(plan).all(data * 3) == [row] * 3


def test_plans_of_leaves() -> None:
    points = SPACE.codec(Ref(BUILT.definition.table("long").row_ref))
    assert points.size is None
    assert SPACE.reading_plan(STRING) == "s"
    assert SPACE.reading_plan(F32) == "f"
    assert SPACE.reading_plan(option(I32)) == ("option", "i")
    assert SPACE.reading_plan(option(option(I32))) is None
    assert SPACE.reading_plan(ArrayType(ProductType(()))) is None, (
        "of what takes no room there may be any number"
    )


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(BAD_VALUE):
        SPACE.packer(I32)("one")
    with pytest.raises(BAD_VALUE):
        SPACE.packer(STRING)(3)
