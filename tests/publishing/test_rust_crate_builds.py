"""Crates in Rust of Python modules: cargo builds them, and what comes of it has the schema of the Python module."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.cli.describe import items_of
from spacetimedb_sdk.publishing.definition import definition_of
from spacetimedb_sdk.sats.algebraic_type import Ref
from spacetimedb_sdk.sats.schema.module_def import ModuleDef, shifted
from tests.places import ROOT

pytestmark = pytest.mark.rust
TARGET = "wasm32-unknown-unknown"


def cargo_words() -> tuple[dict[str, str], list[str]]:
    """How the interpreter's own build calls cargo on this machine."""
    spec = importlib.util.spec_from_file_location("runtime_build", ROOT / "runtime" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    building = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(building)
    try:
        environment, words = building.environment()
    except SystemExit as error:
        pytest.fail(str(error), pytrace=False)
    return environment, words


def built(folder: Path) -> Path:
    environment, words = cargo_words()
    # Crates are compiled once for all of them.
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "runtime" / "target" / "crates")
    environment["CARGO_TARGET_DIR"] = str(target)
    done = subprocess.run(
        ["cargo", "build", "--release", "--target", TARGET, *words],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert "warning:" not in done.stderr
    (name,) = [
        line.split('"')[1]
        for line in (folder / "Cargo.toml").read_text().splitlines()
        if line.startswith("name")
    ]
    wasm = folder / "built.wasm"
    shutil.copyfile(target / TARGET / "release" / f"{name.replace('-', '_')}.wasm", wasm)
    return wasm


def shape(definition: ModuleDef) -> dict[str, Any]:
    """All that a server is told of a module, whatever slot its types stand in, but event tables and their rows."""
    names = {item.ref: item.name for item in definition.types}

    def named(type_: Any) -> str:
        return str(shifted(type_, lambda slot: names[slot]))  # type: ignore[arg-type, return-value]

    tables = [table for table in definition.tables if not table.is_event]
    events = {table.row_ref for table in definition.tables if table.is_event}
    return {
        "types": {
            item.name: named(definition.typespace.resolve(Ref(item.ref)))
            for item in definition.types
            if item.ref not in events
        },
        "tables": {
            table.name: (
                names[table.row_ref],
                table.primary_key,
                table.is_public,
                sorted((index.accessor_name, index.algorithm, index.columns) for index in table.indexes),
                sorted(constraint.columns for constraint in table.constraints),
                sorted(sequence.column for sequence in table.sequences),
                table.schedule and (table.schedule.function_name, table.schedule.at_column),
            )
            for table in tables
        },
        "reducers": {
            item.name: (item.lifecycle, [(e.name, named(e.type)) for e in item.params.elements])
            for item in definition.reducers
        },
    }


@pytest.mark.parametrize(
    "name", ["game.rules", "tests.conformance.conformance_module", "tests.publishing.scripted_rules"]
)
def test_a_crate_is_built_and_has_the_schema_of_its_python(name: str, tmp_path: Path) -> None:
    assert main(["generate", "--lang", "rust", "--module", name, "--out", str(tmp_path)]) == 0
    in_rust = definition_of(built(tmp_path))
    in_python = import_module(name).module.definition()
    assert shape(in_rust) == shape(in_python)
    events = {table.name for table in in_python.tables if table.is_event}
    described = [row[:2] + row[3:] for row in items_of(in_python) if row[1] not in events]
    assert [row[:2] + row[3:] for row in items_of(in_rust)] == described
