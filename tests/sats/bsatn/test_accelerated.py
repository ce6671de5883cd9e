"""The accelerator: what it reads, what it leaves to the generated decoder, and what it makes of plans that are none."""

from __future__ import annotations

import gc
import pickle
import struct
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.sats import algebraic_type as at
from spacetimedb_sdk.sats.algebraic_type import Element, PrimitiveType, ProductType, Ref, SumType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.sats.bsatn.row_plan import RowPlanWriter
from spacetimedb_sdk.types import Identity, Timestamp
from tests.sats.bsatn.kept import assert_nothing_is_kept
from tests.sats.bsatn.ranges import whole, within
from tests.sats.bsatn.test_bsatn import BOUND, TREE, Entity, Point, Tree
from tests.sats.row_values import same

needs_it = pytest.mark.accelerator


@pytest.fixture
def compiled() -> Any:
    return import_module("spacetimedb_accelerator")


def nothing(data: bytes, start: int, end: int) -> Any:
    """What reads in the place of the accelerator where that cannot."""


def read(compiled: Any, plan: object, data: bytes) -> Any:
    return compiled.RowsReader(plan, nothing)(*whole(data))


@dataclass(frozen=True, slots=True)
class One:
    value: Any


ONE = One.__dict__["value"]


# -- values ------------------------------------------------------------------------------------------------------------


@needs_it
@pytest.mark.parametrize(
    ("code", "width"),
    [("b", 1), ("B", 1), ("h", 2), ("H", 2), ("i", 4), ("I", 4), ("q", 8), ("Q", 8), ("f", 4), ("d", 8)],
)
def test_numbers_are_those_of_struct(compiled: Any, code: str, width: int) -> None:
    edges = [bytes(width), b"\xff" * width, b"\x80" + bytes(width - 1), bytes(width - 1) + b"\x80"]
    edges += [
        b"\xff" * (width - 1) + b"\x7f",
        bytes(width - 1) + b"\x7f",
        b"\1\xc0\xf0\x7f\0\0\xf0\x7f"[:width],
    ]
    expected = [value for edge in edges for value in struct.unpack(f"<{code}", edge)]
    assert same(read(compiled, code, b"".join(edges)), expected)
    assert width == 1 or read(compiled, code, b"".join(edges)[:-1]) is None


@needs_it
@pytest.mark.parametrize("width", [16, 32])
@pytest.mark.parametrize("signed", [True, False])
def test_wide_integers(compiled: Any, width: int, signed: bool) -> None:
    data = b"".join([bytes(width), b"\xff" * width, bytes(width - 1) + b"\x80", b"\1" + bytes(width - 1)])
    expected = [
        int.from_bytes(data[start : start + width], "little", signed=signed)
        for start in range(0, len(data), width)
    ]
    assert read(compiled, ("int", width, signed), data) == expected


