"""A rhythm out of arrivals that tremble."""

from __future__ import annotations

import random
from itertools import pairwise
from statistics import pstdev

import pytest

from spacetimedb_sdk.netcode import TickClock

TICK_SECONDS = 0.05


def test_arrivals_quantised_by_frames_become_even_ticks() -> None:
    clock = TickClock()
    frame = 1 / 60
    stamps = []
    for tick in range(200):
        sent = tick * TICK_SECONDS + 0.003
        stamps.append(clock.stamp(frame * (int(sent / frame) + 1)))
    settled = stamps[60:]
    gaps = [later - earlier for earlier, later in pairwise(settled)]
    assert min(gaps) > 0.045
    assert max(gaps) < 0.055
    assert pstdev(gaps) < 0.003


def test_the_clock_follows_a_slower_server() -> None:
    clock = TickClock()
    stamps = [clock.stamp(tick * 0.06) for tick in range(400)]
    assert clock.period == pytest.approx(0.06, abs=0.001)
    assert stamps[-1] == pytest.approx(399 * 0.06, abs=0.005)


def test_stamps_grow_whatever_arrives() -> None:
    chance = random.Random(4)
    clock = TickClock()
    now, before = 0.0, -1.0
    for _ in range(2_000):
        now += chance.choice((0.0, 0.0, 0.016, 0.05, 0.2, 1.5))
        stamp = clock.stamp(now)
        assert stamp > before
        before = stamp


def test_after_a_stall_the_clock_is_back_in_step_within_a_second() -> None:
    clock = TickClock()
    for tick in range(40):
        clock.stamp(tick * TICK_SECONDS)
    for _ in range(6):
        clock.stamp(40 * TICK_SECONDS + 0.24)
    for tick in range(46, 66):
        stamp = clock.stamp(tick * TICK_SECONDS)
    assert stamp == pytest.approx(65 * TICK_SECONDS, abs=0.03)


@pytest.mark.parametrize("tick", [0.0, -1.0, float("nan")])
def test_a_tick_takes_time(tick: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        TickClock(tick)
