"""What is shown depends on time alone."""

from __future__ import annotations

import random
from itertools import pairwise
from statistics import pstdev

import pytest

from game.match.interpolation import FLIGHT_SECONDS, SHOWN_DELAY, TICK_SECONDS, Flight, TickClock, Track


def straight_way(*, ticks: int = 40, step: float = 10.0) -> Track:
    track = Track(1, 0.0, 0.0, 100, born=0.0)
    for tick in range(1, ticks + 1):
        track.moved(tick * step, tick * step / 2, at=tick * TICK_SECONDS)
        track.advance(tick * TICK_SECONDS, TICK_SECONDS)
    return track


def test_shown_100_ms_behind_the_server() -> None:
    track = straight_way(ticks=20)
    track.advance(20 * TICK_SECONDS, 0.0)
    # 100 ms are two ticks of ten units each.
    assert track.shown_x == pytest.approx(180.0)
    assert track.shown_y == pytest.approx(90.0)


def test_between_two_ticks_the_way_is_straight_and_even() -> None:
    track = straight_way(ticks=20)
    assert track.place(0.5) == pytest.approx((100.0, 50.0))
    assert track.place(0.525) == pytest.approx((105.0, 52.5))
    assert track.place(0.5375) == pytest.approx((107.5, 53.75))


def test_before_the_first_and_after_the_last_known_place_it_rests_there() -> None:
    track = Track(1, 5.0, 6.0, 10, born=0.0)
    assert track.place(99.0) == (5.0, 6.0)
    track.moved(7.0, 8.0, at=1.0)
    assert track.place(0.0) == (5.0, 6.0)
    assert track.place(2.0) == (7.0, 8.0)


def test_a_start_after_a_rest_is_no_slow_slide() -> None:
    track = straight_way(ticks=4)
    rested_x = track.x
    track.moved(rested_x + 10.0, track.y, at=10.0)
    assert track.place(5.0)[0] == rested_x
    assert track.place(10.0 - TICK_SECONDS)[0] == rested_x
    assert track.place(10.0 - TICK_SECONDS / 2)[0] == pytest.approx(rested_x + 5.0)


@pytest.mark.parametrize("frames_per_second", [30, 60, 144])
def test_frame_rate_changes_neither_place_nor_size(frames_per_second: int) -> None:
    track = Track(1, 0.0, 0.0, 100, born=0.0)
    tick = 0
    frames = 2 * frames_per_second
    for frame in range(1, frames + 1):
        now = frame / frames_per_second
        while (tick + 1) * TICK_SECONDS <= now + 1e-9:
            tick += 1
            track.moved(tick * 10.0, 0.0, at=tick * TICK_SECONDS)
        track.advance(now, 1 / frames_per_second)
    assert track.shown_x == pytest.approx((2.0 - SHOWN_DELAY) / TICK_SECONDS * 10.0)
    assert track.shown_radius == pytest.approx(10.0, abs=0.001)


@pytest.mark.parametrize("frames_per_second", [60, 144])
def test_growth_takes_the_same_time_at_any_frame_rate(frames_per_second: int) -> None:
    track = Track(1, 0.0, 0.0, 400, born=0.0)
    for frame in range(1, frames_per_second // 4 + 1):
        track.advance(frame / frames_per_second, 1 / frames_per_second)
    assert track.shown_radius == pytest.approx(17.9, abs=0.15)


def test_memory_of_a_long_way_is_bounded() -> None:
    track = straight_way(ticks=10_000)
    assert track.samples is not None
    assert len(track.samples) <= 16


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


def test_a_meal_flies_into_a_moving_eater_within_200_ms() -> None:
    gone = Track(1, 10.0, 10.0, 4, born=0.0)
    eater = Track(2, 20.0, 10.0, 100, born=0.0)
    flight = Flight(gone, eater, start=1.0)
    assert flight.place(1.0) == pytest.approx((10.0, 10.0, 2.0))
    eater.shown_x = 30.0
    x, _, radius = flight.place(1.0 + FLIGHT_SECONDS)
    assert x == pytest.approx(30.0)
    assert radius < 1.0
    assert flight.progress(5.0) == 1.0


def test_what_nobody_ate_fades_where_it_was() -> None:
    flight = Flight(Track(1, 10.0, 10.0, 4, born=0.0), None, start=0.0)
    assert flight.place(FLIGHT_SECONDS) == pytest.approx((10.0, 10.0, 0.0))
