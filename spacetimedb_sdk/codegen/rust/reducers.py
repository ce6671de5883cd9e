"""Reducers in Rust: their signatures, ready to be filled, with what they do in Python beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...sats.schema.module_def import Lifecycle, ProcedureDef, ReducerDef, ViewDef
from .names import column_name, comment
from .types import RustTypes

__all__ = ["PythonSource", "left_out_function", "reducer_function"]

_LIFECYCLES = {
    Lifecycle.INIT: "init",
    Lifecycle.ON_CONNECT: "client_connected",
    Lifecycle.ON_DISCONNECT: "client_disconnected",
}
# As many parameters as Rust's linter finds bearable.
_MANY = 7


@dataclass(frozen=True, slots=True)
class PythonSource:
    """A function as it stands in the Python module: what it says of itself, and the lines of its body."""

    doc: str = ""
    body: str = ""


def reducer_function(
    types: RustTypes, reducer: ReducerDef, functions: Mapping[str, str], source: PythonSource
) -> str:
    """The function of a reducer that is still to be written: it fails, and says so."""
    function = functions[reducer.name]
    arguments = [_LIFECYCLES[reducer.lifecycle]] if reducer.lifecycle is not None else []
    if function != reducer.name:
        arguments.append(f'name = "{reducer.name}"')
    params = [
        (column_name(element.name, where), types.of(element.type, where))
        for element in reducer.params.elements
        for where in [f"parameter {element.name!r} of reducer {reducer.name}"]
    ]
    context = "ctx"
    while any(name == context for name, _ in params):
        context += "_"
    written = ", ".join(
        [f"{context}: &ReducerContext", *(f"{name}: {type_name}" for name, type_name in params)]
    )
    return "\n".join(
        [
            *comment(source.doc, "///"),
            f"#[spacetimedb::reducer({', '.join(arguments)})]" if arguments else "#[spacetimedb::reducer]",
            *(["#[allow(clippy::too_many_arguments)]"] if len(params) >= _MANY else []),
            f"pub fn {function}({written}) -> Result<(), String> {{",
            *comment(source.body, "//", "    "),
            f'    Err("{reducer.name} is not written in Rust yet".into())',
            "}",
        ]
    )


def left_out_function(item: ProcedureDef | ViewDef, source: PythonSource) -> str:
    """What servers of 1.x do not know, as a comment."""
    kind = "procedure" if isinstance(item, ProcedureDef) else "view"
    lines = [f"The {kind} `{item.name}` needs a SpacetimeDB of 2.x and is left out.", source.doc, source.body]
    return "\n".join(line for text in lines for line in comment(text, "//"))