@needs_it
@pytest.mark.parametrize(
    ("plan", "data", "value"),
    [
        ("?", b"\0\1", [False, True]),
        ("?", b"\2", None),
        ("?", b"\xff", None),
        ("s", b"\2\0\0\0\xc3\xa9", ["é"]),
        ("s", b"\0\0\0\0", [""]),
        ("s", b"\1\0\0\0\0", ["\0"]),
        ("s", b"\1\0\0\0\xff", None),
        ("s", b"\3\0\0\0\xed\xa0\x80", None),  # half of a pair
        ("s", b"\2\0\0\0\xc0\x80", None),  # a zero in two bytes
        ("s", b"\3\0\0\0ab", None),
        ("s", b"\xff\xff\xff\xffab", None),
        ("s", b"\3\0\0", None),
        ("y", b"\2\0\0\0\xff\0", [b"\xff\0"]),
        ("y", b"\2\0\0\0\xff", None),
        (("member", ("a", "b")), b"\1\0", ["b", "a"]),
        (("member", ("a", "b")), b"\2", None),
        (("member", ()), b"\0", None),
        (("sum", ("B", ("constant", None))), b"\0\7\1", [7, None]),
        (("sum", ("B", ("constant", None))), b"\0\7\0", None),
        (("sum", ("B", ("constant", None))), b"\2", None),
        (("list", "H"), b"\2\0\0\0\1\0\2\0\0\0\0\0", [[1, 2], []]),
        (("list", "H"), b"\3\0\0\0\1\0\2\0", None),
        (("list", "B"), b"\xff\xff\xff\xff" + bytes(99), None),
        (("list", ("list", "s")), b"\1\0\0\0\1\0\0\0\1\0\0\0x", [[["x"]]]),
        (("tuple", ("B", "B")), b"\1\2", [(1, 2)]),
        (("tuple", ("B", ("tuple", ()))), b"\1", [(1, ())]),
        (("called", complex, ("d", "d")), struct.pack("<dd", 1, 2), [1 + 2j]),
        (("called", complex, ("s",)), b"\1\0\0\0x", None),  # it raises
        (("made", Identity.from_le, 32), bytes(32), [Identity(bytes(32))]),
        (("made", Identity.from_le, 32), bytes(31), None),
        (("at", lambda data, start: (data[start:], len(data))), b"abc", [b"abc"]),
        (("at", lambda data, start: (data, len(data) + 1)), b"abc", None),
        (("at", lambda data, start: (data, -1)), b"abc", None),
        (("at", lambda data, start: (data, "x")), b"abc", None),
        (("at", lambda data, start: data), b"abc", None),
        ("B", b"", []),
    ],
)
def test_what_is_read_and_what_is_left_to_the_other(
    compiled: Any, plan: object, data: bytes, value: object
) -> None:
    assert same(read(compiled, plan, data), value)


@needs_it
def test_only_bytes_are_read_here(compiled: Any) -> None:
    seen: list[object] = []
    reader = compiled.RowsReader("B", lambda *given: seen.append(given))
    for data in (bytearray(b"a"), memoryview(b"a"), "a", None):
        assert reader(data, 0, 1) is None
    assert len(seen) == 4
    for wrong in ((), (b"",), (b"", 0), (b"", 0, 0, 0)):
        with pytest.raises(TypeError):
            reader(*wrong)
    with pytest.raises(TypeError):
        reader(b"", 0, 0, data=b"")


@needs_it
def test_rows_are_read_between_two_positions_of_the_bytes(compiled: Any) -> None:
    outside: list[object] = []
    reader = compiled.RowsReader(
        ("tuple", ("s", ("at", lambda data, start: (data[start], start + 1)))),
        lambda *given: outside.append(given),
    )
    data = b"\1\0\0\0a\7\0\0\0\0\x08"
    assert reader(*within(data)) == [("a", 7), ("", 8)]
    assert not outside
    # A value that begins between them and ends beyond is none.
    around, start, end = within(data)
    for short in range(end - 4, end):
        assert reader(around, start, short) is None
    for first, last in (
        (-1, 1),
        (2, 1),
        (0, len(data) + 1),
        (0, 1 << 70),
        (-1 << 70, 1),
        (None, 1),
        (0.0, 1.0),
    ):
        assert reader(data, first, last) is None
        assert outside[-1] == (data, first, last)
    assert reader(data, 2, 2) == []
    assert reader(data, 6, None) == [("", 8)]


@needs_it
def test_ctrl_c_in_the_midst_of_a_row_is_the_programs(compiled: Any) -> None:
    def interrupted(raw: bytes) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(compiled, ("made", interrupted, 1), b"a")


@needs_it
def test_rows_are_as_those_of_the_generated_decoder(compiled: Any) -> None:
    for ref, cls, value in ((4, Entity, Entity(1, Point(0.5, -0.0), 2)), (3, Tree, TREE)):
        codec = BOUND.row_codec(ref, cls)
        reader: Any = codec._decode_rows
        assert type(reader) is compiled.RowsReader
        data = codec.encode(value) * 3
        rows, others = reader(*within(data)), reader.otherwise(*within(data))
        assert same(rows, others)
        assert pickle.loads(pickle.dumps(rows)) == others
        assert repr(rows) == repr(others)
        assert gc.is_tracked(rows[0])
        with pytest.raises(AttributeError):
            setattr(rows[0], cls.__slots__[0], 1)
        for length in range(len(data)):
            for given in (whole(data[:length]), within(data[:length])):
                assert complaint(reader, *given) == complaint(reader.otherwise, *given)


