"""What generated bindings stand on: the row base class, and the module they were generated from.

The classes and functions of a bindings package act on the *ambient* client: inside a callback or a scheduled event the
client that is calling, otherwise the only open one. With several open they raise AmbiguousClientError; callbacks that
are registered while no client is open are given to every client that opens later.
"""

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from .callbacks import adapt_reducer_callback, adapt_row_callback
from .errors import AmbiguousClientError, ClientStateError, NoClientError
from .legacy import accept_list
from .queries import Query, query
from .sats.algebraic_type import AlgebraicType, ProductType, Ref, Typespace
from .sats.bsatn.codec import Codec, CodecSpace
from .sats.bsatn.layout import fields_of

if TYPE_CHECKING:
    from typing import Self

    from .client_cache import ClientCache

__all__ = [
    "AMBIENT",
    "BoundClient",
    "ClientHandles",
    "ModuleBindings",
    "ProcedureInfo",
    "ReducerInfo",
    "Rows",
    "TableInfo",
    "TableRow",
    "bind_variants",
]

T = TypeVar("T")


class Rows(list[T]):
    """A snapshot of rows: a list that `next()` works on too, as on the iterator the reference names."""

    _cursor: Iterator[T] | None = None

    def __next__(self) -> T:
        if self._cursor is None:
            self._cursor = iter(self)
        return next(self._cursor)


class BoundClient(Protocol):
    """What generated code asks of a client."""

    @property
    def bindings(self) -> ModuleBindings: ...

    @property
    def cache(self) -> ClientCache: ...

    def _send_call(self, name: str, args: tuple[Any, ...]) -> None: ...

    def call_procedure(self, name: str, *args: Any) -> Any: ...

    def register_row_update(self, table: str, callback: Callable[..., Any]) -> None: ...

    def unregister_row_update(self, table: str, callback: Callable[..., Any]) -> None: ...

    def register_on_reducer(self, name: str, callback: Callable[..., Any]) -> None: ...

    def unregister_on_reducer(self, name: str, callback: Callable[..., Any]) -> None: ...


class ClientHandles(Protocol):
    """A client of either kind, to the typed handles of a bindings package."""

    @property
    def db(self) -> Any: ...

    @property
    def reducers(self) -> Any: ...

    @property
    def procedures(self) -> Any: ...


