"""From a pointer to a direction."""

from __future__ import annotations

from math import hypot

import pytest

from game.match.steering import pointer_direction, stick_direction

WINDOW = (1280, 720)


def test_full_speed_at_a_third_of_the_height() -> None:
    assert pointer_direction((640 + 240, 360), WINDOW) == pytest.approx((1.0, 0.0))
    assert pointer_direction((640 + 120, 360), WINDOW) == pytest.approx((0.5, 0.0))


def test_full_speed_is_within_a_window_that_is_higher_than_wide() -> None:
    assert pointer_direction((0, 640), (720, 1280)) == pytest.approx((-1.0, 0.0))
    assert pointer_direction((360 + 120, 640), (720, 1280)) == pytest.approx((0.5, 0.0))


def test_up_on_the_screen_is_up_in_the_world() -> None:
    assert pointer_direction((640, 0), WINDOW) == pytest.approx((0.0, 1.0))
    assert pointer_direction((640, 720), WINDOW) == pytest.approx((0.0, -1.0))


@pytest.mark.parametrize("pointer", [(0, 0), (1279, 719), (10, 700), (5000, -3000)])
def test_never_faster_than_full_speed(pointer: tuple[int, int]) -> None:
    assert hypot(*pointer_direction(pointer, WINDOW)) == pytest.approx(1.0)


def test_one_can_rest_at_the_centre() -> None:
    assert pointer_direction((642, 358), WINDOW) == (0.0, 0.0)


def test_the_window_size_does_not_matter() -> None:
    small = pointer_direction((400 + 75, 225), (800, 450))
    large = pointer_direction((960 + 180, 540), (1920, 1080))
    assert small == pytest.approx(large)


@pytest.mark.parametrize("window", [(10, 0), (0, 10)])
def test_a_window_without_height_or_width_steers_nowhere(window: tuple[int, int]) -> None:
    assert pointer_direction((3, 3), window) == (0.0, 0.0)


def test_a_stick_has_a_dead_zone_and_reaches_full_speed_before_its_rim() -> None:
    assert stick_direction(0.1, -0.1) == (0.0, 0.0)
    assert stick_direction(0.96, 0.0) == pytest.approx((1.0, 0.0))
    assert stick_direction(0.0, -1.0) == pytest.approx((0.0, 1.0))
    slow = stick_direction(0.3, 0.0)[0]
    assert 0.0 < slow < 0.3
    assert hypot(*stick_direction(1.0, 1.0)) == pytest.approx(1.0)
