"""Rows that are the database's own: built of nothing but plain values, which no module can change or have act otherwise.

A module may put anything into a row that can be encoded: a list that it goes on appending to, a `str` whose `__eq__` raises, a
sequence whose length is not what it holds. What is stored must be what its bytes say, in this process as in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, Generic, TypeVar

from ...module.tables import ColumnHint
from ...sats.algebraic_type import (
    BYTES,
    STRING,
    AlgebraicType,
    PrimitiveType,
    ProductType,
    Ref,
    option_of,
    special_name,
)
from ...sats.bsatn.layout import Layout, fields_of
from ...sats.generated_code import FunctionBody, functions_of
from ...types import Address, Identity, TimeDuration, Timestamp
from .table_store import TableStore

__all__ = ["CopyingTable", "is_own"]

R = TypeVar("R")
# What the values of a special type are, and what such a one holds.
_SPECIAL: dict[str, tuple[type[Any], str, type[Any]]] = {
    "Identity": (Identity, "data", bytes),
    "ConnectionId": (Address, "data", bytes),
    "Timestamp": (Timestamp, "micros", int),
    "TimeDuration": (TimeDuration, "micros", int),
}


class NotInline(Exception):
    """A type whose values are not looked at one by one: a row that has it is made anew by way of its bytes."""


class _Writer(FunctionBody):
    """The conditions under which a value is plain, as one expression."""

    def __init__(self, layout: Layout) -> None:
        super().__init__({})
        self._layout = layout

    def condition(self, type_: AlgebraicType, value: str) -> str:
        """Raises NotInline."""
        inner = self._layout.typespace.resolve(type_) if isinstance(type_, Ref) else type_
        special = _SPECIAL.get(special_name(inner) or "")
        if special is not None:
            kind, held, held_kind = special
            return f"{self._is(value, kind)} and {self._is(f'{value}.{held}', held_kind)}"
        if inner == STRING:
            return self._is(value, str)
        if inner == BYTES:
            return self._is(value, bytes)
        if isinstance(inner, PrimitiveType):
            kind = {"B": bool, "F": float}.get(inner.name[0], int)
            return self._is(value, kind)
        optional = option_of(inner)
        if optional is not None and option_of(self._layout.typespace.resolve(optional)) is None:
            return f"({value} is None or {self.condition(optional, value)})"
        return self._bound(type_, inner, value)

    def _bound(self, type_: AlgebraicType, inner: AlgebraicType, value: str) -> str:
        bound = self._layout.classes.get(type_.index) if isinstance(type_, Ref) else None
        if bound is None or (isinstance(type_, Ref) and self._layout.needs_function(type_.index)):
            raise NotInline
        if isinstance(bound, type) and issubclass(bound, Enum):
            return self._is(value, bound)
        if not isinstance(inner, ProductType):
            raise NotInline
        return f"{self._is(value, bound)}{self.fields(inner, bound, value)}"

    def fields(self, type_: ProductType, cls: object, value: str) -> str:
        """The same of all columns, each with ` and ` before it."""
        pairs = zip(fields_of(cls, type_), type_.elements, strict=True)
        return "".join(f" and {self.condition(element.type, f'{value}.{name}')}" for name, element in pairs)

    def _is(self, value: str, kind: type[Any]) -> str:
        # What `__class__` says can be another: `type` cannot.
        return f"type({value}) is {self.constant('kind', kind)}"


def is_own(layout: Layout, row: ProductType, row_class: type[Any]) -> Callable[[Any], bool] | None:
    """Says of a row whether it is made of plain values alone; None for a table where only its bytes can say."""
    writer = _Writer(layout)
    try:
        text = f"def is_own(v):\n    return True{writer.fields(row, row_class, 'v')}\n"
    except NotInline:
        return None
    return functions_of(text, writer.env, f"whether {row_class.__name__} is plain")["is_own"]


class CopyingTable(ColumnHint, Generic[R]):
    """A table whose rows hold lists, as `ctx.db` hands it out: each row that a module gets is its own to change, and changes
    nothing until it is given back (`update`). See `spacetimedb_sdk.module.Table`."""

    __slots__ = ("_copy", "_store", "contains", "count", "delete_by_key", "name", "row_class")

    def __init__(self, store: TableStore[R]) -> None:
        self._store = store
        self._copy = store.copy
        self.name = store.name
        self.row_class = store.row_class
        self.contains = store.contains
        self.count = store.count
        self.delete_by_key = store.delete_by_key

    def insert(self, row: R) -> R:
        stored = self._store.insert(row)
        numbers = {column: getattr(stored, column) for column in self._store.sequences}
        given: Any = row
        return self._given_back(given.replace(**numbers) if numbers else row, stored)

    def update(self, row: R) -> R:
        return self._given_back(row, self._store.update(row))

    def delete(self, row: R) -> bool:
        return self._store.delete(row)

    def get(self, key: object, /) -> R | None:
        return self._copied(self._store.get(key))

    def find(self, /, **unique_column: object) -> R | None:
        return self._copied(self._store.find(**unique_column))

    def filter(self, /, **columns: object) -> list[R]:
        return list(map(self._copy, self._store.filter(**columns)))

    def iter(self) -> Iterator[R]:
        return map(self._copy, self._store.iter())

    __iter__ = iter

    def __len__(self) -> int:
        return len(self._store)

    def __bool__(self) -> bool:
        return True  # a table without rows is a table

    def _given_back(self, given: R, stored: R) -> R:
        """What the module gave, whose lists are its own already, where the table holds the same; that costs a third of a copy."""
        return given if given == stored else self._copy(stored)

    def _copied(self, row: R | None) -> R | None:
        return None if row is None else self._copy(row)
