"""Compiled queries whose rows are rows of one table: what matches now, and what a commit changes in that."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice

from ..engine.views import ViewStore
from ..errors import QueryError
from ..tables.datastore import TableChange
from ..tables.readable import SubscribableTable
from ..tables.table_store import TableStore
from .predicate import Between, BoundColumn
from .relation import F32, ROWS_PER_STEP, Moment, Relation, Step, is_indexed, value_of

__all__ = ["JoinOnce", "JoinQuery", "Pairs", "Query", "TableQuery", "TooManyPairs"]

# Of so few changed rows each is looked at: to find fewer costs as much.
_FEW = 16


class TooManyPairs(QueryError):
    """The changes of a join cost more than they may."""


class Pairs:
    """How many rows, and pairs of rows, a commit has had a join look at. Beyond `free` it is asked how many there may be
    at `most`: TooManyPairs where there are more."""

    __slots__ = ("_ask", "_most", "looked_at")

    def __init__(self, free: float = math.inf, most: Callable[[], float] = lambda: math.inf) -> None:
        self.looked_at = 0
        self._most = free
        self._ask: Callable[[], float] | None = most

    def add(self, count: int) -> None:
        self.looked_at += count
        if self.looked_at > self._most:
            if self._ask is not None:
                self._most, self._ask = max(self._most, self._ask()), None
            if self.looked_at > self._most:
                raise TooManyPairs("a join looks at too many rows")


class Query:
    """A query that returns rows of `store`, a table of `tables`.

    `stores` are those tables themselves. `names_sender`: its rows depend on who asks, so that equal texts of different
    clients are different queries. `equality`: a column of the only table, and the value it has in every row that matches, none of a float.
    `between`: numbers between which one of its columns is in every row that matches; given where no equality is.
    `relation` is what it looks for. `comparisons`: how many there are, which is what a row costs. `looks_at_all_changed`: a join that has each changed row
    look for partners, since no literal says which may have some.
    """

    equality: tuple[int, object] | None = None
    between: Between | None = None
    is_join = False
    looks_at_all_changed = False

    def __init__(
        self,
        text: str,
        store: SubscribableTable,
        stores: Sequence[SubscribableTable],
        *,
        names_sender: bool,
        relation: Relation,
    ) -> None:
        self.relation = relation
        self.comparisons = relation.comparisons
        self.text = text
        self.store = store
        self.stores = tuple(stores)
        self.tables = tuple(dict.fromkeys(store.name for store in stores))
        self.names_sender = names_sender

    def rows(self) -> list[object]:
        """All rows that match now, a row as many times as it matches."""
        raise NotImplementedError

    def about_bytes(self) -> int:
        """How long its answer may be, about: what is asked for by a value is thought to be short."""
        is_part = self.equality is not None or self.relation.filtered
        return self.store.about_bytes() if not is_part and isinstance(self.store, TableStore) else 0

    def begin(self, moment: Moment) -> Iterator[list[object]]:
        """The rows that match at this moment, bit by bit: each step costs about as little as the next, whatever others
        do to the tables meanwhile."""
        raise NotImplementedError

    def delta(
        self, changes: Mapping[str, TableChange], pairs: Pairs | None = None
    ) -> tuple[list[object], list[object]]:
        """The rows that `changes`, by table, take away and bring, net. To be called after those changes, before others. What
        a join looks at is counted in `pairs`."""
        raise NotImplementedError


class TableQuery(Query):
    """A query of one table."""

    def __init__(
        self, text: str, relation: Relation, store: SubscribableTable, *, names_sender: bool
    ) -> None:
        super().__init__(text, store, (store,), names_sender=names_sender, relation=relation)
        self._predicate: Callable[[object], bool] | None = relation.filters[0]
        if relation.equalities:
            first = relation.equalities[0]
            self.equality = (first.column.index, first.value)
        elif relation.ranges:
            # One that is bounded on both sides says more.
            self.between = max(
                relation.ranges, key=lambda found: found.least is not None and found.most is not None
            )

    def select(self, rows: list[object]) -> list[object]:
        """Those of `rows` that match, in their order."""
        return rows if self._predicate is None else list(filter(self._predicate, rows))

    def rows(self) -> list[object]:
        return self.select(self.relation.start()[1])

    def begin(self, moment: Moment) -> Iterator[list[object]]:
        _, rows = self.relation.start(moment)
        if self._predicate is None:
            return iter((rows,))
        work = len(rows) * (1 + self.comparisons)
        if work <= moment.left:
            moment.left -= work
            return iter((self.select(rows),))
        step = max(ROWS_PER_STEP // (1 + self.comparisons), 1)
        return (self.select(rows[first : first + step]) for first in range(0, len(rows), step))

    def delta(
        self, changes: Mapping[str, TableChange], pairs: Pairs | None = None
    ) -> tuple[list[object], list[object]]:
        change = changes[self.store.name]
        return self.select(change.deletes), self.select(change.inserts)


class JoinQuery(Query):
    """A query of several tables that returns the rows of one, each as many times as it finds partners."""

    is_join = True

    def __init__(
        self,
        text: str,
        relation: Relation,
        stores: Sequence[SubscribableTable],
        projected: int,
        *,
        names_sender: bool,
    ) -> None:
        super().__init__(
            text,
            stores[projected],
            stores,
            names_sender=names_sender,
            relation=relation,
        )
        self._projected = projected
        self._values = {equality.column.source: equality for equality in reversed(relation.equalities)}
        self.looks_at_all_changed = not self._values
        self._indexed = [
            equality
            for equality in self._values.values()
            if is_indexed(relation.stores[equality.column.source], equality.column)
        ]

    def rows(self) -> list[object]:
        relation = self.relation
        with self._views_held():
            start, rows = relation.start()
            found = relation.walk(start, rows, relation.look_up)
            return [bound[self._projected] for bound in found if bound is not None]

    def begin(self, moment: Moment) -> Iterator[list[object]]:
        """By index, at once, while that costs little; else over all rows as they are now, later."""
        relation = self.relation
        found = []
        with self._views_held():
            start, rows = relation.start(moment)
            for bound in relation.walk(start, rows, relation.look_up):
                if bound is not None:
                    found.append(bound[self._projected])
                moment.left -= 1
                if moment.left <= 0:
                    return self._steps(relation.snapshot(moment))
        return iter((found,))

    @contextmanager
    def _views_held(self) -> Iterator[None]:
        """Meanwhile views are computed once, however often their rows are looked up."""
        with ExitStack() as held:
            for store in self.relation.stores:
                if isinstance(store, ViewStore):
                    held.enter_context(store.held())
            yield

    def _steps(self, found: Iterator[tuple[object, ...] | None]) -> Iterator[list[object]]:
        while True:
            step = list(islice(found, ROWS_PER_STEP))
            if not step:
                return
            yield [bound[self._projected] for bound in step if bound is not None]

    def delta(
        self, changes: Mapping[str, TableChange], pairs: Pairs | None = None
    ) -> tuple[list[object], list[object]]:
        """The changed rows of each table in turn, joined with those before it as they are, those after it as they were:
        the sum is the difference. It costs the changed rows that can match and their partners, each looked at once, or
        pair by pair where a condition is about both."""
        pairs = pairs or Pairs()
        encoded = self.store.encoded
        net: dict[bytes, tuple[int, object]] = {}
        by_pair = self.relation.residual is not None
        for by, row in (self._by_pair if by_pair else self._by_value)(changes, pairs):
            key = encoded(row)
            count, _ = net.get(key, (0, row))
            net[key] = (count + by, row)
        pairs.add(sum(abs(count) for count, _ in net.values()))
        deletes = [row for count, row in net.values() for _ in range(-count)]
        inserts = [row for count, row in net.values() for _ in range(count)]
        return deletes, inserts

    def _by_value(self, changes: Mapping[str, TableChange], pairs: Pairs) -> Iterator[tuple[int, object]]:
        """Rows, and how many times more or less often they match, of a join of two tables by their columns alone: how many
        partners there are for a value is counted once for all rows that have it."""
        relation, projected = self.relation, self._projected
        other = 1 - projected
        (join,) = relation.joins
        own, others = (join.left, join.right) if join.left.source == projected else (join.right, join.left)
        # The rows of an event table are there for their own transaction alone: they meet what it left behind.
        is_event = relation.stores[projected].is_event
        change, others_change = (changes.get(relation.stores[number].name) for number in (projected, other))
        if change is not None:
            before = None if is_event else others_change
            partners: dict[object, int] = {}
            value_of_own = value_of(own)
            for by, row in self._changed(change, own, others, before, pairs):
                value = value_of_own(row)
                count = partners.get(value)
                if count is None:
                    found = self._rows_at(others, value, before, pairs)
                    count = partners[value] = len(self._kept(other, found))
                if count:
                    yield by * count, row
        if others_change is not None and not is_event:
            more: Counter[object] = Counter()
            value_of_others = value_of(others)
            for by, row in self._changed(others_change, others, own, None, pairs):
                more[value_of_others(row)] += by
            for value, by in more.items():
                if by:
                    for row in self._kept(projected, self._rows_at(own, value, None, pairs)):
                        yield by, row

    def _kept(self, source: int, rows: Iterable[object]) -> list[object]:
        keep = self.relation.filters[source]
        return list(rows) if keep is None else list(filter(keep, rows))

    def _rows_at(
        self, column: BoundColumn, value: object, change: TableChange | None, pairs: Pairs
    ) -> Collection[object]:
        """The rows of a table that have a value in a column: now, or before a change of that table."""
        rows: Collection[object] = self.relation.found_by(column, value)
        if change is not None:
            rows = _before(change, column, value, rows)
        pairs.add(len(rows))
        return rows

    def _changed(
        self,
        change: TableChange,
        own: BoundColumn,
        others: BoundColumn,
        others_change: TableChange | None,
        pairs: Pairs,
    ) -> Iterator[tuple[int, object]]:
        """The changed rows of one table that may match, those that went as -1. It begins where a literal leaves fewest: at
        those rows themselves, or at another table's, so that clients who each ask for their own do not each look at all."""
        sides = ((-1, _Side(change, False)), (1, _Side(change, True)))
        equality = self._values.get(own.source)
        values: set[object] | None = None
        if equality is None:
            values = self._values_of_few(
                len(change.deletes) + len(change.inserts), own, others, others_change, pairs
            )
        keep = self.relation.filters[own.source]
        for by, side in sides:
            rows: Iterable[object] = side.rows
            if equality is not None:
                rows = side.having(equality.column, equality.value)
            elif values is not None:
                rows = (row for value in values for row in side.having(own, value))
            for row in rows:
                pairs.add(1)
                if keep is None or keep(row):
                    yield by, row

    def _values_of_few(
        self, most: int, own: BoundColumn, others: BoundColumn, change: TableChange | None, pairs: Pairs
    ) -> set[object] | None:
        """The values by which a changed row can find a partner, where a literal leaves fewer partners than changed
        rows, which are `most`. None where it does not."""
        # A changed f32 is found by its rounded value only where it is rounded already.
        if most <= _FEW or own.type == F32:
            return None
        for equality in self._indexed:
            if equality.column.source == others.source:
                rows: Collection[object] = self.relation.found_by(equality.column, equality.value)
                if change is not None:
                    rows = _before(change, equality.column, equality.value, rows)
                if len(rows) < most:
                    pairs.add(len(rows))
                    return set(map(value_of(others), self._kept(others.source, rows)))
        return None

    def _by_pair(self, changes: Mapping[str, TableChange], pairs: Pairs) -> Iterator[tuple[int, object]]:
        """The same where a condition is about the rows of both tables."""
        for source, store in enumerate(self.relation.stores):
            change = changes.get(store.name)
            if change is None:
                continue
            for by, inserted in ((-1, False), (1, True)):
                side = _Side(change, inserted)
                if side.rows:
                    for bound in self._pairs_with(source, side, changes):
                        pairs.add(1)
                        if bound is not None:
                            yield by, bound[self._projected]

    def _pairs_with(
        self, source: int, side: _Side, changes: Mapping[str, TableChange]
    ) -> Iterator[tuple[object, ...] | None]:
        """The combinations with the changed rows of table `source`, from where a literal leaves fewest."""
        relation = self.relation
        is_event = relation.stores[source].is_event

        def candidates(step: Step, value: object) -> Collection[object]:
            if step.source == source:
                return side.rows if step.own is None else side.having(step.own, value)
            now = relation.look_up(step, value)
            change = changes.get(relation.stores[step.source].name)
            if change is None or step.source < source or is_event:
                return now
            return _before(change, step.own, value, now)

        own = self._values.get(source)
        if own is not None:
            return relation.walk(source, side.having(own.column, own.value), candidates)
        for equality in self._indexed if len(side.rows) > _FEW else ():
            other = equality.column.source
            rows = candidates(Step(other, equality.column, equality.column), equality.value)
            if len(rows) < len(side.rows):
                return relation.walk(other, rows, candidates)
        return relation.walk(source, side.rows, candidates)


class JoinOnce(JoinQuery):
    """A join without the indexes that changes would need: answered once, over all rows as they are at that moment."""

    def begin(self, moment: Moment) -> Iterator[list[object]]:
        return self._steps(self.relation.snapshot(moment))


class _Side:
    """The inserted or the deleted rows of a change."""

    def __init__(self, change: TableChange, inserted: bool) -> None:
        self.rows = change.inserts if inserted else change.deletes
        self._change = change
        self._inserted = inserted

    def having(self, column: BoundColumn, value: object) -> Sequence[object]:
        return self._change.having(column.attribute, value, inserted=self._inserted)


def _before(
    change: TableChange, column: BoundColumn | None, value: object, now: Iterable[object]
) -> list[object]:
    """The rows that had `value` in `column` before a change, out of those that have it `now`."""
    encoded = change.store.encoded
    inserted: Sequence[object] = change.inserts
    deleted: Sequence[object] = change.deletes
    if column is not None:
        inserted = change.having(column.attribute, value, inserted=True)
        deleted = change.having(column.attribute, value, inserted=False)
    fresh = {encoded(row) for row in inserted}
    return [row for row in now if encoded(row) not in fresh] + list(deleted)
