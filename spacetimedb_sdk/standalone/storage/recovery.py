"""From what storage kept to tables in memory: whether the module still fits it, and how its rows come back."""

from __future__ import annotations

import json

from ...errors import DecodeError, SchemaError
from ...sats.algebraic_type import AlgebraicType, ArrayType, Element, ProductType, Ref, SumType, Typespace
from ...sats.bsatn.codec import CodecSpace
from ...sats.schema.module_def import ModuleDef, TableDef
from ...sats.schema.v10 import read_v10, write_v10
from ..errors import StorageError
from ..tables.datastore import Datastore
from .commit_log import Storage
from .records import Client, ColumnDefaults, RecordReader

__all__ = ["definition_text", "obstacles", "recover", "widened"]

_DAMAGED = "restore it from a backup, or give another --data-dir"


def definition_text(definition: ModuleDef) -> str:
    """The definition as storage keeps it."""
    return json.dumps(write_v10(definition), sort_keys=True)


def recover(storage: Storage, definition: ModuleDef, datastore: Datastore) -> tuple[list[Client], bool]:
    """Fills the empty `datastore` with what is stored; returns the clients that were connected when it ended, and whether
    what is stored has fewer columns.

    StorageError where the file is damaged, or its tables are not those of `definition`.
    """
    assert storage.definition is not None
    path = storage.journal.path
    try:
        before = read_v10(json.loads(storage.definition))
    except (ValueError, SchemaError) as error:
        raise StorageError(path, "is damaged (its definition cannot be read)", _DAMAGED) from error
    found = obstacles(before, definition)
    if found:
        remedy = "run the module it was made with, or give another --data-dir"
        raise StorageError(path, f"holds the tables of another module ({'; '.join(found)})", remedy)
    wider = widened(before, definition)
    reader = RecordReader(datastore.stores, wider)
    try:
        for block in storage.blocks():
            reader.apply(block)
    except (DecodeError, KeyError) as error:
        raise StorageError(path, f"is damaged (a commit cannot be read: {error})", _DAMAGED) from error
    return list(reader.clients), bool(wider)


def widened(before: ModuleDef, after: ModuleDef) -> dict[str, ColumnDefaults]:
    """By name, the tables of `after` that have columns more than they had; only where there are no `obstacles`."""
    found = {}
    space = CodecSpace(before.typespace, {})
    tables = {table.name: table for table in after.tables}
    for old in before.tables:
        table = tables[old.name]
        count = len(old.columns(before.typespace))
        added = [value for column, value in table.default_values if column >= count]
        if not old.is_event and len(table.columns(after.typespace)) > count:
            found[old.name] = ColumnDefaults(space.codec(Ref(old.row_ref), old.name), b"".join(added))
    return found


def obstacles(before: ModuleDef, after: ModuleDef) -> list[str]:
    """Why rows kept under `before` cannot be those of `after`; empty where they can.

    New tables, indexes, reducers and visibility are no obstacle, neither is a constraint that is gone, nor are columns with
    a default after those there were.
    """
    found = []
    tables = {table.name: table for table in after.tables}
    for old in before.tables:
        table = tables.get(old.name)
        if table is None:
            found.append(f"table `{old.name}` is gone")
        elif old.is_event != table.is_event:
            found.append(f"table `{old.name}` holds events in one of them")
        elif not old.is_event:
            found += _differences(old, before.typespace, table, after.typespace)
    return found


def _differences(old: TableDef, old_typespace: Typespace, table: TableDef, typespace: Typespace) -> list[str]:
    name = table.name
    found = []
    columns, before = table.columns(typespace), old.columns(old_typespace)
    defaults = {column for column, _ in table.default_values}
    if _columns(before, old_typespace) != _columns(columns[: len(before)], typespace):
        found.append(f"table `{name}` has other columns")
    elif missing := [n for n in range(len(before), len(columns)) if n not in defaults]:
        named = ", ".join(f"`{columns[n].name}`" for n in missing)
        found.append(f"table `{name}` has new columns without a default: {named}")
    elif old.primary_key != table.primary_key:
        found.append(f"table `{name}` has another primary key")
    elif {item.columns for item in table.constraints} - {item.columns for item in old.constraints}:
        found.append(f"table `{name}` has a new unique constraint")
    elif {item.column for item in old.sequences} != {item.column for item in table.sequences}:
        found.append(f"table `{name}` numbers other columns")
    elif (old.schedule is None) != (table.schedule is None):
        found.append(f"table `{name}` is scheduled in one of them")
    return found


def _columns(columns: tuple[Element, ...], typespace: Typespace) -> list[object]:
    return [(column.name, _layout(column.type, typespace)) for column in columns]


def _layout(type_: AlgebraicType, typespace: Typespace, above: tuple[int, ...] = ()) -> object:
    """The type with its references followed: equal layouts have equal bytes. A reference to itself is how far up it is."""
    if isinstance(type_, Ref):
        if type_.index in above:
            return ("above", len(above) - above.index(type_.index))
        return _layout(typespace.types[type_.index], typespace, (*above, type_.index))
    if isinstance(type_, ArrayType):
        return ("array", _layout(type_.element, typespace, above))
    if isinstance(type_, ProductType):
        return (
            "product",
            *((element.name, _layout(element.type, typespace, above)) for element in type_.elements),
        )
    if isinstance(type_, SumType):
        return (
            "sum",
            *((variant.name, _layout(variant.type, typespace, above)) for variant in type_.variants),
        )
    return type_
