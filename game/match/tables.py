"""Tables: what is asked of the world's tables, and tables of rows that no server sends.

A session reads `module_bindings.Tables(client)`; the arena behind the menus, and tests, read `LocalTables`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Generic, Protocol, TypeVar

from module_bindings import Circle, Config, Entity, Food, Player, Protection, WorldRules

__all__ = ["ChangedKeys", "LocalTable", "LocalTables", "Table", "WorldTables"]

# As many changes as are kept for who has yet to look at them.
_KEPT = 4096
Row = TypeVar("Row")
Row_co = TypeVar("Row_co", covariant=True)


class Table(Protocol[Row_co]):
    """A table of a client: its rows, one by key, and what changes."""

    def iter(self) -> Iterable[Row_co]: ...

    def count(self) -> int: ...

    def find(self, *args: Any, **column: Any) -> Row_co | None: ...

    def on_insert(self, callback: Callable[[Row_co, Any], Any]) -> object: ...

    def on_update(self, callback: Callable[[Row_co, Row_co, Any], Any]) -> object: ...

    def on_delete(self, callback: Callable[[Row_co, Any], Any]) -> object: ...


class WorldTables(Protocol):
    """The public tables of a world of Blackholio; official servers have not the last two, which are empty then."""

    @property
    def circle(self) -> Table[Circle]: ...

    @property
    def config(self) -> Table[Config]: ...

    @property
    def entity(self) -> Table[Entity]: ...

    @property
    def food(self) -> Table[Food]: ...

    @property
    def player(self) -> Table[Player]: ...

    @property
    def protection(self) -> Table[Protection]: ...

    @property
    def world_rules(self) -> Table[WorldRules]: ...


class ChangedKeys:
    """Keys of rows that have changed, in order: for any number of those who look now and then at what is new to them."""

    def __init__(self) -> None:
        self._keys: list[int] = []
        # How many there were before those that are kept.
        self._first = 0

    @property
    def count(self) -> int:
        """How many there ever were."""
        return self._first + len(self._keys)

    def add(self, keys: Iterable[int]) -> None:
        self._keys += keys
        if len(self._keys) > _KEPT:
            self._forget(_KEPT // 2)

    def add_all(self) -> None:
        """Whatever there is may be another."""
        self._first += 1
        self._forget(0)

    def _forget(self, kept: int) -> None:
        forgotten = len(self._keys) - kept
        del self._keys[:forgotten]
        self._first += forgotten

    def since(self, count: int) -> set[int] | None:
        """Those that came after the first `count`; None where that may be all."""
        return None if count < self._first else set(self._keys[count - self._first :])


class LocalTable(Generic[Row]):
    """Rows by `key`, which names a column; `put` and `remove` call what is registered, as an update of a client does."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._rows: dict[Any, Row] = {}
        self._inserted: list[Callable[[Row, Any], Any]] = []
        self._updated: list[Callable[[Row, Row, Any], Any]] = []
        self._deleted: list[Callable[[Row, Any], Any]] = []

    def iter(self) -> Iterable[Row]:
        return list(self._rows.values())

    def count(self) -> int:
        return len(self._rows)

    def find(self, *_values: Any, **column: Any) -> Row | None:
        ((name, value),) = column.items()
        if name == self.key:
            return self._rows.get(value)
        return next((row for row in self._rows.values() if getattr(row, name) == value), None)

    def on_insert(self, callback: Callable[[Row, Any], Any]) -> None:
        self._inserted.append(callback)

    def on_update(self, callback: Callable[[Row, Row, Any], Any]) -> None:
        self._updated.append(callback)

    def on_delete(self, callback: Callable[[Row, Any], Any]) -> None:
        self._deleted.append(callback)

    def put(self, row: Row) -> None:
        """Insert a row, or update the one of its key."""
        key = getattr(row, self.key)
        old, self._rows[key] = self._rows.get(key), row
        if old is None:
            for inserted in self._inserted:
                inserted(row, None)
        else:
            for updated in self._updated:
                updated(old, row, None)

    def remove(self, key: Any) -> Row:
        """Delete a row. KeyError where there is none of that key."""
        row = self._rows.pop(key)
        for deleted in self._deleted:
            deleted(row, None)
        return row


class LocalTables:
    """The tables of a world that lives in this program."""

    def __init__(self) -> None:
        self.circle: LocalTable[Circle] = LocalTable("entity_id")
        self.config: LocalTable[Config] = LocalTable("id")
        self.entity: LocalTable[Entity] = LocalTable("entity_id")
        self.food: LocalTable[Food] = LocalTable("entity_id")
        self.player: LocalTable[Player] = LocalTable("identity")
        self.protection: LocalTable[Protection] = LocalTable("player_id")
        self.world_rules: LocalTable[WorldRules] = LocalTable("id")
