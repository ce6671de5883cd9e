"""Which queries a commit can concern, found without trying each (spec: websocket.md section 4.5, sql.md)."""

from __future__ import annotations

import hashlib
import secrets
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ...types import Identity
from ..engine.views import ViewStore
from ..sql.predicate import Between, BoundColumn
from ..sql.relation import FilteredTable, value_of
from ..sql.subscription_query import Query
from ..sql.visibility import VisibleRows
from ..tables.datastore import TableChange
from ..wire.row_batch import QueryDelta, RowBatch

__all__ = ["QueryIndex", "QueryKey", "RowsAskedFor", "SharedQuery"]

QueryKey = tuple[str, Identity | None]
# What each client sees otherwise: the tables of queries that are its own.
_Own = ViewStore | VisibleRows
# So many queries for numbers between two make it pay to put the changed rows in order, which takes as long as some of them do.
_MANY = 8
# What a row that matches costs a query, as a number of comparisons: it is looked for, noted and written.
_MATCH = 16
# What it costs to look for the partners of a row.
_JOINED = 40
# The rows that a query has to do with: those of a table, or those with a value in one of its columns.
RowsAskedFor = tuple[str, int | None, object]


class _Costs(Protocol):
    def delta(
        self, query: SharedQuery, changes: Mapping[str, TableChange]
    ) -> tuple[list[object], list[object]]: ...


class SharedQuery:
    """A query of any number of clients: evaluated once for each commit, its rows written once in each form."""

    __slots__ = (
        "_secret",
        "asked_for",
        "cost",
        "costs",
        "filtered",
        "key",
        "own",
        "query",
        "store",
        "users",
        "views",
    )

    def __init__(self, query: Query, sender: Identity) -> None:
        self.query = query
        self.key: QueryKey = (query.text, sender if query.names_sender else None)
        self.store = query.store
        self.views = tuple(store for store in query.stores if isinstance(store, ViewStore))
        # The tables whose rows are not for everybody, as its clients see them.
        seen = tuple(store for store in query.stores if isinstance(store, VisibleRows))
        self.filtered: tuple[VisibleRows | FilteredTable, ...] = (*seen, *query.relation.filtered)
        self.own: tuple[_Own, ...] = (*self.views, *seen)
        self.users = 0
        # Which changed rows it costs something, and how much each, as a number of comparisons.
        self.asked_for: tuple[RowsAskedFor, ...] = (
            tuple((name, None, None) for name in query.tables)
            if query.equality is None
            else ((query.store.name, *query.equality),)
        )
        self.cost = _MATCH + query.comparisons + (_JOINED if query.looks_at_all_changed else 0)
        # What works out the changes of a join, and counts what that costs.
        self.costs: _Costs | None = None
        self._secret = secrets.token_bytes(16)

    def mark(self, places: tuple[int, ...]) -> int:
        """A number that stands for this query at these places: keyed by a secret, so that the exclusive or of many stands
        for all of them together, and no two collections that a client can think of are the same."""
        if not places:
            return 0
        digest = hashlib.blake2b(str(places).encode(), digest_size=16, key=self._secret).digest()
        return int.from_bytes(digest, "little")

    def delta(self, changes: Mapping[str, TableChange]) -> QueryDelta | None:
        """What `changes`, by table, mean to this query; None where no row matches."""
        if self.costs is None:
            deletes, inserts = self.query.delta(changes)
        else:
            deletes, inserts = self.costs.delta(self, changes)
        if not deletes and not inserts:
            return None
        own = changes.get(self.store.name)
        return QueryDelta(RowBatch(self.store, deletes, own), RowBatch(self.store, inserts, own))


class _TableQueries:
    """The queries that read one table, or what a client sees of one: those that ask for one value of a column, and the others;
    of these `ranges` counts those that ask for numbers between two, by column."""

    __slots__ = ("by_column", "others", "ranges")

    def __init__(self) -> None:
        self.others: dict[SharedQuery, None] = {}
        self.ranges: Counter[int] = Counter()
        self.by_column: dict[int, dict[object, dict[SharedQuery, None]]] = {}

    def __bool__(self) -> bool:
        return bool(self.others or self.by_column)

    def add(self, query: SharedQuery) -> None:
        wanted = query.query.equality
        if wanted is None:
            self.others[query] = None
            if query.query.between is not None:
                self.ranges[query.query.between.column.index] += 1
        else:
            column, value = wanted
            self.by_column.setdefault(column, {}).setdefault(value, {})[query] = None

    def discard(self, query: SharedQuery) -> None:
        wanted = query.query.equality
        if wanted is None:
            del self.others[query]
            if query.query.between is not None:
                self.ranges[query.query.between.column.index] -= 1
            return
        column, value = wanted
        values = self.by_column[column]
        del values[value][query]
        if not values[value]:
            del values[value]
        if not values:
            del self.by_column[column]

    def find_by_value(self, change: TableChange, found: dict[SharedQuery, QueryDelta]) -> None:
        """Adds what a change of the table means to the queries that ask for one value."""
        for column, by_value in self.by_column.items():
            for query, part in _matched(change, column, by_value).items():
                delta = query.delta({change.store.name: part})
                if delta is not None:
                    found[query] = delta


