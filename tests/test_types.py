"""Identities, addresses, times and options: constructors, printing, comparing, bounds."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from spacetimedb_sdk import Address, ConnectionId, Identity, Some, TimeDuration, Timestamp

HEX = "c200b3ce65d91b79ecfb7d881cd65bf8da2f647d590af1474ad19faa7aa87e38"


def test_an_identity_is_its_hex_digits() -> None:
    identity = Identity.from_string(HEX)
    assert str(identity) == HEX
    assert str(identity)[:8] == "c200b3ce"
    assert identity == Identity.from_bytes(bytes.fromhex(HEX)) == Identity(list(bytes.fromhex(HEX)))
    assert identity == Identity.from_string(f"0x{HEX.upper()}")
    assert Identity.from_le(identity.to_le()) == identity
    assert {identity: 1}[Identity.from_string(HEX)] == 1
    assert identity.data == bytes.fromhex(HEX)
    assert int(identity) == int(HEX, 16)
    assert eval(repr(identity), {"Identity": Identity}) == identity
    assert pickle.loads(pickle.dumps(identity)) == identity


def test_an_address_is_32_digits_and_nothing_when_all_are_zero() -> None:
    address = Address.from_string("0f" * 16)
    assert isinstance(address, Address)
    assert str(address) == "0f" * 16
    assert address == Address.from_bytes(b"\x0f" * 16)
    assert Address.from_string("00" * 16) is None
    assert Address.from_bytes(bytes(16)) is None
    assert Address.random() != Address.random()
    assert ConnectionId is Address


def test_other_types_and_widths_are_not_equal() -> None:
    assert Identity(b"\x01" * 32) != b"\x01" * 32
    assert Address(b"\x01" * 16) != Identity(b"\x01" * 32)
    assert sorted([Identity(b"\x02" * 32), Identity(b"\x01" * 32)])[0] == Identity(b"\x01" * 32)


@pytest.mark.parametrize("text", ["", "c2", "zz" * 32, HEX[:-1], HEX + "0"])
def test_anything_else_is_no_identity(text: str) -> None:
    with pytest.raises(ValueError, match="64 hex digits"):
        Identity.from_string(text)


def test_they_do_not_change() -> None:
    identity: Any = Identity.from_string(HEX)
    with pytest.raises(AttributeError):
        identity.data = b""


def test_times_keep_every_microsecond() -> None:
    moment = datetime(2023, 11, 14, 22, 13, 20, 123457, tzinfo=UTC)
    timestamp = Timestamp.from_datetime(moment)
    assert timestamp.micros == 1_700_000_000_123_457
    assert timestamp.to_datetime() == moment
    assert Timestamp(2**63 - 1).micros == 2**63 - 1
    assert Timestamp(10) - Timestamp(4) == TimeDuration(6)
    assert Timestamp(4) + TimeDuration(6) == Timestamp(10)
    assert Timestamp(-1).to_datetime().year == 1969
    assert TimeDuration.from_timedelta(timedelta(milliseconds=-1)) == TimeDuration(-1000)
    assert TimeDuration(1_500_000).to_timedelta() == timedelta(seconds=1.5)
    assert TimeDuration.from_seconds(0.25).seconds == 0.25
    with pytest.raises(ValueError, match="time zone"):
        Timestamp.from_datetime(datetime(2023, 1, 1))
    with pytest.raises(OverflowError):
        Timestamp(2**63 - 1).to_datetime()


def test_times_are_shown_as_iso_8601() -> None:
    assert str(Timestamp.from_datetime(datetime(2023, 11, 14, 22, 13, 20, 123457, tzinfo=UTC))) == (
        "2023-11-14T22:13:20.123457+00:00"
    )
    assert f"{Timestamp(0)}" == "1970-01-01T00:00:00+00:00"
    assert str(Timestamp(-1)) == "1969-12-31T23:59:59.999999+00:00"
    assert str(Timestamp(2**63 - 1)) == "9223372036854775807 us since 1970-01-01T00:00:00+00:00"
    assert datetime.fromisoformat(str(Timestamp(1_500_000))) == Timestamp(1_500_000).to_datetime()
    assert [str(TimeDuration(micros)) for micros in (1_500_000, -20, 0)] == [
        "+1.500000",
        "-0.000020",
        "+0.000000",
    ]


def test_a_moment_and_a_span_make_moments_two_moments_a_span() -> None:
    span = TimeDuration(6)
    assert Timestamp(10) - span == Timestamp(4)
    assert span + Timestamp(4) == Timestamp(10)
    assert (span + span - TimeDuration(2), -span) == (TimeDuration(10), TimeDuration(-6))
    for wrong in (lambda: Timestamp(1) + Timestamp(1), lambda: Timestamp(1) - 1, lambda: span - Timestamp(1)):  # type: ignore[operator]
        with pytest.raises(TypeError):
            wrong()


def test_some_tells_nothing_inside_from_nothing() -> None:
    assert Some(None) != None  # noqa: E711 - the comparison itself is meant
    assert Some(None) == Some(None)
