"""One table's rows, counted by how many queries delivered each (spec: websocket.md section 7).

A program holds the rows that are here and may change a list in one of them. Rows are kept, counted and indexed by what
came from the server, never by what a row holds now, so that a later message about it is applied like any other.

A change is worked out aside, in slices, while the rows that are there stay readable; then it is made visible in one
short step. A frame that must end in time can stop between any two slices.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from itertools import repeat
from typing import Any, Generic, TypeAlias, TypeVar

from ...protocol.outcomes import TableRows
from ...sats.bsatn.codec import RowCodec
from ...slices import MERGED_ROWS, Slices
from .by_key import mixed_changes, new_rows, put_rows, rows_under
from .column_index import ColumnIndex

__all__ = ["RowChange", "TableCache", "TableChanges"]

R = TypeVar("R")
log = logging.getLogger("spacetimedb_sdk.cache")

# (row_op, old, new): `row_op` is `insert`, `delete` or `update`; the side that does not exist is None. A plain tuple,
# because a first subscription makes one for every row.
RowChange: TypeAlias = tuple[str, Any, Any]

# Changes of one message up to which the dictionaries are changed in place, in well under a millisecond; more are put together aside.
IN_PLACE = 1000


class UniformChanges:
    """Changes of one kind, inserts where there are no `olds`; put together as they are read, not stored."""

    __slots__ = ("_news", "_olds")

    def __init__(self, news: Collection[object], olds: Iterable[object] | None = None) -> None:
        self._news, self._olds = news, olds

    def __len__(self) -> int:
        return len(self._news)

    def __iter__(self) -> Iterator[RowChange]:
        if self._olds is None:
            return zip(repeat("insert"), repeat(None), self._news, strict=False)
        return zip(repeat("update"), self._olds, self._news, strict=False)


class MixedChanges:
    """Changes of several kinds, put together as they are read."""

    __slots__ = ("_news", "_olds", "_ops")

    def __init__(self, ops: list[str], olds: Iterable[object], news: list[object]) -> None:
        self._ops, self._olds, self._news = ops, olds, news

    def __len__(self) -> int:
        return len(self._ops)

    def __iter__(self) -> Iterator[RowChange]:
        return zip(self._ops, self._olds, self._news, strict=True)


Changes: TypeAlias = list[RowChange] | UniformChanges | MixedChanges


class TableChanges:
    """What one message changes in one table: worked out first, then made visible by `TableCache.commit`.

    `changes` are in the order of their callbacks. `rows` and `indexes` replace those of the table where they are set;
    otherwise it is changed in place: `come` is put under `keys`, and `drops` leave.
    """

    __slots__ = ("changes", "come", "counts", "drops", "indexes", "keys", "rows", "table")

    def __init__(
        self,
        table: str,
        changes: Changes,
        keys: list[object],
        come: list[Any],
        drops: list[object],
        *,
        rows: dict[object, Any] | None = None,
        indexes: dict[str, ColumnIndex[Any]] | None = None,
    ) -> None:
        self.table = table
        self.changes = changes
        self.keys = keys
        self.come = come
        self.drops = drops
        self.counts: dict[object, int] = {}
        self.rows = rows
        self.indexes = indexes


Preparing: TypeAlias = Slices[TableChanges]


class TableCache(Generic[R]):
    """`rows` by key; `counts` holds a row's count only where it is not 1. An event table keeps nothing."""

    def __init__(
        self,
        name: str,
        codec: RowCodec,
        *,
        unique: Iterable[str] = (),
        primary_key: str | None = None,
        column_keys: Mapping[str, Callable[[Any], object]] | None = None,
        has_floats: bool = False,
        is_event: bool = False,
    ) -> None:
        self.name = name
        self.codec = codec
        self.primary_key = primary_key
        self.unique = frozenset(unique)
        self.is_event = is_event
        # The debug mode's: called with the name at each read.
        self.on_read: Callable[[str], object] | None = None
        self.rows: dict[Any, R] = {}
        self.counts: dict[object, int] = {}
        self._column_keys = column_keys or {}
        self._has_floats = has_floats
        self._new_rows, self._put, self._rows_under = new_rows(), put_rows(), rows_under(codec)
        self._mixed = mixed_changes(codec, primary_key is not None)
        # Built at the first question about a column, kept up to date from then on.
        self._indexes: dict[str, ColumnIndex[R]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[R]:
        return iter(list(self.rows.values()))

    # -- questions -----------------------------------------------------------------------------------------------------

    def find(self, column: str, value: object) -> R | None:
        """The row whose unique `column` is `value`."""
        if column == self.primary_key:
            return self.rows.get(value)
        return next(iter(self._matching(column, value)), None)

    def filter(self, column: str, value: object) -> list[R]:
        """The rows whose `column` is `value`; floats, lists and products compare by their BSATN."""
        return list(self._matching(column, value))

    def _matching(self, column: str, value: object) -> Iterable[R]:
        index = self._indexes.get(column)
        if index is None:
            index = ColumnIndex(self.key_of(column))
            index.put(self.rows.items())
            self._indexes[column] = index
        return index.matching(self.key_of_value(column, value))

    def key_of_value(self, column: str, value: object) -> object:
        """What `value` is compared by in `column`: itself, or its BSATN where equality of values is not enough."""
        to_key = self._column_keys.get(column)
        return to_key(value) if to_key is not None else value

    def key_of(self, column: str) -> Callable[[R], object]:
        """From a row to what its `column` is compared by."""
        to_key = self._column_keys.get(column)
        if to_key is None:
            return lambda row: getattr(row, column)
        return lambda row: to_key(getattr(row, column))

    # -- changes -------------------------------------------------------------------------------------------------------

    def prepare(self, update: TableRows) -> Preparing:
        """Work out one message's rows, in the order of `_in_order`. Yields between slices.

        A row that is deleted and inserted alike has not changed; one that leaves and comes under the same primary key
        is an update.
        """
        if self.is_event:
            return TableChanges(self.name, [("insert", None, row) for row in update.rows], [], [], [])
        if not self.rows and not update.gone:
            adopted = yield from self._adopt(update)
            if adopted is not None:
                return adopted
        return (yield from self._count({}, update, set(update.gone)))

    def prepare_replacement(self, update: TableRows) -> Preparing:
        """Work out what changes when the inserts without the deletes are all there is. Yields between slices."""
        delta: dict[object, int] = dict.fromkeys(self.rows, -1)
        delta.update((key, -count) for key, count in self.counts.items())
        return (yield from self._count(delta, update, set()))

    def _count(self, delta: dict[object, int], update: TableRows, deleted: set[object]) -> Preparing:
        """Settle `delta`, the change of each row's count, after the message's own share of it."""
        newest: dict[object, R] = {}
        for keys, rows in _slices(update.keys, update.rows):
            for key in keys:
                delta[key] = delta.get(key, 0) + 1
            newest.update(zip(keys, rows, strict=True))
            yield
        for start in range(0, len(update.gone), MERGED_ROWS):
            for key in update.gone[start : start + MERGED_ROWS]:
                delta[key] = delta.get(key, 0) - 1
            yield
        return (yield from self._settle(delta, newest, deleted))

    def _adopt(self, update: TableRows) -> Slices[TableChanges | None]:
        """An empty table takes the rows as they are; None when one of them came twice."""
        adopted = self._new_rows(len(update.keys))
        for keys, rows in _slices(update.keys, update.rows):
            self._put(adopted, keys, rows)
            yield
        if len(adopted) != len(update.keys):
            return None
        indexes = yield from self._rebuilt(adopted, adopted)
        changes = UniformChanges(update.rows)
        return TableChanges(self.name, changes, [], [], [], rows=adopted, indexes=indexes)

    def prepare_plain(self, update: TableRows) -> TableChanges | None:
        """What `prepare` comes to for the common small transaction, at once: no row is there twice, none is named twice.

        None where that is not so, and for more rows than a slice takes.
        """
        keys, gone, came = update.keys, update.gone, update.rows
        if self.counts or self.is_event or len(keys) + len(gone) > IN_PLACE or not (self.rows or gone):
            return None
        drops: list[object] = []
        changes: Changes
        # One row is what most small transactions change: by hand, for each function it would pass costs as much as it.
        if keys == gone and len(keys) == 1:
            old = self.rows.get(keys[0])
            if old is None:
                return None
            changes = [("update", old, came[0])]
        elif not gone and len(keys) == 1:
            if keys[0] in self.rows:
                return None
            changes = [("insert", None, came[0])]
        elif not keys and len(gone) == 1:
            old = self.rows.get(gone[0])
            if old is None:
                return None
            changes, drops = [("delete", old, None)], gone
        elif keys == gone:
            olds = self._rows_under(self.rows, keys)
            if olds is None:
                return None
            changes = UniformChanges(came, olds)
        elif not gone and len(set(keys)) == len(keys) and self.rows.keys().isdisjoint(keys):
            changes = UniformChanges(came)
        else:
            mixed = self._mixed(self.rows, keys, came, gone)
            if mixed is None:
                return None
            ops, olds, news, drops = mixed
            changes = MixedChanges(ops, olds, news)
        if update.may_repeat and any(
            op == "update" and self._same(old, new, True) for op, old, new in changes
        ):
            return None
        return TableChanges(self.name, changes, keys, came, drops)

    def _in_order(self, came: list[RowChange], left: list[RowChange]) -> list[RowChange]:
        """Inserts and updates, then deletes. Where no key makes an update of a row that changed, what leaves comes first:
        a program that keeps such rows by a column of its own ends with the new one, not with none."""
        return came + left if self.primary_key else left + came

    def _settle(self, delta: dict[object, int], newest: dict[object, R], deleted: set[object]) -> Preparing:
        rows, counts = self.rows, self.counts
        prepared = TableChanges(self.name, [], [], [], [])
        changes: list[RowChange] = []
        gone: list[RowChange] = []
        keys, come = prepared.keys, prepared.come
        for number, (key, difference) in enumerate(delta.items(), 1):
            old = rows.get(key)
            before = counts.get(key, 1) if old is not None else 0
            count = before + difference
            if count > 0:
                new = newest.get(key)
                if new is None:
                    pass  # only its count fell
                elif old is None:
                    keys.append(key)
                    come.append(new)
                    changes.append(("insert", None, new))
                elif not self._same(old, new, key in deleted):
                    keys.append(key)
                    come.append(new)
                    changes.append(("update", old, new))
            elif old is not None:
                prepared.drops.append(key)
                gone.append(("delete", old, None))
            if count < 0:
                log.warning("table %s: a row was deleted more often than it was delivered", self.name)
            if difference and (count != 1 or before > 1):
                prepared.counts[key] = max(count, 0)
            if number % MERGED_ROWS == 0:
                yield
        prepared.changes = self._in_order(changes, gone)
        if len(prepared.changes) > IN_PLACE:
            yield from self._aside(prepared)
        return prepared

    def _aside(self, prepared: TableChanges) -> Slices[None]:
        """Turn many changes in place into another dictionary, which takes the old one's place in one step."""
        rows = self.rows.copy()
        for keys, come in _slices(prepared.keys, prepared.come):
            self._put(rows, keys, come)
            yield
        for number, key in enumerate(prepared.drops, 1):
            del rows[key]
            if number % MERGED_ROWS == 0:
                yield
        prepared.indexes = yield from self._rebuilt(rows, set(prepared.keys))
        prepared.rows = rows

    def _rebuilt(self, rows: dict[object, R], puts: Container[object]) -> Slices[dict[str, ColumnIndex[R]]]:
        """The indexes there are, made anew over `rows`, of which `puts` are new."""
        indexes = {}
        for column, index in list(self._indexes.items()):
            indexes[column] = yield from index.rebuilt(rows, puts)
        return indexes

    def commit(self, prepared: TableChanges) -> None:
        """Make a prepared change visible."""
        if self.is_event:
            return
        if prepared.rows is not None:
            self.rows = prepared.rows
            # An index that was asked for meanwhile is built again at the next question.
            self._indexes = prepared.indexes or {}
        else:
            if len(prepared.keys) == 1:
                self.rows[prepared.keys[0]] = prepared.come[0]
            elif prepared.keys:
                self._put(self.rows, prepared.keys, prepared.come)
            for key in prepared.drops:
                del self.rows[key]
            if self._indexes:
                for index in self._indexes.values():
                    index.drop(prepared.drops)
                    index.put(zip(prepared.keys, prepared.come, strict=True))
        if prepared.counts:
            for key, count in prepared.counts.items():
                if count > 1:
                    self.counts[key] = count
                else:
                    self.counts.pop(key, None)

    def _same(self, old: R, new: R, deleted: bool) -> bool:
        """Whether a row that came under a key that is taken is the row that is there, floats compared by bits.

        Bytes are made only where a comparison by value may be wrong: a row that was deleted in the same message may
        differ in the sign of a zero, one that another query delivers again may hold a NaN.
        """
        try:
            equal = bool(old == new)
            if not self._has_floats or equal is not deleted:
                return equal
            return self.codec.encode(old) == self.codec.encode(new)
        except Exception:  # noqa: BLE001 - a list in the old row holds what the program put there: anything may fail
            return False

    def key_of_row(self, row: R) -> object:
        """The primary key's value, or the bytes of a row of a table without one."""
        return getattr(row, self.primary_key) if self.primary_key else self.codec.encode(row)


def _slices(keys: list[object], rows: list[Any]) -> Iterator[tuple[list[object], list[Any]]]:
    for start in range(0, len(keys), MERGED_ROWS):
        yield keys[start : start + MERGED_ROWS], rows[start : start + MERGED_ROWS]