def complaint(read: Callable[[bytes, int, int], object], *given: Any) -> object:
    try:
        read(*given)
    except (struct.error, ValueError, IndexError, DecodeError) as error:
        return type(error), str(error)
    return None


@needs_it
def test_a_row_that_is_kept_may_be_hashed_and_compared() -> None:
    codec = BOUND.row_codec(4, Entity)
    entity = Entity(7, Point(1.0, 2.0), 9)
    (row,) = codec.decode_rows(codec.encode(entity))
    assert row == entity
    assert {row: 1}[entity] == 1


# -- plans that are none -----------------------------------------------------------------------------------------------


class Plain:
    value: Any


class Slotted:
    __slots__ = ("__weakref__", "other", "value")
    value: Any


class Counted(int):
    __slots__ = ()


class Unfinished(ABC):
    __slots__ = ("value",)

    @abstractmethod
    def finish(self) -> None: ...


class Careful:
    __slots__ = ("value",)

    def __new__(cls) -> Careful:
        return super().__new__(cls)


SLOT = Slotted.__dict__["value"]


def deep(count: int) -> Any:
    plan: Any = "B"
    for _ in range(count):
        plan = ("list", plan)
    return plan


@needs_it
@pytest.mark.parametrize(
    "plan",
    [
        *(
            "",
            "x",
            "BB",
            b"B",
            None,
            7,
            (),
            ("list",),
            ["list", "B"],
            ("list", "x"),
            ("what", "B"),
            (1, 2, 3, 4),
        ),
        *(("sum", ()), ("sum", ("B",) * 257), ("sum", "B"), ("tuple", ["B"]), ("tuple", ()), ("constant", 1)),
        *(("int", 0, True), ("int", -1, True), ("int", 65, True), ("int", 1 << 70, True), ("int", "x", True)),
        *(("made", 1, 1), ("called", 1, ("B",)), ("called", int, "B"), ("at", 1), ("member", ["a"])),
        *(("list", ("tuple", ())), ("list", ("constant", 1)), deep(100)),
        ("object", One, (ONE,), ()),
        ("object", One, (), ("B",)),
        ("object", One, [ONE], ("B",)),
        ("object", One, (ONE, ONE), ("B", "B")),
        ("object", One, (SLOT,), ("B",)),
        ("object", One, (None,), ("B",)),
        ("object", One, (property(),), ("B",)),
        ("object", One, (type.__dict__["__basicsize__"],), ("B",)),
        ("object", One(1), (ONE,), ("B",)),
        ("object", Plain, (ONE,), ("B",)),
        ("object", object, (ONE,), ("B",)),
        ("object", int, (int.__dict__["real"],), ("B",)),
        ("object", Counted, (ONE,), ("B",)),
        ("object", complex, (complex.__dict__["real"],), ("B",)),
        ("object", ModuleType, (ONE,), ("B",)),
        ("object", Unfinished, (Unfinished.__dict__["value"],), ("B",)),
        ("object", Careful, (Careful.__dict__["value"],), ("B",)),
        ("object", Slotted, (Slotted.__dict__["__weakref__"],), ("B",)),
    ],
    ids=lambda plan: None,
)
def test_a_plan_that_is_none_is_refused(compiled: Any, plan: object) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)):
        compiled.RowsReader(plan, nothing)


@needs_it
def test_a_slot_of_a_class_above_and_one_that_stays_empty(compiled: Any) -> None:
    class Lower(Slotted):
        __slots__ = ("third",)

    (row,) = read(compiled, ("object", Lower, (SLOT,), ("B",)), b"\7")
    assert type(row) is Lower
    assert row.value == 7
    assert not hasattr(row, "other")
    assert weakref.ref(row)() is row


