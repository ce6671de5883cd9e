"""Cache: the rows a client is subscribed to, counted by how many queries delivered them (spec: websocket.md section 7).

Only a client's `update()` (or its event loop) changes it, one whole message at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from ...bindings.module import ModuleBindings, TableInfo, not_in_bindings
from ...errors import SchemaError
from ...protocol.outcomes import TableRows
from ...sats.algebraic_type import (
    F32,
    F64,
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    Ref,
    SumType,
)
from ...sats.bsatn.layout import Layout, fields_of
from ...slices import Slices, run
from .table_cache import TableCache, TableChanges

__all__ = ["ClientCache", "merged"]


Changing: TypeAlias = Slices[list[TableChanges]]


class ClientCache:
    """Every table of a bindings package. `table(name)` by its canonical name."""

    def __init__(self, bindings: ModuleBindings) -> None:
        self._tables: dict[str, TableCache[Any]] = {}
        for name, info in bindings.tables.items():
            cls = bindings.table_classes[name]
            self._tables[name] = _make_table(bindings, info, cls)
        self._warned: set[str] = set()

    def __iter__(self) -> Iterator[TableCache[Any]]:
        return iter(self._tables.values())

    def table(self, name: str) -> TableCache[Any]:
        """The table, to read it. SchemaError, naming the tables there are, for any other."""
        table = self.known(name)
        if table.on_read is not None:
            table.on_read(name)
        return table

    def known(self, name: str) -> TableCache[Any]:
        """The table, without being read. SchemaError as in `table`."""
        try:
            return self._tables[name]
        except KeyError:
            raise SchemaError(not_in_bindings("table", name, self._tables)) from None

    def apply(self, tables: list[TableRows]) -> list[TableChanges]:
        """Apply a whole message at once; see `applying`."""
        changes = self.apply_plain(tables)
        return run(self.applying(tables)) if changes is None else changes

    def replace(self, tables: list[TableRows]) -> list[TableChanges]:
        """Make the rows of `tables` all there are, at once; see `replacing`."""
        return run(self.replacing(tables))

    def applying(self, tables: list[TableRows]) -> Changing:
        """Apply a whole message: worked out in slices, with a pause at each yield, then visible in one step."""
        prepared = []
        for update in tables:
            prepared.append((yield from self._tables[update.table].prepare(update)))
        return self._commit(prepared)

    def apply_plain(self, tables: list[TableRows]) -> list[TableChanges] | None:
        """What `applying` comes to for the common small message, at once; None, and nothing has changed, for any other."""
        prepared = []
        for update in tables:
            changes = self._tables[update.table].prepare_plain(update)
            if changes is None:
                return None
            prepared.append(changes)
        for changes in prepared:  # as `_commit`, by hand: each transaction passes it
            self._tables[changes.table].commit(changes)
        return prepared

    def replacing(self, tables: list[TableRows]) -> Changing:
        """Make the rows of `tables` all there are, in every table; in slices, then in one step."""
        given = {rows.table: rows for rows in tables}
        prepared = []
        for name, table in self._tables.items():
            if name in given or table.rows:
                update = given.get(name) or TableRows(name)
                replaced = table.prepare_replacement if table.rows else table.prepare
                prepared.append((yield from replaced(update)))
        return self._commit(prepared)

    def _commit(self, prepared: list[TableChanges]) -> list[TableChanges]:
        for changes in prepared:
            self._tables[changes.table].commit(changes)
        return prepared


def merged(messages: Iterable[list[TableRows]]) -> list[TableRows]:
    """Several messages as one: counts add up, and a key's newest row is the last that was inserted."""
    tables: dict[str, TableRows] = {}
    for message in messages:
        for rows in message:
            into = tables.setdefault(rows.table, TableRows(rows.table))
            into.gone += rows.gone
            into.keys += rows.keys
            into.rows += rows.rows
    return list(tables.values())


def _make_table(bindings: ModuleBindings, info: TableInfo, cls: type) -> TableCache[Any]:
    row_type = bindings.typespace.types[info.row]
    assert isinstance(row_type, ProductType)
    fields = fields_of(cls, row_type)
    attribute = {element.name: field for element, field in zip(row_type.elements, fields, strict=True)}
    layout = Layout(bindings.typespace, bindings.space.classes)
    column_keys = {
        field: bindings.space.codec(element.type).encode
        for element, field in zip(row_type.elements, fields, strict=True)
        if not _is_hashable(layout, element.type)
    }
    return TableCache(
        info.name,
        bindings.space.row_codec(info.row, cls, info.name),
        unique=[attribute[column] for column in info.unique],
        primary_key=attribute[info.primary_key] if info.primary_key else None,
        column_keys=column_keys,
        has_floats=_has_floats(layout, row_type, set()),
        is_event=info.is_event,
    )


def _is_hashable(layout: Layout, type_: AlgebraicType) -> bool:
    """Whether equal values of the type are equal keys: leaves but floats, and strings."""
    leaf = layout.leaf(type_)
    return (leaf is not None and leaf.code not in "fd") or layout.typespace.resolve(type_) == PrimitiveType(
        "String"
    )


def _has_floats(layout: Layout, type_: AlgebraicType, seen: set[int]) -> bool:
    match type_:
        case Ref(index):
            if index in seen:
                return False
            seen.add(index)
            return _has_floats(layout, layout.typespace.resolve(type_), seen)
        case ArrayType(element):
            return _has_floats(layout, element, seen)
        case ProductType(items) | SumType(items):
            return any(_has_floats(layout, item.type, seen) for item in items)
    return type_ in (F32, F64)
