"""Sparks fly where circles end, and are gone soon."""

from __future__ import annotations

from math import hypot

from game.presentation.feel.bursts import BURST_SECONDS, Bursts
from tests.game.world_rows import WorldRows


def test_the_end_of_a_circle_is_seen_and_passes(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    me, prey = rows.circle(1, 500, 500, 200), rows.circle(2, 510, 500, 60)
    food = rows.food(505, 500)
    rows.settle()
    rows.world.advance(0.9)
    bursts = Bursts()
    bursts.update(rows.world.flights, 0.9)
    assert bursts.flying == []
    rows.begin(1.0)
    rows.eat(me, prey)
    rows.eat(me, food)
    rows.settle()
    for _ in range(3):
        bursts.update(rows.world.flights, 1.0)
    # Once, and not for food.
    (burst,) = bursts.flying
    assert (burst.player_id, burst.is_merge) == (2, False)
    reaches, sizes = [], []
    for part in range(1, 10):
        sparks = list(burst.sparks(1.0 + BURST_SECONDS * part / 10))
        reaches.append(max(hypot(spark.x - burst.x, spark.y - burst.y) for spark in sparks))
        sizes.append(max(spark.radius for spark in sparks))
    assert reaches == sorted(reaches)
    assert sizes == sorted(sizes, reverse=True)
    assert list(burst.sparks(1.0 + BURST_SECONDS)) == []
    bursts.update(rows.world.flights, 1.0 + BURST_SECONDS)
    assert bursts.flying == []


def test_a_merge_is_a_small_one(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    one, two = rows.circle(1, 500, 500, 100), rows.circle(1, 510, 500, 60)
    rows.settle()
    rows.world.advance(0.9)
    rows.begin(1.0)
    rows.eat(one, two)
    rows.settle()
    bursts = Bursts()
    bursts.update(rows.world.flights, 1.0)
    (burst,) = bursts.flying
    assert burst.is_merge


def test_a_massacre_stays_within_bounds(rows: WorldRows) -> None:
    giant = rows.circle(1, 500, 500, 90_000)
    victims = [rows.circle(2 + number, 500, 500, 20) for number in range(60)]
    rows.settle()
    rows.begin(1.0)
    for victim in victims:
        rows.eat(giant, victim)
    rows.settle()
    bursts = Bursts()
    bursts.update(rows.world.flights, 1.0)
    assert 0 < len(bursts.flying) <= 12
