"""One hosted world, several programs in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

import module_bindings
from module_bindings import Circle, Entity, Player
from spacetimedb_sdk import SpacetimeDBClient
from tests.plugins.waiting import until

if TYPE_CHECKING:
    from tests.e2e.conftest import Program, Start


class Observer:
    """A client that only looks."""

    def __init__(self, address: str) -> None:
        self.client = SpacetimeDBClient.init(None, address, "blackholio", False, module_bindings)
        self.client.subscribe([f"SELECT * FROM {table}" for table in ("entity", "circle", "player", "food")])

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        until(condition, self.client, what=what)

    def names(self) -> list[str]:
        return sorted(player.name for player in Player.iter())

    def player(self, name: str) -> Player | None:
        return next((player for player in Player.iter() if player.name == name), None)

    def circles(self, name: str) -> dict[int, int]:
        """Mass by entity id of a player's circles."""
        player = self.player(name)
        found: dict[int, int] = {}
        for circle in () if player is None else Circle.filter_by_player_id(player.player_id):
            entity = Entity.filter_by_entity_id(circle.entity_id)
            if entity is not None:
                found[circle.entity_id] = entity.mass
        return found


@pytest.fixture
def monitor(hosted: str) -> Iterator[Observer]:
    watcher = Observer(hosted)
    yield watcher
    watcher.client.close()


def join(start: Start, address: str, name: str) -> Program:
    return start("play", "--server", address, "--headless", "--seconds", "120", "--name", name, "--seed", "1")


def test_players_and_bots_share_the_world(start: Start, hosted: str, monitor: Observer) -> None:
    join(start, hosted, "Ann")
    join(start, hosted, "Bo")
    start("bots", "--server", hosted, "--count", "10", "--seed", "3")
    monitor.wait(lambda: len(monitor.names()) >= 13, "two players, ten bots and the onlooker")
    monitor.wait(lambda: bool(monitor.circles("Ann") and monitor.circles("Bo")), "circles of both players")
    monitor.wait(lambda: len(list(Circle.iter())) >= 10, "as many circles as bots")
    identities = {player.identity for player in Player.iter()}
    assert len(identities) == len(monitor.names())
    before = {entity.entity_id: entity.position for entity in Entity.iter()}
    circles = [circle.entity_id for circle in Circle.iter()]

    def moved() -> int:
        entities = {entity.entity_id: entity.position for entity in Entity.iter()}
        return sum(1 for each in circles if entities.get(each) != before.get(each))

    monitor.wait(lambda: moved() >= len(circles) - 1, "everybody moves")


def test_a_killed_player_is_stashed_and_restored_when_it_comes_back(
    start: Start, hosted: str, monitor: Observer
) -> None:
    program = join(start, hosted, "Ann")
    monitor.wait(lambda: sum(monitor.circles("Ann").values()) > 15, "Ann has eaten something")
    player = monitor.player("Ann")
    program.process.kill()
    last: list[dict[int, int]] = []

    def gone() -> bool:
        if monitor.player("Ann") is not None:
            last[:] = [monitor.circles("Ann")]
            return False
        return True

    monitor.wait(gone, "Ann is stashed")
    assert all(Entity.filter_by_entity_id(entity_id) is None for entity_id in last[0])
    assert all(Circle.filter_by_entity_id(entity_id) is None for entity_id in last[0])

    join(start, hosted, "Ann")
    monitor.wait(lambda: bool(monitor.circles("Ann")), "Ann is back")
    assert monitor.player("Ann") == player
    back = monitor.circles("Ann")
    assert back.keys() & last[0].keys()
    assert sum(back.values()) >= sum(last[0].values()) - 3
