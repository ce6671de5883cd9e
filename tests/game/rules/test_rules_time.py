"""What happens by itself: food, decay; and that the same seed and calls give the same rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from game.rules.decay import circle_decay
from game.rules.rule_set import radius
from game.rules.tables import Circle, CircleDecayTimer, Entity, Food, Player

if TYPE_CHECKING:
    from tests.game.rules.conftest import World


def test_food_grows_only_while_somebody_is_connected(world: World) -> None:
    world.advance(2.0)
    assert world.db.rows(Food) == []
    connection = world.connect(1)
    world.advance(0.5)
    assert len(world.db.rows(Food)) == 600
    world.disconnect(1, connection)

    def eat_some(tables: Any) -> None:
        for row in world.db.rows(Food)[:5]:
            tables[Food].delete(row)
            tables[Entity].delete_by_key(row.entity_id)

    world.arrange(eat_some)
    world.advance(2.0)
    assert len(world.db.rows(Food)) == 595


def test_food_weighs_two_or_three_and_lies_inside_the_world(world: World) -> None:
    world.connect(1)
    world.advance(1.0)
    entities = world.db.rows(Entity)
    assert len(entities) == 600
    assert {entity.mass for entity in entities} == {2, 3}
    for entity in entities:
        reach = radius(entity.mass)
        assert reach <= entity.position.x <= 1000.0 - reach
        assert reach <= entity.position.y <= 1000.0 - reach


@pytest.mark.parametrize(("mass", "left"), [(15, 15), (16, 15), (100, 99), (1000, 990)])
def test_heavy_circles_decay_every_five_seconds(world: World, mass: int, left: int) -> None:
    player = world.join(1)
    entity_id = world.only(player, mass=mass, x=500.0, y=500.0)
    (timer,) = world.db.rows(CircleDecayTimer)
    world.arrange(lambda tables: circle_decay(world.context(tables), timer))
    assert world.mass(entity_id) == left


def test_decay_runs_by_itself(world: World) -> None:
    player = world.join(1)
    entity_id = world.only(player, mass=10_000, x=500.0, y=500.0)
    world.advance(5.1)
    assert 9_900 <= (world.mass(entity_id) or 0) < 10_000


def test_the_same_seed_and_calls_give_the_same_rows(make_world: Callable[[int], World]) -> None:
    first, second, other = (_play(make_world(seed)) for seed in (7, 7, 8))
    for table in (Player, Circle, Entity, Food):
        assert first.db.rows(table) == second.db.rows(table)
    assert first.db.rows(Entity) != other.db.rows(Entity)


def _play(world: World) -> World:
    for number in range(1, 6):
        world.join(number, f"Player {number}")
    for turn in range(20):
        for number in range(1, 6):
            world.steer(number, (turn % 3) - 1.0, (number % 3) - 0.8)
        world.tick(5)
    world.call(1, "suicide")
    world.call(1, "respawn")
    world.tick(5)
    return world
