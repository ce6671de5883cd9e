"""One table's rows in memory, with its indexes, its sequences, and what the running transaction changed.

Rows are changed in place. The first time a transaction touches a row, `_before` notes what was there: that is the undo
log and the net change in one; None until the transaction touches the table at all. Tables without a primary key are
sets of rows, told apart by their BSATN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, takewhile
from operator import attrgetter
from threading import get_ident
from typing import Any, Generic, NoReturn, TypeVar

from ...errors import DecodeError, EncodeError
from ...module import Between, Range, ReducerError, UniqueConstraintViolation
from ...module.tables import ColumnHint, not_unique
from ...sats.algebraic_type import ProductType, Typespace
from ...sats.bsatn.codec import RowCodec
from ...sats.column_order import comparable
from ...sats.json.encoding import JsonEncoder, json_encoder, stored_json_encoder
from ...sats.schema.module_def import TableDef
from .long_rows import about_length, decoded
from .sequence import next_number
from .table_index import TableIndex

__all__ = ["TableStore"]

R = TypeVar("R")


def _never(_row: object) -> bool:
    return False


def _outside_of_transactions(_store: object) -> NoReturn:
    raise RuntimeError("tables can only be changed inside a reducer, while it runs")


# So many rows stand for all of them where only their length matters.
_ROWS_LOOKED_AT = 8


class TableStore(ColumnHint, Generic[R]):
    """A table as `ctx.db` hands it out (see `spacetimedb_sdk.module.Table`), and as the datastore commits it."""

    __slots__ = (
        "_before",
        "_by_column",
        "_codec",
        "_comparable",
        "_encode",
        "_events",
        "_indexes",
        "_is_own",
        "_json_encoders",
        "_key_column",
        "_rows",
        "_set_encoded",
        "_writer",
        "columns",
        "contains",
        "count",
        "definition",
        "get",
        "has_timers",
        "is_event",
        "key_of",
        "name",
        "on_touch",
        "row_class",
        "row_size",
        "sequences",
        "table_id",
        "types",
        "typespace",
    )

    def __init__(
        self, table_id: int, definition: TableDef, row_class: type[Any], typespace: Typespace, codec: RowCodec
    ) -> None:
        row = typespace.types[definition.row_ref]
        assert isinstance(row, ProductType)
        self.table_id = table_id
        self.definition = definition
        self.name = definition.name
        self.is_event = definition.is_event
        # Whether its rows are timers.
        self.has_timers = definition.schedule is not None
        self.row_class = row_class
        self.row_size = codec.size
        self.columns: tuple[str, ...] = row_class.__sats_fields__
        self.types = {element.name or "": element.type for element in row.elements}
        self._comparable = {
            column: comparable(type_) for column, type_ in zip(self.columns, self.types.values(), strict=True)
        }
        self.typespace = typespace
        self._codec = codec
        self._json_encoders: dict[bool, JsonEncoder] = {}
        self._encode = codec.encode
        self._set_encoded = row_class._encoded.__set__
        # Whether a row is made of plain values alone (`own_rows`); until that is known none is.
        self._is_own: Callable[[Any], bool] = _never
        primary = definition.primary_key
        # None for a table without a primary key.
        self._key_column = None if primary is None else self.columns[primary]
        self.key_of: Callable[[Any], Any] = (
            self.encoded if primary is None else attrgetter(self.columns[primary])
        )
        self._rows: dict[object, R] = {}
        # Called when a transaction touches the table for the first time: the datastore keeps book of those.
        self.on_touch: Callable[[TableStore[Any]], None] = _outside_of_transactions
        self._before: dict[object, R | None] | None = None
        # The thread whose transaction that is.
        self._writer = 0
        self._events: list[R] = []
        self._indexes = tuple(self._make_indexes())
        self._by_column = {index.columns[0]: index for index in self._indexes if len(index.columns) == 1}
        # By column: the last number that was taken, before it was made one of the column's type.
        self.sequences: dict[str, list[int]] = {
            self.columns[item.column]: [0] for item in definition.sequences
        }
        # Reading by key costs one dictionary look-up and no call in between.
        self.get: Callable[[object], R | None] = self._no_key if primary is None else self._rows.get
        self.contains: Callable[[object], bool] = self._no_key if primary is None else self._rows.__contains__
        self.count: Callable[[], int] = self._rows.__len__

    def _make_indexes(self) -> Iterator[TableIndex]:
        primary = self.definition.primary_key
        unique = {constraint.columns for constraint in self.definition.constraints}
        for index in self.definition.indexes:
            if index.columns != (primary,):
                yield self._index(index.columns, unique=index.columns in unique)

    def _index(self, positions: tuple[int, ...], *, unique: bool) -> TableIndex:
        kinds = tuple(self.types.values())
        columns = tuple(self.columns[position] for position in positions)
        types = tuple(kinds[position] for position in positions)
        return TableIndex(columns, types, unique=unique, row_class=self.row_class)

    def _no_key(self, key: Any) -> Any:
        raise TypeError(f"table {self.name!r} has no primary key: use filter() or find()")

    def encoded(self, row: Any) -> bytes:
        """The row's BSATN, made once in the row's life. EncodeError where a column cannot hold its value."""
        data: bytes | None = row._encoded
        if data is None:
            data = self._encode(row)
            self._set_encoded(row, data)
        return data

    def copy(self, row: R) -> R:
        """Another row with the same values, lists and all."""
        copied: R = self._codec.decode(self.encoded(row))
        return copied

    def _own(self, row: Any) -> Any:
        """The row that its bytes stand for, whatever `row` is made of. EncodeError where it cannot be that."""
        # Its own bytes may be older than what its lists hold by now.
        data = self._encode(row)
        try:
            own = decoded(self._codec.decode, data)
        except DecodeError as error:
            raise EncodeError(
                f"{self.row_class.__name__}: a value is not as long as it says: {error}"
            ) from error
        self._set_encoded(own, data)
        return own

    def looks_at_rows(self, is_own: Callable[[Any], bool]) -> None:
        """From now on rows of which `is_own` says that they are plain are stored as they are, and none is made anew."""
        self._is_own = is_own

    def json_encoder(self, *, stored: bool) -> JsonEncoder:
        """From a row to what `json.dumps` takes, as v1.json shows rows read from the table (`stored`), or changed ones."""
        encoder = self._json_encoders.get(stored)
        if encoder is None:
            space, row = self._codec.space, self._codec.type_
            encoder = stored_json_encoder(space, row) if stored else json_encoder(space, row, positional=True)
            self._json_encoders[stored] = encoder
        return encoder

    # What reducers do

    def insert(self, row: R) -> R:
        if row.__class__ is not self.row_class:
            self._refuse(row)
        if not self._is_own(row):
            row = self._own(row)
        if self.sequences:
            row = self._number(row)
        before = self._before
        if before is None or self._writer != get_ident():
            before = self._touch()
        if self.is_event:
            self._events.append(row)
            return row
        key = self.key_of(row)
        rows = self._rows
        seen = key in before
        if key in rows:
            # The very same row is there already, which is no change; another one of its key is none that can be.
            if self._key_column is None or self._is_same(rows[key], row):
                return rows[key]
            raise UniqueConstraintViolation(self.name, self._key_column, key)
        if self._indexes:
            self._check_unique(key, row)
            for index in self._indexes:
                index.add(key, row)
        if not seen:
            before[key] = None
        rows[key] = row
        return row

    def update(self, row: R) -> R:
        if row.__class__ is not self.row_class:
            self._refuse(row)
        if self._key_column is None:
            raise TypeError(
                f"table {self.name!r} has no primary key: delete the old row and insert the new one"
            )
        if not self._is_own(row):
            row = self._own(row)
        key = self.key_of(row)
        rows = self._rows
        before = self._before
        if before is None or self._writer != get_ident():
            before = self._touch()
        seen = key in before
        old = rows.get(key)
        if old is None:
            raise ReducerError(f"table `{self.name}` has no row with primary key {key!r} to update")
        if self._indexes:
            self._check_unique(key, row)
            for index in self._indexes:
                if index.value(old) != index.value(row):
                    index.remove(key, old)
                    index.add(key, row)
        if not seen:
            before[key] = old
        rows[key] = row
        return row

    def delete(self, row: R) -> bool:
        if row.__class__ is not self.row_class:
            self._refuse(row)
        if not self._is_own(row):
            row = self._own(row)
        return self._delete(self.key_of(row), row)

    def _is_same(self, stored: object, row: object) -> bool:
        """Whether two rows of one key are equal in all columns, as the database compares them: by their bytes."""
        return stored is row or self.encoded(stored) == self.encoded(row)

    def delete_by_key(self, key: object) -> bool:
        if self._key_column is None:
            self._no_key(key)
        return self._delete(key)

    def _delete(self, key: object, row: object = None) -> bool:
        """Removes what is under `key`; with `row` only if it is equal to that."""
        before = self._before
        if before is None or self._writer != get_ident():
            before = self._touch()
        seen = key in before
        old = self._rows.get(key)
        if old is None or (row is not None and not self._is_same(old, row)):
            return False
        # First what was there: `put_right` goes by it.
        if not seen:
            before[key] = old
        del self._rows[key]
        for index in self._indexes:
            index.remove(key, old)
        return True

    def find(self, /, **unique_column: object) -> R | None:
        if len(unique_column) != 1:
            raise TypeError(f"find() takes one unique column of table {self.name!r}")
        ((column, value),) = unique_column.items()
        if column == self._key_column:
            return self._rows.get(value)
        index = self._by_column.get(column)
        if index is None or not index.unique:
            raise not_unique(self.name, column, self.columns)
        key = next(iter(index.keys(value)), None)
        return None if key is None else self._rows[key]

    def filter(self, /, **columns: object) -> list[R]:
        rows = self._rows
        if len(columns) == 1:
            ((column, value),) = columns.items()
            index = self._by_column.get(column)
            if index is not None and value.__class__ is not Range and value.__class__ is not Between:
                return [rows[key] for key in index.keys(value)]
        return self._filter(columns)

    def _filter(self, columns: dict[str, object]) -> list[R]:
        unknown = columns.keys() - set(self.columns)
        if unknown:
            raise TypeError(f"table {self.name!r} has no column {', '.join(sorted(unknown))}")
        columns = {
            name: value.as_range() if isinstance(value, Between) else value for name, value in columns.items()
        }
        ranges = {name: value for name, value in columns.items() if isinstance(value, Range)}
        equal = {name: value for name, value in columns.items() if name not in ranges}
        found: list[R]
        if self._key_column in equal:
            row = self._rows.get(equal[self._key_column])
            found = [] if row is None else [row]
        else:
            found = self._candidates(equal, ranges)
        for name, value in equal.items():
            same, wanted = self._comparable[name], self._comparable[name](value)
            found = [row for row in found if same(getattr(row, name)) == wanted]
        for name, bounds in ranges.items():
            place = self._comparable[name]
            bare = Range(place(bounds.start), place(bounds.stop), bounds.includes_stop)
            found = [row for row in found if place(getattr(row, name)) in bare]
        return found

    def _candidates(self, equal: dict[str, Any], ranges: dict[str, Range]) -> list[R]:
        rows = self._rows
        for index in self._indexes:
            if all(name in equal for name in index.columns):
                values = tuple(equal[name] for name in index.columns)
                return [rows[key] for key in index.keys(values if len(values) > 1 else values[0])]
        if self._key_column in ranges:
            self._order_by_key(self._key_column)
        for index in self._indexes if ranges else ():
            known = list(takewhile(equal.__contains__, index.columns))
            ranged = index.columns[len(known) : len(known) + 1]
            if ranged and ranged[0] in ranges:
                prefix = [equal[name] for name in known]
                try:
                    return [rows[key] for key in index.between(prefix, ranges[ranged[0]])]
                except TypeError:  # what does not sort among the column's values is compared with each
                    continue
        return list(rows.values())

    def _order_by_key(self, column: str) -> None:
        """Rows are found by their primary key without an index; the first range of keys makes one."""
        if all(index.columns != (column,) for index in self._indexes):
            index = self._index((self.columns.index(column),), unique=False)
            for key, row in self._rows.items():
                index.add(key, row)
            self._indexes = (index, *self._indexes)

    def iter(self) -> Iterator[R]:
        return iter(list(self._rows.values()))

    __iter__ = iter

    def __len__(self) -> int:
        return len(self._rows)

    def __bool__(self) -> bool:
        return True  # a table without rows is a table

    def _refuse(self, row: object) -> NoReturn:
        raise TypeError(f"table {self.name!r} holds {self.row_class.__name__} rows, not {type(row).__name__}")

    def _number(self, row: Any) -> Any:
        """The row with the next number in each auto-increment column that is 0."""
        numbers = {
            column: self._next_number(column, state)
            for column, state in self.sequences.items()
            if getattr(row, column) == 0
        }
        return row.replace(**numbers) if numbers else row

    def _next_number(self, column: str, state: list[int]) -> int:
        def is_taken(number: int) -> bool:
            return self.find(**{column: number}) is not None

        type_ = tuple(self.types.values())[self.columns.index(column)]
        number = next_number(state, type_, len(self._rows), is_taken)
        if number is None:
            raise ReducerError(
                f"the sequence of `{self.name}.{column}` has no number left: every one is taken"
            )
        return number

    def _check_unique(self, key: object, row: object) -> None:
        for index in self._indexes:
            if index.unique:
                value = index.value(row)
                holders = index.holders(value)
                if holders and key not in holders:
                    raise UniqueConstraintViolation(self.name, ", ".join(index.columns), value)

    # What the datastore does

    def rows(self) -> list[R]:
        """Every row, for readers between transactions."""
        return list(self._rows.values())

    def about_bytes(self) -> int:
        """About how many bytes all rows have, by some of them."""
        some = list(islice(self._rows.values(), _ROWS_LOOKED_AT))
        return len(self._rows) * sum(about_length(row, self.encoded) for row in some) // max(len(some), 1)

    def packed(self, rows: Iterable[R]) -> bytes:
        """Rows back to back, as they are kept; one of no width is a byte, so that it can be counted."""
        return b"".join(map(self.encoded, rows)) if self._codec.size != 0 else bytes(len(list(rows)))

    def decode_rows(self, data: bytes) -> list[R]:
        """The rows that lie back to back in `data`. DecodeError for bytes that are none."""
        if self._codec.size == 0:
            return [self._codec.decode(b"") for _ in data]
        return self._codec.decode_rows(data) if data else []

    def restore(self, deletes: list[R], inserts: list[R]) -> None:
        """Does again what a commit did, outside of any transaction. An inserted row replaces one with its key."""
        rows, key_of = self._rows, self.key_of
        for row in (*deletes, *inserts) if self._indexes else deletes:
            key = key_of(row)
            old = rows.pop(key, None)
            if old is not None:
                for index in self._indexes:
                    index.remove(key, old)
        for row in inserts:
            key = key_of(row)
            rows[key] = row
            for index in self._indexes:
                index.add(key, row)

    def _touch(self) -> dict[object, R | None]:
        """Begins to note what was there. RuntimeError while no transaction runs on this thread."""
        self.on_touch(self)
        self._writer = get_ident()
        before: dict[object, R | None] = {}
        self._before = before
        return before

    def changes(self) -> tuple[list[R], list[R]]:
        """The net (deletes, inserts) of the running transaction, encoded. EncodeError for a value that does not fit."""
        deletes: list[R] = []
        inserts: list[R] = self._events
        rows = self._rows
        encoded = self.encoded
        for row in inserts:
            encoded(row)
        for key, old in (self._before or {}).items():
            new = rows.get(key)
            if new is old:
                continue
            if new is not None:
                data = encoded(new)
                if old is not None and data == encoded(old):
                    continue
                inserts.append(new)
            if old is not None:
                deletes.append(old)
        return deletes, inserts

    def end(self) -> None:
        self._before = None
        self._events = []

    def undo(self) -> None:
        """Puts back what was there when the transaction began. Numbers taken from sequences stay taken."""
        before, rows = self._before or {}, self._rows
        self.end()
        for key in before if self._indexes else ():
            current = rows.get(key)
            if current is not None:
                for index in self._indexes:
                    index.remove(key, current)
        for key, old in before.items():
            if old is None:
                rows.pop(key, None)
            else:
                rows[key] = old
                for index in self._indexes:
                    index.add(key, old)

    def put_right(self) -> None:
        """The same where the transaction was ended amid a change: the indexes are made anew, whatever they hold."""
        before, rows = self._before or {}, self._rows
        self.end()
        for key, old in before.items():
            if old is None:
                rows.pop(key, None)
            else:
                rows[key] = old
        for index in self._indexes:
            index.refill(rows)