AMBIENT: ContextVar[BoundClient | None] = ContextVar("spacetimedb_ambient_client", default=None)


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A public table or view: `row` is its slot in the typespace, column names are those of the wire."""

    name: str
    source_name: str
    row: int
    primary_key: str | None = None
    unique: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    is_event: bool = False
    is_view: bool = False


@dataclass(frozen=True, slots=True)
class ReducerInfo:
    name: str
    source_name: str
    params: ProductType


@dataclass(frozen=True, slots=True)
class ProcedureInfo:
    name: str
    source_name: str
    params: ProductType
    return_type: AlgebraicType


class ModuleBindings:
    """One bindings package: the module's types, tables and reducers, its classes, and its clients."""

    def __init__(
        self,
        *,
        typespace: Typespace,
        tables: tuple[TableInfo, ...],
        reducers: tuple[ReducerInfo, ...],
        procedures: tuple[ProcedureInfo, ...] = (),
        fingerprint: str = "",
    ) -> None:
        self.typespace = typespace
        self.tables = {table.name: table for table in tables}
        self.reducers = {reducer.name: reducer for reducer in reducers}
        self.procedures = {procedure.name: procedure for procedure in procedures}
        self.parameter_names = {
            name: tuple(str(element.name) for element in reducer.params.elements)
            for name, reducer in self.reducers.items()
        }
        self.fingerprint = fingerprint
        self.table_classes: dict[str, Any] = {}
        self.space = CodecSpace(typespace, {})
        self.row_callbacks: list[tuple[str, Callable[..., Any]]] = []
        self.reducer_callbacks: list[tuple[str, Callable[..., Any]]] = []
        self._open: list[BoundClient] = []
        self._sole: BoundClient | None = None
        self._last: weakref.ref[BoundClient] | None = None

    def bind(
        self,
        *,
        types: Mapping[int, Any],
        tables: Mapping[str, Any],
        field_names: Mapping[int, tuple[str, ...]] | None = None,
    ) -> None:
        """Tie the generated classes to their slots and tables; `field_names` where attributes have other names."""
        for ref, names in (field_names or {}).items():
            bound = [types.get(ref), *(cls for name, cls in tables.items() if self.tables[name].row == ref)]
            for cls in bound:
                if cls is not None:
                    cls.__sats_fields__ = names
        self.space = CodecSpace(self.typespace, types)
        for name, cls in tables.items():
            row = self.typespace.resolve(Ref(self.tables[name].row))
            assert isinstance(row, ProductType)
            accept_list(cls, row, self.typespace)
            cls._bindings, cls._table_name = self, name
            self.table_classes[name] = cls

    @staticmethod
    def of(package: Any) -> ModuleBindings:
        """The bindings of a generated package. TypeError, with how to generate one, for anything else."""
        bindings = getattr(package, "MODULE", None)
        if isinstance(bindings, ModuleBindings):
            return bindings
        raise TypeError(
            f"autogen_package must be a package of generated bindings, not {package!r}: write one with "
            "`python -m spacetimedb_sdk generate --server URL --database NAME --out module_bindings`, in place of those "
            "that spacetimedb-sdk 0.7 used; a program written for it needs no other change"
        )

    def check_call(self, kind: str, name: str, args: tuple[Any, ...]) -> None:
        """ClientStateError for a reducer or procedure there is none of, TypeError for the wrong number of arguments."""
        known: Mapping[str, ReducerInfo | ProcedureInfo] = (
            self.reducers if kind == "reducer" else self.procedures
        )
        info = known.get(name)
        if info is None:
            raise ClientStateError(
                f"the bindings have no {kind} {name!r}, only {', '.join(known) or 'none'}: regenerate them"
            )
        if len(args) != len(info.params.elements):
            names = ", ".join(str(element.name) for element in info.params.elements)
            raise TypeError(f"{kind} {name} takes ({names}), not {len(args)} arguments")

    def args_codec(self, reducer: str) -> Codec:
        """The codec of the reducer's arguments, a tuple in parameter order."""
        return self.space.codec(self.reducers[reducer].params, f"arguments of {reducer}")

    def decode_args(self, reducer: str, data: bytes) -> list[Any]:
        return list(self.args_codec(reducer).decode(data))

    def query(self, table: str, condition: Callable[[Any], Any] | None) -> Query[Any]:
        """The query for the rows of `table` of which `condition` holds."""
        row = self.typespace.resolve(Ref(self.tables[table].row))
        assert isinstance(row, ProductType)
        fields = fields_of(self.table_classes[table], row)
        columns = {
            field: (element.name or "", element.type)
            for field, element in zip(fields, row.elements, strict=True)
        }
        return query(table, self.typespace, columns, condition)

    # -- the clients of this package -----------------------------------------------------------------------------------

    def opened(self, client: BoundClient) -> None:
        """A client of this package opened: it gets the callbacks that were registered without one."""
        self._open.append(client)
        self._sole = client if len(self._open) == 1 else None
        self._last = weakref.ref(client)
        for table, callback in self.row_callbacks:
            client.register_row_update(table, callback)
        for reducer, callback in self.reducer_callbacks:
            client.register_on_reducer(reducer, callback)

    def closed(self, client: BoundClient) -> None:
        if client in self._open:
            self._open.remove(client)
            self._sole = self._open[0] if len(self._open) == 1 else None

    def ambient(self) -> BoundClient | None:
        """The client that generated code acts on, None when there has been none. AmbiguousClientError for several."""
        current = AMBIENT.get()
        if current is not None and current.bindings is self:
            return current
        if len(self._open) > 1:
            raise AmbiguousClientError(
                f"{len(self._open)} clients of these bindings are open: call from inside a callback of one of them, "
                "or through that client itself (client.cache, client.call_reducer)"
            )
        if self._open:
            return self._open[0]
        return self._last() if self._last is not None else None

    def client(self) -> BoundClient:
        """The ambient client. NoClientError where there is none."""
        client = self.ambient()
        if client is None:
            raise NoClientError(
                "no client is open: call SpacetimeDBClient.init(...) or await SpacetimeDBAsyncClient(...).run(...) first"
            )
        return client

    # -- what generated functions call -----------------------------------------------------------------------------------

    def call_reducer(self, name: str, args: tuple[Any, ...]) -> None:
        client = AMBIENT.get() or self._sole
        if client is None or client.bindings is not self:
            client = self.client()
        client._send_call(name, args)

    def call_procedure(self, name: str, *args: Any, callback: Callable[[Any], Any] | None = None) -> None:
        """Call `callback(value)` with what the procedure returns; a failure is told to `on_error`."""
        self.client().call_procedure(name, *args).on_result(callback or (lambda _value: None))

    def register_on_reducer(self, name: str, callback: Callable[..., Any]) -> None:
        client = self._open_ambient()
        if client is not None:
            client.register_on_reducer(name, callback)
            return
        adapt_reducer_callback(callback, len(self.reducers[name].params.elements))
        self.reducer_callbacks.append((name, callback))

    def unregister_on_reducer(self, name: str, callback: Callable[..., Any]) -> None:
        _forget(self.reducer_callbacks, name, callback)
        client = self._open_ambient()
        if client is not None:
            client.unregister_on_reducer(name, callback)

    def register_row_update(self, table: str, callback: Callable[..., Any]) -> None:
        client = self._open_ambient()
        if client is not None:
            client.register_row_update(table, callback)
            return
        adapt_row_callback(callback)
        self.row_callbacks.append((table, callback))

    def unregister_row_update(self, table: str, callback: Callable[..., Any]) -> None:
        _forget(self.row_callbacks, table, callback)
        client = self._open_ambient()
        if client is not None:
            client.unregister_row_update(table, callback)

    def _open_ambient(self) -> BoundClient | None:
        client = self.ambient()
        return client if client in self._open or client is AMBIENT.get() else None