class Derived:
    """Works a value out of its fields when it is made."""

    __slots__ = ("half", "x")

    def __init__(self, x: int) -> None:
        self.x, self.half = x, x / 2


@dataclass(frozen=True, slots=True)
class Checked:
    x: int
    seen: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.seen.append(self.x)


@dataclass
class WithDictionary:
    x: int


@pytest.mark.both_decoders
def test_classes_that_are_made_in_their_own_way_are_asked_to() -> None:
    space = CodecSpace(Typespace((ProductType((Element("x", PrimitiveType("U8")),)),)), {})
    (derived,) = space.row_codec(0, Derived).decode_rows(b"\3")
    assert (derived.x, derived.half) == (3, 1.5)
    (checked,) = space.row_codec(0, Checked).decode_rows(b"\3")
    assert checked.seen == [3]
    assert space.row_codec(0, WithDictionary).decode_rows(b"\3\4") == [WithDictionary(3), WithDictionary(4)]


@pytest.mark.both_decoders
def test_a_type_without_values_is_an_error_and_no_crash() -> None:
    row = ProductType((Element("x", PrimitiveType("U8")), Element("never", SumType(()))))
    codec = CodecSpace(Typespace((row,)), {}).row_codec(0, tuple)
    with pytest.raises(DecodeError):
        codec.decode_rows(b"\1\0")


# -- memory ------------------------------------------------------------------------------------------------------------


@needs_it
def test_nothing_is_kept_of_rows_that_are_gone(compiled: Any) -> None:
    codec = BOUND.row_codec(3, Tree)
    reader: Any = codec._decode_rows
    alone = compiled.RowsReader(reader.plan, nothing)
    other = compiled.RowsReader(
        (
            "object",
            One,
            (ONE,),
            (("tuple", ("s", "y", ("int", 16, False), ("list", ("sum", ("d", ("constant", None)))))),),
        ),
        nothing,
    )
    many = b"\3\0\0\0abc\2\0\0\0xy" + bytes(15) + b"\7\3\0\0\0\1\0" + struct.pack("<d", 1e300) + b"\1"
    batches = [(alone, codec.encode(TREE) * 5), (other, many * 5)]
    shared = [Tree, Point, One, None, type(TREE.colour).Red, reader.plan]

    def rounds() -> None:
        for read, data in batches:
            assert len(read(*whole(data))) == 5
            for length in range(0, len(data), 3):
                read(*whole(data[:length]))

    assert_nothing_is_kept(rounds, shared)


@needs_it
def test_a_reader_and_its_class_are_let_go_together(compiled: Any) -> None:
    @dataclass(frozen=True, slots=True)
    class Passing:
        value: int

    Passing.reader = compiled.RowsReader(  # type: ignore[attr-defined]
        ("object", Passing, (Passing.__dict__["value"],), ("B",)), nothing
    )
    seen = weakref.ref(Passing)
    del Passing
    gc.collect()
    assert seen() is None


@needs_it
def test_collections_of_garbage_in_the_midst_of_rows(compiled: Any) -> None:
    def looking(raw: bytes) -> int:
        gc.collect()
        for one in gc.get_objects():
            if type(one) is One:
                assert not hasattr(one, "value") or one.value is not None
        return raw[0]

    plan = ("object", One, (ONE,), (("list", ("made", looking, 1)),))
    assert read(compiled, plan, b"\3\0\0\0\1\2\3") == [One([1, 2, 3])]


def test_times_are_filled_and_not_called() -> None:
    space = CodecSpace(
        Typespace((ProductType((Element("at", at.TIMESTAMP), Element("who", at.IDENTITY))),)), {}
    )
    writer = RowPlanWriter(space.layout, space._decoders, lambda type_: space.decoder(type_, ""))
    plan: Any = writer.value(Ref(0))
    kind, plans = plan
    assert kind == "tuple"
    assert plans[0] == ("object", Timestamp, (Timestamp.__dict__["micros"],), ("q",))
    assert plans[1][0] == "made"
