"""The food layer keeps places from frame to frame: what has changed is looked at, and nothing is missed."""

from __future__ import annotations

import random

import pygame
import pytest
from pytest_mock import MockerFixture

from game.client.render.food_layer import FoodLayer
from game.client.render.sprites import SpriteCache
from game.match import tables
from game.match.tables import ChangedKeys
from game.match.world import World
from game.presentation.camera import View
from game.presentation.palette import STANDARD
from module_bindings import DbVector2, Entity, Food
from tests.game.world_rows import WorldRows

VIEW = View(500, 500, 0.3, 320, 180)


class Drawn:
    """A layer that draws a world; `food` are the places it has, by entity id, and what is on its way."""

    def __init__(self, rows: WorldRows) -> None:
        self._rows = rows
        self._screen = pygame.display.set_mode((320, 180))
        self._layer = FoodLayer(SpriteCache())

    def draw(self) -> None:
        self._layer.draw(self._screen, self._rows.world, VIEW, STANDARD)

    @property
    def food(self) -> tuple[dict[int, tuple[float, float]], set[int]]:
        resting = {key: place for places in self._layer._resting.values() for key, place in places.items()}
        return resting, set(self._layer.others)


def step(rows: WorldRows, chance: random.Random) -> None:
    """Food comes, goes, is thrown and grows heavier, circles eat, and some of it is not walked for a while."""
    food = [row.entity_id for row in rows.db.food.iter()]
    match chance.randrange(6):
        case 0 | 1:
            rows.food(chance.uniform(10, 990), chance.uniform(10, 990), chance.choice((2, 3)))
        case 2 if food:
            rows.eat(chance.choice(list(rows.circles)), chance.choice(food))
        case 3 if food:
            rows.move(chance.choice(food), chance.uniform(10, 990), chance.uniform(10, 990))
        case 4:
            rows.circle(1, chance.uniform(10, 990), chance.uniform(10, 990), 30)
        case _:
            rows.begin(rows.now + chance.choice((0.05, 2.0)))
            rows.settle()
            rows.world.advance(rows.now)


@pytest.mark.parametrize("kept", [6, 4096], ids=["few changes kept", "all changes kept"])
@pytest.mark.parametrize("seed", range(4))
def test_a_layer_that_was_there_draws_what_a_new_one_draws(
    seed: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_KEPT", kept)
    rows, chance = WorldRows(World()), random.Random(seed)
    rows.circle(1, 500, 500, 100)
    often, seldom = Drawn(rows), Drawn(rows)
    for number in range(300):
        step(rows, chance)
        often.draw()
        if number % 40 == 0:
            seldom.draw()
    rows.begin(rows.now + 0.05)
    rows.settle()
    rows.world.advance(rows.now)
    anew = Drawn(rows)
    for drawn in (often, seldom, anew):
        drawn.draw()
    assert anew.food[0]
    assert often.food == seldom.food == anew.food


def test_food_whose_row_comes_after_its_entity_is_drawn() -> None:
    rows = WorldRows(World())
    drawn = Drawn(rows)
    rows.db.entity.put(Entity(7, DbVector2(480, 500), 2))
    rows.settle()
    rows.world.advance(20.0)
    drawn.draw()
    assert drawn.food == ({}, set())
    rows.db.food.put(Food(entity_id=7))
    rows.settle()
    drawn.draw()
    assert drawn.food == ({7: (480, 500)}, set())


def test_after_the_first_frame_only_what_has_changed_is_looked_at(mocker: MockerFixture) -> None:
    rows = WorldRows(World())
    rows.scatter_food(200)
    rows.settle()
    rows.world.advance(20.0)
    drawn = Drawn(rows)
    drawn.draw()
    asked = mocker.spy(rows.db.food, "find")
    mocker.patch.object(rows.db.food, "iter", side_effect=AssertionError("all food is looked at"))
    came = rows.food(400, 400)
    rows.settle()
    drawn.draw()
    drawn.draw()
    assert [call.kwargs for call in asked.call_args_list] == [{"entity_id": came}]


def test_changes_are_kept_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_KEPT", 6)
    changes = ChangedKeys()
    changes.add([1, 2])
    seen = changes.count
    assert changes.since(seen) == set()
    changes.add([3, 2, 3])
    assert changes.since(seen) == {2, 3}
    changes.add([4, 5, 6])
    assert changes.count == 8
    assert changes.since(seen) is None, "some of them are forgotten"
    assert changes.since(changes.count) == set()
    seen = changes.count
    changes.add_all()
    assert changes.since(seen) is None
    assert changes.since(changes.count) == set()
