"""The crate: its files, which of them are generated anew and which are the author's once they are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ...sats.algebraic_type import AlgebraicType, Ref
from ...sats.schema.module_def import ModuleDef, ProcedureDef, TableDef, ViewDef
from ...system.whole_files import write_whole
from ..marker import MARKER, is_generated
from ..package import GenerateError
from .names import column_name, crate_name, function_names, type_names
from .reducers import PythonSource, left_out_function, reducer_function
from .tables import row_struct
from .types import RustTypes

__all__ = ["RustCrate", "generate_crate"]

_CARGO = """[package]
name = "{name}"
version = "0.1.0"
edition = "2021"
publish = false

[lib]
crate-type = ["cdylib"]

# Every crate of SpacetimeDB is pinned: the ranges between them would mix releases. These fit every server of 1.x from 1.2 on.
[dependencies]
log = "0.4"
spacetimedb = "=1.2.0"
spacetimedb-bindings-macro = "=1.2.0"
spacetimedb-bindings-sys = "=1.2.0"
spacetimedb-data-structures = "=1.2.0"
spacetimedb-lib = "=1.2.0"
spacetimedb-primitives = "=1.2.0"
spacetimedb-sats = "=1.2.0"

[profile.release]
opt-level = "s"
panic = "abort"

[workspace]
"""
_LIB = """//! The module `{module}` in Rust, with the schema that it has in Python.
//!
//! `tables.rs` and `types.rs` are generated, and are so again where the Python module changes. `reducers.rs` and this file are
//! written once: a reducer fails, saying so, until its body is written.

mod reducers;
mod tables;
mod types;
"""
# Names are the schema's own, whatever Rust would call its items.
_ALLOW = "#![allow(non_camel_case_types, non_snake_case, unused_imports)]"


@dataclass(frozen=True, slots=True)
class RustCrate:
    """`written` are the files that were written, `kept` those that were there and are the author's; `left_out` is what
    servers of 1.x do not know, in words."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]
    left_out: tuple[str, ...]


def generate_crate(
    definition: ModuleDef,
    folder: Path,
    *,
    module_name: str,
    sources: Mapping[str, PythonSource],
    docs: Mapping[str, str],
) -> RustCrate:
    """Write the crate of `definition` into `folder`: `sources` of its functions by their names, `docs` of its types.

    RustError for what Rust cannot have with the same schema, GenerateError where the folder cannot be written to.
    """
    left_out = [
        *(f"event table {table.name}" for table in definition.tables if table.is_event),
        *(f"view {view.name}" for view in definition.views),
        *(f"procedure {procedure.name}" for procedure in definition.procedures),
    ]
    written, kept = [], []
    files = _files(definition, module_name, sources, docs)
    if folder.exists() and not folder.is_dir():
        raise GenerateError(f"{folder} is a file: name a folder with --out")
    try:
        for name in ("src/tables.rs", "src/types.rs"):
            path = folder / name
            if path.exists() and not is_generated(path.read_bytes().decode("utf-8", "replace")):
                raise GenerateError(
                    f"{path} was not generated: move it away, or generate into another folder"
                )
        (folder / "src").mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            path = folder / name
            if path.exists() and not is_generated(text):
                kept.append(path)
                continue
            write_whole(path, text, private=False)
            written.append(path)
    except OSError as error:
        raise GenerateError(f"cannot write to {folder}: {error.strerror or error}") from error
    return RustCrate(tuple(written), tuple(kept), tuple(left_out))


def _files(
    definition: ModuleDef, module: str, sources: Mapping[str, PythonSource], docs: Mapping[str, str]
) -> dict[str, str]:
    tables = [table for table in definition.tables if not table.is_event]
    names = type_names((item.name for item in definition.types), (table.name for table in tables))
    types = RustTypes(definition, names, docs)
    functions = function_names((reducer.name for reducer in definition.reducers), names.values())
    rows = sorted(tables, key=lambda table: (table.row_ref, table.name))
    structs = [
        row_struct(types, shared, _columns(definition, shared[0]), functions)
        for shared in (list(group) for _, group in groupby(rows, key=lambda table: table.row_ref))
    ]
    reducers = sorted(definition.reducers, key=lambda reducer: reducer.name)
    used: list[AlgebraicType] = [Ref(table.row_ref) for table in tables]
    used += [element.type for reducer in reducers for element in reducer.params.elements]
    others = types.reached(used) - {table.row_ref for table in tables}
    nothing = PythonSource()
    bodies = [reducer_function(types, item, functions, sources.get(item.name, nothing)) for item in reducers]
    newer: list[ProcedureDef | ViewDef] = [*definition.procedures, *definition.views]
    bodies += [left_out_function(item, sources.get(item.name, nothing)) for item in newer]
    events = [
        f"// The event table `{table.name}` needs a SpacetimeDB of 2.x and is left out."
        for table in definition.tables
        if table.is_event
    ]
    return {
        "Cargo.toml": _CARGO.format(name=crate_name(module)),
        "src/lib.rs": _LIB.format(module=module),
        "src/tables.rs": _file("The tables", ["use crate::types::*;", *structs, *events]),
        "src/types.rs": _file(
            "The types", ["use crate::tables::*;", *(types.item(ref) for ref in sorted(others))]
        ),
        "src/reducers.rs": "\n\n".join(
            [
                "//! The reducers, each with what it does in Python beside it.",
                "#![allow(unused_imports, unused_variables)]\n\nuse spacetimedb::{ReducerContext, Table};",
                "use crate::tables::*;\nuse crate::types::*;",
                *bodies,
            ]
        )
        + "\n",
    }


def _file(title: str, parts: list[str]) -> str:
    return "\n\n".join([f"//! {MARKER}\n//! {title} of the module.", _ALLOW, *parts]) + "\n"


def _columns(definition: ModuleDef, table: TableDef) -> list[str]:
    return [
        column_name(element.name, f"{table.name}.{element.name}")
        for element in table.columns(definition.typespace)
    ]
