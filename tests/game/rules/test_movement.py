"""Steering, speed, walls, and what a tick writes."""

from __future__ import annotations

from math import inf, nan, sqrt
from typing import TYPE_CHECKING

import pytest

from game.rules.rule_set import radius
from game.rules.sets.official import RULES
from game.rules.tables import Entity, PlayerInput
from spacetimedb_sdk.module import ReducerError

if TYPE_CHECKING:
    from tests.game.rules.conftest import World


@pytest.mark.parametrize(("mass", "speed"), [(15, 10.0), (60, 20.0 / 3.0), (240, 4.0)])
def test_full_speed_by_mass(mass: int, speed: float) -> None:
    assert RULES.max_speed(mass) == pytest.approx(speed)


def test_the_radius_is_the_root_of_the_mass() -> None:
    assert radius(16) == 4.0


def test_input_is_applied_by_the_next_tick_and_not_before(world: World) -> None:
    player = world.join(1)
    entity_id = world.only(player, mass=15, x=500.0, y=500.0)
    world.steer(1, 3.0, 4.0)
    assert world.circles(player)[0].speed == 0.0
    assert len(world.db.rows(PlayerInput)) == 1
    world.tick()
    (circle,) = world.circles(player)
    assert (circle.direction.x, circle.direction.y, circle.speed) == pytest.approx((0.6, 0.8, 1.0))
    assert world.position(entity_id) == pytest.approx((506.0, 508.0))
    assert world.db.rows(PlayerInput) == []


def test_the_length_of_the_input_is_the_share_of_full_speed(world: World) -> None:
    player = world.join(1)
    entity_id = world.only(player, mass=60, x=500.0, y=500.0)
    world.steer(1, 0.5, 0.0)
    world.tick(3)
    assert world.position(entity_id) == pytest.approx((500.0 + 3 * 0.5 * 20.0 / 3.0, 500.0))


def test_only_the_newest_input_counts(world: World) -> None:
    player = world.join(1)
    entity_id = world.only(player, mass=15, x=500.0, y=500.0)
    world.steer(1, -1.0, 0.0)
    world.steer(1, 0.0, 1.0)
    world.tick()
    assert world.position(entity_id) == pytest.approx((500.0, 510.0))


def test_stopping_keeps_the_direction(world: World) -> None:
    player = world.join(1)
    world.steer(1, 1.0, 0.0)
    world.tick()
    world.steer(1, 0.0, 0.0)
    world.tick()
    (circle,) = world.circles(player)
    assert (circle.direction.x, circle.direction.y, circle.speed) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize("direction", [(nan, 0.0), (0.0, inf), (-inf, nan)])
def test_a_direction_that_is_no_number_is_refused(world: World, direction: tuple[float, float]) -> None:
    world.join(1)
    with pytest.raises(ReducerError, match="not a finite vector"):
        world.steer(1, *direction)
    assert world.db.rows(PlayerInput) == []


@pytest.mark.parametrize("direction", [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0), (1.0, 1.0)])
def test_a_circle_stays_inside_the_world(world: World, direction: tuple[float, float]) -> None:
    player = world.join(1)
    entity_id = world.only(player, mass=100, x=500.0, y=500.0)
    world.steer(1, *direction)
    world.tick(200)
    x, y = world.position(entity_id)
    reach = radius(world.mass(entity_id) or 0)
    assert reach - 1e-3 <= x <= 1000.0 - reach + 1e-3
    assert reach - 1e-3 <= y <= 1000.0 - reach + 1e-3
    assert max(abs(x - 500.0), abs(y - 500.0)) > 480.0


def test_what_does_not_move_is_not_written(world: World) -> None:
    still, moving, stuck = (world.join(number) for number in (1, 2, 3))
    world.only(still, mass=15, x=100.0, y=100.0)
    world.only(moving, mass=15, x=500.0, y=500.0)
    world.only(stuck, mass=15, x=1000.0 - sqrt(15.0), y=900.0)
    world.steer(2, 0.0, 1.0)
    world.steer(3, 1.0, 0.0)
    world.tick()
    before = {row.entity_id: row for row in world.db.rows(Entity)}
    world.tick()
    after = {row.entity_id: row for row in world.db.rows(Entity)}
    written = [entity_id for entity_id, row in after.items() if row is not before.get(entity_id)]
    assert written == [world.entity(moving).entity_id]
