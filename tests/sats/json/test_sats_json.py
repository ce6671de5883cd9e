"""SATS-JSON: every spelling of the specification is read, both flavours are written (spec: sats-json.md)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spacetimedb_sdk.errors import DecodeError, EncodeError
from spacetimedb_sdk.sats import algebraic_type as at
from spacetimedb_sdk.sats.algebraic_type import Element, ProductType, SumType, Typespace
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.sats.json.decoding import json_decoder, json_encoder, parse_json
from spacetimedb_sdk.types import Address, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp

SPACE = CodecSpace(Typespace(), {})
COLOUR = SumType((Element("Red", at.UNIT), Element("Blue", at.UNIT)))
USER = ProductType(
    (
        Element("id", at.U32),
        Element("name", at.STRING),
        Element("nick", at.option(at.STRING)),
        Element("color", COLOUR),
        Element("tag", at.BYTES),
    )
)
ROW = (7, "Bo", "b", (1, ()), b"\xde\xad")
IDENTITY = Identity.from_string("c2" * 32)


@pytest.mark.parametrize(
    "text",
    [
        '{"id":7,"name":"Bo","nick":[0,"b"],"color":[1,[]],"tag":"dead"}',
        '[7,"Bo",[0,"b"],[1,[]],"dead"]',
        '{"tag":[222,173],"color":{"Blue":[]},"nick":{"some":"b"},"name":"Bo","id":7}',
        '[7,"Bo",{"0":"b"},["Blue",{}],"dead"]',
    ],
)
def test_the_worked_pair_in_every_spelling(text: str) -> None:
    assert json_decoder(SPACE, USER)(json.loads(text)) == ROW


def test_both_flavours_are_written() -> None:
    named = {"id": 7, "name": "Bo", "nick": {"some": "b"}, "color": {"Blue": []}, "tag": "dead"}
    assert json_encoder(SPACE, USER, positional=False)(ROW) == named
    assert json_encoder(SPACE, USER, positional=True)(ROW) == [7, "Bo", [0, "b"], [1, []], "dead"]


@pytest.mark.parametrize(
    ("type_", "value", "named", "positional"),
    [
        (at.IDENTITY, IDENTITY, {"__identity__": "0x" + "c2" * 32}, ["0x" + "c2" * 32]),
        (at.CONNECTION_ID, Address(bytes(15) + b"\x05"), {"__connection_id__": 5}, [5]),
        (at.TIMESTAMP, Timestamp(9), {"__timestamp_micros_since_unix_epoch__": 9}, [9]),
        (
            at.SCHEDULE_AT,
            ScheduleAt.Interval(TimeDuration(1_000_000)),
            {"Interval": {"__time_duration_micros__": 1_000_000}},
            [0, [1_000_000]],
        ),
        (at.U256, 0, "0x0", "0x0"),
        (at.I256, -42, "-0x2a", "-0x2a"),
        (at.F32, 0.10000000149011612, 0.1, 0.1),
        (at.result(at.U8, at.STRING), Err("no"), {"err": "no"}, [1, "no"]),
        (at.result(at.U8, at.STRING), Ok(5), {"ok": 5}, [0, 5]),
        (at.option(at.option(at.U8)), Some(None), {"some": {"none": []}}, [0, [1, []]]),
        (at.ArrayType(at.U16), [1, 2], [1, 2], [1, 2]),
    ],
)
def test_special_values(type_: Any, value: Any, named: Any, positional: Any) -> None:
    assert json_encoder(SPACE, type_, positional=False)(value) == named
    assert json_encoder(SPACE, type_, positional=True)(value) == positional
    decode = json_decoder(SPACE, type_)
    assert decode(named) == decode(positional) == value


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (at.U8, 256),
        (at.U8, 1.0),
        (at.U8, True),
        (at.U8, "1"),
        (at.U256, 5),
        (at.U256, "5"),
        (at.F32, None),
        (at.STRING, 5),
        (at.BOOL, 1),
        (at.BYTES, "xy"),
        (at.IDENTITY, "0xc2"),
        (COLOUR, "Red"),
        (COLOUR, {"Green": []}),
        (COLOUR, [2, []]),
        (USER, [7]),
        (USER, {"id": 7}),
        (USER, {"id": 7, "name": "Bo", "nick": None, "color": [0, []], "tag": "", "more": 1}),
        (at.option(at.U8), 5),
    ],
)
def test_anything_else_is_a_decode_error(type_: Any, value: Any) -> None:
    with pytest.raises(DecodeError):
        json_decoder(SPACE, type_)(value)


def test_a_value_that_does_not_fit_is_an_encode_error() -> None:
    with pytest.raises(EncodeError, match="256 does not fit U8"):
        json_encoder(SPACE, at.U8, positional=True)(256)


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        (at.I32, "-0"),
        (at.U256, '"0x1_0"'),
        (at.U256, '" 0x1"'),
        (at.I256, '"--0x1"'),
        (at.BYTES, '" ab"'),
        (at.BYTES, '"a\\tb"'),
        (at.BYTES, "[true]"),
        (USER, '{"id":7,"name":"Bo","nick":null,"color":[1,[]],"tag":"","id":8}'),
        (at.option(at.U8), '{"some":1,"some":2}'),
    ],
)
def test_what_python_reads_and_the_servers_do_not(type_: Any, text: str) -> None:
    with pytest.raises(DecodeError):
        json_decoder(SPACE, type_)(parse_json(text, strict=True))


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (at.F32, "1e39", "inf"),
        (at.F32, "-1e39", "-inf"),
        (at.F32, "340282366920938463463374607431768211455", "inf"),
        (at.F64, "-0", "-0.0"),
        (COLOUR, '["1",[]]', "(1, ())"),
        (at.I256, '"+0x00ff"', "255"),
    ],
)
def test_what_the_servers_read(type_: Any, text: str, value: str) -> None:
    assert repr(json_decoder(SPACE, type_)(parse_json(text, strict=True))) == value
