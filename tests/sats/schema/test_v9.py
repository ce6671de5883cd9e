"""V9 definitions of real servers are read whole, and written again to the same JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from spacetimedb_sdk.errors import SchemaError
from spacetimedb_sdk.sats.algebraic_type import STRING, U32, is_plain_enum, special_name
from spacetimedb_sdk.sats.schema.module_def import Lifecycle
from spacetimedb_sdk.sats.schema.v9 import read_v9, with_private_reducers, write_v9
from tests.places import RECORDINGS

RECORDED = sorted(RECORDINGS.glob("*/schema.v9.json"))


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.parent.name)
def test_recorded_definitions_survive(path: Path) -> None:
    definition = json.loads(path.read_text())
    assert write_v9(read_v9(definition)) == definition


def test_what_a_definition_says() -> None:
    module = read_v9(json.loads((RECORDINGS / "server-1.2.0" / "schema.v9.json").read_text()))
    item = module.table("item")
    columns = item.columns(module.typespace)
    assert [column.name for column in columns] == ["item_id", "name", "kind", "level", "owner", "position"]
    assert columns[0].type == U32
    assert columns[1].type == STRING
    assert is_plain_enum(module.typespace.resolve(columns[2].type))
    assert special_name(columns[4].type) == "Identity"
    assert item.primary_key == 0
    assert item.is_public
    assert [constraint.columns for constraint in item.constraints] == [(0,), (1,)]
    assert item.sequences[0].column == 0
    assert (2, 3) in [index.columns for index in item.indexes]
    assert not module.table("secret").is_public
    timer = module.table("tick_timer")
    assert timer.schedule is not None
    assert timer.schedule.function_name == "tick"
    lifecycles = {reducer.name: reducer.lifecycle for reducer in module.reducers if reducer.lifecycle}
    assert lifecycles == {
        "init": Lifecycle.INIT,
        "client_connected": Lifecycle.ON_CONNECT,
        "client_disconnected": Lifecycle.ON_DISCONNECT,
    }


@pytest.mark.parametrize(
    "definition", [None, [], {}, {"typespace": {"types": [{"Nonsense": []}]}}, {"sections": []}]
)
def test_anything_else_is_a_schema_error(definition: object) -> None:
    with pytest.raises(SchemaError):
        read_v9(definition)


def test_an_unknown_table_is_named_with_those_there_are() -> None:
    module = read_v9(json.loads((RECORDINGS / "server-1.2.0" / "schema.v9.json").read_text()))
    with pytest.raises(SchemaError, match="no table 'User'; there are compound, item"):
        module.table("User")


def test_private_reducers_are_told_to_who_knows_how_to_read_it() -> None:
    module = read_v9(json.loads((RECORDINGS / "server-1.2.0" / "schema.v9.json").read_text()))
    assert with_private_reducers(module) is module
    hidden = replace(
        module,
        reducers=tuple(
            replace(item, is_private=item.name in ("tick", "add_item")) for item in module.reducers
        ),
    )
    written = write_v9(with_private_reducers(hidden))
    assert read_v9(written) == hidden
    assert written["tables"] == write_v9(module)["tables"]
    assert written["reducers"] == write_v9(module)["reducers"]


def test_a_type_of_that_name_that_is_no_list_of_reducers_hides_none() -> None:
    definition = json.loads((RECORDINGS / "server-1.2.0" / "schema.v9.json").read_text())
    definition["types"].append(
        {"name": {"scope": ["spacetimedb"], "name": "PrivateReducers"}, "ty": 0, "custom_ordering": True}
    )
    assert not any(reducer.is_private for reducer in read_v9(definition).reducers)
