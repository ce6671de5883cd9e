"""When frames are due, with a clock of its own."""

from __future__ import annotations

import pytest

from game.client.pacing import Pacer, SleepWatch, frame_rate


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def test_frames_lie_on_a_grid() -> None:
    clock = Clock()
    pacer = Pacer(clock.now)
    for work in (0.004, 0.010, 0.001):
        clock.now += work
        pacer.wait(50, clock, clock.sleep)
    assert clock.now == pytest.approx(100.06)


def test_a_late_frame_is_made_up_for() -> None:
    clock = Clock()
    pacer = Pacer(clock.now)
    for work in (0.050, 0.001, 0.001, 0.001):
        clock.now += work
        pacer.wait(50, clock, clock.sleep)
    assert clock.now == pytest.approx(100.08)


def test_a_long_stall_is_not() -> None:
    clock = Clock()
    pacer = Pacer(clock.now)
    clock.now += 10.0
    pacer.wait(50, clock, clock.sleep)
    frames = 0
    while not clock.slept:
        clock.now += 0.001
        pacer.wait(50, clock, clock.sleep)
        frames += 1
    assert frames <= 6


@pytest.mark.parametrize(
    ("focused", "minimised", "rate"),
    [(True, False, 144), (False, False, 20), (False, True, 10), (True, True, 10)],
)
def test_less_is_drawn_where_nobody_looks(focused: bool, minimised: bool, rate: int) -> None:
    assert frame_rate(144, focused=focused, minimised=minimised) == rate
    assert frame_rate(30, focused=focused, minimised=minimised) <= 30


def test_sleep_is_noticed_by_either_clock() -> None:
    watch = SleepWatch()
    assert watch.slept(100.0, 5000.0) is None
    assert watch.slept(100.016, 5000.016) is None
    assert watch.slept(100.032, 5600.0) == pytest.approx(600.0, abs=0.1)
    assert watch.slept(160.0, 5600.0) == pytest.approx(60.0, abs=0.1)
    assert watch.slept(161.0, 5601.0) is None
    # The time of day set back is no sleep.
    assert watch.slept(161.1, 100.0) is None
