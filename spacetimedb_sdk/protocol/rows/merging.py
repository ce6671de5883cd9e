"""The rows of one message by table, whatever the subprotocol."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from ...slices import Slices
from ..outcomes import TableRows

__all__ = ["MergedRows", "RowReader", "TableShare", "WarnOnce"]

# What one query changes in one table: its name, and the rows that leave and that come, as its reader takes them.
TableShare: TypeAlias = tuple[str, Any, Any]
# Of one connection, each text once.
MOST_WARNINGS = 100
log = logging.getLogger("spacetimedb_sdk.protocol")


class RowReader(Protocol):
    """Decodes the rows of one table from what its subprotocol carries them in."""

    def changes(self, deletes: Any, inserts: Any) -> TableRows | Slices[TableRows]:
        """What leaves and what comes, None for none: at once where they are few. SchemaMismatchError where they do not fit."""


class WarnOnce:
    """Says in the log what the bindings lack: each thing the first time, and so many things at most."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def unknown_table(self, table: str) -> None:
        self._say(
            f"table:{table}",
            "rows of table %s are skipped: the bindings do not know it, regenerate them",
            _shown(table),
        )

    def unknown_set(self, query_set: int) -> None:
        self._say(
            "set",
            "the server sent rows of query set %d, which was never asked for or has ended: left out, as is all more of the kind",
            query_set,
        )

    def unfit_arguments(self, reducer: str, error: Exception) -> None:
        self._say(
            f"args:{reducer}",
            "the arguments of reducer %s do not fit the bindings (%.200s): regenerate them",
            _shown(reducer),
            error,
        )

    def _say(self, key: str, text: str, *args: object) -> None:
        # A server that makes names up must fill neither the log nor the memory.
        if key not in self._said and len(self._said) < MOST_WARNINGS:
            self._said.add(key)
            log.warning(text, *args)


def _shown(name: str) -> str:
    """A name that a server gave, fit for a line of the log."""
    return (name if name.isprintable() else repr(name))[:60]


class MergedRows:
    """What one message says, every query's share of a table after the other. `tables` grows as rows are added."""

    __slots__ = ("_by_name", "_readers", "_warn", "tables")

    def __init__(self, readers: Mapping[str, RowReader], warn: WarnOnce) -> None:
        self._readers = readers
        self._warn = warn
        self._by_name: dict[str, TableRows] = {}
        self.tables: list[TableRows] = []

    def add(self, table: str, deletes: Any = None, inserts: Any = None) -> Iterable[None]:
        """Add rows of `table`, as the readers take them: all of them, or those that are left between the pauses of what is
        returned. Unknown tables are skipped."""
        reader = self._readers.get(table)
        if reader is None:
            self._warn.unknown_table(table)
            return ()
        rows = reader.changes(deletes, inserts)
        if not isinstance(rows, TableRows):
            return self._rest(rows)
        # By hand: most messages say one thing of one table.
        if table in self._by_name:
            self._merge(rows)
        else:
            self._by_name[table] = rows
            self.tables.append(rows)
        return ()  # of most messages: a generator would cost as much as a row

    def _rest(self, left: Slices[TableRows]) -> Slices[None]:
        self._merge((yield from left))

    def _merge(self, more: TableRows) -> None:
        rows = self._by_name.setdefault(more.table, more)
        if rows is more:
            self.tables.append(more)
            return
        rows.gone += more.gone
        rows.keys += more.keys
        rows.rows += more.rows
        rows.may_repeat = True
