"""Official clients in a world of the arcade rules: pellets are food to them, and the rest does not trouble them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from game.rules import rule_set
from game.rules.sets import arcade
from spacetimedb_sdk import SpacetimeDBClient
from spacetimedb_sdk.cli import main as command
from spacetimedb_sdk.module import Identity
from spacetimedb_sdk.testing import LockStep
from tests.plugins.imports import importable

PUBLIC = ("config", "entity", "circle", "player", "food")


@pytest.fixture(scope="module")
def official_bindings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Bindings of the official module: they know neither `world_rules`, `protection` nor `eject_mass`."""
    folder = tmp_path_factory.mktemp("official")
    assert command(["generate", "--module", "game.rules", "--out", str(folder / "official_bindings")]) == 0
    with importable(folder, "official_bindings"):
        yield importlib.import_module("official_bindings")


def rows(client: SpacetimeDBClient, table: str) -> dict[int, Any]:
    return {row.entity_id: row for row in client.cache.table(table)}


@pytest.mark.parametrize("protocol", ["v1", "v2"])
def test_an_official_client_sees_pellets_as_food_that_moves(
    official_bindings: ModuleType, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    monkeypatch.setitem(rule_set._known, "arcade", replace(arcade.RULES, start_mass=100, food_count=0))
    world = LockStep(arcade.module, seed=1)
    queries = [f"SELECT * FROM {table}" for table in PUBLIC]
    client = world.connect(official_bindings, queries, protocol=protocol)
    client.call_reducer("enter_game", "Ann")
    world.advance(50)
    thrower = world.connect(official_bindings)
    thrower.call_reducer("enter_game", "Bo")
    world.advance(50)
    masses = sorted(row.mass for row in rows(client, "entity").values())
    assert masses == [100, 100]
    world.database.call("eject_mass", sender=Identity.from_bytes((2).to_bytes(32, "big")))
    world.settle()
    (pellet,) = rows(client, "food")
    assert rows(client, "entity")[pellet].mass == 12
    places = []
    for _ in range(7):
        place = rows(client, "entity")[pellet].position
        places.append((place.x, place.y))
        world.advance(50)
    assert len(set(places)) >= 6
    # What else an official client does goes on: steering, splitting, giving up, a new life.
    client.call_reducer("update_player_input", official_bindings.DbVector2(1.0, 0.0))
    client.call_reducer("player_split")
    world.advance(500)
    (ann,) = [row.player_id for row in client.cache.table("player") if row.name == "Ann"]
    own = [row for row in rows(client, "circle").values() if row.player_id == ann]
    assert len(own) == 2
    assert all(circle.speed == 1.0 for circle in own)
    client.call_reducer("suicide")
    client.call_reducer("respawn")
    world.advance(50)
    assert len([row for row in rows(client, "circle").values() if row.player_id == ann]) == 1
