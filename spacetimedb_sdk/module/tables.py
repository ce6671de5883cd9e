"""`ctx.db`: the tables of a module, by row class and by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["TablesByClass"]


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
