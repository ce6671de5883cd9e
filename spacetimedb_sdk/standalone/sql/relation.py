"""The tables of a query, how they are joined, and what their rows must fulfil (spec: sql.md sections 2 and 3).

Evaluation starts at one table and binds the others one by one, by index wherever two columns are equated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import attrgetter
from typing import TypeGuard

from ...sats.algebraic_type import PrimitiveType
from ..tables.readable import ReadableTable, SubscribableTable
from .literals import nearest_f32
from .predicate import Between, BoundColumn, Equality

__all__ = [
    "F32",
    "ROWS_PER_STEP",
    "Filter",
    "FilteredTable",
    "Join",
    "Moment",
    "Relation",
    "SeenTable",
    "Step",
    "is_indexed",
    "value_of",
]

# How many rows are looked at, or combinations tried, before another client may be let in: about a millisecond's work.
ROWS_PER_STEP = 1_000
# How many are looked at without letting another client in, for one request: ten milliseconds' work.
_ROWS_AT_ONCE = 10_000

F32 = PrimitiveType("F32")
Filter = Callable[[object], bool]
# The rows of a step's table that go with the value of the column they are joined by.
Candidates = Callable[["Step", object], Collection[object]]


@dataclass(frozen=True, slots=True)
class Join:
    """`left = right`, columns of two tables."""

    left: BoundColumn
    right: BoundColumn


@dataclass(frozen=True, slots=True)
class Step:
    """Binds table number `source`: the rows whose `own` column has the value of `known`, all rows where there is none."""

    source: int
    known: BoundColumn | None = None
    own: BoundColumn | None = None


def is_indexed(store: ReadableTable, column: BoundColumn) -> TypeGuard[SubscribableTable]:
    """Whether the table finds its rows by this column alone."""
    definition = store.definition
    return column.index == definition.primary_key or any(
        index.columns == (column.index,) for index in definition.indexes
    )


def _finds_one(store: ReadableTable, column: BoundColumn) -> bool:
    definition = store.definition
    unique = any(constraint.columns == (column.index,) for constraint in definition.constraints)
    return is_indexed(store, column) and (unique or column.index == definition.primary_key)


def value_of(column: BoundColumn) -> Callable[[object], object]:
    """From a row to the value it is joined by."""
    value = attrgetter(column.attribute)
    return (lambda row: nearest_f32(value(row))) if column.type == F32 else value


def _finder(store: ReadableTable, column: BoundColumn) -> Callable[[object], list[object]]:
    """From a value to the rows that have it."""
    if is_indexed(store, column) and column.index == store.definition.primary_key:
        get = store.get

        def by_key(value: object) -> list[object]:
            row = get(value)
            return [] if row is None else [row]

        return by_key
    if is_indexed(store, column):
        find = store.filter
        return lambda value: find(**{column.attribute: value})
    own = value_of(column)
    return lambda value: [row for row in store.rows() if own(row) == value]


class Moment:
    """The tables as they are at one moment, for queries that are evaluated bit by bit while others change them.

    What costs little is read at once, by index; the rest later, out of lists that are made here, once for all queries.
    """

    def __init__(self) -> None:
        # How many more rows may be looked at before others are let in.
        self.left = _ROWS_AT_ONCE
        self._rows: dict[ReadableTable, list[object]] = {}
        self._hashes: dict[tuple[ReadableTable, BoundColumn | None], _Table] = {}

    def rows(self, store: ReadableTable) -> list[object]:
        """All rows of a table."""
        rows = self._rows.get(store)
        if rows is None:
            rows = self._rows[store] = store.rows()
        return rows

    def table(self, store: ReadableTable, own: BoundColumn | None) -> _Table:
        """All rows of a table, by a column."""
        key = (store, own and _of_first_table(own))
        found = self._hashes.get(key)
        if found is None:
            found = self._hashes[key] = _Table(self.rows(store), own)
        return found


def _of_first_table(column: BoundColumn) -> BoundColumn:
    """The same column for queries that number their tables otherwise."""
    return replace(column, source=0)


class SeenTable:
    """What a client sees of a table: its rows are like those of `store`."""

    is_event = False

    def __init__(self, store: SubscribableTable) -> None:
        self.definition = store.definition
        self.name = store.name
        self.table_id = store.table_id
        self.columns = store.columns
        self.types = store.types
        self.typespace = store.typespace
        self.encoded = store.encoded
        self.json_encoder = store.json_encoder


class FilteredTable(SeenTable):
    """A table of which a client sees the rows that fulfil one of some conditions, each the `Relation` of a visibility filter. A
    query takes the table itself and makes the condition one of its own: nothing is held for the client."""

    def __init__(self, store: SubscribableTable, conditions: Callable[[], Sequence[Relation]]) -> None:
        super().__init__(store)
        self.store = store
        self._conditions = conditions

    @cached_property
    def _relations(self) -> Sequence[Relation]:
        return self._conditions()

    @cached_property
    def shows(self) -> Filter | None:
        """Whether the client sees a row; None where it sees all."""
        conditions = [relation.filters[0] for relation in self._relations]
        if len(conditions) == 1 or None in conditions:
            return None if None in conditions else conditions[0]
        return lambda row: any(condition is not None and condition(row) for condition in conditions)

    @property
    def equalities(self) -> Sequence[Equality]:
        """What holds for every row that the client sees."""
        return self._relations[0].equalities if len(self._relations) == 1 else ()

    def rows(self) -> list[object]:
        return self._shown(self.store.rows())

    def count(self) -> int:
        return len(self.rows())

    def get(self, key: object) -> object:
        """The row with that primary key, or None."""
        row = self.store.get(key)
        return row if row is not None and self._shown([row]) else None

    def filter(self, /, **columns: object) -> list[object]:
        return self._shown(self.store.filter(**columns))

    def _shown(self, rows: list[object]) -> list[object]:
        return rows if self.shows is None else list(filter(self.shows, rows))


class Relation:
    """`filters` by table, then `residual` over one row of each, `comparisons` in all; `equalities` and
    `ranges` hold for every row of the result."""

    def __init__(
        self,
        stores: Sequence[ReadableTable],
        joins: Sequence[Join],
        filters: Sequence[Filter | None],
        residual: Callable[..., bool] | None,
        equalities: Sequence[Equality],
        comparisons: int = 0,
        ranges: Sequence[Between] = (),
        filtered: Sequence[FilteredTable] = (),
    ) -> None:
        self.comparisons = comparisons
        # The tables of which the client sees some rows alone: what those must fulfil is in the filters already.
        self.filtered = tuple(filtered)
        self.ranges = tuple(ranges)
        self.stores = tuple(stores)
        self.joins = tuple(joins)
        self.filters = tuple(filters)
        self.residual = residual
        self.equalities = tuple(equalities)
        # Where to begin. Of a set of thousands each is asked for at the same moment: what can be known before is.
        self._first = next(
            (
                found
                for found in self.equalities
                if is_indexed(self.stores[found.column.source], found.column)
            ),
            None,
        )
        self._finders: dict[BoundColumn, Callable[[object], list[object]]] = {}
        if self._first is not None:
            column = self._first.column
            self._finders[column] = _finder(self.stores[column.source], column)
        self._steps = tuple(self._order(start) for start in range(len(self.stores)))

    def _order(self, start: int) -> tuple[Step, ...]:
        bound, steps = {start}, []
        while len(bound) < len(self.stores):
            step = self._next_step(bound)
            bound.add(step.source)
            steps.append(step)
        return tuple(steps)

    def _next_step(self, bound: set[int]) -> Step:
        for join in self.joins:
            for known, own in ((join.left, join.right), (join.right, join.left)):
                if known.source in bound and own.source not in bound:
                    return Step(own.source, known, own)
        return Step(next(number for number in range(len(self.stores)) if number not in bound))

    def found_by(self, column: BoundColumn, value: object) -> list[object]:
        """The rows of a table that have `value` in a column, by index where there is one."""
        finder = self._finders.get(column)
        if finder is None:
            finder = self._finders[column] = _finder(self.stores[column.source], column)
        return finder(value)

    def start(self, moment: Moment | None = None) -> tuple[int, list[object]]:
        """Where to begin, with the rows there: by an index where a literal gives its value, else the smallest table."""
        if self._first is not None and (moment is None or moment.left > 0):
            column = self._first.column
            found = self.found_by(column, self._first.value)
            if moment is not None:
                moment.left -= 1 + len(found)
            return column.source, found
        source = min(range(len(self.stores)), key=lambda number: self.stores[number].count())
        store = self.stores[source]
        return source, store.rows() if moment is None else moment.rows(store)

    def estimate(self) -> int:
        """How many rows there may be: what an index finds, times all that can be joined to it. Of a table with filters
        only what the client sees is counted: how many there are is not for everybody."""
        start, rows = self.start()
        seen = {table.name: table for table in self.filtered}
        shown = seen[self.stores[start].name].shows if self.stores[start].name in seen else None
        total = len(rows) if shown is None else sum(map(shown, rows))
        for source, store in enumerate(self.stores):
            store = seen.get(store.name, store)
            sides = (side for join in self.joins for side in (join.left, join.right) if side.source == source)
            if source != start and not any(_finds_one(store, side) for side in sides):
                total *= store.count()
        return total

    def walk(
        self, start: int, rows: Iterable[object], candidates: Candidates
    ) -> Iterator[tuple[object, ...] | None]:
        """The combinations that match, one row of each table, beginning with `rows` of table `start`.

        Each row looked at in vain yields None, so that who iterates can count the work.
        """
        steps, filters, residual = self._steps[start], self.filters, self.residual
        bound: list[object] = [None] * len(self.stores)

        def bind(depth: int, source: int, found: Iterable[object]) -> Iterator[tuple[object, ...] | None]:
            keep = filters[source]
            for row in found:
                if keep is not None and not keep(row):
                    yield None
                    continue
                bound[source] = row
                if depth < len(steps):
                    step = steps[depth]
                    value = None if step.known is None else value_of_known[depth](bound[step.known.source])
                    partners = candidates(step, value)
                    if partners:
                        yield from bind(depth + 1, step.source, partners)
                    else:
                        yield None
                elif residual is None or residual(*bound):
                    yield tuple(bound)
                else:
                    yield None

        value_of_known = {
            depth: value_of(step.known) for depth, step in enumerate(steps) if step.known is not None
        }
        return bind(0, start, rows)

    def look_up(self, step: Step, value: object) -> Collection[object]:
        """The rows of a step as the tables are now: by index where there is one."""
        if step.own is None:
            return list(self.stores[step.source].rows())
        return self.found_by(step.own, value)

    def snapshot(self, moment: Moment) -> Iterator[tuple[object, ...] | None]:
        """Like `walk` from the best place over all rows as they were at that moment: what happens to the tables during
        the iteration does not show. To be begun at that moment."""
        start, rows = self.start(moment)
        tables = {
            step.source: moment.table(self.stores[step.source], step.own) for step in self._steps[start]
        }
        return self._walk_snapshot(start, rows, tables)

    def _walk_snapshot(
        self, start: int, rows: list[object], tables: dict[int, _Table]
    ) -> Iterator[tuple[object, ...] | None]:
        for table in tables.values():
            yield from table.prepare()
        yield from self.walk(start, rows, lambda step, value: tables[step.source].look_up(value))


class _Table:
    """All rows of a table at one moment, by the column they are joined by."""

    def __init__(self, rows: list[object], own: BoundColumn | None) -> None:
        self._rows = rows
        self._by_value: dict[object, list[object]] = {}
        self._own = own
        self._prepared = 0

    def prepare(self) -> Iterator[None]:
        """Makes ready for `look_up`, row by row."""
        if self._own is None:
            return
        own = value_of(self._own)
        # Several queries may share the table and take turns in this.
        while self._prepared < len(self._rows):
            row = self._rows[self._prepared]
            self._prepared += 1
            self._by_value.setdefault(own(row), []).append(row)
            yield None

    def look_up(self, value: object) -> Collection[object]:
        return self._rows if self._own is None else self._by_value.get(value, ())
