"""Definitions in BSATN: what compiled modules hand over, and what this project writes."""

from __future__ import annotations

import json

import pytest

from game.rules import module as blackholio
from spacetimedb_sdk.errors import SchemaError
from spacetimedb_sdk.publishing.instance import ModuleInstance
from spacetimedb_sdk.sats.schema.raw_def import definition_from_bsatn, definition_to_bsatn
from spacetimedb_sdk.sats.schema.v9 import write_v9
from spacetimedb_sdk.sats.schema.v10 import write_v10
from spacetimedb_sdk.sats.schema.versions import read_schema, schema_version
from tests.places import ROOT

CONFORMANCE = ROOT / "tests" / "conformance"


@pytest.mark.parametrize(("name", "version"), [("conformance", 9), ("conformance-2x", 10)])
def test_what_a_compiled_module_says_of_itself_is_read_and_written_back(name: str, version: int) -> None:
    instance = ModuleInstance((CONFORMANCE / f"{name}.wasm").read_bytes())
    instance.start()
    said = instance.describe()
    definition = definition_from_bsatn(said)
    assert schema_version(definition) == version
    assert definition_to_bsatn(definition, version) == said


def test_a_compiled_module_defines_what_a_server_shows_of_it() -> None:
    instance = ModuleInstance((CONFORMANCE / "conformance.wasm").read_bytes())
    instance.start()
    own = read_schema(definition_from_bsatn(instance.describe()))
    shown = read_schema(json.loads((CONFORMANCE / "golden" / "server-1.2.0" / "schema.v9.json").read_text()))
    assert {table.name: table.primary_key for table in own.tables} == {
        table.name: table.primary_key for table in shown.tables
    }
    assert {reducer.name for reducer in own.reducers} == {reducer.name for reducer in shown.reducers}


def test_definitions_of_python_modules_survive_the_way_there_and_back() -> None:
    definition = blackholio.definition()
    for version, write in ((9, write_v9), (10, write_v10)):
        written = write(definition)
        assert definition_from_bsatn(definition_to_bsatn(written, version)) == written


@pytest.mark.parametrize("data", [b"", b"\0", b"\x07abc", b"\1\xff\xff\xff\xff", b"\2\1\0\0\0\x63"])
def test_bytes_that_are_no_definition_are_refused(data: bytes) -> None:
    with pytest.raises(SchemaError):
        definition_from_bsatn(data)


def test_json_that_is_no_definition_of_the_version_is_refused() -> None:
    with pytest.raises(SchemaError, match="version 10"):
        definition_to_bsatn(write_v9(blackholio.definition()), 10)
