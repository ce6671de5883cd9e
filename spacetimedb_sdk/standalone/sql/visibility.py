"""Row-level security: what a client may read of the tables, by the filters of the module.

What a client sees of a table is found once, step by step, and then follows the commits, at the cost of the rows that they change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakValueDictionary, proxy

from ...module import Module
from ...sats.column_order import float_key
from ...types import Identity
from ..dialect import COMPATIBILITIES
from ..engine.database import Database
from ..engine.views import ViewStore
from ..errors import QueryError
from ..tables.datastore import Datastore, TableChange
from ..tables.readable import SubscribableTable
from ..tables.table_store import TableStore
from .allowance import Allowance
from .query import Query, TableQuery
from .relation import FilteredTable, Moment, Relation, SeenTable
from .subscription_query import compile_query

__all__ = ["VisibleRows", "VisibleTables", "check_filters"]


class _Filters:
    """The filters of a module by the table they are for. ModuleError for one that is no query of a table's rows, or goes
    round in a circle."""

    def __init__(self, module: Module, stores: Mapping[str, TableStore[Any]], unknown_table: str) -> None:
        self._stores = stores
        self._unknown_table = unknown_table
        self._texts: dict[str, list[str]] = {}
        # What a filter joins has filters of its own: the tables that one reads, itself among them.
        self._joined: dict[str, set[str]] = {}
        # The tables of which a row alone says whether it is seen.
        self._by_row: set[str] = set(stores)
        for text, place in module.visibility_filters.items():
            try:
                query = self._compiled(text, stores, _ZERO_IDENTITY)
            except QueryError as error:
                raise place.error(f"the visibility filter {text!r} is refused: {error}") from None
            table = query.store.name
            if query.store.is_event:
                raise place.error(f"{table!r} is an event table, which has no rows to filter: {text!r}")
            self._texts.setdefault(table, []).append(text)
            if not isinstance(query, TableQuery):
                self._by_row.discard(table)
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

    def depend_on_sender(self, table: str) -> bool:
        """Whether clients see different rows of `table`. Of some that see the same this is not known."""
        # Whatever is around it, the parameter is written so.
        return any(
            "sender" in text.lower() for name in self.reads(table) for text in self._texts.get(name, ())
        )

    def joined(self, table: str) -> list[str]:
        """The other tables with filters of their own that those of `table` read."""
        return [name for name in self._joined[table] if name in self and name != table]

    def is_by_row(self, table: str) -> bool:
        """Whether no filter of `table` looks at other rows."""
        return table in self._by_row

    def conditions(self, table: str, sender: Identity) -> list[Relation]:
        """What a row must fulfil, one of it, to be seen by `sender`, where that is all."""
        return [self._compiled(text, self._stores, sender).relation for text in self._texts[table]]

    def queries(self, table: str, sender: Identity, seen: Iterable[Seen]) -> list[Query]:
        """The filters of `table` for `sender`; of what they join, `seen` stands in the place of tables with filters."""
        stores: dict[str, SubscribableTable] = {**self._stores, **{rows.name: rows for rows in seen}}
        return [self._compiled(text, stores, sender) for text in self._texts[table]]


_ZERO_IDENTITY = Identity(bytes(32))
# Of what joins let clients see, for all of them together: half a gigabyte.
_MOST_HELD = 10_000_000


class VisibleRows(SeenTable):
    """What one client, or each alike, sees of `store`: what a query takes for the table. `queries` makes its filters, which read the tables
    `reads`, and of tables with filters what the client sees of those (`joined`). A row is there once, by however many filters."""

    def __init__(
        self,
        store: TableStore[Any],
        reads: set[str],
        joined: Sequence[VisibleRows],
        queries: Callable[[], Sequence[Query]],
    ) -> None:
        super().__init__(store)
        self._reads = reads
        self._joined = joined
        self._make_queries = queries
        # None until the search for the first rows begins: from then on commits are followed.
        self._queries: Sequence[Query] | None = None
        self._is_full = False
        # Without a reference to this object: what a query that is refused leaves behind is gone with it, at once.
        self._search = VisibleRows._found_first(proxy(self))
        self._rows: dict[bytes, object] = {}
        # How many times more than once filters let a row through. Less than nothing while the search still has to come to
        # a row that a commit has taken away meanwhile.
        self._more: dict[bytes, int] = {}
        # The rows by the values of a column, from when they are asked for by it.
        self._by_column: dict[str, dict[object, dict[bytes, object]]] = {}
        self._keys = {
            name: float_key(type_) for name, type_ in zip(self.columns, self.types.values(), strict=True)
        }

    def steps(self) -> Iterator[None]:
        """The search for the first rows, in short steps; whoever needs them takes some. Nothing once it has ended."""
        return self._search

    def _found_first(self) -> Iterator[None]:
        for other in self._joined:
            # Not by `yield from`, which would end the other's search along with this one.
            for _ in other.steps():
                yield
        # Queries that look at one moment: it is this one, since commits are followed from now on.
        queries = self._queries = self._make_queries()
        moment = Moment()
        begun = [query.begin(moment) for query in queries]
        for steps in begun:
            for rows in steps:
                for row in rows:
                    self._count(self.encoded(row), row, 1)
                yield
        self._is_full = True

    def _count(self, data: bytes, row: object, by: int) -> None:
        """A filter lets the row through once more, or less."""
        more = self._more.pop(data, 0) + by
        if data in self._rows:
            if more < 0:
                more += 1
                del self._rows[data]
                for name, by_value in self._by_column.items():
                    value = self._key(name, row)
                    del by_value[value][data]
                    if not by_value[value]:
                        del by_value[value]
        elif more > 0:
            more -= 1
            self._rows[data] = row
            for name, by_value in self._by_column.items():
                by_value.setdefault(self._key(name, row), {})[data] = row
        if more:
            self._more[data] = more

    def follow(
        self, changes: Mapping[str, TableChange], seen: Callable[[VisibleRows], TableChange | None]
    ) -> TableChange | None:
        """Takes up what a commit changed, to be called once, after it and before others; `seen` says what it changed among the
        rows of a table with filters. Returns what it changed among these; None for nothing."""
        if self._queries is None or self._reads.isdisjoint(changes):
            return None
        changes = dict(changes)
        for other in self._joined:
            change = seen(other)
            if change is None:
                changes.pop(other.name, None)
            else:
                changes[other.name] = change
        before: dict[bytes, object] = {}
        for query in self._queries:
            deletes, inserts = _delta(query, changes)
            for by, rows in ((-1, deletes), (1, inserts)):
                for row in rows:
                    data = self.encoded(row)
                    if data not in before:
                        before[data] = row if data in self._rows else None
                    self._count(data, row, by)
        deletes = [row for data, row in before.items() if row is not None and data not in self._rows]
        inserts = [self._rows[data] for data, row in before.items() if row is None and data in self._rows]
        store: Any = self
        return TableChange(store, deletes, inserts) if deletes or inserts else None

    def _full(self) -> dict[bytes, object]:
        if not self._is_full:
            for _ in self.steps():
                pass
        return self._rows

    @property
    def held(self) -> int:
        """How many rows it has found by now."""
        return len(self._rows)

    def rows(self) -> list[object]:
        """The rows there are now: at once, unless the search for the first of them has not ended."""
        return list(self._full().values())

    def count(self) -> int:
        return len(self._full())

    def get(self, key: object) -> Any:
        """The row with that primary key, or None."""
        assert self.definition.primary_key is not None
        return next(iter(self.filter(**{self.columns[self.definition.primary_key]: key})), None)

    def filter(self, /, **columns: object) -> list[object]:
        """The rows that have a value in a column."""
        ((name, value),) = columns.items()
        by_value = self._by_column.get(name)
        if by_value is None:
            by_value = {}
            for data, row in self._full().items():
                by_value.setdefault(self._key(name, row), {})[data] = row
            self._by_column[name] = by_value
        normal = self._keys[name]
        return list(by_value.get(value if normal is None else normal(value), {}).values())

    def _key(self, name: str, row: object) -> object:
        normal, value = self._keys[name], getattr(row, name)
        return value if normal is None else normal(value)


def _delta(query: Query, changes: Mapping[str, TableChange]) -> tuple[Sequence[object], Sequence[object]]:
    """What `changes` mean to a filter: of many clients who each see their own, none looks at all that has changed."""
    if not isinstance(query, TableQuery):
        return query.delta(changes)
    change = changes.get(query.store.name)
    if change is None:
        return (), ()
    if query.equality is None:
        return query.delta(changes)
    column, value = query.equality
    attribute = query.store.columns[column]
    return query.select([*change.having(attribute, value, inserted=False)]), query.select(
        [*change.having(attribute, value, inserted=True)]
    )


def check_filters(module: Module) -> None:
    """ModuleError for a visibility filter that could not be applied: asked before a database takes up the module."""
    if module.visibility_filters:
        latest = COMPATIBILITIES[None]
        _Filters(module, Datastore(module.build(), latest.first_table_id).stores, latest.unknown_table)


Seen = VisibleRows | FilteredTable


class VisibleTables:
    """The tables and views of a database as each client sees them. What a client sees is kept as long as a query holds it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._filters = _Filters(
            database.module, database.datastore.stores, database.compatibility.unknown_table
        )
        self._live: WeakValueDictionary[tuple[str, Identity | None], VisibleRows] = WeakValueDictionary()
        self._by_row: WeakValueDictionary[tuple[str, Identity | None], FilteredTable] = WeakValueDictionary()

    def __contains__(self, table: object) -> bool:
        """Whether a table has filters."""
        return table in self._filters

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

    async def found(self, stores: Iterable[object], allowance: Allowance) -> None:
        """Waits until what a client sees of these tables is found, while others have their turns."""
        for store in stores:
            if isinstance(store, VisibleRows):
                for _ in store.steps():
                    self._check_held()
                    await allowance.checkpoint()

    def _check_held(self) -> None:
        if sum(rows.held for rows in self._live.values()) > _MOST_HELD:
            raise QueryError(
                f"More than {_MOST_HELD} rows of tables with visibility filters are held for all clients together: "
                "ask for less, or later"
            )

    def committed(self, changes: Mapping[str, TableChange]) -> dict[VisibleRows, TableChange]:
        """To be called with every commit: what it changed among the rows that clients see of tables with filters."""
        # Of most modules: to walk a dictionary of weak references takes a tenth of a small call.
        if not self._live:
            return {}
        found: dict[VisibleRows, TableChange | None] = {}

        def followed(rows: VisibleRows) -> TableChange | None:
            if rows not in found:
                found[rows] = rows.follow(changes, followed)
            return found[rows]

        for rows in list(self._live.values()):
            followed(rows)
        return {rows: change for rows, change in found.items() if change is not None}

    def _visible(self, table: str, sender: Identity) -> Seen:
        filters = self._filters
        # What all see alike is held once.
        key = (table, sender if filters.depend_on_sender(table) else None)
        store = self._database.datastore.stores[table]
        if filters.is_by_row(table):
            filtered = self._by_row.get(key)
            if filtered is None:
                filtered = self._by_row[key] = FilteredTable(store, lambda: filters.conditions(table, sender))
            return filtered
        rows = self._live.get(key)
        if rows is None:
            joined = [self._visible(name, sender) for name in filters.joined(table)]
            followed = [other for other in joined if isinstance(other, VisibleRows)]
            rows = self._live[key] = VisibleRows(
                store, filters.reads(table), followed, lambda: filters.queries(table, sender, joined)
            )
        return rows
