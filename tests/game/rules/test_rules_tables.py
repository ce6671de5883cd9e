"""The interface that all clients of Blackholio share: names, column order, types, keys."""

import pytest

from game.rules import module
from spacetimedb_sdk.sats.algebraic_type import (
    F32,
    I32,
    I64,
    IDENTITY,
    SCHEDULE_AT,
    STRING,
    TIMESTAMP,
    U64,
    AlgebraicType,
    Element,
    ProductType,
)
from spacetimedb_sdk.sats.schema.module_def import Lifecycle, TableDef

VECTOR = ProductType((Element("x", F32), Element("y", F32)))
ENTITY = [("entity_id", I32), ("position", VECTOR), ("mass", I32)]
CIRCLE = [
    ("entity_id", I32),
    ("player_id", I32),
    ("direction", VECTOR),
    ("speed", F32),
    ("last_split_time", TIMESTAMP),
]
PLAYER = [("identity", IDENTITY), ("player_id", I32), ("name", STRING)]
TIMER = [("scheduled_id", U64), ("scheduled_at", SCHEDULE_AT)]
MEAL = [("consumed_entity_id", I32), ("consumer_entity_id", I32)]

COLUMNS = {
    "config": [("id", I32), ("world_size", I64)],
    "entity": ENTITY,
    "circle": CIRCLE,
    "player": PLAYER,
    "food": [("entity_id", I32)],
    "consume_entity_event": MEAL,
    "logged_out_entity": ENTITY,
    "logged_out_circle": CIRCLE,
    "logged_out_player": PLAYER,
    "move_all_players_timer": TIMER,
    "spawn_food_timer": TIMER,
    "circle_decay_timer": TIMER,
    "circle_recombine_timer": [*TIMER, ("player_id", I32)],
    "consume_entity_timer": [*TIMER, *MEAL],
}
PUBLIC = {"config", "entity", "circle", "player", "food", "consume_entity_event"}
SCHEDULES = {
    "move_all_players_timer": "move_all_players",
    "spawn_food_timer": "spawn_food",
    "circle_decay_timer": "circle_decay",
    "circle_recombine_timer": "circle_recombine",
    "consume_entity_timer": "consume_entity",
}
PARAMS: dict[str, list[AlgebraicType]] = {
    "enter_game": [STRING],
    "respawn": [],
    "suicide": [],
    "update_player_input": [VECTOR],
    "player_split": [],
}

DEFINITION = module.definition()


def table(name: str) -> TableDef:
    (found,) = [each for each in DEFINITION.tables if each.name == name]
    return found


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_in_order(name: str) -> None:
    space = DEFINITION.typespace
    columns = [(each.name, space.resolve(each.type)) for each in table(name).columns(space)]
    assert columns == COLUMNS[name]


def test_what_is_public_and_what_is_an_event() -> None:
    assert {each.name for each in DEFINITION.tables if each.is_public} == PUBLIC
    assert [each.name for each in DEFINITION.tables if each.is_event] == ["consume_entity_event"]


@pytest.mark.parametrize("name", COLUMNS)
def test_the_first_column_is_the_primary_key_except_of_the_event(name: str) -> None:
    assert table(name).primary_key == (None if name == "consume_entity_event" else 0)


@pytest.mark.parametrize("name", ["circle", "logged_out_circle"])
def test_circles_are_indexed_by_player(name: str) -> None:
    assert ("BTree", (1,)) in [(index.algorithm, index.columns) for index in table(name).indexes]


def test_player_ids_are_unique_and_count_up() -> None:
    player = table("player")
    assert (1,) in [constraint.columns for constraint in player.constraints]
    assert [sequence.column for sequence in player.sequences] == [1]
    assert [sequence.column for sequence in table("entity").sequences] == [0]


def test_schedules() -> None:
    found = {
        each.name: each.schedule.function_name for each in DEFINITION.tables if each.schedule is not None
    }
    assert found == SCHEDULES


def test_reducers_that_a_client_calls() -> None:
    space = DEFINITION.typespace
    found = {
        each.name: [space.resolve(param.type) for param in each.params.elements]
        for each in DEFINITION.reducers
        if not each.is_private
    }
    assert found == PARAMS


def test_lifecycle() -> None:
    found = {each.name: each.lifecycle for each in DEFINITION.reducers if each.lifecycle is not None}
    assert found == {
        "init": Lifecycle.INIT,
        "connect": Lifecycle.ON_CONNECT,
        "disconnect": Lifecycle.ON_DISCONNECT,
    }
