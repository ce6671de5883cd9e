"""What stands on a command line in any order, and values that leave out what SATS-JSON needs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.cli.arguments import options_first
from spacetimedb_sdk.cli.call import _argument
from spacetimedb_sdk.cli.errors import CommandError
from spacetimedb_sdk.sats.algebraic_type import (
    I32,
    STRING,
    UNIT,
    ArrayType,
    Element,
    ProductType,
    Ref,
    SumType,
    Typespace,
    option,
)
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.sats.readable import TypeNames
from spacetimedb_sdk.sats.schema.module_def import ModuleDef, TypeDef
from tests.cli.conftest import Run

COLOUR = SumType((Element("red", UNIT), Element("blue", UNIT)))
PAIR = ProductType((Element("colour", option(Ref(0))), Element("level", I32)))
SPACE = Typespace((COLOUR, PAIR))
NAMES = TypeNames(ModuleDef(SPACE, (TypeDef("Colour", (), 0), TypeDef("Pair", (), 1)), (), ()))


def read(text: str, type_: Any) -> Any:
    return _argument(text, Element("a", type_), CodecSpace(SPACE, {}), NAMES)


@pytest.mark.parametrize(
    ("text", "type_", "sent"),
    [
        ("blue", Ref(0), [1, []]),
        ('{"some": "blue"}', option(Ref(0)), [0, [1, []]]),
        ("blue", option(Ref(0)), [0, [1, []]]),
        ("null", option(Ref(0)), [1, []]),
        ("-5", option(I32), [0, -5]),
        ('["red", "blue"]', ArrayType(Ref(0)), [[0, []], [1, []]]),
        ('{"colour": {"some": "red"}, "level": -1}', Ref(1), [[0, [0, []]], -1]),
        ('["red", 4]', Ref(1), [[0, [0, []]], 4]),
        ("blue", STRING, "blue"),
    ],
)
def test_what_is_left_out_is_filled_in_at_any_depth(text: str, type_: Any, sent: Any) -> None:
    assert read(text, type_) == sent


def test_a_variant_that_is_none_is_told_with_the_form_of_one() -> None:
    with pytest.raises(CommandError, match=r'expected one of red, blue, as \{"red": \[\]\}, found'):
        read('{"some": "green"}', option(Ref(0)))


words = st.text(st.sampled_from("ab1"), min_size=1)
numbers = st.one_of(st.integers().map(str), st.floats(allow_nan=False, allow_infinity=False).map(repr))


@given(st.lists(st.one_of(words, numbers)), st.integers(0, 9), words)
def test_options_may_stand_between_any_values(values: list[str], place: int, url: str) -> None:
    place = min(place, len(values))
    given_words = [*values[:place], "--server", url, *values[place:]]
    assert options_first(given_words, ("--server",)) == ["--server", url, "--", *values]


def test_after_two_dashes_all_are_values() -> None:
    assert options_first(["f", "--", "--server", "-x"], ("--server",)) == ["--", "f", "--server", "-x"]
    assert options_first(["f", "--server=u", "-h"], ("--server",)) == ["--server=u", "-h", "--", "f"]
    assert options_first(["f", "--server"], ("--server",)) == ["--server", "--", "f"]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("logs", "conformance", "-n", "-1"), "--num-lines: must be 0 or more"),
        (("logs", "conformance", "-n", "few"), "--num-lines: invalid int value: 'few'"),
        (("subscribe", "conformance", "SELECT", "-n", "0"), "--num-changes: must be 1 or more"),
        *(
            (
                ("subscribe", "conformance", "SELECT", "--seconds", text),
                "--seconds: must be a number of seconds, 0 or more",
            )
            for text in ("-1", "nan", "inf")
        ),
    ],
)
def test_numbers_out_of_bounds_are_told_before_a_server_is_asked(
    run: Run, command: tuple[str, ...], says: str
) -> None:
    shown = run(*command, "--server", "http://127.0.0.1:9")
    assert (shown.code, says in shown.err) == (2, True)
