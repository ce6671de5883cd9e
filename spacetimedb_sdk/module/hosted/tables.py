"""Tables over the host's functions: what `ctx.db` hands out inside a real SpacetimeDB.

They do what those of the embedded server do (see `spacetimedb_sdk.module.Table`); rows cross the border as BSATN, so
everything here is about crossing it seldom: ids are asked for once, rows come in pieces, a range is the host's to find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Generic, NoReturn, TypeVar

from ...sats.algebraic_type import ProductType
from ...sats.bsatn.codec import Codec, CodecSpace
from ...sats.schema.module_def import IndexDef, SequenceDef, TableDef
from ..context import Range, ReducerError, UniqueConstraintViolation
from .host import NO_SUCH_ROW, UNIQUE_ALREADY_EXISTS, Host

__all__ = ["DroppedEvents", "HostTable"]

# BSATN of `Bound`: a value that is in, one that is out, none.
_INCLUDED, _EXCLUDED, _UNBOUNDED = b"\0", b"\1", b"\2"
_ONE_ROW = (1).to_bytes(4, "little")


class _Index:
    """An index: what it is called at the host, its columns, and the bounds that find values in it."""

    def __init__(
        self, host: Host, definition: IndexDef, columns: tuple[str, ...], codecs: list[Codec]
    ) -> None:
        self._host = host
        self._name = definition.name or ""
        self._id: int | None = None
        self.columns = columns
        self._codecs = codecs

    @property
    def id(self) -> int:
        # Asked for at the first use: a definition is described before the host knows any of its names.
        found = self._id
        if found is None:
            found = self._id = self._host.index_id(self._name)
        return found

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
        self._decode_rows: Callable[[bytes], list[R]] = rows.decode_rows
        codecs = [space.codec(element.type) for element in row.elements]
        self._codecs = dict(zip(self.columns, codecs, strict=True))
        self._generated = [self.columns[item.column] for item in sorted(definition.sequences, key=_column)]
        self._indexes = [
            _Index(
                host, index, tuple(self.columns[c] for c in index.columns), [codecs[c] for c in index.columns]
            )
            for index in definition.indexes
        ]
        self._unique = [
            next(index for index in self._indexes if index.columns == columns)
            for constraint in definition.constraints
            for columns in [tuple(self.columns[c] for c in constraint.columns)]
        ]
        self._single = {index.columns[0]: index for index in self._unique if len(index.columns) == 1}
        primary = definition.primary_key
        self.primary_key = None if primary is None else self.columns[primary]
        self._id: int | None = None

    @property
    def id(self) -> int:
        found = self._id
        if found is None:
            found = self._id = self._host.table_id(self.name)
        return found

    def insert(self, row: R) -> R:
        if row.__class__ is not self.row_class:
            self._refuse(row)
        back = self._host.insert(self.id, self._encode(row))
        if back.__class__ is int:
            self._not_taken(row, back)
        return self._filled(row, back) if back else row

    def update(self, row: R) -> R:
        if row.__class__ is not self.row_class:
            self._refuse(row)
        if self.primary_key is None:
            raise TypeError(
                f"table {self.name!r} has no primary key: delete the old row and insert the new one"
            )
        back = self._host.update(self.id, self._single[self.primary_key].id, self._encode(row))
        if back.__class__ is int:
            self._not_taken(row, back, replaces=True)
        return self._filled(row, back) if back else row

    def _filled(self, row: Any, back: Any) -> R:
        """The row with its generated columns, which are all that comes back."""
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
        return self._host.index_delete(index.id, *index.point(key)) > 0

    def get(self, key: object, /) -> R | None:
        index = self._key_index()
        rows = self._decode(self._host.index_scan(index.id, *index.point(key)))
        return rows[0] if rows else None

    def contains(self, key: object, /) -> bool:
        index = self._key_index()
        return bool(self._host.index_scan(index.id, *index.point(key)))

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
            raise TypeError(f"{self.name}.{column} is not unique: use filter()")
        rows = self._decode(self._host.index_scan(index.id, *index.point(value)))
        return rows[0] if rows else None

    def filter(self, **columns: object) -> list[R]:
        unknown = columns.keys() - set(self.columns)
        if unknown:
            raise TypeError(f"table {self.name!r} has no column {', '.join(sorted(unknown))}")
        ranges = {name: value for name, value in columns.items() if value.__class__ is Range}
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
        return self._decode_rows(data) if data else []

    def iter(self) -> Iterator[R]:
        host = self._host
        iterator = host.scan(self.id)
        done = False
        while not done:
            data, done = host.next_rows(iterator)
            yield from self._decode(data)

    def count(self) -> int:
        return self._host.row_count(self.id)

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
