"""Forms made from types: what is filled in becomes a value that the codecs take, or is refused in words."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.bindings.live import LiveBindings
from spacetimedb_sdk.inspector.fields import (
    ChoiceField,
    Field,
    FieldError,
    FlagField,
    GroupField,
    ListField,
    TextField,
    make_field,
)
from spacetimedb_sdk.sats.algebraic_type import (
    BYTES,
    CONNECTION_ID,
    F32,
    F64,
    I256,
    IDENTITY,
    SCHEDULE_AT,
    STRING,
    TIME_DURATION,
    TIMESTAMP,
    U8,
    UNIT,
    UUID,
    AlgebraicType,
    ArrayType,
    Element,
    PrimitiveType,
    Ref,
    SumType,
    Typespace,
    option,
    result,
)
from spacetimedb_sdk.types import Address, Err, Identity, ScheduleAt, Some, TimeDuration, Timestamp

NOTHING = Typespace(())


def field(type_: AlgebraicType, typespace: Typespace = NOTHING) -> Any:
    return make_field(type_, typespace)


def read(type_: AlgebraicType, text: str) -> Any:
    one = field(type_)
    assert isinstance(one, TextField)
    one.text = text
    return one.value()


@pytest.mark.parametrize(
    "name", ["I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64", "I128", "U128", "I256", "U256"]
)
def test_whole_numbers_of_every_width_have_their_bounds(name: str) -> None:
    bits, signed = int(name[1:]), name[0] == "I"
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    type_ = PrimitiveType(name)
    assert read(type_, str(low)) == low
    assert read(type_, f"{high:,}") == high, "with the commas that a person copies from the page"
    for beyond in (low - 1, high + 1):
        with pytest.raises(FieldError, match=f"a {name} is "):
            read(type_, str(beyond))
    for nonsense in ("", "1.5", "one", "9" * 5000):
        with pytest.raises(FieldError):
            read(type_, nonsense)


@given(st.integers(-(2**255), 2**255 - 1))
def test_a_number_is_read_to_its_last_digit(number: int) -> None:
    assert read(I256, str(number)) == number


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (STRING, "  as it is\t", "  as it is\t"),
        (U8, " 0xff ", 255),
        (F64, "1e3", 1000.0),
        (F64, "-inf", float("-inf")),
        (F32, "0.5", 0.5),
        (BYTES, "00 ff", b"\x00\xff"),
        (IDENTITY, "c2" * 32, Identity(b"\xc2" * 32)),
        (CONNECTION_ID, "0x" + "01" * 16, Address(b"\x01" * 16)),
        (CONNECTION_ID, "00" * 16, Address(bytes(16))),
        (
            UUID,
            "12345678-1234-5678-1234-567812345678",
            uuid.UUID("12345678123456781234567812345678"),
        ),
        (TIMESTAMP, "1970-01-01T00:00:01Z", Timestamp(1_000_000)),
        (TIMESTAMP, "1970-01-01T00:00:01", Timestamp(1_000_000)),
        (TIMESTAMP, "-5", Timestamp(-5)),
        (TIME_DURATION, "1.5", TimeDuration(1_500_000)),
    ],
)
def test_texts_become_values(type_: AlgebraicType, text: str, value: Any) -> None:
    assert read(type_, text) == value


@pytest.mark.parametrize(
    ("type_", "text", "said"),
    [
        (F32, "1e39", "beyond what an F32 holds"),
        (F64, "much", "a number, not 'much'"),
        (BYTES, "f", "hex digits, two for each byte"),
        (IDENTITY, "c2", "64 hex digits"),
        (CONNECTION_ID, "", "32 hex digits"),
        (UUID, "12", "32 hex digits"),
        (TIMESTAMP, "yesterday", "2026-01-31T12:00:00Z"),
        (TIMESTAMP, str(2**63), "too far away"),
        (TIME_DURATION, "nan", "a number of seconds"),
        (TIME_DURATION, "1e300", "too far away"),
    ],
)
def test_what_cannot_be_read_is_told_in_words_and_kept(type_: AlgebraicType, text: str, said: str) -> None:
    one = field(type_)
    one.text = text
    with pytest.raises(FieldError, match=said):
        one.value()
    assert said in one.problem


def test_options_are_nothing_until_they_are_given() -> None:
    one = field(option(U8))
    assert one.value() is None
    one.choose(0)
    one.inner.text = "7"
    assert one.value() == 7
    nested = field(option(option(U8)))
    nested.choose(0)
    assert nested.value() == Some(None)


def test_sums_results_and_schedules_are_chosen() -> None:
    shape = field(SumType((Element("dot", UNIT), Element("circle", F64))))
    assert (shape.names, shape.value()) == (["dot", "circle"], (0, ()))
    shape.choose(1)
    assert shape.value() == (1, 0.0)
    outcome = field(result(U8, STRING))
    outcome.choose(1)
    outcome.inner.text = "no"
    assert outcome.value() == Err("no")
    schedule = field(SCHEDULE_AT)
    assert schedule.value() == ScheduleAt.Interval(TimeDuration(1_000_000))
    with pytest.raises(FieldError, match="without variants"):
        field(SumType(())).value()


def test_lists_grow_and_shrink_and_a_type_may_contain_itself() -> None:
    tree = Typespace((SumType((Element("leaf", U8), Element("branch", ArrayType(Ref(0))))),))
    one = field(Ref(0), tree)
    assert one.value() == (0, 0)
    one.choose(1)
    one.inner.add()
    one.inner.add()
    one.inner.items[1].inner.text = "9"
    assert one.value() == (1, [(0, 0), (0, 9)])
    one.inner.remove(one.inner.items[0])
    assert one.value() == (1, [(0, 9)])


def test_every_field_that_is_wrong_says_so(live: LiveBindings) -> None:
    group = GroupField(live.bindings.reducers["add_item"].params, live.module.typespace)
    fields = dict(group.parts)
    fields["level"].text = "high"  # type: ignore[union-attr]
    fields["position"].parts[0][1].text = "left"  # type: ignore[union-attr]
    with pytest.raises(FieldError, match="'high'"):
        group.value()
    assert fields["position"].parts[0][1].problem == "a number, not 'left'"  # type: ignore[union-attr]
    fields["level"].text = "3"  # type: ignore[union-attr]
    with pytest.raises(FieldError, match="'left'"):
        group.value()
    assert fields["level"].problem == ""  # type: ignore[union-attr]


def _fill(one: Field, draw: Any) -> None:
    match one:
        case TextField(type_name="Identity"):
            one.text = "ab" * 32
        case TextField(type_name="ConnectionId" | "Uuid"):
            one.text = "cd" * 16
        case TextField(type_name="String"):
            one.text = draw(st.text(max_size=5))
        case FlagField():
            one.on = draw(st.booleans())
        case ChoiceField():
            one.choose(draw(st.integers(0, len(one.names) - 1)))
            if one.inner is not None:
                _fill(one.inner, draw)
        case ListField():
            for _ in range(draw(st.integers(0, 2))):
                one.add()
            for item in one.items:
                _fill(item, draw)
        case GroupField():
            for _, part in one.parts:
                _fill(part, draw)


@settings(max_examples=20)
@given(st.data())
def test_what_a_form_gives_goes_over_the_wire(live: LiveBindings, data: st.DataObject) -> None:
    for name, reducer in live.bindings.reducers.items():
        group = GroupField(reducer.params, live.module.typespace)
        for _, part in group.parts:
            _fill(part, data.draw)
        arguments = group.value()
        codec = live.bindings.args_codec(name)
        assert tuple(codec.decode(codec.encode(arguments))) == arguments
