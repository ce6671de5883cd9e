"""Servers to publish to: which generation of them answers, and what one would not survive."""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import CommandError, HttpError
from ..http import HttpClient
from ..sats.algebraic_type import I128
from ..sats.schema.module_def import ModuleDef
from .interpreter import ABI_1, ABI_2, Abi

__all__ = ["generation_of", "is_embedded", "refuse_fatal_changes"]


def generation_of(http: HttpClient) -> Abi:
    """Whether a server is of 1.x or of 2.x, which offer modules different functions. ConnectError where none answers."""
    http.ping()
    return ABI_2 if http.plans_migrations() else ABI_1


def is_embedded(http: HttpClient) -> bool:
    """Whether the server is this SDK's own, which runs Python as it is. ConnectError where none answers."""
    try:
        return "\nspacetimedb_connections" in f"\n{http.metrics()}"
    except HttpError:  # kept from the outside
        return False


def refuse_fatal_changes(database: str, stored: ModuleDef, changed: ModuleDef) -> None:
    """CommandError where a SpacetimeDB of 1.x, with all its databases, would end of the change from `stored` to `changed`.

    It looks into the index of a column that becomes `auto_inc` for values of another type than the column's, and ends of it
    (1.2.0: "bound does not conform to key type of index"), also where the table is empty.
    """
    columns = sorted(_counted(changed) & _indexed(stored) - _counted(stored))
    if columns:
        named = ", ".join(f"{table}.{column}" for table, column in columns)
        raise CommandError(
            f"{named} may not become auto_inc in {database} as it is: a SpacetimeDB of 1.x would end of it, with all its databases. "
            "Leave it as it was, count in another table beside it, or begin without the rows by --clear"
        )


def _counted(module: ModuleDef) -> set[tuple[str, str]]:
    return set(
        _named(module, [(table.name, item.column) for table in module.tables for item in table.sequences])
    )


def _indexed(module: ModuleDef) -> set[tuple[str, str]]:
    """The columns that have an index of their own; those as wide as the server counts do no harm."""
    alone = [
        (table.name, item.columns[0])
        for table in module.tables
        for item in table.indexes
        if len(item.columns) == 1
    ]
    wide = {
        (table.name, column.name or "")
        for table in module.tables
        for column in table.columns(module.typespace)
        if column.type == I128
    }
    return set(_named(module, alone)) - wide


def _named(module: ModuleDef, places: list[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    columns = {table.name: table.columns(module.typespace) for table in module.tables}
    for table, place in places:
        yield table, columns[table][place].name or str(place)
