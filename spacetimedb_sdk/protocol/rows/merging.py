"""The rows of one message by table, whatever the subprotocol."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol

from ...slices import Slices
from ..outcomes import DecodedRows, TableRows

__all__ = ["MergedRows", "RowReader", "WarnOnce"]

# Of one connection, each text once.
MOST_WARNINGS = 100
log = logging.getLogger("spacetimedb_sdk.protocol")


class RowReader(Protocol):
    """Decodes the rows of one table from what its subprotocol carries them in."""

    def read(self, row_list: Any, into: DecodedRows) -> Iterable[None]:
        """Append the rows of `row_list`: all of them, or those that are left between the pauses of what is returned.

        SchemaMismatchError when they do not fit.
        """

    def read_keys(self, row_list: Any, into: DecodedRows) -> Iterable[None]:
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
        rows = self._by_name.get(table)
        if rows is None:
            rows = self._by_name[table] = TableRows(table, DecodedRows(), DecodedRows())
            self.tables.append(rows)
            is_first = True
        else:
            is_first, rows.may_repeat = False, True
        leaving = () if deletes is None else reader.read_keys(deletes, rows.deletes)
        coming = () if inserts is None else reader.read(inserts, rows.inserts)
        if leaving or coming:
            return _rest(leaving, coming, partial(_settle, rows, reader, deletes, inserts, is_first))
        _settle(rows, reader, deletes, inserts, is_first)
        return ()  # of most messages: a generator would cost as much as a row


def _rest(leaving: Iterable[None], coming: Iterable[None], settle: Callable[[], None]) -> Slices[None]:
    yield from leaving
    yield from coming
    settle()


def _settle(rows: TableRows, reader: RowReader, deletes: Any, inserts: Any, is_first: bool) -> None:
    """All has been read: whether a row comes that leaves as well."""
    gone, come = rows.deletes.keys, rows.inserts.keys
    if is_first:
        rows.may_repeat = bool(
            gone and come and reader.may_share_rows(deletes, inserts, same_keys=gone == come)
        )
