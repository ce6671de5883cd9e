"""The accelerator's readers of rows with keys: what they read, what they leave to plain Python, and what they refuse."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.errors import DecodeError
from spacetimedb_sdk.sats import algebraic_type as at
from spacetimedb_sdk.sats.algebraic_type import Element, PrimitiveType, ProductType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import BAD_BYTES, CodecSpace
from spacetimedb_sdk.sats.bsatn.keyed_rows import KeyedRows, share_rows
from tests.sats.bsatn.kept import assert_nothing_is_kept
from tests.sats.bsatn.ranges import whole, within
from tests.sats.row_values import same

needs_it = pytest.mark.accelerator
ROW = struct.Struct("<B?H")
NUMBERS = st.integers(0, 3)


@dataclass(frozen=True, slots=True)
class Lamp:
    x: int
    is_on: bool
    key: int


@dataclass(frozen=True, slots=True)
class Named:
    name: str
    key: Any


LAMP = CodecSpace(
    Typespace(
        (
            ProductType(
                (
                    Element("x", PrimitiveType("U8")),
                    Element("is_on", PrimitiveType("Bool")),
                    Element("key", PrimitiveType("U16")),
                )
            ),
        )
    ),
    {},
).row_codec(0, Lamp)


def named_codec(key: at.AlgebraicType) -> Any:
    row = ProductType((Element("name", PrimitiveType("String")), Element("key", key)))
    return CodecSpace(Typespace((row,)), {}).row_codec(0, Named)


@pytest.fixture
def compiled() -> Any:
    return import_module("spacetimedb_accelerator")


def both(read: Any, *data: Any) -> tuple[object, object]:
    """What a compiled reader makes of it, and what plain Python does."""
    return outcome(read, *data), outcome(read.otherwise, *data)


def outcome(read: Callable[..., object], *data: Any) -> object:
    try:
        return read(*data)
    except (DecodeError, *BAD_BYTES) as error:
        return type(error), str(error)


def lamps(rows: list[tuple[int, int, int]]) -> bytes:
    """The middle one need not be a bool."""
    return b"".join(struct.pack("<BBH", *row) for row in rows)


ROWS = st.lists(st.tuples(NUMBERS, st.sampled_from((0, 1, 1, 2)), NUMBERS), max_size=6)


@needs_it
@given(gone=ROWS, come=ROWS, cut=st.integers(0, 5))
def test_a_change_is_read_as_by_plain_python(
    gone: list[tuple[int, int, int]], come: list[tuple[int, int, int]], cut: int
) -> None:
    keyed = KeyedRows(LAMP, "key")
    left, right = lamps(gone), lamps(come)
    for one, other in ((left, right), (left[cut:], right), (left, right[:-cut]), (right, right)):
        for place in (whole, within):
            read, plain = both(keyed.read_change, *within(one), *place(other))
            assert same(read, plain)
            assert same(*both(keyed.read, *place(other)))


@needs_it
@given(
    rows=st.lists(st.tuples(NUMBERS, st.sampled_from((0, 1)), NUMBERS), min_size=1, max_size=6),
    changed=st.sets(st.integers(0, 5)),
)
def test_rows_that_change_under_their_keys_are_paired_here(
    rows: list[tuple[int, int, int]], changed: set[int]
) -> None:
    compiled = import_module("spacetimedb_accelerator")
    reader: Any = KeyedRows(LAMP, "key").read_change
    alone = compiled.ChangeReader(reader.plan, 2, lambda *given: None)
    news = [(x + 7 if n in changed else x, is_on, key) for n, (x, is_on, key) in enumerate(rows)]
    left, keys, come, repeats = alone(*within(lamps(rows)), *whole(lamps(news)))
    assert left == keys == [key for *_, key in rows]
    assert left is not keys
    assert come == [Lamp(x, bool(is_on), key) for x, is_on, key in news]
    assert repeats is (not changed.issuperset(range(len(rows))))
    # Nothing leaves, or fewer rows than come.
    assert same(alone(*within(b""), *within(lamps(news))), ([], keys, come, False))
    assert len(rows) == 1 or alone(*whole(lamps(rows)[4:]), *whole(lamps(news))) is None


@needs_it
@pytest.mark.parametrize(
    ("key", "encoded"),
    [
        (PrimitiveType("U8"), b"\7"),
        (PrimitiveType("Bool"), b"\1"),
        (PrimitiveType("I128"), b"\xff" * 16),
        (PrimitiveType("U256"), b"\1" * 32),
        (PrimitiveType("String"), b"\1\0\0\0k"),
        (at.IDENTITY, b"\3" * 32),
        (at.TIMESTAMP, b"\3" * 8),
    ],
)
def test_keys_of_any_type_beside_texts(key: at.AlgebraicType, encoded: bytes) -> None:
    codec = named_codec(key)
    keyed: Any = KeyedRows(codec, "key")
    assert keyed.read_change is None
    data = b"\2\0\0\0ab" + encoded + b"\0\0\0\0" + encoded
    keys, rows = keyed.read(*within(data))
    assert rows == codec.decode_rows(data)
    assert all(key is row.key for key, row in zip(keys, rows, strict=True))
    for length in range(len(data)):
        assert same(*both(keyed.read, *whole(data[:length])))


@needs_it
@pytest.mark.parametrize("type_", ["F32", "F64"])
def test_keys_that_are_floats_are_compared_by_their_values(type_: str) -> None:
    row = ProductType((Element("key", PrimitiveType(type_)), Element("x", PrimitiveType("U8"))))
    codec = CodecSpace(Typespace((row,)), {}).row_codec(0, Float)
    keyed = KeyedRows(codec, "key")
    assert not hasattr(keyed.read_change, "plan")  # plain Python: equal floats may differ in their bytes
    assert keyed.read_change is not None
    nan = codec.encode(Float(float("nan"), 1))
    left, keys, *_ = keyed.read_change(*whole(nan), *whole(nan))
    assert left != keys


@dataclass(frozen=True, slots=True)
class Float:
    key: float
    x: int


@needs_it
def test_a_row_whose_attributes_are_its_own_is_asked_for_its_key() -> None:
    class Secretive:
        __slots__ = ("key",)
        key: int

        def __getattribute__(self, name: str) -> Any:
            return object.__getattribute__(self, name) + 1

    row = ProductType((Element("key", PrimitiveType("U8")),))
    codec = CodecSpace(Typespace((row,)), {}).row_codec(0, Secretive)
    assert KeyedRows(codec, "key").read(*whole(b"\1\2"))[0] == [2, 3]


@needs_it
@pytest.mark.parametrize("kind", ["KeyedReader", "ChangeReader"])
def test_a_key_that_is_none_is_refused(compiled: Any, kind: str) -> None:
    make = getattr(compiled, kind)
    reader: Any = KeyedRows(LAMP, "key").read
    for plan, key in ((reader.plan, -1), (reader.plan, 3), ("B", 0), (("tuple", ("B", "B")), 0)):
        with pytest.raises(ValueError, match="key"):
            make(plan, key, print)
    for wrong in ((), (reader.plan,), (reader.plan, "0", print), (reader.plan, 1 << 70, print)):
        with pytest.raises((TypeError, OverflowError)):
            make(*wrong)


@needs_it
def test_rows_of_many_widths_are_not_compared_by_their_bytes(compiled: Any) -> None:
    reader: Any = KeyedRows(named_codec(PrimitiveType("U8")), "key").read
    with pytest.raises(ValueError, match="bytes"):
        compiled.ChangeReader(reader.plan, 1, print)


@needs_it
def test_only_bytes_are_read_here(compiled: Any) -> None:
    reader: Any = KeyedRows(LAMP, "key").read
    seen: list[object] = []
    keyed = compiled.KeyedReader(reader.plan, 2, lambda *data: seen.append(data))
    change = compiled.ChangeReader(reader.plan, 2, lambda *data: seen.append(data))
    row = lamps([(1, 1, 1)])
    for data in (bytearray(row), memoryview(row), None):
        assert keyed(data, 0, 4) is change(data, 0, 4, row, 0, 4) is change(row, 0, 4, data, 0, 4) is None
    assert keyed(row, 1, 5) is change(row, 1, 5, row, 0, 4) is change(row, 0, 4, row, 0, 0.5) is None
    assert len(seen) == 12
    for wrong in ((), (row,), (row, 0, 1, 2)):
        for read in (keyed, change):
            with pytest.raises(TypeError):
                read(*wrong)


@needs_it
def test_switched_off_it_leaves_all_to_plain_python(compiled: Any) -> None:
    reader: Any = KeyedRows(LAMP, "key").read_change
    change = compiled.ChangeReader(reader.plan, 2, lambda *given: "plain")
    row = lamps([(1, 1, 1)])
    compiled.enable(False)
    try:
        assert change(*whole(row), *whole(row)) == "plain"
    finally:
        compiled.enable(True)
    assert change(*whole(row), *whole(row)) == ([1], [1], [Lamp(1, True, 1)], True)


@needs_it
def test_nothing_is_kept_of_changes_that_are_gone() -> None:
    keyed = KeyedRows(LAMP, "key")
    rows = [(n % 5, n % 2, n) for n in range(400, 500)]
    good, bad = lamps(rows), lamps([*rows[:-1], (1, 2, 3)])
    shared = [Lamp, None, True, keyed.read]

    def rounds() -> None:
        for one, other in ((good, good), (good, bad), (bad, good), (good, good[:-1]), (good, good[4:])):
            outcome(change, *whole(one), *whole(other))
            outcome(keyed.read, *whole(other))

    change: Any = keyed.read_change
    assert_nothing_is_kept(rounds, shared)


@pytest.mark.both_decoders
def test_a_change_says_whether_a_row_comes_that_leaves_as_well() -> None:
    keyed = KeyedRows(LAMP, "key")
    assert keyed.read_change is not None
    before, after, other = lamps([(1, 1, 1), (1, 1, 2)]), lamps([(2, 1, 1), (1, 1, 2)]), lamps([(9, 1, 1)])
    assert keyed.read_change(*whole(before), *whole(after))[3] is True
    assert keyed.read_change(*whole(before), *whole(before))[3] is True
    assert keyed.read_change(*whole(before[:4]), *whole(after[:4]))[3] is False
    assert keyed.read_change(*whole(before), *whole(other))[3] is False
    # Not in the same order, and not as many.
    assert keyed.read_change(*whole(before), *whole(after[4:] + other))[3] is True
    assert share_rows(before, after[4:], 4, same_keys=False)
