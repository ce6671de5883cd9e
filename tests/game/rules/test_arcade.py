"""What is otherwise under the arcade rules: throwing, ejecting, merging, appearing, melting."""

from __future__ import annotations

import itertools
from math import dist, hypot, sqrt
from typing import TYPE_CHECKING, Any

import pytest

from game.rules.decay import circle_decay
from game.rules.protection import Protection
from game.rules.rule_set import radius
from game.rules.sets.arcade import RULES
from game.rules.tables import CircleDecayTimer, CircleRecombineTimer, Entity, Food
from game.rules.throwing import Thrown
from spacetimedb_sdk.module import ReducerError

if TYPE_CHECKING:
    from tests.game.rules.conftest import World


@pytest.fixture
def world(arcade_world: World) -> World:
    return arcade_world


def safe(world: World) -> None:
    """Let every protection pass."""
    world.arrange(lambda tables: [tables[Protection].delete(row) for row in world.db.rows(Protection)])


# -- splitting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mass", [60, 100, 400, 1600])
@pytest.mark.parametrize("flees", [False, True])
def test_a_split_catches_what_is_half_as_wide_and_two_radii_away(
    world: World, mass: int, flees: bool
) -> None:
    hunter, prey = world.join(1), world.join(2)
    world.only(hunter, mass=mass, x=400.0, y=500.0)
    caught = world.only(prey, mass=mass // 4, x=400.0 + 2 * radius(mass), y=500.0)
    safe(world)
    world.steer(1, 1.0 if flees else 0.01, 0.0)
    world.steer(2, 1.0 if flees else 0.0, 0.0)
    # Both go the same way: who hunts looks where it throws.
    world.tick()
    if not flees:
        world.steer(1, 0.0, 0.0)
    world.call(1, "player_split")
    world.tick(6)
    assert world.mass(caught) is None
    assert sum(entity.mass for entity in world.entities(hunter)) == mass + mass // 4


def test_what_is_thrown_is_fast_at_first_and_lands_after_a_third_of_a_second(world: World) -> None:
    player = world.join(1)
    old = world.only(player, mass=100, x=500.0, y=500.0)
    world.call(1, "player_split")
    (piece,) = [circle.entity_id for circle in world.circles(player) if circle.entity_id != old]
    places = [world.position(piece)[1]]
    for _ in range(8):
        world.tick()
        places.append(world.position(piece)[1])
    steps = [later - earlier for earlier, later in itertools.pairwise(places)]
    assert steps[:6] == sorted(steps[:6], reverse=True)
    assert sum(steps) == pytest.approx(16.0 + 1.3 * 10.0, abs=0.05)
    assert steps[6:] == [0.0, 0.0]
    assert world.db.rows(Thrown) == []
    # The one that stays is not pushed back meanwhile.
    assert world.position(old) == (500.0, 500.0)


def test_nothing_is_leapt_over_in_flight(world: World) -> None:
    hunter, *prey = (world.join(number) for number in range(1, 6))
    world.only(hunter, mass=64, x=100.0, y=500.0)
    # Crumbs along the way, closer together than a step is long, and farther than a crumb is wide.
    crumbs = [world.put_food(mass=2, x=100.0 + 8.0 + 2.5 * number, y=500.0) for number in range(6)]
    for player in prey:
        world.only(player, mass=15, x=900.0, y=900.0)
    world.steer(1, 1.0, 0.0)
    world.tick()
    world.call(1, "player_split")
    world.tick(6)
    assert [world.mass(crumb) for crumb in crumbs] == [None] * 6


def test_who_is_thrown_at_a_wall_stays_inside(world: World) -> None:
    player = world.join(1)
    world.only(player, mass=400, x=979.0, y=500.0)
    world.steer(1, 1.0, 0.0)
    world.tick()
    world.call(1, "player_split")
    world.tick(10)
    for entity in world.entities(player):
        assert entity.position.x <= 1000.0 - radius(entity.mass) + 1e-3


# -- ejecting ----------------------------------------------------------------------------------------------------------


def test_a_pellet_of_12_costs_15_and_is_food_that_moves(world: World) -> None:
    player = world.join(1)
    thrower = world.only(player, mass=100, x=500.0, y=500.0)
    world.call(1, "eject_mass")
    (food,) = world.db.rows(Food)
    assert (world.mass(thrower), world.mass(food.entity_id)) == (85, 12)
    start = world.position(food.entity_id)
    assert start == pytest.approx((500.0, 500.0 + 10.0 + sqrt(12.0)))
    ways = []
    for _ in range(6):
        world.tick()
        ways.append(world.position(food.entity_id)[1] - start[1])
    assert ways == sorted(ways)
    assert ways[-1] == pytest.approx(45.0, abs=0.01)
    world.tick(3)
    assert world.position(food.entity_id)[1] - start[1] == pytest.approx(45.0, abs=0.01)
    assert world.mass(thrower) == 85
    assert world.db.rows(Thrown) == []


def test_a_pellet_flies_where_its_thrower_has_just_turned_to(world: World) -> None:
    player = world.join(1)
    world.only(player, mass=100, x=500.0, y=500.0)
    world.steer(1, -1.0, 0.0)
    world.call(1, "eject_mass")
    (food,) = world.db.rows(Food)
    assert world.position(food.entity_id) == pytest.approx((500.0 - 10.0 - sqrt(12.0), 500.0))


def test_a_pellet_stays_ahead_of_who_throws_it_at_full_speed_and_feeds_who_gets_there(world: World) -> None:
    thrower = world.join(1)
    world.only(thrower, mass=40, x=200.0, y=500.0)
    world.steer(1, 1.0, 0.0)
    world.tick()
    world.call(1, "eject_mass")
    world.tick(6)
    (food,) = world.db.rows(Food)
    (entity,) = world.entities(thrower)
    assert entity.mass == 25
    assert world.position(food.entity_id)[0] - entity.position.x > 30.0
    world.tick(10)
    assert world.mass(food.entity_id) is None
    # Food has begun to grow meanwhile.
    assert sum(entity.mass for entity in world.entities(thrower)) >= 37


@pytest.mark.parametrize(("mass", "left"), [(34, 34), (35, 20)])
def test_light_circles_keep_what_they_have(world: World, mass: int, left: int) -> None:
    player = world.join(1)
    entity_id = world.only(player, mass=mass, x=500.0, y=500.0)
    world.call(1, "eject_mass")
    assert world.mass(entity_id) == left


def test_every_circle_that_can_throws_one(world: World) -> None:
    player = world.join(1)
    world.only(player, mass=50, x=300.0, y=500.0)
    world.put(player, mass=50, x=600.0, y=500.0)
    world.put(player, mass=20, x=800.0, y=500.0)
    world.call(1, "eject_mass")
    assert len(world.db.rows(Food)) == 2
    assert sorted(entity.mass for entity in world.entities(player)) == [20, 35, 35]


@pytest.mark.parametrize(("x", "y", "way"), [(6.0, 500.0, (-1.0, 0.0)), (994.0, 994.0, (1.0, 1.0))])
def test_pellets_end_where_a_large_circle_gets(
    world: World, x: float, y: float, way: tuple[float, float]
) -> None:
    player = world.join(1)
    world.only(player, mass=35, x=x, y=y)
    world.steer(1, *way)
    world.tick()
    world.call(1, "eject_mass")
    (food,) = world.db.rows(Food)
    world.call(1, "suicide")
    world.join(2)
    world.tick(8)
    place = world.position(food.entity_id)
    # The largest usual circle, in the nearest place to it that there is.
    nearest = [min(max(each, 50.0), 950.0) for each in place]
    assert dist(place, nearest) < 50.0


def test_who_is_not_there_cannot_eject(world: World) -> None:
    with pytest.raises(ReducerError, match="no player belongs to this identity"):
        world.call(9, "eject_mass")


# -- merging -----------------------------------------------------------------------------------------------------------


def test_circles_slide_into_each_other_before_they_are_one(world: World) -> None:
    player = world.join(1)
    one = world.only(player, mass=100, x=460.0, y=500.0, ago=7.0)
    other = world.put(player, mass=80, x=540.0, y=500.0, ago=7.0)
    distances = [80.0]
    for _ in range(60):
        world.tick()
        if len(world.circles(player)) == 1:
            break
        distances.append(dist(world.position(one), world.position(other)))
    whole = world.mass(one)
    assert whole is not None
    assert 180 <= whole < 220  # and what food lay in the way
    steps = [before - after for before, after in itertools.pairwise(distances)]
    assert max(steps) <= 6.0 + 1e-3
    assert min(distances) < 0.4 * 10.0 + 6.0
    assert 0.5 < len(steps) * 0.05 < 2.0
    assert world.db.rows(CircleRecombineTimer) == []


def test_who_was_split_later_waits_for_its_own_time(world: World) -> None:
    player = world.join(1)
    world.only(player, mass=100, x=490.0, y=500.0, ago=20.0)
    world.put(player, mass=100, x=510.0, y=500.0, ago=1.0)
    world.advance(4.0)
    assert len(world.circles(player)) == 2
    world.advance(4.0)
    assert len(world.circles(player)) == 1


def test_circles_of_who_was_away_ease_together_too(world: World) -> None:
    connection = world.connect(1)
    world.call(1, "enter_game", "Ann")
    player = world.player(1)
    world.only(player, mass=100, x=500.0, y=500.0)
    world.call(1, "player_split")
    world.disconnect(1, connection)
    world.advance(10.0)
    world.connect(1)
    assert len(world.circles(player)) == 2
    world.advance(2.0)
    assert [entity.mass for entity in world.entities(player)] == [100]


# -- appearing ---------------------------------------------------------------------------------------------------------


def protected(world: World) -> set[int]:
    return {row.player_id for row in world.db.rows(Protection)}


def test_newcomers_appear_far_from_who_can_eat_them(world: World) -> None:
    for number, (x, y) in enumerate([(250, 250), (250, 750), (750, 250), (500, 500)], start=1):
        world.only(world.join(number), mass=900, x=x, y=y)
    for number in range(10, 40):
        entity = world.entity(world.join(number))
        heavy = [each for each in world.db.rows(Entity) if each.mass == 900]
        rooms = [
            hypot(each.position.x - entity.position.x, each.position.y - entity.position.y) for each in heavy
        ]
        assert min(rooms) - 30.0 > 150.0


def test_a_newcomer_neither_eats_nor_is_eaten_for_three_seconds(world: World) -> None:
    hunter, prey = world.join(1), world.join(2)
    safe(world)
    world.call(2, "suicide")
    world.call(2, "respawn")
    assert protected(world) == {prey.player_id}
    x, y = world.entity(prey).position.x, world.entity(prey).position.y
    world.only(hunter, mass=400, x=x, y=y)
    world.advance(2.9)
    assert len(world.circles(prey)) == 1
    world.advance(0.2)
    assert world.circles(prey) == []
    assert protected(world) == set()


def test_who_is_run_into_stays_protected_and_keeps_from_eating(world: World) -> None:
    strong, weak = world.join(1), world.join(2)
    world.arrange(lambda tables: tables[Protection].delete_by_key(weak.player_id))
    strong_id = world.only(strong, mass=100, x=500.0, y=500.0)
    world.only(weak, mass=20, x=500.0, y=505.0)
    world.tick(5)
    assert (world.mass(strong_id), len(world.circles(weak))) == (100, 1)
    assert protected(world) == {strong.player_id}


def test_protection_ends_with_the_first_own_move_against_somebody(world: World) -> None:
    strong, weak = world.join(1), world.join(2)
    world.arrange(lambda tables: tables[Protection].delete_by_key(weak.player_id))
    strong_id = world.only(strong, mass=100, x=500.0, y=500.0)
    world.only(weak, mass=20, x=500.0, y=515.0)
    world.steer(1, 0.0, 0.5)
    world.tick(3)
    assert protected(world) == set()
    world.tick(2)
    assert (world.mass(strong_id), world.circles(weak)) == (120, [])


@pytest.mark.parametrize("reducer", ["player_split", "eject_mass"])
def test_protection_ends_with_what_attacks_are_made_of(world: World, reducer: str) -> None:
    player = world.join(1)
    world.call(1, reducer)
    assert protected(world) == {player.player_id}
    world.only(player, mass=100, x=500.0, y=500.0)
    world.call(1, reducer)
    assert protected(world) == set()


def test_a_protected_player_eats_food(world: World) -> None:
    player = world.join(1)
    entity_id = world.only(player, mass=20, x=500.0, y=500.0)
    world.put_food(mass=3, x=500.0, y=501.0)
    world.steer(1, 0.1, 0.0)
    world.tick()
    assert world.mass(entity_id) == 23
    assert protected(world) == {player.player_id}


def test_who_comes_back_is_protected_again_and_who_leaves_leaves_nothing(world: World) -> None:
    connection = world.connect(1)
    world.call(1, "enter_game", "Ann")
    safe(world)
    world.disconnect(1, connection)
    assert protected(world) == set()
    world.connect(1)
    assert protected(world) == {world.player(1).player_id}


# -- melting -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("masses", "left"),
    [
        ([16], [15]),
        ([100], [99]),
        ([300], [297]),
        ([600], [588]),
        ([1200], [1152]),
        # It is the player that is heavy, however many circles it has.
        ([600, 600], [576, 576]),
        ([30_000], [27_000]),
    ],
)
def test_leaders_melt_faster(world: World, masses: list[int], left: list[int]) -> None:
    player = world.join(1)
    first, *others = masses
    ids = [world.only(player, mass=first, x=500.0, y=500.0)]
    ids += [world.put(player, mass=mass, x=200.0, y=500.0) for mass in others]
    (timer,) = world.db.rows(CircleDecayTimer)

    def melt(tables: Any) -> None:
        circle_decay(world.context(tables), timer)

    world.arrange(melt)
    assert [world.mass(entity_id) for entity_id in ids] == left
    assert RULES.decay_interval == 5_000_000
