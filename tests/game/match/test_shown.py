"""What stands beside the rows: sizes that grow, meals that fly, and nothing beyond the wall."""

from __future__ import annotations

import pytest

from game.match.shown import FLIGHT_SECONDS, WOBBLE_SECONDS, Flight, Gone, ShownCircle, growth
from tests.game.world_rows import WorldRows

SIDE = 1000.0


def gone() -> Gone:
    return Gone(1, None, 10.0, 10.0, 4, 10.0, 10.0, 2.0)


@pytest.mark.parametrize("frames_per_second", [60, 144])
def test_growth_takes_the_same_time_at_any_frame_rate(frames_per_second: int) -> None:
    circle = ShownCircle(1, 1, 100.0, 100.0, 400)
    for _ in range(frames_per_second // 4):
        circle.advance((100.0, 100.0), growth(1 / frames_per_second), SIDE)
    assert circle.shown_radius == pytest.approx(17.9, abs=0.15)


def test_a_meal_flies_into_a_moving_eater_within_200_ms() -> None:
    eater = ShownCircle(2, 1, 20.0, 10.0, 100)
    flight = Flight(gone(), eater, start=1.0)
    assert flight.place(1.0) == pytest.approx((10.0, 10.0, 2.0))
    eater.shown_x = 30.0
    x, _, radius = flight.place(1.0 + FLIGHT_SECONDS)
    assert x == pytest.approx(30.0)
    assert radius < 1.0
    assert flight.progress(5.0) == 1.0


def test_what_nobody_ate_fades_where_it_was() -> None:
    flight = Flight(gone(), None, start=0.0)
    assert flight.place(FLIGHT_SECONDS) == pytest.approx((10.0, 10.0, 0.0))


@pytest.mark.parametrize("towards", [(-1, 0), (1, 0), (0, -1), (0, 1)])
def test_a_circle_that_runs_into_a_wall_rests_inside(rows: WorldRows, towards: tuple[int, int]) -> None:
    """Alone in its world, nothing moves any more once it stands: nothing tells that the guess was wrong."""
    mass = 100
    x, y = 500.0 + 450 * towards[0], 500.0 + 450 * towards[1]
    me = rows.circle(1, x, y, mass)
    rows.settle()
    for tick in range(1, 40):
        rows.begin(tick * 0.05)
        x = min(max(x + 6 * towards[0], 10.0), 990.0)
        y = min(max(y + 6 * towards[1], 10.0), 990.0)
        if (x, y) != (rows.entities[me].position.x, rows.entities[me].position.y):
            rows.move(me, x, y)
        rows.settle()
        for part in range(3):
            rows.world.advance(tick * 0.05 + part / 60)
            circle = rows.world.circles[me]
            radius = circle.shown_radius
            assert radius - 1e-9 <= circle.shown_x <= 1000 - radius + 1e-9
            assert radius - 1e-9 <= circle.shown_y <= 1000 - radius + 1e-9
    rows.world.advance(10.0)
    assert (circle.shown_x, circle.shown_y) == pytest.approx((x, y))


def test_a_circle_wobbles_after_a_meal_and_then_rests(rows: WorldRows) -> None:
    me, prey, food = rows.circle(1, 500, 500, 100), rows.circle(2, 504, 500, 20), rows.food(505, 500)
    rows.settle()
    rows.begin(1.0)
    rows.eat(me, food)
    rows.settle()
    # A crumb hardly swings it.
    assert 0.0 < abs(rows.world.circles[me].wobble(1.05) - 1.0) < 0.02
    rows.begin(2.0)
    rows.eat(me, prey)
    rows.settle()
    circle = rows.world.circles[me]
    assert max(circle.wobble(2.0 + step / 60) for step in range(60)) > 1.03
    assert circle.wobble(2.0 + WOBBLE_SECONDS) == 1.0