class QueryIndex:
    """All queries in use, by the tables, the view or the visible rows they read."""

    def __init__(self) -> None:
        self._tables: dict[str, _TableQueries] = {}
        self._own: dict[_Own, _TableQueries] = {}
        # Those of them that are computed, after each commit that changed what they read.
        self._views: dict[ViewStore, None] = {}

    def __bool__(self) -> bool:
        return bool(self._tables or self._own)

    def add(self, query: SharedQuery) -> None:
        for view in query.views:
            if view not in self._views:
                view.watch()
                self._views[view] = None
        for store in query.own:
            self._own.setdefault(store, _TableQueries()).add(query)
        for table in self._stored(query):
            self._tables.setdefault(table, _TableQueries()).add(query)

    def discard(self, query: SharedQuery) -> None:
        for store in set(query.own):
            self._own[store].discard(query)
            if not self._own[store]:
                del self._own[store]
                if isinstance(store, ViewStore):
                    del self._views[store]
                    store.unwatch()
        for table in self._stored(query):
            self._tables[table].discard(query)
            if not self._tables[table]:
                del self._tables[table]

    def _stored(self, query: SharedQuery) -> list[str]:
        """The tables that the query reads and everybody sees alike."""
        own = {store.name for store in query.own}
        return [name for name in query.query.tables if name not in own]

    def deltas(
        self, changes: Mapping[str, TableChange], visible: Mapping[VisibleRows, TableChange]
    ) -> dict[SharedQuery, QueryDelta]:
        """What `changes`, by table, mean to every query they mean anything to; `visible` are those among the rows of tables
        with filters."""
        found: dict[SharedQuery, QueryDelta] = {}
        joined: dict[SharedQuery, None] = {}
        seen = self._seen(changes)
        for rows, change in visible.items():
            seen[rows] = change
        for name, change in changes.items():
            queries = self._tables.get(name)
            if queries is None:
                continue
            ordered: dict[int, _Ordered] = {}
            for query in queries.others:
                if query.own:  # once, after all it reads is known
                    joined[query] = None
                    continue
                between, told = query.query.between, changes
                if between is not None and queries.ranges[between.column.index] >= _MANY:
                    in_order = ordered.get(between.column.index)
                    if in_order is None:
                        in_order = ordered[between.column.index] = _Ordered(change, between.column)
                    told = in_order.part(between)
                if told and query not in found and (delta := query.delta(told)) is not None:
                    found[query] = delta
            queries.find_by_value(change, found)
        for store, change in seen.items():
            queries = self._own.get(store)
            if queries is not None:
                joined |= queries.others
                queries.find_by_value(change, found)
        for query in joined:
            # A view is another table for each who looks, and so is a table with filters, whose own changes are not for
            # everybody: the query sees those of its own caller.
            own = {store.name: seen.get(store) for store in query.own}
            seen_changes = {name: change for name, change in {**changes, **own}.items() if change is not None}
            delta = query.delta(seen_changes)
            if delta is not None:
                found[query] = delta
        return found

    def _seen(self, changes: Mapping[str, TableChange]) -> dict[_Own, TableChange]:
        """The views whose rows are others now, with what has changed in them."""
        seen: dict[_Own, TableChange] = {}
        for view in self._views:
            changed = None if view.reads.isdisjoint(changes) else view.refresh()
            if changed is not None:
                seen[view] = changed
        return seen


class _Ordered:
    """Changed rows by the number that they have in one column."""

    def __init__(self, change: TableChange, column: BoundColumn) -> None:
        self._change = change
        self._sides = [self._sorted(rows, column) for rows in (change.deletes, change.inserts)]

    @staticmethod
    def _sorted(rows: Sequence[object], column: BoundColumn) -> tuple[list[Any], list[int]]:
        """The numbers in order, and at which places their rows are. What is no number is between no two."""
        values: list[Any] = list(map(value_of(column), rows))
        places = sorted((n for n, value in enumerate(values) if value == value), key=values.__getitem__)
        return [values[place] for place in places], places

    def part(self, between: Between) -> dict[str, TableChange]:
        """The change as far as `between` holds, under the table's name, its rows in their order; empty where it never does."""
        deletes, inserts = self._part(0, between), self._part(1, between)
        if not deletes and not inserts:
            return {}
        store = self._change.store
        return {store.name: TableChange(store, deletes, inserts)}

    def _part(self, side: int, between: Between) -> list[Any]:
        values, places = self._sides[side]
        first = 0 if between.least is None else bisect_left(values, between.least)
        last = len(values) if between.most is None else bisect_right(values, between.most)
        if first >= last:
            return []
        rows = self._change.inserts if side else self._change.deletes
        return [rows[place] for place in sorted(places[first:last])]


def _matched(
    change: TableChange, column: int, by_value: Mapping[object, Mapping[SharedQuery, None]]
) -> dict[SharedQuery, TableChange]:
    """For each query the changed rows that have its value in `column`: one look-up a row."""
    found: dict[SharedQuery, TableChange] = {}
    attribute = change.store.columns[column]
    for deleted, rows in ((True, change.deletes), (False, change.inserts)):
        for row in rows:
            for query in by_value.get(getattr(row, attribute), ()):
                part = found.get(query)
                if part is None:
                    part = found[query] = TableChange(change.store, [], [])
                (part.deletes if deleted else part.inserts).append(row)
    return found