def _forget(entries: list[tuple[str, Callable[..., Any]]], name: str, callback: Callable[..., Any]) -> None:
    entries[:] = [entry for entry in entries if entry != (name, callback)]


class TableRow:
    """The base of generated table classes: an instance is a row, the class methods are the table."""

    __slots__ = ()
    is_table_class: ClassVar[bool] = True
    _bindings: ClassVar[ModuleBindings]
    _table_name: ClassVar[str]

    @classmethod
    def iter(cls) -> Rows[Self]:
        """Every subscribed row, as a snapshot."""
        return Rows(cls._bindings.client().cache.table(cls._table_name).rows.values())

    @classmethod
    def register_row_update(cls, callback: Callable[[str, Any, Any, Any], Any]) -> None:
        """Call `callback(row_op, old, new, reducer_event)` after a change; `row_op` is insert, update or delete."""
        cls._bindings.register_row_update(cls._table_name, callback)

    @classmethod
    def unregister_row_update(cls, callback: Callable[..., Any]) -> None:
        """Take the callback back; one that is not registered is no error."""
        cls._bindings.unregister_row_update(cls._table_name, callback)

    @classmethod
    def where(cls, condition: Callable[[Self], Any] | None = None) -> Query[Self]:
        """The query for the rows of which `condition` holds, for `subscribe` and `sql`; see `spacetimedb_sdk.queries`.

        TypeError for what SQL cannot ask, ValueError for a value that its column cannot hold.
        """
        return cls._bindings.query(cls._table_name, condition)

    @classmethod
    def _find(cls, column: str, value: Any) -> Self | None:
        row: Self | None = cls._bindings.client().cache.table(cls._table_name).find(column, value)
        return row

    @classmethod
    def _filter(cls, column: str, value: Any) -> Rows[Self]:
        return Rows(cls._bindings.client().cache.table(cls._table_name).filter(column, value))

    @property
    def data(self) -> dict[str, Any]:
        """Column name to value."""
        return {name: getattr(self, name) for name in _field_names(type(self))}

    def replace(self, **changes: Any) -> Self:
        """A row like this one but for `changes`."""
        return dataclasses.replace(self, **changes)  # type: ignore[type-var]


def _field_names(cls: Any) -> Iterable[str]:
    return [field.name for field in dataclasses.fields(cls)]


def bind_variants(sum_class: Any, **variants: type) -> None:
    """Make `variants`, in tag order, the variants of a generated sum: `Shape.Circle` and so on."""
    for name, cls in variants.items():
        setattr(sum_class, name, cls)
    sum_class.__sats_variants__ = tuple(variants.values())
