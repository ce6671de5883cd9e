"""Row-level security: what a client may read of the tables, by the filters of the module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary

from ...module import Module
from ...types import Identity
from ..dialect import COMPATIBILITIES
from ..engine.database import Database
from ..engine.views import ViewStore
from ..errors import QueryError
from ..tables.datastore import Datastore
from ..tables.readable import SubscribableTable
from ..tables.table_store import TableStore
from .query import Query
from .subscription_query import compile_query

__all__ = ["VisibleTables", "check_filters"]


class _Filters:
    """The filters of a module by the table they are for. ModuleError for one that is no query of a table's rows, or goes
    round in a circle."""

    def __init__(self, module: Module, stores: Mapping[str, TableStore[Any]], unknown_table: str) -> None:
        self._stores = stores
        self._unknown_table = unknown_table
        self._texts: dict[str, list[str]] = {}
        # What a filter joins has filters of its own: the tables that one reads, itself among them.
        self._joined: dict[str, set[str]] = {}
        for text, place in module.visibility_filters.items():
            try:
                query = self._compiled(text, stores, _NOBODY)
            except QueryError as error:
                raise place.error(f"the visibility filter {text!r} is refused: {error}") from None
            table = query.store.name
            if query.store.is_event:
                raise place.error(f"{table!r} is an event table, which has no rows to filter: {text!r}")
            self._texts.setdefault(table, []).append(text)
            self._joined.setdefault(table, set()).update(query.tables)
        for table, texts in self._texts.items():
            if self._leads_to(table, table, set()):
                place = module.visibility_filters[texts[0]]
                raise place.error(
                    f"the visibility filters of {table!r} join it by way of their own: a circle"
                )

    def __contains__(self, table: object) -> bool:
        return table in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def _leads_to(self, start: str, table: str, seen: set[str]) -> bool:
        """Whether a filter of `start` joins `table`, or another whose filters do. Its own rows are no join."""
        for joined in self._joined.get(start, set()) - {start}:
            if joined == table:
                return True
            if joined not in seen:
                seen.add(joined)
                if self._leads_to(joined, table, seen):
                    return True
        return False

    def _compiled(self, text: str, stores: Mapping[str, SubscribableTable], sender: Identity) -> Query:
        # As the owner: a filter may look at what clients may not.
        return compile_query(text, stores, sender, unknown_table=self._unknown_table, is_owner=True)

    def reads(self, table: str) -> set[str]:
        """The tables that decide what is seen of `table`."""
        found: set[str] = set()
        waiting = [table]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._joined.get(name, ())
        return found

    def visible(self, table: str, sender: Identity) -> ViewStore:
        """What `sender` sees of `table`, in its place."""
        store = self._stores[table]
        reads = self.reads(table)
        queries: Sequence[Query] = ()

        def evaluate(seen: set[str]) -> dict[bytes, object]:
            nonlocal queries
            queries = queries or self._queries(table, sender)
            seen.update(reads)
            return {store.encoded(row): row for query in queries for row in query.rows()}

        return ViewStore(store, sender, evaluate)

    def _queries(self, table: str, sender: Identity) -> Sequence[Query]:
        # The tables it joins are those that the client sees, each computed anew: what another query watches may not have
        # been brought up to date yet.
        stores: dict[str, SubscribableTable] = {**self._stores}
        stores |= {
            name: self.visible(name, sender) for name in self._joined[table] if name in self and name != table
        }
        return [self._compiled(text, stores, sender) for text in self._texts[table]]


_NOBODY = Identity(bytes(32))


def check_filters(module: Module) -> None:
    """ModuleError for a visibility filter that could not be applied: asked before a database takes up the module."""
    if module.visibility_filters:
        latest = COMPATIBILITIES[None]
        _Filters(module, Datastore(module.build(), latest.first_table_id).stores, latest.unknown_table)


class VisibleTables:
    """The tables and views of a database as each client sees them. What is watched lives as long as a query holds it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._filters = _Filters(
            database.module, database.datastore.stores, database.compatibility.unknown_table
        )
        self._live: WeakValueDictionary[tuple[str, Identity], ViewStore] = WeakValueDictionary()

    def stores(self, sender: Identity) -> dict[str, SubscribableTable]:
        """Everything that `sender` can name, private tables too, by name; in the place of a table with filters the rows that
        are for `sender`. The owner sees all of each."""
        database = self._database
        stores: dict[str, SubscribableTable] = {**database.datastore.stores, **database.views.stores(sender)}
        if sender != database.owner:
            for table in self._filters:
                stores[table] = self._visible(table, sender)
        return stores

    def differ(self, query: Query) -> bool:
        """Whether equal texts of different clients are different queries, for what they see of its tables."""
        return any(
            store.name in self._filters or (isinstance(store, ViewStore) and store.sender is not None)
            for store in query.stores
        )

    def _visible(self, table: str, sender: Identity) -> ViewStore:
        key = (table, sender)
        store = self._live.get(key)
        if store is None:
            store = self._live[key] = self._filters.visible(table, sender)
        return store
