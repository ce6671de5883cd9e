"""Splitting, keeping apart, pulling together, merging."""

from __future__ import annotations

from math import dist
from typing import TYPE_CHECKING

import pytest

from game.rules.tables import CircleRecombineTimer

if TYPE_CHECKING:
    from tests.game.rules.conftest import World


@pytest.mark.parametrize(("mass", "masses"), [(59, [59]), (60, [30, 30]), (61, [31, 30])])
def test_a_circle_of_60_or_more_gives_away_half(world: World, mass: int, masses: list[int]) -> None:
    player = world.join(1)
    world.only(player, mass=mass, x=500.0, y=500.0)
    world.call(1, "player_split")
    assert [entity.mass for entity in world.entities(player)] == masses


def test_the_new_circle_appears_one_unit_ahead_and_goes_the_same_way(world: World) -> None:
    player = world.join(1)
    old = world.only(player, mass=100, x=500.0, y=500.0)
    world.steer(1, -1.0, 0.0)
    world.tick()
    x, y = world.position(old)
    world.call(1, "player_split")
    parent, child = world.circles(player)
    assert world.position(child.entity_id) == pytest.approx((x - 1.0, y))
    assert (child.direction, child.speed) == (parent.direction, parent.speed)
    assert child.last_split_time.micros == parent.last_split_time.micros == world.now


@pytest.mark.parametrize("rules", ["world", "arcade_world"])
def test_who_turns_and_splits_at_once_splits_where_it_has_turned_to(
    rules: str, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(rules)
    player = world.join(1)
    old = world.only(player, mass=100, x=500.0, y=500.0)
    world.steer(1, -1.0, 0.0)
    world.call(1, "player_split")
    parent, child = world.circles(player)
    assert world.position(child.entity_id) == pytest.approx((499.0, 500.0))
    assert (parent.direction.x, child.direction.x) == (-1.0, -1.0)
    world.tick()
    assert world.position(old)[0] < 500.0


def test_nobody_has_more_than_16_circles(world: World) -> None:
    player = world.join(1)
    world.only(player, mass=6400, x=500.0, y=500.0)
    for _ in range(6):
        world.call(1, "player_split")
    assert len(world.circles(player)) == 16
    assert sum(entity.mass for entity in world.entities(player)) == 6400


def test_a_split_without_a_heavy_circle_changes_nothing(world: World) -> None:
    player = world.join(1)
    world.call(1, "player_split")
    assert len(world.circles(player)) == 1
    assert world.db.rows(CircleRecombineTimer) == []


# What the official module on a SpacetimeDB 1.2.0 makes of it, and the arcade's rules.
@pytest.mark.parametrize(("rules", "step"), [("world", 0.25 * 5.5847), ("arcade_world", 0.25)])
def test_own_circles_push_apart_by_a_twentieth_of_the_gap(
    rules: str, step: float, request: pytest.FixtureRequest
) -> None:
    world: World = request.getfixturevalue(rules)
    player = world.join(1)
    left = world.only(player, mass=100, x=495.0, y=500.0)
    right = world.put(player, mass=100, x=505.0, y=500.0)
    world.tick()
    assert world.position(left) == pytest.approx((495.0 - step, 500.0), abs=0.001)
    assert world.position(right) == pytest.approx((505.0 + step, 500.0), abs=0.001)


def test_a_light_circle_is_pushed_farther_than_a_heavy_one(world: World) -> None:
    player = world.join(1)
    light = world.only(player, mass=15, x=498.0, y=500.0)
    heavy = world.put(player, mass=135, x=502.0, y=500.0)
    world.tick()
    # At full speed the one goes 10 units in a tick, the other 5.
    assert 498.0 - world.position(light)[0] == pytest.approx(
        2.0 * (world.position(heavy)[0] - 502.0), abs=0.001
    )


def test_own_circles_at_one_place_part_too(world: World) -> None:
    player = world.join(1)
    one = world.only(player, mass=100, x=500.0, y=500.0)
    other = world.put(player, mass=100, x=500.0, y=500.0)
    world.tick(100)
    assert dist(world.position(one), world.position(other)) > 0.9 * 20.0 - 1.0


@pytest.mark.parametrize(("ago", "pulled"), [(2.9, False), (4.0, True), (4.9, True)])
def test_own_circles_pull_together_in_the_last_two_seconds(world: World, ago: float, pulled: bool) -> None:
    player = world.join(1)
    left = world.only(player, mass=100, x=450.0, y=500.0, ago=ago)
    right = world.put(player, mass=100, x=550.0, y=500.0, ago=ago)
    world.tick()
    distance = dist(world.position(left), world.position(right))
    assert (distance < 99.9) == pulled
    assert (distance == pytest.approx(100.0)) != pulled


def test_the_circles_merge_after_five_seconds_into_one_of_the_whole_mass(world: World) -> None:
    player = world.join(1)
    world.only(player, mass=61, x=500.0, y=500.0)
    world.call(1, "player_split")
    world.advance(4.9)
    assert len(world.circles(player)) == 2
    world.advance(0.2)
    assert len(world.circles(player)) == 1
    # One decay of the two halves (31 and 30) falls into these five seconds.
    assert world.entity(player).mass in (59, 60, 61)


def test_a_circle_split_again_waits_for_its_own_time(world: World) -> None:
    player = world.join(1)
    world.only(player, mass=240, x=500.0, y=500.0)
    world.call(1, "player_split")
    world.advance(3.0)
    world.call(1, "player_split")
    assert len(world.circles(player)) == 4
    world.advance(2.5)
    assert len(world.circles(player)) == 4
    world.advance(3.0)
    assert len(world.circles(player)) == 1
