"""`ctx.db`: the tables of a module, by row class and by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["TablesByClass", "not_unique"]


def not_unique(table: str, column: str, columns: Iterable[str]) -> TypeError:
    """What `find` raises for a column that does not tell rows apart, or is none."""
    if column in (known := tuple(columns)):
        return TypeError(f"{table}.{column} is not unique: use filter()")
    return TypeError(f"table {table!r} has no column {column}: it has {', '.join(known)}")


class _Named(Protocol):
    """A table, as far as it is looked for."""

    @property
    def name(self) -> str: ...

    @property
    def row_class(self) -> type[Any]: ...


T = TypeVar("T", bound=_Named)


class TablesByClass(Generic[T]):
    """See `spacetimedb_sdk.module.Tables`; the tables are those of whatever runs the module."""

    __slots__ = ("_by_class", "_by_name")

    def __init__(self, tables: Mapping[str, T]) -> None:
        self._by_name = tables
        self._by_class: dict[type[object], list[T]] = {}
        for table in tables.values():
            self._by_class.setdefault(table.row_class, []).append(table)

    def __getitem__(self, row_class: type[object]) -> T:
        tables = self._by_class.get(row_class)
        if isinstance(row_class, str):
            raise KeyError(f"a table is ctx.db.{row_class} by its name, ctx.db[...] by the class of its rows")
        if tables is None:
            raise KeyError(f"{row_class!r} is no table: there are {', '.join(self._by_name)}")
        if len(tables) > 1:
            ways = " or ".join(f"ctx.db.{table.name}" for table in tables)
            raise KeyError(f"{row_class.__name__} is the row of several tables: say which, {ways}")
        return tables[0]

    def __getattr__(self, name: str) -> T:
        try:
            return self._by_name[name]
        except KeyError:
            raise AttributeError(
                f"there is no table {name!r}: there are {', '.join(self._by_name)}"
            ) from None
