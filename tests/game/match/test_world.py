"""Rows in, conclusions out."""

from __future__ import annotations

import pytest

from game.match.shown import FLIGHT_SECONDS
from game.match.tables import LocalTables
from game.match.world import World
from module_bindings import DbVector2, Entity
from tests.game.world_rows import WorldRows

TICK = 0.05


def test_a_row_is_sorted_in_whatever_table_comes_first(rows: WorldRows) -> None:
    circle, food = rows.circle(1, 10, 10, 50), rows.food(20, 20)
    rows.settle()
    assert set(rows.world.circles) == {circle}
    assert set(rows.world.entities) == {circle, food}
    assert set(rows.world.food) == {food}
    assert rows.world.row_counts() == {"circle": 1, "config": 1, "entity": 2, "food": 1, "player": 0}


def test_tables_that_are_attached_are_walked_though_no_row_has_come_since() -> None:
    world, tables = World(), LocalTables()
    world.settle()
    tables.entity.put(Entity(7, DbVector2(20.0, 20.0), 2))
    world.attach(tables)
    world.settle()
    world.settle()
    assert set(world.entities) == {7}


def test_own_circles_are_known_even_when_the_player_row_comes_last(rows: WorldRows) -> None:
    first, other = rows.circle(7, 10, 10, 50), rows.circle(8, 90, 90, 50)
    rows.player(7, "Me", own=True)
    second = rows.circle(7, 30, 30, 20)
    rows.settle()
    assert set(rows.world.own) == {first, second}
    assert other not in rows.world.own
    assert rows.world.own_mass() == 70


def test_movement_of_one_message_belongs_to_one_tick(rows: WorldRows) -> None:
    one, two = rows.circle(1, 10, 10, 50), rows.circle(2, 50, 50, 50)
    rows.begin(1.0)
    rows.move(one, 11, 10)
    rows.move(two, 51, 50)
    rows.settle()
    assert rows.world.places.moved_at(one) == rows.world.places.moved_at(two) is not None


def test_two_ticks_taken_in_at_once_stay_two(rows: WorldRows) -> None:
    one = rows.circle(1, 10, 10, 50)
    for tick in range(1, 20):
        rows.begin(tick * TICK)
        rows.move(one, 10 + tick, 10)
        rows.settle()
    rows.begin(1.05)
    rows.move(one, 30, 10)
    rows.move(one, 31, 10)
    rows.settle()
    moved_at = rows.world.places.moved_at(one)
    assert moved_at is not None
    entity = rows.entities[one]
    shown = [
        rows.world.places.at(entity, moved_at + rows.world.places.delay - back)[0] for back in (0.03, 0.01)
    ]
    assert 30.0 < shown[0] < shown[1] < 31.0


