"""`ctx.db`: the tables of a module, by row class and by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from ..system.plain_text import LateText, close_to, listed

__all__ = ["ColumnHint", "TablesByClass", "not_unique"]


def not_unique(table: str, column: str, columns: Iterable[str]) -> TypeError:
    """What `find` raises for a column that does not tell rows apart, or is none."""
    if column in (known := tuple(columns)):
        return TypeError(f"{table}.{column} is not unique: use filter()")
    return TypeError(f"table {table!r} has no column {column}: it has {', '.join(known)}")


class ColumnHint:
    """What is told to whoever looks for a column at its table, `ctx.db.user.name`, as SDKs of other languages have it."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("name", "row_class"):  # which are not set yet
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        named: Any = self
        table, columns = named.name, named.row_class.__sats_fields__
        if name in columns:
            way = f"rows are looked up by it with find({name}=...) where it is unique, else with filter({name}=...)"
        else:
            way = f"its columns are {listed(columns)}"
        raise AttributeError(f"table {table!r} has no attribute {name!r}: {way}", name=name, obj=self)


class _Named(Protocol):
    """A table, as far as it is looked for."""

    @property
    def name(self) -> str: ...

    @property
    def row_class(self) -> type[Any]: ...


T = TypeVar("T", bound=_Named)


class TablesByClass(Generic[T]):
    """See `spacetimedb_sdk.module.Tables`; the tables are those of whatever runs the module."""

    __slots__ = ("_by_name", "_only", "_shared")

    def __init__(self, tables: Mapping[str, T]) -> None:
        self._by_name = tables
        # The one table of a row class; and the names of those that share one.
        self._only: dict[type[object], T] = {}
        self._shared: dict[type[object], list[str]] = {}
        for table in tables.values():
            self._shared.setdefault(table.row_class, []).append(table.name)
            self._only[table.row_class] = table
        for row_class, names in self._shared.items():
            if len(names) > 1:
                del self._only[row_class]

    def __getitem__(self, row_class: type[object]) -> T:
        try:
            return self._only[row_class]
        except (KeyError, TypeError):
            names = self._shared.get(row_class) if isinstance(row_class, type) else None
        if isinstance(row_class, str):
            raise KeyError(f"a table is ctx.db.{row_class} by its name, ctx.db[...] by the class of its rows")
        if names is None:
            raise KeyError(f"{row_class!r} is no table: there are {listed(self._by_name)}")
        ways = " or ".join(f"ctx.db.{name}" for name in names)
        raise KeyError(f"{row_class.__name__} is the row of several tables: say which, {ways}")

    def __getattr__(self, name: str) -> T:
        try:
            return self._by_name[name]
        except KeyError:
            raise AttributeError(LateText(lambda: _no_table(name, self._by_name))) from None


def _no_table(name: str, known: Collection[str]) -> str:
    return f"there is no table {name!r}{close_to(name, known)}: there are {listed(known)}"
