"""Circles that touch are pressed along the line between them, and are round again when they part."""

from __future__ import annotations

from math import cos, pi, sin

import pytest

from game.match.shown import ShownCircle
from game.presentation.feel.squash import Squash


def circle(entity_id: int, x: float, y: float, mass: int = 100) -> ShownCircle:
    made = ShownCircle(entity_id, 1, x, y, mass)
    made.shown_radius = made.radius
    return made


def shape(squash: Squash, entity_id: int) -> tuple[float, float]:
    return squash.shapes.get(entity_id, (1.0, 1.0))


def let_pass(squash: Squash, circles: list[ShownCircle], seconds: float, rate: int = 60) -> None:
    for number in range(round(seconds * rate)):
        squash.update(circles, 100.0 + number / rate, 1 / rate)


def test_two_that_touch_are_narrower_and_higher() -> None:
    squash = Squash()
    circles = [circle(1, 100, 100), circle(2, 114, 100), circle(3, 300, 300)]
    let_pass(squash, circles, 1.0)
    for entity_id in (1, 2):
        width, height = shape(squash, entity_id)
        assert 0.8 < width < 0.95
        assert 1.02 < height < 1.1
    assert 3 not in squash.shapes
    circles[1].shown_x = 200.0
    let_pass(squash, circles, 1.0)
    assert squash.shapes == {}


@pytest.mark.parametrize("part", range(8))
def test_from_whatever_side(part: int) -> None:
    turn = 2 * pi * part / 8
    squash = Squash()
    let_pass(squash, [circle(1, 500, 500), circle(2, 500 + 15 * cos(turn), 500 + 15 * sin(turn))], 1.0)
    for entity_id in (1, 2):
        width, height = shape(squash, entity_id)
        assert (width < height) is (abs(cos(turn)) > abs(sin(turn)) + 1e-9) or part % 2 == 1
        assert 0.8 < min(width, height) <= max(width, height) < 1.1


def test_the_larger_gives_way_less() -> None:
    squash = Squash()
    let_pass(squash, [circle(1, 100, 100, 2500), circle(2, 155, 100, 100)], 1.0)
    assert shape(squash, 2)[0] < shape(squash, 1)[0] <= 1.0


def test_a_crowd_stays_in_shape() -> None:
    squash = Squash()
    crowd = [circle(number, 500 + number % 4, 500 + number // 4) for number in range(16)]
    let_pass(squash, crowd, 2.0)
    for width, height in squash.shapes.values():
        assert 0.8 < width < 1.2
        assert 0.8 < height < 1.2


def test_it_takes_the_same_time_at_any_frame_rate() -> None:
    widths = []
    for rate in (30, 60, 144):
        squash = Squash()
        let_pass(squash, [circle(1, 100, 100), circle(2, 114, 100)], 0.1, rate)
        widths.append(shape(squash, 1)[0])
    assert max(widths) - min(widths) < 0.01


def test_a_meal_swings_a_circle_and_a_crumb_hardly() -> None:
    reach = []
    for mass in (60, 4):
        squash = Squash()
        eater = circle(1, 100, 100, 160)
        eater.feed(mass, 100.0)
        widths = []
        for number in range(60):
            squash.update([eater], 100.0 + number / 60, 1 / 60)
            width, height = shape(squash, 1)
            widths.append(width)
            # What it loses in width it has in height.
            assert width + height == pytest.approx(2.0)
        assert widths[-1] == 1.0
        reach.append(max(widths) - min(widths))
    assert reach[0] > 0.08
    assert 0.0 < reach[1] < reach[0] / 2


def test_a_crumb_does_not_end_the_swing_of_a_meal() -> None:
    eater = circle(1, 100, 100, 160)
    eater.feed(80, 1.0)
    eater.feed(2, 1.05)
    assert eater.fed_at == 1.0
    eater.feed(2, 1.55)
    assert eater.fed_at == 1.55


def test_who_passes_over_another_far_away_is_not_pressed() -> None:
    for players, own, pressed in (((1, 2), None, 0), ((1, 2), 3, 0), ((1, 2), 2, 2), ((2, 2), 3, 2)):
        squash = Squash()
        circles = [circle(1, 100, 100), circle(2, 114, 100)]
        for each, player_id in zip(circles, players, strict=True):
            each.player_id = player_id
        for number in range(60):
            squash.update(circles, 100.0 + number / 60, 1 / 60, own=own)
        assert len(squash.shapes) == pressed