def test_food_eaten_flies_into_the_circle_that_gained_it(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    eater, bystander = rows.circle(1, 100, 100, 50), rows.circle(2, 104, 100, 500)
    food = rows.food(105, 100)
    rows.settle()
    rows.begin(1.0)
    rows.eat(eater, food)
    rows.settle()
    (flight,) = rows.world.flights
    assert flight.eater is rows.world.circles[eater]
    assert flight.eater is not rows.world.circles[bystander]
    assert (rows.world.account.food_eaten, rows.world.account.meals) == (1, 0)
    rows.world.advance(1.0 + FLIGHT_SECONDS * 0.9)
    assert rows.world.flights
    rows.world.advance(1.0 + FLIGHT_SECONDS * 1.1)
    assert not rows.world.flights


def test_another_players_circle_counts_as_a_meal_and_a_merge_does_not(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    big, part, prey = rows.circle(1, 100, 100, 90), rows.circle(1, 300, 100, 30), rows.circle(2, 104, 100, 20)
    rows.settle()
    rows.begin(1.0)
    rows.eat(big, prey)
    rows.settle()
    assert rows.world.account.meals == 1
    rows.begin(2.0)
    rows.eat(big, part)
    rows.settle()
    assert rows.world.account.meals == 1
    assert rows.world.flights[-1].eater is rows.world.circles[big]
    assert rows.world.own_mass() == 140


def test_death_by_another_names_the_eater_and_sums_up_the_life(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    rows.player(2, "Hunter")
    me, hunter = rows.circle(1, 100, 100, 40), rows.circle(2, 108, 100, 90)
    snack = rows.food(101, 101, 3)
    rows.settle()
    rows.begin(3.0)
    rows.eat(me, snack)
    rows.settle()
    rows.begin(10.0)
    rows.eat(hunter, me)
    rows.settle()
    death = rows.world.death
    assert death is not None
    assert (death.eater, death.eater_entity) == (2, hunter)
    assert (death.peak_mass, death.food_eaten, death.meals, death.lived) == (43, 1, 0, 10.0)
    assert rows.world.account.deaths == 1


def test_a_life_that_ends_in_the_round_it_began_in_is_a_life(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    rows.player(2, "Hunter")
    hunter = rows.circle(2, 104, 100, 90)
    rows.settle()
    assert rows.world.account.deaths == 0
    rows.begin(7.0)
    me = rows.circle(1, 100, 100, 15)
    rows.eat(hunter, me)
    rows.settle()
    death = rows.world.death
    assert death is not None
    assert (death.eater, death.peak_mass, death.lived) == (2, 15, 0.0)
    assert rows.world.account.deaths == 1
    assert rows.world.life is None


def test_giving_up_beside_a_giant_is_not_being_eaten(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    me = rows.circle(1, 100, 100, 40)
    rows.circle(2, 104, 100, 900)
    rows.settle()
    rows.begin(1.0)
    rows.remove(me)
    rows.settle()
    assert rows.world.death is not None
    assert rows.world.death.eater is None
    assert rows.world.flights[0].eater is None


def test_losing_one_of_two_circles_is_no_death(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    part, _ = rows.circle(1, 100, 100, 20), rows.circle(1, 300, 100, 40)
    hunter = rows.circle(2, 104, 100, 90)
    rows.settle()
    rows.begin(1.0)
    rows.eat(hunter, part)
    rows.settle()
    assert rows.world.death is None
    assert rows.world.account.deaths == 0


def test_a_new_life_begins_a_new_account(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    me = rows.circle(1, 100, 100, 400)
    rows.settle()
    rows.begin(5.0)
    rows.remove(me)
    rows.settle()
    rows.begin(6.0)
    rows.circle(1, 500, 500, 15)
    rows.settle()
    assert rows.world.death is None
    assert rows.world.life is not None
    assert (rows.world.life.began, rows.world.life.peak_mass) == (6.0, 15)
    assert rows.world.account.peak_mass == 400


def test_eating_does_not_move_the_eater(rows: WorldRows) -> None:
    eater, food = rows.circle(1, 100, 100, 50), rows.food(101, 100)
    rows.settle()
    rows.begin(1.0)
    rows.eat(eater, food)
    rows.settle()
    track = rows.world.circles[eater]
    assert not rows.world.places.has_moved(eater)
    assert track.mass == 52


@pytest.mark.parametrize("frames_per_second", [30, 144])
def test_the_shown_world_is_the_same_at_any_frame_rate(rows: WorldRows, frames_per_second: int) -> None:
    one = rows.circle(1, 100, 100, 50)
    rows.settle()
    tick = 0
    for frame in range(1, 3 * frames_per_second + 1):
        now = frame / frames_per_second
        while (tick + 1) * TICK <= now:
            tick += 1
            rows.begin(tick * TICK)
            rows.move(one, 100 + 5 * tick, 100)
            rows.settle()
        rows.world.advance(now)
    assert rows.world.circles[one].shown_x == pytest.approx(100 + 5 * (3.0 - 0.1) / TICK, abs=0.2)
