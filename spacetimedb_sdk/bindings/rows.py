"""Rows: the base of generated table classes, and the snapshots that they hand out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from ..queries import Query
from .members import NamedMembers, give_names

if TYPE_CHECKING:
    from typing import Protocol, Self

    from .ambient import BoundClient
    from .column_types import ColumnTypes

    class TablePackage(Protocol):
        """What a table class asks of the package it belongs to, which is its `ModuleBindings`."""

        def client(self) -> BoundClient: ...

        def register_row_update(self, table: str, callback: Callable[..., object]) -> None: ...

        def unregister_row_update(self, table: str, callback: Callable[..., object]) -> None: ...

        def query(self, table: str, condition: Callable[[Any], object] | None) -> Query[Any]: ...

        def column_types(self, table: str) -> ColumnTypes: ...

        def row_json(self, table: str) -> Callable[[object], object]: ...


__all__ = ["Rows", "TableRow", "bind_variants", "give_replace", "make_read_only"]

T = TypeVar("T")


class Rows(list[T]):
    """A snapshot of rows: a list that `next()` works on too, as on the iterator the reference names."""

    _cursor: Iterator[T] | None = None

    def __next__(self) -> T:
        if self._cursor is None:
            self._cursor = iter(self)
        return next(self._cursor)


class TableRow(metaclass=NamedMembers):
    """The base of generated table classes: an instance is a row, the class methods are the table."""

    __slots__ = ()
    is_table_class: ClassVar[bool] = True
    _bindings: ClassVar[TablePackage]
    _table_name: ClassVar[str]

    @classmethod
    def iter(cls) -> Rows[Self]:
        """Every subscribed row, as a snapshot."""
        return Rows(cls._bindings.client().cache.table(cls._table_name).rows.values())

    @classmethod
    def register_row_update(cls, callback: Callable[[str, Any, Any, Any], object]) -> None:
        """Call `callback(row_op, old, new, reducer_event)` after a change; `row_op` is insert, update or delete."""
        cls._bindings.register_row_update(cls._table_name, callback)

    @classmethod
    def unregister_row_update(cls, callback: Callable[..., object]) -> None:
        """Take the callback back; one that is not registered is no error."""
        cls._bindings.unregister_row_update(cls._table_name, callback)

    @classmethod
    def where(cls, condition: Callable[[Self], object] | None = None) -> Query[Self]:
        """The query for the rows of which `condition` holds, for `subscribe` and `sql`; see `spacetimedb_sdk.queries`.

        TypeError for what SQL cannot ask, ValueError for a value that its column cannot hold.
        """
        return cls._bindings.query(cls._table_name, condition)

    @classmethod
    def _find(cls, column: str, value: object) -> Self | None:
        row: Self | None = cls._bindings.client().cache.table(cls._table_name).find(column, value)
        return row

    @classmethod
    def _filter(cls, column: str, value: object) -> Rows[Self]:
        return Rows(cls._bindings.client().cache.table(cls._table_name).filter(column, value))

    @property
    def data(self) -> dict[str, Any]:
        """Column name to value."""
        return {name: getattr(self, name) for name in _field_names(type(self))}

    def replace(self, /, *values: Any, **changes: Any) -> Self:
        """A row like this one but for `changes`: `row.replace(level=2)`.

        TypeError for a column there is none of, and for a value that its column cannot hold.
        """
        self._bindings.column_types(self._table_name).check("replace", values, changes)
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]

    def to_json(self) -> Any:
        """The row as `json.dumps` takes it: SpacetimeDB's JSON, by column name, nested values, bytes and identities included."""
        return self._bindings.row_json(self._table_name)(self)


def give_replace(cls: Any) -> None:
    """Have a nested value make another one like it, as rows do: `position.replace(x=1.0)`. A field of that name stays."""

    def replace(self: Any, /, *values: Any, **changes: Any) -> Any:
        # A type that tables share is a base of theirs: their rows answer as rows do.
        if isinstance(self, TableRow):
            return TableRow.replace(self, *values, **changes)
        return dataclasses.replace(self, *values, **changes)

    if not hasattr(cls, "replace"):
        cls.replace = replace


def _field_names(cls: Any) -> Iterable[str]:
    return [field.name for field in dataclasses.fields(cls)]


def make_read_only(cls: Any) -> None:
    """Have assignment to rows and nested values say what to do instead. AttributeError, as for every frozen dataclass."""

    def refuse(self: object, name: str, *_value: object) -> None:
        raise dataclasses.FrozenInstanceError(
            f"cannot change {name!r} of a {type(self).__name__}: rows are read-only, the server changes them; call a reducer, "
            "make another value with replace(), or keep what is yours beside the row, by its key"
        )

    cls.__setattr__ = cls.__delattr__ = refuse


def bind_variants(sum_class: Any, **variants: type) -> None:
    """Make `variants`, in tag order, the variants of a generated sum: `Shape.Circle` and so on."""
    for name, cls in variants.items():
        setattr(sum_class, name, cls)
        make_read_only(cls)
        give_names(cls)
    sum_class.__sats_variants__ = tuple(variants.values())
