"""Tables over the host's functions: what `ctx.db` hands out inside a real SpacetimeDB.

They do what those of the embedded server do (see `spacetimedb_sdk.module.Table`); rows cross the border as BSATN, so
everything here is about crossing it seldom: ids are asked for once, rows come in pieces, a range is the host's to find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Generic, NoReturn, TypeVar

from ...sats.algebraic_type import AlgebraicType, ProductType
from ...sats.bsatn.codec import BAD_VALUE, CodecSpace, RowCodec
from ...sats.generated_code import functions_of
from ...sats.schema.module_def import IndexDef, SequenceDef, TableDef
from ..context import Between, Range, ReducerError, UniqueConstraintViolation
from ..tables import not_unique
from .host import NO_SUCH_ROW, UNIQUE_ALREADY_EXISTS, Host

__all__ = ["DroppedEvents", "HostTable"]

# BSATN of `Bound`: a value that is in, one that is out, none.
_INCLUDED, _EXCLUDED, _UNBOUNDED = b"\0", b"\1", b"\2"
_ONE_ROW = (1).to_bytes(4, "little")


class _Index:
    """An index: what it is called at the host, its columns, and the bounds that find values in it."""

    def __init__(
        self,
        host: Host,
        space: CodecSpace,
        definition: IndexDef,
        columns: tuple[str, ...],
        types: list[AlgebraicType],
    ) -> None:
        self._host = host
        self._name = definition.name or ""
        self._id: int | None = None
        self.columns = columns
        self._codecs = [space.codec(type_) for type_ in types]
        self._pack = space.packer(types[0], _INCLUDED)

    @property
    def id(self) -> int:
        # Asked for at the first use: a definition is described before the host knows any of its names.
        found = self._id
        if found is None:
            found = self._id = self._host.index_id(self._name)
        return found

    def bound(self, value: object) -> bytes:
        """Both bounds of the rows that hold `value` in the first column, for an index of no other."""
        try:
            return self._pack(value)
        except BAD_VALUE:
            return _INCLUDED + self._codecs[0].encode(value)  # which says what does not fit

    def point(self, *values: object) -> tuple[bytes, int, bytes, bytes]:
        """The bounds of the rows that hold `values` in the first columns."""
        *before, last = [codec.encode(value) for codec, value in zip(self._codecs, values, strict=False)]
        bound = _INCLUDED + last
        return b"".join(before), len(before), bound, bound

    def range(self, before: list[object], bounds: Range) -> tuple[bytes, int, bytes, bytes]:
        """The bounds of the rows that hold `before` in the first columns, and a value within `bounds` in the next."""
        prefix = b"".join(codec.encode(value) for codec, value in zip(self._codecs, before, strict=False))
        encode = self._codecs[len(before)].encode
        start = _UNBOUNDED if bounds.start is None else _INCLUDED + encode(bounds.start)
        kind = _INCLUDED if bounds.includes_stop else _EXCLUDED
        end = _UNBOUNDED if bounds.stop is None else kind + encode(bounds.stop)
        return prefix, len(before), start, end


R = TypeVar("R")


class HostTable(Generic[R]):
    """One table of the database, see `spacetimedb_sdk.module.Table`."""

    def __init__(self, host: Host, space: CodecSpace, definition: TableDef, row_class: type[Any]) -> None:
        row = space.typespace.types[definition.row_ref]
        assert isinstance(row, ProductType)
        self._host = host
        self.name = definition.name
        self.row_class = row_class
        self.columns: tuple[str, ...] = row_class.__sats_fields__
        rows = space.row_codec(definition.row_ref, row_class)
        self._encode: Callable[[object], bytes] = rows.encode
        self._pack = rows.space.packer(rows.type_)
        self._read_one, self._read_all = self._readers(rows)
        types = [element.type for element in row.elements]
        self._codecs = {name: space.codec(type_) for name, type_ in zip(self.columns, types, strict=True)}
        self._generated = [self.columns[item.column] for item in sorted(definition.sequences, key=_column)]
        self._complete = self._completion(dict(zip(self.columns, types, strict=True)))
        self._indexes = [
            _Index(
                host,
                space,
                index,
                tuple(self.columns[c] for c in index.columns),
                [types[c] for c in index.columns],
            )
            for index in definition.indexes
        ]
        self._unique = [
            next(index for index in self._indexes if index.columns == columns)
            for constraint in definition.constraints
            for columns in [tuple(self.columns[c] for c in constraint.columns)]
        ]
        self._single = {index.columns[0]: index for index in self._unique if len(index.columns) == 1}
        # By one column alone, unique or not.
        self._by_column = {index.columns[0]: index for index in self._indexes if len(index.columns) == 1}
        primary = definition.primary_key
        self.primary_key = None if primary is None else self.columns[primary]
        self._id: int | None = None

    def _readers(self, rows: RowCodec) -> tuple[Callable[[bytes], R], Callable[[bytes], list[R]]]:
        """What makes one row and several of the host's bytes: the interpreter itself, where it can."""
        plan = rows.space.reading_plan(rows.type_)
        reader = None if plan is None else self._host.reader(plan)
        if reader is not None:
            return reader.one, reader.all
        decode = rows.decode_rows
        return (lambda data: decode(data)[0]), decode

    @property
    def id(self) -> int:
        found = self._id
        if found is None:
            found = self._id = self._host.table_id(self.name)
        return found

    def insert(self, row: R) -> R:
        if row.__class__ is not self.row_class:
            self._refuse(row)
        try:
            data = self._pack(row)
        except BAD_VALUE:
            data = self._encode(row)  # which says what does not fit
        back = self._host.insert(self._id or self.id, data)
        if not back:
            return row
        if back.__class__ is int:
            self._not_taken(row, back)
        return self._filled(row, back)

    def update(self, row: R) -> R:
        if row.__class__ is not self.row_class:
            self._refuse(row)
        if self.primary_key is None:
            raise TypeError(
                f"table {self.name!r} has no primary key: delete the old row and insert the new one"
            )
        try:
            data = self._pack(row)
        except BAD_VALUE:
            data = self._encode(row)
        back = self._host.update(self._id or self.id, self._single[self.primary_key].id, data)
        if not back:
            return row
        if back.__class__ is int:
            self._not_taken(row, back, replaces=True)
        return self._filled(row, back)

    def _filled(self, row: R, back: Any) -> R:
        """The row with its generated columns, which are all that comes back, whether they were 0 or not."""
        for column in self._generated:
            if not getattr(row, column):
                return self._complete(row, back)
        return row

    def _completion(self, types: Mapping[str, AlgebraicType]) -> Callable[[R, bytes], R]:
        """What puts generated columns into a row: written out for one column, which is what nearly all tables have."""
        if len(self._generated) != 1:
            return self._complete_several
        (generated,) = self._generated
        signed = str(types[generated]).startswith("I")
        number = f"from_bytes(back, 'little', signed={signed})"
        values = (number if column == generated else f"row.{column}" for column in self.columns)
        text = f"def complete(row, back):\n    return new({', '.join(values)})"
        environment = {"from_bytes": int.from_bytes, "new": self.row_class.__sats_new__}
        complete: Callable[[R, bytes], R] = functions_of(text, environment, f"completion of {self.name}")[
            "complete"
        ]
        return complete

    def _complete_several(self, row: Any, back: bytes) -> R:
        at, values = 0, {}
        for column in self._generated:
            values[column], at = self._codecs[column].decode_from(back, at)
        made: R = row.replace(**values)
        return made

    def _not_taken(self, row: R, code: object, *, replaces: bool = False) -> NoReturn:
        if code == NO_SUCH_ROW:
            key = self._key(row)
            raise ReducerError(f"table `{self.name}` has no row with primary key {key!r} to update")
        if code != UNIQUE_ALREADY_EXISTS:
            raise OSError(f"SpacetimeDB refuses a row of table {self.name!r}: error {code}")
        # The host does not say which constraint it was: the first that another row holds is named.
        for index in self._unique:
            values = [getattr(row, column) for column in index.columns]
            found = self._found(index, index.point(*values))
            if replaces and found and self._key(found[0]) == self._key(row):
                continue
            if found:
                value = values[0] if len(values) == 1 else tuple(values)
                raise UniqueConstraintViolation(self.name, ", ".join(index.columns), value)
        raise UniqueConstraintViolation(self.name, "", None)

    def _key(self, row: R) -> object:
        return getattr(row, self.primary_key or "")

    def delete(self, row: R) -> bool:
        if row.__class__ is not self.row_class:
            self._refuse(row)
        return self._host.delete_equal(self.id, _ONE_ROW + self._encode(row)) > 0

    def delete_by_key(self, key: object) -> bool:
        index = self._key_index()
        bound = index.bound(key)
        return self._host.index_delete(index.id, b"", 0, bound, bound) > 0

    def get(self, key: object, /) -> R | None:
        index = self._key_index()
        bound = index.bound(key)
        data = self._host.index_scan(index.id, b"", 0, bound, bound)
        return self._read_one(data) if data else None

    def contains(self, key: object, /) -> bool:
        index = self._key_index()
        bound = index.bound(key)
        return bool(self._host.index_scan(index.id, b"", 0, bound, bound))

    def _key_index(self) -> _Index:
        if self.primary_key is None:
            raise TypeError(f"table {self.name!r} has no primary key: use filter() or find()")
        return self._single[self.primary_key]

    def find(self, **unique_column: object) -> R | None:
        if len(unique_column) != 1:
            raise TypeError(f"find() takes one unique column of table {self.name!r}")
        ((column, value),) = unique_column.items()
        index = self._single.get(column)
        if index is None:
            raise not_unique(self.name, column, self.columns)
        bound = index.bound(value)
        data = self._host.index_scan(index.id, b"", 0, bound, bound)
        return self._read_one(data) if data else None

    def filter(self, **columns: object) -> list[R]:
        if len(columns) == 1:
            ((name, value),) = columns.items()
            index = self._by_column.get(name)
            if index is not None and value.__class__ is not Range and value.__class__ is not Between:
                bound = index.bound(value)
                return self._decode(self._host.index_scan(index.id, b"", 0, bound, bound))
        unknown = columns.keys() - set(self.columns)
        if unknown:
            raise TypeError(f"table {self.name!r} has no column {', '.join(sorted(unknown))}")
        ranges: dict[str, Range] = {}
        for name, value in columns.items():
            if isinstance(value, Range):
                ranges[name] = value
            elif isinstance(value, Between):
                ranges[name] = value.as_range()
        equal = {name: value for name, value in columns.items() if name not in ranges}
        rows, known = self._candidates(equal, ranges)
        # What the index has found already is not compared again.
        for name, value in equal.items():
            if name not in known:
                rows = [row for row in rows if getattr(row, name) == value]
        for name, bounds in ranges.items():
            if name not in known:
                rows = [row for row in rows if getattr(row, name) in bounds]
        return rows

    def _candidates(
        self, equal: Mapping[str, object], ranges: Mapping[str, Range]
    ) -> tuple[list[R], tuple[str, ...]]:
        """Rows that may be meant, and the columns in which they are known to be."""
        for index in (*self._unique, *self._indexes):
            if all(name in equal for name in index.columns):
                return self._found(
                    index, index.point(*[equal[name] for name in index.columns])
                ), index.columns
        for index in self._indexes if ranges else ():
            before = list(takewhile(equal.__contains__, index.columns))
            ranged = index.columns[len(before) : len(before) + 1]
            if ranged and ranged[0] in ranges:
                bounds = index.range([equal[name] for name in before], ranges[ranged[0]])
                return self._found(index, bounds), (*before, *ranged)
        return list(self.iter()), ()

    def _found(self, index: _Index, bounds: tuple[bytes, int, bytes, bytes]) -> list[R]:
        return self._decode(self._host.index_scan(index.id, *bounds))

    def _decode(self, data: bytes) -> list[R]:
        return self._read_all(data) if data else []

    def iter(self) -> Iterator[R]:
        data, done = self._host.next_rows(iterator := self._host.scan(self.id))
        rows = self._decode(data)
        return iter(rows) if done else self._rest(rows, iterator)

    def _rest(self, rows: list[R], iterator: int) -> Iterator[R]:
        """Rows of a table of more than one piece: a piece is decoded when those before it were taken."""
        yield from rows
        done = False
        while not done:
            data, done = self._host.next_rows(iterator)
            yield from self._decode(data)

    def count(self) -> int:
        return self._host.row_count(self.id)

    def __iter__(self) -> Iterator[R]:
        return self.iter()

    def __len__(self) -> int:
        return self.count()

    def __bool__(self) -> bool:
        return True  # a table without rows is a table

    def _refuse(self, row: object) -> NoReturn:
        raise TypeError(f"table {self.name!r} holds {self.row_class.__name__} rows, not {type(row).__name__}")


class DroppedEvents(HostTable[R]):
    """An event table on a server that knows none: it stores nothing anyway, and no client gets its rows."""

    def insert(self, row: R) -> R:
        if row.__class__ is not self.row_class:
            self._refuse(row)
        return row


def _column(sequence: SequenceDef) -> int:
    return int(sequence.column)
