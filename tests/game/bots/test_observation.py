"""What a client sees of the world on a real connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import module_bindings
from game.bots.bot import QUERIES
from game.match.observation import Observation, observe
from module_bindings import Circle, Entity, Food, Player
from module_bindings.enter_game_reducer import enter_game
from spacetimedb_sdk import SpacetimeDBClient
from tests.plugins.waiting import until


class Guest:
    """A client in the game."""

    def __init__(self, server: str, name: str) -> None:
        self.client = SpacetimeDBClient.init(None, server, "blackholio", False, module_bindings)
        self.client.subscribe(list(QUERIES))
        self.wait(lambda: any(player.identity == self.client.identity for player in Player.iter()))
        enter_game(name)
        self.wait(lambda: bool(self.observation().me))

    def wait(self, condition: Callable[[], bool]) -> None:
        until(condition, self.client)

    @property
    def player_id(self) -> int:
        (own,) = [player for player in Player.iter() if player.identity == self.client.identity]
        return own.player_id

    def observation(self, *, reach: float = 220.0) -> Observation:
        return observe(self.player_id, reach=reach)


@pytest.fixture
def guest(server: str) -> Iterator[Guest]:
    guest = Guest(server, "Ann")
    yield guest
    guest.client.close()


def test_who_is_not_alive_sees_nothing(guest: Guest) -> None:
    assert observe(999_999) == Observation((), (), (), 1000.0)


def test_the_own_circle_and_the_food_around_it(guest: Guest) -> None:
    guest.wait(lambda: len(Food.iter()) > 500)
    observation = guest.observation(reach=150.0)
    (own,) = observation.me
    (circle,) = Circle.filter_by_player_id(guest.player_id)
    entity = Entity.filter_by_entity_id(circle.entity_id)
    assert entity is not None
    assert (own.entity_id, own.mass, observation.world_size) == (circle.entity_id, entity.mass, 1000.0)
    assert own.mass >= 15
    food = {row.entity_id for row in Food.iter()}
    near = {
        entity.entity_id
        for entity in Entity.iter()
        if entity.entity_id in food
        and abs(entity.position.x - own.x) <= 150.0
        and abs(entity.position.y - own.y) <= 150.0
    }
    assert {blob.entity_id for blob in observation.food} == near
    assert near


def test_the_circles_of_others_are_no_food(guest: Guest, server: str) -> None:
    observation = guest.observation(reach=2000.0)
    everything = {row.entity_id for row in Entity.iter()}
    seen = {blob.entity_id for blob in (*observation.me, *observation.others, *observation.food)}
    assert seen == everything
    assert {blob.entity_id for blob in (*observation.me, *observation.others)} == {
        row.entity_id for row in Circle.iter()
    }
