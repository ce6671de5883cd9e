"""The rows of one message by table, whatever the subprotocol."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeAlias

from ...slices import Slices
from ..outcomes import DecodedRows, TableRows

__all__ = ["MergedRows", "RowReader", "TableShare", "WarnOnce"]

# What one query changes in one table: its name, and the rows that leave and that come, as its reader takes them.
TableShare: TypeAlias = tuple[str, Any, Any]
# Of one connection, each text once.
MOST_WARNINGS = 100
log = logging.getLogger("spacetimedb_sdk.protocol")


class RowReader(Protocol):
    """Decodes the rows of one table from what its subprotocol carries them in."""

    def read(self, row_list: Any) -> DecodedRows | Slices[DecodedRows]:
        """The rows of `row_list`: at once where they are few. SchemaMismatchError when they do not fit."""

    def read_keys(self, row_list: Any) -> list[object] | Slices[list[object]]:
        """The same for rows that leave, whose keys are enough."""

    def may_share_rows(self, deletes: Any, inserts: Any, *, same_keys: bool) -> bool:
        """False where it is certain that the lists, which have been read, have no row in common.

        `same_keys`: row n has the same key in both, for every n.
        """


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
        gone = [] if deletes is None else reader.read_keys(deletes)
        come = DecodedRows([], []) if inserts is None else reader.read(inserts)
        share = table, deletes, inserts
        if not isinstance(gone, list) or not isinstance(come, DecodedRows):
            return self._rest(reader, share, gone, come)
        self._merge(reader, share, gone, come)
        return ()  # of most messages: a generator would cost as much as a row

    def _rest(
        self,
        reader: RowReader,
        share: TableShare,
        gone: list[object] | Slices[list[object]],
        come: DecodedRows | Slices[DecodedRows],
    ) -> Slices[None]:
        left = gone if isinstance(gone, list) else (yield from gone)
        self._merge(reader, share, left, come if isinstance(come, DecodedRows) else (yield from come))

    def _merge(self, reader: RowReader, share: TableShare, gone: list[object], come: DecodedRows) -> None:
        table, deletes, inserts = share
        rows = self._by_name.get(table)
        if rows is not None:
            rows.deletes.keys += gone
            rows.inserts.keys += come.keys
            rows.inserts.rows += come.rows
            rows.may_repeat = True
            return
        may_repeat = bool(
            gone and come.keys and reader.may_share_rows(deletes, inserts, same_keys=gone == come.keys)
        )
        rows = self._by_name[table] = TableRows(table, DecodedRows(gone, []), come, may_repeat)
        self.tables.append(rows)
