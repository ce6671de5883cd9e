"""Rule sets: which rules a world has, and that a new set is one file."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from game.rules import module as bare
from game.rules.rule_set import RuleSet
from game.rules.sets import arcade, official
from game.rules.tables import Circle, Entity, Food, WorldRules
from spacetimedb_sdk.module import ReducerError
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.errors import StorageError
from spacetimedb_sdk.standalone.module_files import load_module

if TYPE_CHECKING:
    from tests.game.rules.conftest import World

OWN_SET = '''
"""Everybody is twice as fast, and splits early."""

from dataclasses import replace

from game.rules.sets.official import RULES as OFFICIAL
from game.rules.world_module import module_of

RULES = replace(OFFICIAL, name="hasty", start_speed=20.0, min_mass_to_split=20)
module = module_of(RULES)
'''


@pytest.fixture
def hasty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A rule set in a file of its own."""
    (tmp_path / "hasty.py").write_text(OWN_SET)
    monkeypatch.syspath_prepend(str(tmp_path))
    load_module("hasty")
    return sys.modules["hasty"]


def names(module: Any) -> tuple[set[str], set[str]]:
    definition = module.definition()
    return (
        {table.name for table in definition.tables if table.is_public},
        {reducer.name for reducer in definition.reducers if not reducer.is_private},
    )


def test_the_bare_module_has_the_official_rules() -> None:
    assert bare is official.module


def test_arcade_has_what_the_official_module_has_and_three_things_more() -> None:
    tables, reducers = names(official.module)
    more_tables, more_reducers = names(arcade.module)
    assert (more_tables - tables, more_reducers - reducers) == ({"protection", "world_rules"}, {"eject_mass"})
    assert not (tables - more_tables)
    assert not (reducers - more_reducers)
    ours, theirs = official.module.definition(), arcade.module.definition()
    for table in ours.tables:
        (same,) = [each for each in theirs.tables if each.name == table.name]
        columns = [
            [(column.name, space.resolve(column.type)) for column in each.columns(space)]
            for each, space in ((table, ours.typespace), (same, theirs.typespace))
        ]
        assert columns[0] == columns[1]


def test_a_set_of_ones_own_is_one_file(hasty: ModuleType, world_of: Any) -> None:
    world: World = world_of(hasty.module)
    player = world.join(1)
    (shown,) = world.db.rows(WorldRules)
    assert (shown.name, shown.split_from, shown.eject_from) == ("hasty", 20, 0)
    entity_id = world.only(player, mass=15, x=500.0, y=500.0)
    world.steer(1, 1.0, 0.0)
    world.tick()
    assert world.position(entity_id) == pytest.approx((520.0, 500.0))
    assert "eject_mass" not in hasty.module.reducers


def test_worlds_of_several_sets_do_not_mix(world: World, arcade_world: World) -> None:
    for each in (world, arcade_world):
        player = each.join(1)
        each.only(player, mass=100, x=500.0, y=500.0)
        each.call(1, "player_split")
        each.tick(10)
    reaches = [
        max(each.position(row.entity_id)[1] for row in each.db.rows(Circle)) for each in (world, arcade_world)
    ]
    # One is pushed ahead, the other one thrown.
    assert reaches[0] < 510.0
    assert reaches[1] == pytest.approx(500.0 + 1.0 + 16.0 + 13.0, abs=0.1)


def test_a_world_keeps_the_rules_it_was_begun_with(tmp_path: Path) -> None:
    with Server(official.module, database="b", data_dir=tmp_path):
        pass
    # Served by a module that could do more, it is what it was.
    with Server(arcade.module, database="b", data_dir=tmp_path) as server:
        assert server.run(lambda database: database.rows(WorldRules)) == []
        with pytest.raises(ReducerError, match="nothing can be ejected under the rules 'official'"):
            server.run(lambda database: database.call("eject_mass", sender=database.identity))


def test_a_world_of_more_rules_is_not_served_by_the_official_module(tmp_path: Path) -> None:
    with Server(arcade.module, database="b", data_dir=tmp_path):
        pass
    with (
        pytest.raises(StorageError, match="table `protection` is gone"),
        Server(official.module, database="b", data_dir=tmp_path),
    ):
        pass


def test_rules_that_are_not_there_are_named(world_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world: World = world_of(arcade.module)
    world.connect(1)
    row = world.db.rows(WorldRules)[0]
    world.arrange(lambda tables: tables[WorldRules].update(row.replace(name="lost")))
    with pytest.raises(ReducerError, match=r"rules 'lost': start it with --module game\.rules\.sets\.lost"):
        world.call(1, "respawn")


def test_a_rule_set_is_data() -> None:
    assert {type(each) for each in (official.RULES, arcade.RULES)} == {RuleSet}
    assert (arcade.RULES.start_mass, arcade.RULES.food_count) == (15, 600)


def test_food_grows_where_large_circles_get(arcade_world: World) -> None:
    arcade_world.connect(1)
    arcade_world.advance(1.0)
    food = {row.entity_id for row in arcade_world.db.rows(Food)}
    places = [row.position for row in arcade_world.db.rows(Entity) if row.entity_id in food]
    assert len(places) == 600
    assert all(50.0 <= place.x <= 950.0 and 50.0 <= place.y <= 950.0 for place in places)
