"""Compiled queries whose rows are rows of one table: what matches now, and what a commit changes in that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .datastore import TableChange
from .predicate import BoundColumn
from .relation import Relation, Step, value_of

__all__ = ["JoinQuery", "Query", "TableQuery"]


class Query:
    """A query that returns rows of `store`, a table of `tables`.

    `names_sender`: its rows depend on who asks, so that equal texts of different clients are different queries.
    `equality`: a column of the only table, and the value it has in every row that matches.
    """

    equality: tuple[int, Any] | None = None

    def __init__(self, text: str, store: Any, tables: tuple[str, ...], *, names_sender: bool) -> None:
        self.text = text
        self.store = store
        self.tables = tables
        self.names_sender = names_sender

    def rows(self) -> list[Any]:
        """All rows that match now, a row as many times as it matches."""
        raise NotImplementedError

    def delta(self, changes: Mapping[str, TableChange]) -> tuple[list[Any], list[Any]]:
        """The rows that `changes`, by table, take away and bring, net. To be called after those changes, before others."""
        raise NotImplementedError


class TableQuery(Query):
    """A query of one table."""

    def __init__(self, text: str, relation: Relation, *, names_sender: bool) -> None:
        (store,) = relation.stores
        super().__init__(text, store, (store.name,), names_sender=names_sender)
        self._relation = relation
        self._predicate: Callable[[Any], bool] | None = relation.filters[0]
        if relation.equalities:
            first = relation.equalities[0]
            self.equality = (first.column.index, first.value)

    def select(self, rows: list[Any]) -> list[Any]:
        """Those of `rows` that match, in their order."""
        return rows if self._predicate is None else list(filter(self._predicate, rows))

    def rows(self) -> list[Any]:
        return self.select(self._relation.start()[1])

    def delta(self, changes: Mapping[str, TableChange]) -> tuple[list[Any], list[Any]]:
        change = changes[self.store.name]
        return self.select(change.deletes), self.select(change.inserts)


class JoinQuery(Query):
    """A query of several tables that returns the rows of one, each as many times as it finds partners."""

    def __init__(self, text: str, relation: Relation, projected: int, *, names_sender: bool) -> None:
        tables = tuple(dict.fromkeys(store.name for store in relation.stores))
        super().__init__(text, relation.stores[projected], tables, names_sender=names_sender)
        self._relation = relation
        self._projected = projected

    def rows(self) -> list[Any]:
        relation = self._relation
        start, rows = relation.start()
        found = relation.walk(start, rows, relation.look_up)
        return [bound[self._projected] for bound in found if bound is not None]

    def delta(self, changes: Mapping[str, TableChange]) -> tuple[list[Any], list[Any]]:
        """The changed rows of each table in turn, joined with those before it as they are, those after it as they were:
        the sum is the difference, at the cost of the changed rows and their partners."""
        encoded = self.store.encoded
        net: dict[bytes, list[Any]] = {}
        before: dict[int, _Before] = {}
        for source, store in enumerate(self._relation.stores):
            change = changes.get(store.name)
            if change is None:
                continue
            for sign, rows in ((-1, change.deletes), (1, change.inserts)):
                for bound in self._relation.walk(source, rows, self._as_of(source, changes, before)):
                    if bound is not None:
                        row = bound[self._projected]
                        net.setdefault(encoded(row), [0, row])[0] += sign
        deletes = [row for count, row in net.values() for _ in range(-count)]
        inserts = [row for count, row in net.values() for _ in range(count)]
        return deletes, inserts

    def _as_of(
        self, source: int, changes: Mapping[str, TableChange], before: dict[int, _Before]
    ) -> Callable[[Step, Any], Iterable[Any]]:
        relation = self._relation
        # The rows of an event table are there for their own transaction alone: they meet what it left behind.
        is_event = relation.stores[source].is_event

        def candidates(step: Step, value: Any) -> Iterable[Any]:
            now = relation.look_up(step, value)
            change = changes.get(relation.stores[step.source].name)
            if change is None or step.source < source or is_event:
                return now
            undo = before.get(step.source)
            if undo is None:
                undo = before[step.source] = _Before(change)
            return undo.rows(step.own, value, now)

        return candidates


class _Before:
    """A changed table as it was."""

    def __init__(self, change: TableChange) -> None:
        self._encoded = change.store.encoded
        self._deletes = change.deletes
        self._inserted = {self._encoded(row) for row in change.inserts}
        self._by_column: dict[BoundColumn, dict[Any, list[Any]]] = {}

    def rows(self, column: BoundColumn | None, value: Any, now: Iterable[Any]) -> list[Any]:
        """The rows that had `value` in `column`, out of those that have it `now`."""
        kept = [row for row in now if self._encoded(row) not in self._inserted]
        if column is None:
            return kept + self._deletes
        by_value = self._by_column.get(column)
        if by_value is None:
            by_value = self._by_column[column] = {}
            own = value_of(column)
            for row in self._deletes:
                by_value.setdefault(own(row), []).append(row)
        return kept + by_value.get(value, [])
