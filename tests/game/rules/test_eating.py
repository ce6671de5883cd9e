"""Who eats whom, and what a meal does."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from game.rules.eating import consume_entity, find_meals
from game.rules.rule_set import radius
from game.rules.sets.official import RULES
from game.rules.tables import Circle, ConsumeEntityTimer, DbVector2, Entity, Food
from spacetimedb_sdk.module import ScheduleAt, Timestamp

if TYPE_CHECKING:
    from tests.game.rules.conftest import World


def entity(entity_id: int, x: float, y: float, mass: int) -> Entity:
    return Entity(entity_id, DbVector2(x, y), mass)


def test_food_under_the_circle_is_eaten_and_gives_its_mass(world: World) -> None:
    player = world.join(1)
    entity_id = world.only(player, mass=100, x=500.0, y=500.0)
    inside = world.put_food(mass=3, x=509.9, y=500.0)
    outside = world.put_food(mass=2, x=510.1, y=500.0)
    world.tick()
    assert (world.mass(entity_id), world.mass(inside), world.mass(outside)) == (103, None, 2)
    assert inside not in [row.entity_id for row in world.db.rows(Food)]


@pytest.mark.parametrize(("mass", "eaten"), [(84, True), (85, False), (100, False)])
def test_a_circle_is_safe_from_85_percent_of_the_others_mass(world: World, mass: int, eaten: bool) -> None:
    hunter, prey = world.join(1), world.join(2)
    hunter_id = world.only(hunter, mass=100, x=500.0, y=500.0)
    prey_id = world.only(prey, mass=mass, x=505.0, y=500.0)
    world.tick()
    assert (world.mass(prey_id) is None) == eaten
    assert world.mass(hunter_id) == (100 + mass if eaten else 100)
    assert bool(world.circles(prey)) != eaten


def test_two_circles_overlap_when_the_centre_is_inside_the_larger_one(world: World) -> None:
    hunter, prey = world.join(1), world.join(2)
    world.only(hunter, mass=100, x=500.0, y=500.0)
    prey_id = world.only(prey, mass=16, x=510.5, y=500.0)
    world.tick()
    assert world.mass(prey_id) == 16


def test_a_centre_on_the_edge_of_the_larger_circle_is_inside(world: World) -> None:
    hunter = world.join(1)
    hunter_id = world.only(hunter, mass=100, x=500.0, y=500.0)
    food = world.put_food(mass=2, x=510.0, y=500.0)
    world.tick()
    assert (world.mass(hunter_id), world.mass(food)) == (102, None)


def test_nobody_eats_its_own_circles(world: World) -> None:
    player = world.join(1)
    world.only(player, mass=100, x=500.0, y=500.0)
    small = world.put(player, mass=20, x=501.0, y=500.0)
    world.tick()
    assert world.mass(small) == 20


def test_what_two_could_eat_the_heavier_one_gets_once(world: World) -> None:
    light, heavy = world.join(1), world.join(2)
    light_id = world.only(light, mass=100, x=495.0, y=500.0)
    heavy_id = world.only(heavy, mass=110, x=505.0, y=500.0)
    food = world.put_food(mass=3, x=500.0, y=500.0)
    world.tick()
    assert (world.mass(light_id), world.mass(heavy_id), world.mass(food)) == (100, 113, None)


def test_who_is_eaten_eats_nothing_in_the_same_tick() -> None:
    chain = [
        entity(1, 500, 500, 400),
        entity(2, 510, 500, 100),
        entity(3, 519, 500, 20),
        entity(4, 526, 500, 3),
    ]
    meals, _ = find_meals(
        {entity.entity_id: entity for entity in chain},
        {1: 1, 2: 2, 3: 3},
        safe_mass_ratio=RULES.safe_mass_ratio,
    )
    assert meals == [(1, 2), (1, 3)]


def test_a_meal_whose_guests_have_gone_is_skipped(world: World) -> None:
    player = world.join(1)
    entity_id = world.only(player, mass=100, x=500.0, y=500.0)
    food = world.put_food(mass=3, x=500.0, y=500.0)
    timer = ConsumeEntityTimer(1, ScheduleAt.Time(Timestamp(world.now)), food, entity_id)

    def eat_twice(tables: Any) -> None:
        consume_entity(world.context(tables), timer)
        consume_entity(world.context(tables), timer)

    world.arrange(eat_twice)
    assert (world.mass(entity_id), world.mass(food)) == (103, None)


@pytest.mark.parametrize("seed", range(20))
def test_the_grid_finds_what_comparing_all_pairs_finds(seed: int) -> None:
    random = Random(seed)
    owners = {number: random.randint(1, 8) for number in range(1, 40)}
    entities = [
        entity(number, random.uniform(0, 1000), random.uniform(0, 1000), random.randint(15, 3000))
        for number in owners
    ]
    entities += [
        entity(number, random.uniform(0, 1000), random.uniform(0, 1000), random.randint(2, 3))
        for number in range(100, 400)
    ]
    meals, _ = find_meals(
        {entity.entity_id: entity for entity in entities}, owners, safe_mass_ratio=RULES.safe_mass_ratio
    )
    assert set(meals) == _meals_by_all_pairs(entities, owners)


def _meals_by_all_pairs(entities: list[Entity], owners: dict[int, int]) -> set[tuple[int, int]]:
    meals: dict[int, int] = {}
    for circle in sorted(
        (e for e in entities if e.entity_id in owners), key=lambda e: (-e.mass, e.entity_id)
    ):
        if circle.entity_id in meals:
            continue
        for other in entities:
            dx, dy = other.position.x - circle.position.x, other.position.y - circle.position.y
            owner = owners.get(other.entity_id)
            edible = owner is None or (
                owner != owners[circle.entity_id] and other.mass < circle.mass * RULES.safe_mass_ratio
            )
            if edible and dx * dx + dy * dy <= radius(circle.mass) ** 2:
                meals.setdefault(other.entity_id, circle.entity_id)
    return {(consumer, consumed) for consumed, consumer in meals.items()}


def test_the_circle_of_the_eaten_goes_too(world: World) -> None:
    hunter, prey = world.join(1), world.join(2)
    world.only(hunter, mass=100, x=500.0, y=500.0)
    world.only(prey, mass=20, x=500.0, y=505.0)
    world.tick()
    assert [row.player_id for row in world.db.rows(Circle)] == [hunter.player_id]
