"""The V10 definition of a real server is read whole, and written again to the same sections."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from spacetimedb_sdk.errors import SchemaError
from spacetimedb_sdk.sats.algebraic_type import Ref
from spacetimedb_sdk.sats.schema.case_conversion import camel_case, pascal_case, snake_case
from spacetimedb_sdk.sats.schema.module_def import Lifecycle, ModuleDef
from spacetimedb_sdk.sats.schema.v9 import write_v9
from spacetimedb_sdk.sats.schema.v10 import read_v10, write_v10
from spacetimedb_sdk.sats.schema.versions import read_schema, schema_version
from tests.places import RECORDINGS, SCHEMAS

RECORDED = SCHEMAS / "conformance_2x.v10.json"
RECORDED_V9 = RECORDINGS / "server-2.8.3" / "schema.v9.json"

NUMBER = {"name": {"some": "aU8"}, "algebraic_type": {"U8": []}}
UNIT: dict[str, object] = {"Product": {"elements": []}}


def recorded() -> Any:
    return json.loads(RECORDED.read_text())


def by_name(definition: Any) -> dict[str, Any]:
    return {name: content for section in definition["sections"] for name, content in section.items()}


def with_section(definition: Any, name: str, content: Any) -> Any:
    kept = [section for section in definition["sections"] if name not in section]
    return {"sections": [*kept, {name: content}]}


def test_a_recorded_definition_survives() -> None:
    definition = recorded()
    assert by_name(write_v10(read_v10(definition))) == by_name(definition)


def test_it_says_what_the_same_servers_v9_says() -> None:
    recorded_v9 = json.loads(RECORDED_V9.read_text())
    written: dict[str, Any] = write_v9(read_v10(recorded()))
    for definition in (recorded_v9, written):
        for table in definition["tables"]:
            table["indexes"].sort(key=str)
            table["constraints"].sort(key=str)
    assert written == recorded_v9


def test_what_v9_does_not_tell() -> None:
    module = read_v10(recorded())
    assert [table.name for table in module.tables if table.is_event] == ["announcement"]
    assert {reducer.name for reducer in module.reducers if reducer.is_private} == {
        *("client_connected", "client_disconnected", "init", "tick")
    }
    assert [procedure.name for procedure in module.procedures] == [
        *("add_numbers", "crash_procedure", "mirror", "write_note_slowly")
    ]
    assert [(view.name, view.is_anonymous) for view in module.views] == [
        *(("my_items", False), ("my_presence", False), ("sword", True))
    ]
    schedule = module.table("tick_timer").schedule
    assert schedule is not None
    assert (schedule.function_name, schedule.at_column) == ("tick", 1)
    lifecycles = {r.name: r.lifecycle for r in module.reducers if r.lifecycle is not None}
    assert lifecycles["client_connected"] is Lifecycle.ON_CONNECT


def test_sections_may_come_in_any_order_or_not_at_all() -> None:
    definition = recorded()
    assert read_v10({"sections": definition["sections"][::-1]}) == read_v10(definition)
    empty = read_v10({"sections": []})
    assert (empty.tables, empty.reducers, empty.views, empty.submodules) == ((), (), (), ())


def test_unknown_sections_and_entries_are_skipped_with_a_note(caplog: pytest.LogCaptureFixture) -> None:
    definition = with_section(recorded(), "Telepathy", [{"mind": 1}])
    definition = with_section(definition, "HttpHandlers", [{"source_name": "page"}])
    by_name(definition)["ExplicitNames"]["entries"].append(
        {"Namespace": {"source_name": "a", "canonical_name": "b"}}
    )
    by_name(definition)["ExplicitNames"]["entries"].append({"Mood": {"source_name": "a"}})
    with caplog.at_level(logging.WARNING, "spacetimedb_sdk"):
        assert read_v10(definition) == read_v10(recorded())
    assert [record.getMessage() for record in caplog.records] == [
        "the module definition has sections unknown here, which are skipped: Telepathy",
        "the module definition names things unknown here, which are skipped: Mood",
    ]


def test_explicit_names_are_the_names_on_the_wire() -> None:
    definition = recorded()
    entries = by_name(definition)["ExplicitNames"]["entries"]
    for entry in entries:
        names = next(iter(entry.values()))
        if names["source_name"] in ("tick_timer", "tick", "my_items"):
            names["canonical_name"] = f"renamed_{names['source_name']}"
    entries.append({"Index": {"source_name": "item_owner_idx_btree", "canonical_name": "by_owner"}})
    sections = by_name(definition)
    sections["Schedules"][0] |= {"table_name": "renamed_tick_timer", "function_name": "renamed_tick"}
    sections["ViewPrimaryKeys"] = [{"view_source_name": "my_items", "columns": ["item_id"]}]
    module = read_v10({"sections": [{name: content} for name, content in sections.items()]})
    timer = module.table("renamed_tick_timer")
    assert timer.source_name == "tick_timer"
    assert timer.schedule is not None
    assert timer.schedule.function_name == "renamed_tick"
    assert next(r for r in module.reducers if r.source_name == "tick").is_private
    view = next(v for v in module.views if v.name == "renamed_my_items")
    assert (view.source_name, view.primary_key) == ("my_items", ("item_id",))
    assert "by_owner" in [index.name for index in module.table("item").indexes]
    again = by_name(write_v10(module))
    assert again["ViewPrimaryKeys"] == sections["ViewPrimaryKeys"]
    assert again["Schedules"] == sections["Schedules"]


def from_a_module_file(*more: dict[str, Any]) -> Any:
    """A definition as compiled modules hold it: the author's names, and few of them listed."""
    row = {"Product": {"elements": [NUMBER, {"name": {"some": "kindOf"}, "algebraic_type": {"Ref": 1}}]}}
    kind = {"Sum": {"variants": [{"name": {"some": "DarkRed"}, "algebraic_type": UNIT}]}}
    table = {
        "source_name": "loggedOut",
        "product_type_ref": 0,
        "primary_key": [],
        "indexes": [],
        "constraints": [],
        "sequences": [],
        "table_type": {"User": []},
        "table_access": {"Public": []},
        "default_values": [{"col_id": 0, "value": "07"}],
        "is_event": False,
    }
    functions: list[dict[str, object]] = [
        {
            "source_name": name,
            "params": {"elements": [NUMBER]},
            "visibility": {"ClientCallable": []},
            "ok_return_type": UNIT,
            "err_return_type": {"String": []},
        }
        for name in ("sayHello", "onTick", "hidden")
    ]
    return {
        "sections": [
            {"Typespace": {"types": [row, kind]}},
            {
                "Types": [
                    {
                        "source_name": {"scope": ["a"], "source_name": name},
                        "ty": slot,
                        "custom_ordering": True,
                    }
                    for slot, name in enumerate(("logged_out", "kind"))
                ]
            },
            {"Tables": [table]},
            {"Reducers": functions},
            {
                "Schedules": [
                    {
                        "source_name": {"none": []},
                        "table_name": "loggedOut",
                        "schedule_at_col": 0,
                        "function_name": "onTick",
                    }
                ]
            },
            {
                "ExplicitNames": {
                    "entries": [{"Function": {"source_name": "hidden", "canonical_name": "Hid"}}]
                }
            },
            *more,
        ]
    }


