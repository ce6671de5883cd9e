"""Which queries a commit can concern, found without trying each (spec: websocket.md section 4.5, sql.md)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping

from ...types import Identity
from ..engine.views import ViewStore
from ..sql.subscription_query import Query
from ..sql.visibility import VisibleRows
from ..tables.datastore import TableChange
from ..wire.row_batch import QueryDelta, RowBatch

__all__ = ["QueryIndex", "QueryKey", "SharedQuery"]

QueryKey = tuple[str, Identity | None]


class SharedQuery:
    """A query of any number of clients: evaluated once for each commit, its rows written once in each form."""

    __slots__ = ("_secret", "comparisons", "filtered", "key", "query", "store", "users", "views")

    def __init__(self, query: Query, sender: Identity) -> None:
        self.query = query
        self.key: QueryKey = (query.text, sender if query.names_sender else None)
        self.store = query.store
        self.views = tuple(store for store in query.stores if isinstance(store, ViewStore))
        # The tables whose rows are not for everybody, as its clients see them.
        self.filtered = tuple(store for store in query.stores if isinstance(store, VisibleRows))
        self.users = 0
        # What a changed row costs, unless it is found by a value.
        self.comparisons = 0 if query.equality is not None else 1 + query.comparisons
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
        deletes, inserts = self.query.delta(changes)
        if not deletes and not inserts:
            return None
        own = changes.get(self.store.name)
        return QueryDelta(RowBatch(self.store, deletes, own), RowBatch(self.store, inserts, own))


class _TableQueries:
    """The queries that read one table: those that ask for one value of a column, and the others."""

    __slots__ = ("by_column", "others")

    def __init__(self) -> None:
        self.others: dict[SharedQuery, None] = {}
        self.by_column: dict[int, dict[object, dict[SharedQuery, None]]] = {}

    def __bool__(self) -> bool:
        return bool(self.others or self.by_column)

    def add(self, query: SharedQuery) -> None:
        wanted = query.query.equality
        if wanted is None:
            self.others[query] = None
        else:
            column, value = wanted
            self.by_column.setdefault(column, {}).setdefault(value, {})[query] = None

    def discard(self, query: SharedQuery) -> None:
        wanted = query.query.equality
        if wanted is None:
            del self.others[query]
            return
        column, value = wanted
        values = self.by_column[column]
        del values[value][query]
        if not values[value]:
            del values[value]
        if not values:
            del self.by_column[column]


class QueryIndex:
    """All queries in use, by the tables or the view they read."""

    def __init__(self) -> None:
        self._tables: dict[str, _TableQueries] = {}
        self._views: dict[ViewStore, dict[SharedQuery, None]] = {}
        self._filtered: dict[VisibleRows, dict[SharedQuery, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._tables or self._views or self._filtered)

    def add(self, query: SharedQuery) -> None:
        for view in query.views:
            if view not in self._views:
                view.watch()
            self._views.setdefault(view, {})[query] = None
        for rows in query.filtered:
            self._filtered.setdefault(rows, {})[query] = None
        for table in self._stored(query):
            self._tables.setdefault(table, _TableQueries()).add(query)

    def discard(self, query: SharedQuery) -> None:
        for view in set(query.views):
            del self._views[view][query]
            if not self._views[view]:
                del self._views[view]
                view.unwatch()
        for rows in set(query.filtered):
            del self._filtered[rows][query]
            if not self._filtered[rows]:
                del self._filtered[rows]
        for table in self._stored(query):
            self._tables[table].discard(query)
            if not self._tables[table]:
                del self._tables[table]

    def _stored(self, query: SharedQuery) -> list[str]:
        """The tables that the query reads and everybody sees alike."""
        own = {view.name for view in query.views} | {rows.name for rows in query.filtered}
        return [name for name in query.query.tables if name not in own]

    def deltas(
        self, changes: Mapping[str, TableChange], visible: Mapping[VisibleRows, TableChange]
    ) -> dict[SharedQuery, QueryDelta]:
        """What `changes`, by table, mean to every query they mean anything to; `visible` are those among the rows of tables
        with filters."""
        found: dict[SharedQuery, QueryDelta] = {}
        joined: dict[SharedQuery, None] = {}
        seen = self._seen(changes)
        for name, change in changes.items():
            queries = self._tables.get(name)
            if queries is None:
                continue
            for query in queries.others:
                if query.views or query.filtered:  # once, after all it reads is known
                    joined[query] = None
                elif query not in found and (delta := query.delta(changes)) is not None:
                    found[query] = delta
            for column, by_value in queries.by_column.items():
                for query, part in _matched(change, column, by_value).items():
                    delta = query.delta({name: part})
                    if delta is not None:
                        found[query] = delta
        for view in seen:
            joined |= self._views[view]
        for rows in visible:
            joined |= self._filtered.get(rows, {})
        for query in joined:
            # A view is another table for each who looks, and so is a table with filters, whose own changes are not for
            # everybody: the query sees those of its own caller.
            own = {view.name: seen.get(view) for view in query.views}
            own |= {rows.name: visible.get(rows) for rows in query.filtered}
            told = {name: change for name, change in {**changes, **own}.items() if change is not None}
            delta = query.delta(told)
            if delta is not None:
                found[query] = delta
        return found

    def _seen(self, changes: Mapping[str, TableChange]) -> dict[ViewStore, TableChange]:
        """The views whose rows are others now, with what has changed in them."""
        seen = {}
        for store in self._views:
            changed = None if store.reads.isdisjoint(changes) else store.refresh()
            if changed is not None:
                seen[store] = changed
        return seen


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
