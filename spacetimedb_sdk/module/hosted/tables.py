"""Tables over the host's functions: what `ctx.db` hands out inside a real SpacetimeDB.

They do what those of the embedded server do (see `spacetimedb_sdk.module.Table`); rows cross the border as BSATN, so
everything here is about crossing it seldom: ids are asked for once, rows come in pieces, a range is the host's to find.
What a module does most (looking up by a key, inserting, updating) are functions that hold all they need: inside the
interpreter a call costs as much as five attributes, and a property as much as a call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations, takewhile
from typing import Any, Generic, NoReturn, TypeVar

from ...errors import EncodeError
from ...sats.algebraic_type import AlgebraicType, ProductType
from ...sats.bsatn.codec import BAD_VALUE, Codec, CodecSpace, RowCodec
from ...sats.bsatn.fast_build import Native
from ...sats.bsatn.reading_plan import members_of
from ...sats.column_order import comparable
from ...sats.generated_code import functions_of
from ...sats.schema.module_def import IndexDef, SequenceDef, TableDef
from ..context import Between, Range, ReducerError, UniqueConstraintViolation
from ..tables import ColumnHint, not_unique
from .host import NO_SUCH_ROW, UNIQUE_ALREADY_EXISTS, Host

__all__ = ["DroppedEvents", "HostTable"]

# BSATN of `Bound`: a value that is in, one that is out, none.
_INCLUDED, _EXCLUDED, _UNBOUNDED = b"\0", b"\1", b"\2"
_RANGES = (Range, Between)
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
        self._key_plan = space.reading_plan(types[0])
        found, deleted = self._by_first_column(space.packer(types[0], _INCLUDED))
        self.found: Callable[[object], bytes] = self.lookup("found", found)
        self.deleted: Callable[[object], int] = self.lookup("deleted", deleted)

    def lookup(self, what: str, slow: Callable[[Any], Any], rows: object = None) -> Callable[[Any], Any]:
        """`slow`, a function of a value of the first column, done by the interpreter itself, where it can: see `Host.lookup`."""
        plan = self._key_plan
        native = None if plan is None else self._host.lookup(what, plan, rows, lambda: self.id, slow)
        return slow if native is None else native

    def _by_first_column(
        self, pack: Callable[[object], bytes]
    ) -> tuple[Callable[[object], bytes], Callable[[object], int]]:
        """The rows that hold a value in the first column, for an index of no other, and what deletes them."""
        codec, scan, delete = self._codecs[0], self._host.index_scan, self._host.index_delete
        number = 0

        def ask() -> int:
            nonlocal number
            number = self.id
            return number

        def found(value: object) -> bytes:
            try:
                bound = pack(value)
            except BAD_VALUE:
                if (encoded := _fitting(codec, value)) is None:
                    return b""
                bound = _INCLUDED + encoded
            return scan(number or ask(), b"", 0, bound, bound)

        def deleted(value: object) -> int:
            try:
                bound = pack(value)
            except BAD_VALUE:
                if (encoded := _fitting(codec, value)) is None:
                    return 0
                bound = _INCLUDED + encoded
            return delete(number or ask(), b"", 0, bound, bound)

        return found, deleted

    @property
    def id(self) -> int:
        # Asked for at the first use: a definition is described before the host knows any of its names.
        found = self._id
        if found is None:
            found = self._id = self._host.index_id(self._name)
        return found

    def point(self, *values: object) -> tuple[bytes, int, bytes, bytes] | None:
        """The bounds of the rows that hold `values` in the first columns; None where no row can."""
        encoded = [_fitting(codec, value) for codec, value in zip(self._codecs, values, strict=False)]
        if None in encoded:
            return None
        *before, last = [part for part in encoded if part is not None]
        bound = _INCLUDED + last
        return b"".join(before), len(before), bound, bound

    def range(self, before: list[object], bounds: Range) -> tuple[bytes, int, bytes, bytes]:
        """The bounds of the rows that hold `before` in the first columns, and a value within `bounds` in the next. EncodeError
        where one is none that the column can hold."""
        prefix = b"".join(codec.encode(value) for codec, value in zip(self._codecs, before, strict=False))
        encode = self._codecs[len(before)].encode
        start = _UNBOUNDED if bounds.start is None else _INCLUDED + encode(bounds.start)
        kind = _INCLUDED if bounds.includes_stop else _EXCLUDED
        end = _UNBOUNDED if bounds.stop is None else kind + encode(bounds.stop)
        return prefix, len(before), start, end


def _fitting(codec: Codec, value: object) -> bytes | None:
    """The BSATN of what equals `value` among what a column holds; None where nothing does: looking for it finds no row."""
    try:
        return codec.encode(value)
    except EncodeError:
        # 2.0 is 2, as everywhere in Python.
        return _fitting(codec, int(value)) if isinstance(value, float) and value.is_integer() else None


R = TypeVar("R")


class HostTable(ColumnHint, Generic[R]):
    """One table of the database, see `spacetimedb_sdk.module.Table`."""

    def __init__(self, host: Host, space: CodecSpace, definition: TableDef, row_class: type[Any]) -> None:
        row = space.typespace.types[definition.row_ref]
        assert isinstance(row, ProductType)
        self._host = host
        self.name = definition.name
        self.row_class = row_class
        self.columns: tuple[str, ...] = row_class.__sats_fields__
        rows = space.row_codec(definition.row_ref, row_class)
        self._plan_of = rows.space.reading_plan
        self._plan = self._plan_of(rows.type_)
        self._encode: Callable[[object], bytes] = rows.encode
        self._read_one, self._read_all = self._readers(rows)
        types = [element.type for element in row.elements]
        self._types = dict(zip(self.columns, types, strict=True))
        self._codecs = {name: space.codec(type_) for name, type_ in self._types.items()}
        self._generated = [self.columns[item.column] for item in sorted(definition.sequences, key=_column)]
        filled = self._completion(space, self._types)
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
        pack = rows.written_pack()
        self.insert: Callable[[R], R] = self._inserting(pack, filled)
        self.update: Callable[[R], R] = self._updating(pack, filled)
        self.get, self.contains, self.delete_by_key = self._by_key()

    def _readers(self, rows: RowCodec) -> tuple[Callable[[bytes], R], Callable[[bytes], list[R]]]:
        """What makes one row and several of the host's bytes: the interpreter itself, where it can."""
        reader = None if self._plan is None else self._host.reader(self._plan)
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

    def _inserting(
        self, pack: Callable[[object], bytes], filled: Callable[[R, bytes], R]
    ) -> Callable[[R], R]:
        row_class, refuse, send = self.row_class, self._refuse, self._host.insert
        read_one = self._read_one  # what is given back is the row as stored: 0.1 is another number in an f32
        number = 0

        def insert(row: R, back: bytes | int | None = None) -> R:
            nonlocal number
            if back is None:
                if row.__class__ is not row_class:
                    refuse(row)
                try:
                    data = pack(row)
                except BAD_VALUE:
                    data = self._encode(row)  # which says what does not fit
                number = number or self.id
                back, row = send(number, data), read_one(data)
            if not back:
                return row
            if back.__class__ is int:
                self._not_taken(row, back)
            return filled(row, back)  # type: ignore[arg-type]  # bytes, where it is no number

        return self._written(insert, lambda: (self.id, 0))

    def _updating(self, pack: Callable[[object], bytes], filled: Callable[[R, bytes], R]) -> Callable[[R], R]:
        row_class, refuse, send = self.row_class, self._refuse, self._host.update
        read_one = self._read_one
        number = key_number = 0

        def ask() -> None:
            nonlocal number, key_number
            if self.primary_key is None:
                raise TypeError(
                    f"table {self.name!r} has no primary key: delete the old row and insert the new one"
                )
            number, key_number = self.id, self._single[self.primary_key].id

        def numbers() -> tuple[int, int]:
            if not number:
                ask()
            return number, key_number

        def update(row: R, back: bytes | int | None = None) -> R:
            if back is None:
                if row.__class__ is not row_class:
                    refuse(row)
                if not number:
                    ask()
                try:
                    data = pack(row)
                except BAD_VALUE:
                    data = self._encode(row)
                back, row = send(number, key_number, data), read_one(data)
            if not back:
                return row
            if back.__class__ is int:
                self._not_taken(row, back, replaces=True)
            return filled(row, back)  # type: ignore[arg-type]  # bytes, where it is no number

        return self._written(update, numbers, replaces=True)

    def _written(
        self, slow: Callable[[R], R], ask: Callable[[], tuple[int, int]], *, replaces: bool = False
    ) -> Callable[[R], R]:
        """`slow`, which stores a row, done by the interpreter itself, where it can: see `Host.writer`."""
        generated = None
        if len(self._generated) == 1:
            (column,) = self._generated
            generated = self.columns.index(column), self._plan_of(self._types[column])
        if self._plan is None or (generated is not None and generated[1] is None):
            return slow
        native: Callable[[R], R] | None = self._host.writer(replaces, self._plan, generated, ask, slow)
        return slow if native is None else native

    def _by_key(
        self,
    ) -> tuple[Callable[[object], R | None], Callable[[object], bool], Callable[[object], bool]]:
        """`get`, `contains` and `delete_by_key`: by the primary key, or refused where there is none."""
        if self.primary_key is None:

            def refuse(_key: object) -> NoReturn:
                raise TypeError(f"table {self.name!r} has no primary key: use filter() or find()")

            return refuse, refuse, refuse
        index = self._single[self.primary_key]
        found, deleted, read_one = index.found, index.deleted, self._read_one

        def get(key: object, /) -> R | None:
            data = found(key)
            return read_one(data) if data else None

        def contains(key: object, /) -> bool:
            return bool(found(key))

        def delete_by_key(key: object) -> bool:
            return deleted(key) > 0

        return (
            index.lookup("get", get, self._plan) if self._plan is not None else get,
            index.lookup("contains", contains),
            index.lookup("delete", delete_by_key),
        )

    def _completion(self, space: CodecSpace, types: Mapping[str, AlgebraicType]) -> Callable[[R, bytes], R]:
        """What puts generated columns into a row, where they are 0: they are all that comes back. Written out for one column,
        which is what nearly all tables have."""
        if len(self._generated) != 1:
            return self._filled
        (generated,) = self._generated
        values = ["read(back)" if column == generated else f"row.{column}" for column in self.columns]
        environment: dict[str, object] = {"read": self._reader(space, types[generated])}
        members = members_of(self.row_class, self.columns)
        if Native.make is None or members is None:
            environment |= {"new": self.row_class.__sats_new__}
        else:
            environment |= {"new": Native.make, "cls": self.row_class, "members": members}
            values = ["cls", "members", *values]
        text = f"def filled(row, back):\n    return row if row.{generated} else new({', '.join(values)})"
        filled: Callable[[R, bytes], R] = functions_of(text, environment, f"completion of {self.name}")[
            "filled"
        ]
        return filled

    def _reader(self, space: CodecSpace, type_: AlgebraicType) -> Callable[[bytes], Any]:
        """What makes one value of the host's bytes: the interpreter itself, where it can."""
        plan = space.reading_plan(type_)
        reader = None if plan is None else self._host.reader(plan)
        return space.codec(type_).decode if reader is None else reader.one

    def _filled(self, row: Any, back: bytes) -> R:
        """The row with the columns that were 0. A host gives those of one row in an order of its own: the row that is stored tells."""
        columns = [column for column in self._generated if not getattr(row, column)]
        made: list[R] = []
        for order in permutations(columns):
            at, values = 0, {}
            for column in order:
                values[column], at = self._codecs[column].decode_from(back, at)
            made.append(row.replace(**values))
            index = self._single[order[0]]
            stored = self._found(index, index.point(values[order[0]])) if len(columns) > 1 else []
            if any(self._encode(one) == self._encode(made[-1]) for one in stored):
                return made[-1]
        return made[0]

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
        # None of those: it is a number that a sequence came to, which nothing tells.
        column = next((name for name in self._generated if not getattr(row, name)), "")
        raise UniqueConstraintViolation(self.name, column, None)

    def _key(self, row: R) -> object:
        return getattr(row, self.primary_key or "")

    def delete(self, row: R) -> bool:
        if row.__class__ is not self.row_class:
            self._refuse(row)
        return self._host.delete_equal(self.id, _ONE_ROW + self._encode(row)) > 0

    def find(self, **unique_column: object) -> R | None:
        if len(unique_column) != 1:
            raise TypeError(f"find() takes one unique column of table {self.name!r}")
        (column,) = unique_column
        index = self._single.get(column)
        if index is None:
            raise not_unique(self.name, column, self.columns)
        data = index.found(unique_column[column])
        return self._read_one(data) if data else None

    def filter(self, **columns: object) -> list[R]:
        if len(columns) == 1:
            (name,) = columns
            index = self._by_column.get(name)
            if index is not None and (value := columns[name]).__class__ not in _RANGES:
                data = index.found(value)
                return self._read_all(data) if data else []
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
                place = comparable(self._types[name])
                wanted = place(value)
                rows = [row for row in rows if place(getattr(row, name)) == wanted]
        for name, bounds in ranges.items():
            if name not in known:
                place = comparable(self._types[name])
                within = Range(place(bounds.start), place(bounds.stop), bounds.includes_stop)
                rows = [row for row in rows if place(getattr(row, name)) in within]
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
                try:
                    bounds = index.range([equal[name] for name in before], ranges[ranged[0]])
                except EncodeError:  # a range may begin and end beyond what a column can hold
                    continue
                return self._found(index, bounds), (*before, *ranged)
        return list(self.iter()), ()

    def _found(self, index: _Index, bounds: tuple[bytes, int, bytes, bytes] | None) -> list[R]:
        return [] if bounds is None else self._decode(self._host.index_scan(index.id, *bounds))

    def _decode(self, data: bytes) -> list[R]:
        return self._read_all(data) if data else []

    def iter(self) -> Iterator[R]:
        data, done = self._host.next_rows(iterator := self._host.scan(self.id))
        if done:
            return iter(self._decode(data))
        rest = self._rest(data, iterator)
        next(rest)  # one that has not begun would end without its `finally`
        return rest

    def _rest(self, first: bytes, iterator: int) -> Iterator[Any]:
        """Rows of a table of more than one piece, behind a None: a piece is decoded when those before it were taken."""
        done = False
        try:
            yield None
            yield from self._decode(first)
            while not done:
                data, done = self._host.next_rows(iterator)
                yield from self._decode(data)
        finally:
            # A host keeps the rows that are left as long as the instance lives, for it does not know that nobody wants them.
            if not done:
                self._host.close_rows(iterator)

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

    def _inserting(
        self, pack: Callable[[object], bytes], filled: Callable[[R, bytes], R]
    ) -> Callable[[R], R]:
        def insert(row: R) -> R:
            if row.__class__ is not self.row_class:
                self._refuse(row)
            return row

        return insert


def _column(sequence: SequenceDef) -> int:
    return int(sequence.column)
