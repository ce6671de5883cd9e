"""How late a bad network is, reckoned without one."""

from __future__ import annotations

import random

import pytest

from spacetimedb_sdk.testing import Conditions


def arrivals(conditions: Conditions, count: int = 4000, every: float = 0.05) -> list[float]:
    """How late each of `count` pieces is that are sent `every` so many seconds."""
    last, lateness = 0.0, []
    for number in range(count):
        sent = number * every
        last = conditions.arrival(sent, last)
        lateness.append(last - sent)
    return lateness


def test_good_ones_change_nothing() -> None:
    conditions = Conditions()
    assert not conditions.is_bad
    assert set(arrivals(conditions, 10)) == {0.0}


def test_a_delay_limits_nothing_but_the_time() -> None:
    """Many pieces are under way at once, each as late as one alone."""
    conditions = Conditions()
    conditions.delay = 0.5
    assert arrivals(conditions, 20, every=0.005) == pytest.approx([0.5] * 20)


def test_jitter_lies_above_the_delay() -> None:
    conditions = Conditions(chance=random.Random(1))
    conditions.delay, conditions.jitter = 0.1, 0.04
    lateness = arrivals(conditions)
    assert 0.1 <= min(lateness) < 0.101
    assert 0.139 < max(lateness) <= 0.14 + 1e-9
    assert sum(lateness) / len(lateness) == pytest.approx(0.12, abs=0.001)


def test_what_is_behind_a_lost_piece_is_late_too_and_nothing_overtakes() -> None:
    conditions = Conditions(chance=random.Random(2))
    conditions.loss = 0.02
    lateness = arrivals(conditions)
    whole = sum(each == pytest.approx(0.2) for each in lateness)
    assert 0.015 * len(lateness) < whole < 0.025 * len(lateness)
    # Pieces come 50 ms apart: three are caught up with behind each that waits for 200 ms.
    assert 3.0 * whole < sum(each > 1e-9 for each in lateness) <= 4.0 * whole
    times = [number * 0.05 + late for number, late in enumerate(lateness)]
    assert times == sorted(times)
    conditions.stall = 1.0
    assert max(arrivals(conditions)) == pytest.approx(1.0)


def test_healed_ones_are_good() -> None:
    conditions = Conditions()
    conditions.delay, conditions.jitter, conditions.loss, conditions.loses = 0.1, 0.1, 0.5, True
    assert conditions.is_bad
    conditions.heal()
    assert not conditions.is_bad
    assert set(arrivals(conditions, 10)) == {0.0}


@pytest.mark.parametrize(
    ("name", "value"),
    [("delay", -0.1), ("jitter", float("nan")), ("stall", float("inf")), ("loss", 1.5), ("loss", -0.1)],
)
def test_what_no_network_has_is_refused(name: str, value: float) -> None:
    conditions = Conditions()
    before = getattr(conditions, name)
    with pytest.raises(ValueError, match=name):
        setattr(conditions, name, value)
    assert getattr(conditions, name) == before
