"""The clock of the server, from what it says."""

from __future__ import annotations

import random

import pytest

from spacetimedb_sdk.netcode import ServerTime
from spacetimedb_sdk.types import Timestamp

AHEAD = 1_000_000.0


def test_jitter_does_not_show() -> None:
    chance, clock = random.Random(2), ServerTime()
    for number in range(200):
        sent = number * 0.05
        clock.observe(Timestamp(round((AHEAD + sent) * 1e6)), sent + 0.075 + chance.uniform(0.0, 0.06), 0.15)
    assert clock.at(10.0) == pytest.approx(AHEAD + 10.0, abs=0.01)


def test_a_clock_that_is_set_back_is_followed() -> None:
    clock = ServerTime()
    for number in range(100):
        clock.observe(Timestamp(round(((AHEAD if number < 50 else 0.0) + number) * 1e6)), float(number))
    assert clock.at(100.0) == pytest.approx(100.0)


def test_nothing_is_known_before_something_came() -> None:
    clock = ServerTime()
    assert not clock.is_known
    with pytest.raises(RuntimeError, match="call observe"):
        clock.at(1.0)
