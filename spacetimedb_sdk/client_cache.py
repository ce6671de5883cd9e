"""The rows a client is subscribed to, counted by how many queries delivered them (spec: websocket.md section 7).

Only a client's `update()` (or its event loop) changes it, one whole message at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from .errors import SchemaError
from .protocol.outcomes import DecodedRows, TableRows
from .sats.algebraic_type import F32, F64, AlgebraicType, ArrayType, PrimitiveType, ProductType, Ref, SumType
from .sats.codec import RowCodec
from .sats.layout import Layout, fields_of

__all__ = ["ClientCache", "RowChange", "TableCache", "TableChanges"]

R = TypeVar("R")
log = logging.getLogger("spacetimedb_sdk.cache")


# (row_op, old, new): `row_op` is `insert`, `delete` or `update`; the side that does not exist is None. A plain tuple,
# because a first subscription makes one for every row.
RowChange: TypeAlias = tuple[str, Any, Any]


@dataclass(frozen=True, slots=True)
class TableChanges:
    """What one message changed in one table, in the order of its callbacks."""

    table: str
    changes: list[RowChange]


class TableCache(Generic[R]):
    """One table's rows by key. `counts` holds a row's count only where it is not 1."""

    def __init__(
        self,
        name: str,
        codec: RowCodec,
        *,
        unique: Iterable[str] = (),
        primary_key: str | None = None,
        column_keys: dict[str, Callable[[Any], Any]] | None = None,
        has_floats: bool = False,
    ) -> None:
        self.name = name
        self.codec = codec
        self.primary_key = primary_key
        self.unique = frozenset(unique)
        self.rows: dict[Any, R] = {}
        self.counts: dict[Any, int] = {}
        self._column_keys = column_keys or {}
        self._has_floats = has_floats
        # Built at the first question about a column, kept up to date from then on.
        self._indexes: dict[str, dict[Any, dict[Any, R]]] = {}

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[R]:
        return iter(list(self.rows.values()))

    # -- questions -----------------------------------------------------------------------------------------------------

    def find(self, column: str, value: Any) -> R | None:
        """The row whose unique `column` is `value`."""
        if column == self.primary_key:
            return self.rows.get(value)
        return next(iter(self._matching(column, value)), None)

    def filter(self, column: str, value: Any) -> list[R]:
        """The rows whose `column` is `value`; floats, lists and products compare by their BSATN."""
        return list(self._matching(column, value))

    def _matching(self, column: str, value: Any) -> Iterable[R]:
        index = self._indexes.get(column)
        if index is None:
            index = self._indexes[column] = {}
            key_of = self._key_of(column)
            for key, row in self.rows.items():
                index.setdefault(key_of(row), {})[key] = row
        to_key = self._column_keys.get(column)
        return index.get(to_key(value) if to_key else value, {}).values()

    def _key_of(self, column: str) -> Callable[[R], Any]:
        to_key = self._column_keys.get(column)
        if to_key is None:
            return lambda row: getattr(row, column)
        return lambda row: to_key(getattr(row, column))

    # -- changes -------------------------------------------------------------------------------------------------------

    def apply(self, deletes: DecodedRows, inserts: DecodedRows) -> list[RowChange]:
        """Apply one message's rows, all at once; what changed in the end: inserts and updates, then deletes.

        A row that is deleted and inserted alike has not changed; one that leaves and comes under the same primary key
        is an update.
        """
        if not self.rows and not deletes.keys:
            adopted = dict(zip(inserts.keys, inserts.rows, strict=True))
            if len(adopted) == len(inserts.keys):
                self.rows = adopted
                self._indexes.clear()
                return [("insert", None, row) for row in inserts.rows]
        delta: dict[Any, int] = {}
        newest: dict[Any, R] = dict(zip(inserts.keys, inserts.rows, strict=True))
        if len(newest) == len(inserts.keys):
            delta = dict.fromkeys(inserts.keys, 1)
        else:
            for key in inserts.keys:
                delta[key] = delta.get(key, 0) + 1
        for key in deletes.keys:
            delta[key] = delta.get(key, 0) - 1
        return self._settle(delta, newest, set(deletes.keys))

    def replace(self, inserts: DecodedRows) -> list[RowChange]:
        """Make `inserts` all there is; what changed by that."""
        delta: dict[Any, int] = {key: -self.counts.get(key, 1) for key in self.rows}
        newest: dict[Any, R] = {}
        for key, row in zip(inserts.keys, inserts.rows, strict=True):
            delta[key] = delta.get(key, 0) + 1
            newest[key] = row
        return self._settle(delta, newest, set())

    def _settle(self, delta: dict[Any, int], newest: dict[Any, R], deleted: set[Any]) -> list[RowChange]:
        rows, counts = self.rows, self.counts
        changes: list[RowChange] = []
        gone: list[RowChange] = []
        for key, difference in delta.items():
            old = rows.get(key)
            count = difference + (counts.get(key, 1) if old is not None else 0)
            if count > 0:
                new = newest.get(key)
                if new is None:
                    pass  # only its count fell
                elif old is None:
                    rows[key] = new
                    changes.append(("insert", None, new))
                elif not self._same(old, new, key in deleted):
                    rows[key] = new
                    changes.append(("update", old, new))
                self._count(key, count)
            elif old is not None:
                del rows[key]
                counts.pop(key, None)
                gone.append(("delete", old, None))
            if count < 0:
                log.warning("table %s: a row was deleted more often than it was delivered", self.name)
        changes += gone
        if self._indexes:
            self._reindex(changes)
        return changes

    def _count(self, key: Any, count: int) -> None:
        if count != 1:
            self.counts[key] = count
        elif key in self.counts:
            del self.counts[key]

    def _same(self, old: R, new: R, deleted: bool) -> bool:
        """Whether a row that came under a key that is taken is the row that is there, floats compared by bits.

        Bytes are made only where a comparison by value may be wrong: a row that was deleted in the same message may
        differ in the sign of a zero, one that another query delivers again may hold a NaN.
        """
        equal = bool(old == new)
        if not self._has_floats or equal is not deleted:
            return equal
        return self.codec.encode(old) == self.codec.encode(new)

    def _reindex(self, changes: list[RowChange]) -> None:
        key_of_row = self._row_key
        for column, index in self._indexes.items():
            value_of = self._key_of(column)
            for _, old, _new in changes:
                if old is not None:
                    value, key = value_of(old), key_of_row(old)
                    bucket = index[value]
                    del bucket[key]
                    if not bucket:
                        del index[value]
            for _, _old, new in changes:
                if new is not None:
                    index.setdefault(value_of(new), {})[key_of_row(new)] = new

    def _row_key(self, row: R) -> Any:
        return getattr(row, self.primary_key) if self.primary_key else self.codec.encode(row)


class ClientCache:
    """Every table of a bindings package. `table(name)` by its canonical name."""

    def __init__(self, bindings: Any) -> None:
        self._tables: dict[str, TableCache[Any]] = {}
        for name, info in bindings.tables.items():
            cls = bindings.table_classes[name]
            self._tables[name] = _make_table(bindings, info, cls)
        self._warned: set[str] = set()

    def __iter__(self) -> Iterator[TableCache[Any]]:
        return iter(self._tables.values())

    def table(self, name: str) -> TableCache[Any]:
        """SchemaError, naming the tables there are, for any other."""
        try:
            return self._tables[name]
        except KeyError:
            known = ", ".join(self._tables) or "none"
            raise SchemaError(f"the bindings have no table {name!r}, only {known}: regenerate them") from None

    def apply(self, tables: list[TableRows]) -> list[TableChanges]:
        """Apply a whole message: every table is changed when this returns."""
        return [
            TableChanges(update.table, self._tables[update.table].apply(update.deletes, update.inserts))
            for update in tables
        ]

    def replace(self, tables: list[TableRows]) -> list[TableChanges]:
        """Make the rows of `tables` all there are, in every table."""
        given = {update.table: update.inserts for update in tables}
        return [
            TableChanges(name, table.replace(given.get(name, DecodedRows())))
            for name, table in self._tables.items()
            if name in given or table.rows
        ]


def _make_table(bindings: Any, info: Any, cls: Any) -> TableCache[Any]:
    row_type = bindings.typespace.types[info.row]
    assert isinstance(row_type, ProductType)
    fields = fields_of(cls, row_type)
    attribute = {element.name: field for element, field in zip(row_type.elements, fields, strict=True)}
    layout = Layout(bindings.typespace, bindings.space.classes)
    column_keys = {
        field: bindings.space.codec(element.type).encode
        for element, field in zip(row_type.elements, fields, strict=True)
        if not _is_hashable(layout, element.type)
    }
    return TableCache(
        info.name,
        bindings.space.row_codec(info.row, cls, info.name),
        unique=[attribute[column] for column in info.unique],
        primary_key=attribute[info.primary_key] if info.primary_key else None,
        column_keys=column_keys,
        has_floats=_has_floats(layout, row_type, set()),
    )


def _is_hashable(layout: Layout, type_: AlgebraicType) -> bool:
    """Whether equal values of the type are equal keys: leaves but floats, and strings."""
    leaf = layout.leaf(type_)
    return (leaf is not None and leaf.code not in "fd") or layout.typespace.resolve(type_) == PrimitiveType(
        "String"
    )


def _has_floats(layout: Layout, type_: AlgebraicType, seen: set[int]) -> bool:
    match type_:
        case Ref(index):
            if index in seen:
                return False
            seen.add(index)
            return _has_floats(layout, layout.typespace.resolve(type_), seen)
        case ArrayType(element):
            return _has_floats(layout, element, seen)
        case ProductType(items) | SumType(items):
            return any(_has_floats(layout, item.type, seen) for item in items)
    return type_ in (F32, F64)