def names(module: ModuleDef) -> list[str]:
    return [module.tables[0].name, *(reducer.name for reducer in module.reducers)]


def test_a_definition_of_a_module_file_gets_canonical_names() -> None:
    module = read_v10(from_a_module_file())
    assert names(module) == ["logged_out", "say_hello", "on_tick", "Hid"]
    row = module.tables[0].columns(module.typespace)
    assert [column.name for column in row] == ["a_u_8", "kind_of"]
    assert module.typespace.resolve(Ref(1)).variants[0].name == "darkRed"  # type: ignore[union-attr]
    assert [(item.scope, item.name) for item in module.types] == [(("A",), "LoggedOut"), (("A",), "Kind")]
    assert module.reducers[0].params.elements[0].name == "aU8", "parameters keep their names"
    assert [reducer.is_private for reducer in module.reducers] == [False, True, False]
    assert module.tables[0].default_values == ((0, b"\x07"),)
    assert read_v10(write_v10(module)) == module


def test_without_a_policy_names_stay_as_they_are() -> None:
    module = read_v10(from_a_module_file({"CaseConversionPolicy": {"None": []}}))
    assert names(module) == ["loggedOut", "sayHello", "onTick", "Hid"]
    assert module.tables[0].columns(module.typespace)[0].name == "aU8"


def test_submodules_are_joined_in() -> None:
    definition = recorded()
    inner = {"namespace": "shop", "module": from_a_module_file()}
    outer = with_section(
        definition, "Submodules", [{"namespace": "town", "module": {"sections": [{"Submodules": [inner]}]}}]
    )
    module = read_v10(outer)
    assert by_name(write_v10(module))["Submodules"][0]["namespace"] == "town"
    assert read_v10(write_v10(module)) == module
    whole = module.flattened()
    table = whole.table("town.shop.logged_out")
    assert table.source_name == "town_shop_loggedOut"
    columns = table.columns(whole.typespace)
    assert columns[1].type == Ref(len(module.typespace.types) + 1)
    assert whole.reducers[-1].name == "town.shop.Hid"
    assert ("town", "shop", "A") in {item.scope for item in whole.types}
    assert whole.flattened() == whole


def test_either_version_is_told_by_its_shape() -> None:
    v9 = json.loads(RECORDED_V9.read_text())
    assert (schema_version(v9), schema_version(recorded())) == (9, 10)
    assert read_schema(recorded()) == read_schema({"V10": recorded()})
    assert read_schema({"V9": v9}).views == read_schema(v9).views
    nonsenses: list[object] = [None, [], {}, {"V8": {}}]
    for nonsense in nonsenses:
        with pytest.raises(SchemaError, match="not a module definition"):
            read_schema(nonsense)


@pytest.mark.parametrize(
    "definition",
    [
        None,
        {"sections": 5},
        {"sections": [{"Tables": [{"source_name": "t"}]}]},
        {"sections": [{"Types": []}, {"Types": []}]},
        {"sections": [{"Typespace": {"types": [{"Nonsense": []}]}}]},
        {"sections": [{"LifeCycleReducers": [{"function_name": "f", "lifecycle_spec": {"Lunch": []}}]}]},
    ],
)
def test_anything_else_is_a_schema_error(definition: Any) -> None:
    with pytest.raises(SchemaError):
        read_v10(definition)


@pytest.mark.parametrize(
    ("name", "snake", "pascal", "camel"),
    [
        ("aU8", "a_u_8", "AU8", "aU8"),
        ("a_u_8", "a_u_8", "AU8", "aU8"),
        ("DarkRed", "dark_red", "DarkRed", "darkRed"),
        ("HTTPServer", "http_server", "HttpServer", "httpServer"),
        ("vector2", "vector_2", "Vector2", "vector2"),
        ("größe", "größe", "Größe", "größe"),
    ],
)
def test_case_conversion(name: str, snake: str, pascal: str, camel: str) -> None:
    assert (snake_case(name), pascal_case(name), camel_case(name)) == (snake, pascal, camel)
