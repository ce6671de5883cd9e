"""Entering, leaving, coming back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from game.rules.players import MAX_NAME_LENGTH
from game.rules.tables import (
    Circle,
    Config,
    Entity,
    LoggedOutCircle,
    LoggedOutEntity,
    LoggedOutPlayer,
    Player,
    PlayerConnection,
)
from spacetimedb_sdk.module import ReducerError

if TYPE_CHECKING:
    from tests.game.rules.conftest import World


def test_the_config_row_tells_the_world_size(world: World) -> None:
    assert world.db.rows(Config) == [Config(id=0, world_size=1000)]


def test_connecting_makes_a_player_without_a_name(world: World) -> None:
    world.connect(1)
    assert world.db.rows(Player) == [Player(identity=world.identity(1), player_id=1, name="")]
    assert world.db.rows(Circle) == []


def test_entering_names_the_player_and_spawns_a_resting_circle_inside_the_world(world: World) -> None:
    player = world.join(1, "Ann")
    assert player.name == "Ann"
    (circle,) = world.circles(player)
    assert (circle.speed, circle.last_split_time.micros) == (0.0, world.now)
    entity = world.entity(player)
    assert entity.mass == 15
    assert 3.8 < entity.position.x < 996.2
    assert 3.8 < entity.position.y < 996.2


@pytest.mark.parametrize("reducer", ["respawn", "enter_game"])
def test_a_living_player_gets_no_second_circle(world: World, reducer: str) -> None:
    player = world.join(1)
    world.call(1, reducer, *(["Bo"] if reducer == "enter_game" else []))
    assert len(world.circles(player)) == 1


def test_a_long_name_is_refused(world: World) -> None:
    world.connect(1)
    with pytest.raises(ReducerError, match="at most 64 characters"):
        world.call(1, "enter_game", "x" * (MAX_NAME_LENGTH + 1))
    assert world.player(1).name == ""


@pytest.mark.parametrize("reducer", ["respawn", "suicide", "player_split"])
def test_who_is_not_connected_is_told(world: World, reducer: str) -> None:
    with pytest.raises(ReducerError, match="no player belongs to this identity"):
        world.call(9, reducer)


def test_suicide_destroys_all_circles_and_respawn_brings_one_back(world: World) -> None:
    player = world.join(1)
    world.put(player, mass=30, x=500.0, y=500.0)
    world.call(1, "suicide")
    assert (world.db.rows(Circle), world.db.rows(Entity)) == ([], [])
    world.call(1, "respawn")
    assert world.entity(player).mass == 15


def test_leaving_stashes_and_coming_back_restores(world: World) -> None:
    connection = world.connect(1)
    world.call(1, "enter_game", "Ann")
    player = world.player(1)
    world.only(player, mass=80, x=300.0, y=400.0)
    world.steer(1, 0.0, -0.5)
    world.tick()
    circles, entities = world.circles(player), world.entities(player)

    world.disconnect(1, connection)
    assert (world.db.rows(Player), world.db.rows(Circle), world.db.rows(Entity)) == ([], [], [])
    assert [row.name for row in world.db.rows(LoggedOutPlayer)] == ["Ann"]
    assert len(world.db.rows(LoggedOutCircle)) == len(world.db.rows(LoggedOutEntity)) == 1

    world.connect(1)
    assert (world.db.rows(Player), world.circles(player), world.entities(player)) == (
        [player],
        circles,
        entities,
    )
    for table in (LoggedOutPlayer, LoggedOutCircle, LoggedOutEntity):
        assert world.db.rows(table) == []


def test_a_player_with_two_connections_stays_until_the_last_one_closes(world: World) -> None:
    first = world.connect(1)
    world.call(1, "enter_game", "Ann")
    second = world.connect(1)
    world.disconnect(1, first)
    assert len(world.circles(world.player(1))) == 1
    world.disconnect(1, second)
    assert world.db.rows(Player) == []
    assert world.db.rows(PlayerConnection) == []


def test_split_circles_still_merge_when_their_player_was_away_at_the_time(world: World) -> None:
    connection = world.connect(1)
    world.call(1, "enter_game", "Ann")
    player = world.player(1)
    world.only(player, mass=100, x=500.0, y=500.0)
    world.call(1, "player_split")
    world.disconnect(1, connection)
    world.advance(10.0)
    world.connect(1)
    assert len(world.circles(player)) == 2
    world.tick(2)
    assert [entity.mass for entity in world.entities(player)] == [100]
