"""Tables in Rust: a struct for each row type, with an attribute for each table of such rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...sats.schema.module_def import IndexDef, TableDef
from .names import raw
from .types import RustTypes

__all__ = ["row_struct"]


def row_struct(
    types: RustTypes, tables: list[TableDef], columns: list[str], functions: Mapping[str, str]
) -> str:
    """The struct of the rows of `tables`, which share their row type, and so their keys. `functions` are the reducers'."""
    ref = tables[0].row_ref
    head = types.head(ref)
    lines = [line for line in head if line.startswith("///")]
    lines += [
        f"#[spacetimedb::table({', '.join(_arguments(table, columns, functions))})]" for table in tables
    ]
    lines.append("#[derive(Clone, Debug)]")
    lines += [line for line in head if line.startswith("#")]
    lines.append(f"pub struct {types.name(ref)} {{")
    for position, (field, written) in enumerate(types.fields(ref)):
        lines += [f"    #[{attribute}]" for attribute in _attributes(tables[0], position, columns)]
        lines.append(f"    pub {field}: {written},")
    return "\n".join([*lines, "}"])


def _arguments(table: TableDef, columns: list[str], functions: Mapping[str, str]) -> Iterable[str]:
    yield f"name = {raw(table.name, f'table {table.name}')}"
    if table.is_public:
        yield "public"
    schedule = table.schedule
    if schedule is not None:
        at = columns[schedule.at_column]
        other = "" if at == "scheduled_at" else f", at = {at}"
        yield f"scheduled(crate::reducers::{functions[schedule.function_name]}{other})"
    for index in table.indexes:
        if not _stands_at_column(index, columns) and not _is_unique(table, index):
            named = raw(index.accessor_name or "_".join(columns[c] for c in index.columns), "an index")
            listed = ", ".join(columns[column] for column in index.columns)
            yield f"index(name = {named}, btree(columns = [{listed}]))"


def _attributes(table: TableDef, position: int, columns: list[str]) -> Iterable[str]:
    if position == table.primary_key:
        yield "primary_key"
    elif any(constraint.columns == (position,) for constraint in table.constraints):
        yield "unique"
    if any(sequence.column == position for sequence in table.sequences):
        yield "auto_inc"
    for index in table.indexes:
        if (
            index.columns == (position,)
            and _stands_at_column(index, columns)
            and not _is_unique(table, index)
        ):
            yield "index(btree)"


def _stands_at_column(index: IndexDef, columns: list[str]) -> bool:
    """Whether the index is one of a single column that bears its name."""
    return len(index.columns) == 1 and index.accessor_name in (None, columns[index.columns[0]])


def _is_unique(table: TableDef, index: IndexDef) -> bool:
    return any(constraint.columns == index.columns for constraint in table.constraints)
