"""The rows of one message by table, whatever the subprotocol."""

from __future__ import annotations

import logging
from typing import Any, Protocol, TypeAlias

from ...slices import Slices
from ..outcomes import TableRows

__all__ = ["RowReader", "TableShare", "WarnOnce", "joined"]

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


def joined(rows: TableRows, more: TableRows) -> TableRows:
    """`rows`, and what another query says of the same table after it."""
    rows.gone += more.gone
    rows.keys += more.keys
    rows.rows += more.rows
    rows.may_repeat = True
    return rows
