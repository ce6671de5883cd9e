"""All tables of a database, and their transactions: one at a time, undone on any exception."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from threading import get_ident
from typing import Any

from ...module.definition import ModuleBuild
from ...module.tables import TablesByClass
from ...sats.algebraic_type import ProductType
from ..errors import TimedOut
from .long_rows import may_be_long
from .own_rows import CopyingTable, is_own
from .table_store import TableStore

__all__ = ["Datastore", "TableChange"]

_table_id = attrgetter("table_id")


@dataclass(slots=True, eq=False)  # frozen it would take four times as long to make, once a call
class TableChange:
    """What one transaction did to one table, net: a row deleted and inserted again is in neither list."""

    store: TableStore[object]
    deletes: list[Any]
    inserts: list[Any]
    _by_column: dict[tuple[str, bool], dict[object, list[object]]] | None = field(
        default=None, init=False, repr=False
    )

    def having(self, attribute: str, value: object, *, inserted: bool) -> Sequence[object]:
        """The inserted or deleted rows with `value` in a column: by a hash that is made once for all who ask."""
        if self._by_column is None:
            self._by_column = {}
        by_value = self._by_column.get((attribute, inserted))
        if by_value is None:
            by_value = self._by_column[attribute, inserted] = {}
            for row in self.inserts if inserted else self.deletes:
                by_value.setdefault(getattr(row, attribute), []).append(row)
        return by_value.get(value, ())


class Datastore:
    """The tables by name, in alphabetical order; table ids count up from `first_table_id` in that order."""

    def __init__(self, build: ModuleBuild, first_table_id: int) -> None:
        definition = build.definition
        self.space = build.space
        self.stores: dict[str, TableStore[Any]] = {}
        for number, table in enumerate(sorted(definition.tables, key=lambda table: table.name)):
            row_class = build.classes[table.row_ref]
            codec = self.space.row_codec(table.row_ref, row_class, table.name)
            store: TableStore[Any] = TableStore(
                first_table_id + number, table, row_class, definition.typespace, codec
            )
            row = definition.typespace.types[table.row_ref]
            assert isinstance(row, ProductType)
            plain = is_own(self.space.layout, row, row_class)
            if plain is not None:
                store.looks_at_rows(plain)
            self.stores[table.name] = store
        self.tables = TablesByClass(
            {
                name: CopyingTable(store) if may_be_long(store) else store
                for name, store in self.stores.items()
            }
        )
        # The tables that the running transaction has changed anything in; None while none runs.
        self._touched: list[TableStore[object]] | None = None
        self._thread = 0
        for store in self.stores.values():
            store.on_touch = self._touch

    def _touch(self, store: TableStore[object]) -> None:
        if self._touched is None:
            raise RuntimeError("tables can only be changed inside a reducer, while it runs")
        if self._thread != get_ident():
            raise RuntimeError(
                "tables can only be changed by the thread that the reducer runs on, not by one it started"
            )
        self._touched.append(store)

    def transact(self, work: Callable[[], object]) -> list[TableChange]:
        """Runs `work` as one transaction and returns what it changed, table by table in their order. Whatever it raises
        goes on, after the undoing."""
        if self._touched is not None:
            raise RuntimeError("a reducer cannot begin another transaction: call the function itself")
        touched: list[TableStore[object]] = []
        self._touched, self._thread = touched, get_ident()
        try:
            work()
            if len(touched) > 1:
                touched.sort(key=_table_id)
            changes = [TableChange(store, *store.changes()) for store in touched]
        except TimedOut:
            # It came from another thread, and may have met a table half changed.
            for store in touched:
                store.put_right()
            raise
        except BaseException:  # whatever ended it, even Ctrl-C: half a transaction must not stay
            for store in touched:
                store.undo()
            raise
        finally:
            self._touched = None
        for store in touched:
            store.end()
        return [change for change in changes if change.deletes or change.inserts]
