"""ModuleBindings: the module that a bindings package was generated from, its classes, and its open clients."""

from __future__ import annotations

import dataclasses
import os
import weakref
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ..errors import AmbiguousClientError, ClientStateError, NoClientError
from ..queries import Query, query
from ..records import record
from ..sats.algebraic_type import AlgebraicType, ProductType, Ref, Typespace
from ..sats.bsatn.codec import Codec, CodecSpace
from ..sats.bsatn.layout import fields_of
from ..system.plain_text import close_to, listed
from .ambient import AMBIENT, BoundClient
from .callbacks import adapt_reducer_callback, adapt_row_callback
from .column_types import ColumnTypes
from .legacy import accept_list
from .members import give_names
from .rows import give_replace, make_read_only

__all__ = ["ModuleBindings", "ProcedureInfo", "ReducerInfo", "TableInfo", "not_in_bindings"]

# Bound once: a game's calls pass here, and to bind a method takes as long as to call it.
_current_client = AMBIENT.get


@record
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


@record
class ReducerInfo:
    name: str
    source_name: str
    params: ProductType


@record
class ProcedureInfo:
    name: str
    source_name: str
    params: ProductType
    return_type: AlgebraicType


def not_in_bindings(kind: str, name: str, known: Collection[str]) -> str:
    """What an error says of a table, reducer or procedure that the bindings do not have."""
    return (
        f"the bindings have no {kind} {name!r}{close_to(name, known)}: there are {listed(known)}; if the module has it by now, "
        "generate the bindings again"
    )


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
        self._column_types: dict[str, ColumnTypes] = {}
        self.space = CodecSpace(typespace, {})
        self.row_callbacks: list[tuple[str, Callable[..., object]]] = []
        self.reducer_callbacks: list[tuple[str, Callable[..., object]]] = []
        # Not held: a client that its program drops is closed.
        self._open: list[weakref.ref[BoundClient]] = []
        self._sole: Callable[[], BoundClient | None] = _none
        self._last: Callable[[], BoundClient | None] = _none
        _EVERY.add(self)

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
        self._json_writers: dict[str, Callable[[object], object]] = {}
        for cls in {*types.values(), *tables.values()}:
            if dataclasses.is_dataclass(cls):
                make_read_only(cls)
                give_replace(cls)
                give_names(cls)
        for name, cls in tables.items():
            row = self.typespace.resolve(Ref(self.tables[name].row))
            assert isinstance(row, ProductType)
            accept_list(cls, row, self.typespace)
            cls._bindings, cls._table_name = self, name
            self.table_classes[name] = cls

    @staticmethod
    def of(package: object) -> ModuleBindings:
        """The bindings of a generated package, or these themselves. TypeError, with how to generate one, for anything else."""
        bindings = package if isinstance(package, ModuleBindings) else getattr(package, "MODULE", None)
        if isinstance(bindings, ModuleBindings):
            return bindings
        raise TypeError(
            f"autogen_package must be a package of generated bindings, not {package!r}: write one with "
            "`python -m spacetimedb_sdk generate --server URL --database NAME --out module_bindings`, in place of those "
            "that spacetimedb-sdk 0.7 used; a program written for it needs no other change"
        )

    def row_json(self, table: str) -> Callable[[object], object]:
        """What makes JSON of the rows of a table, by its canonical name."""
        writer = self._json_writers.get(table)
        if writer is None:
            from ..sats.json.encoding import json_encoder  # most programs never ask

            writer = self._json_writers[table] = json_encoder(
                self.space, Ref(self.tables[table].row), positional=False
            )
        return writer

    def check_call(self, kind: str, name: str, args: tuple[object, ...]) -> None:
        """ClientStateError for a reducer or procedure there is none of, TypeError for the wrong number of arguments."""
        known: Mapping[str, ReducerInfo | ProcedureInfo] = (
            self.reducers if kind == "reducer" else self.procedures
        )
        info = known.get(name)
        if info is None:
            raise ClientStateError(not_in_bindings(kind, name, known))
        if len(args) != len(info.params.elements):
            names = ", ".join(str(element.name) for element in info.params.elements)
            raise TypeError(f"{kind} {name} takes ({names}), not {len(args)} arguments")

    def args_codec(self, reducer: str) -> Codec:
        """The codec of the reducer's arguments, a tuple in parameter order."""
        return self.space.codec(self.reducers[reducer].params, f"arguments of {reducer}")

    def decode_args(self, reducer: str, data: bytes) -> list[object]:
        return list(self.args_codec(reducer).decode(data))

    def query(self, table: str, condition: Callable[[Any], object] | None) -> Query[Any]:
        """The query for the rows of `table` of which `condition` holds."""
        row = self.typespace.resolve(Ref(self.tables[table].row))
        assert isinstance(row, ProductType)
        fields = fields_of(self.table_classes[table], row)
        columns = {
            field: (element.name or "", element.type)
            for field, element in zip(fields, row.elements, strict=True)
        }
        return query(table, self.typespace, columns, condition)

    def column_types(self, table: str) -> ColumnTypes:
        """The columns of the table, by attribute, and what each can hold."""
        types = self._column_types.get(table)
        if types is None:
            row = self.typespace.resolve(Ref(self.tables[table].row))
            assert isinstance(row, ProductType)
            fields = fields_of(self.table_classes[table], row)
            columns = {field: element.type for field, element in zip(fields, row.elements, strict=True)}
            types = ColumnTypes(table, columns, self.typespace, self.space.classes)
            self._column_types[table] = types
        return types

    def query_hint(self, message: str, queries: Iterable[str]) -> str:
        """What the tables and columns known here have to say to a refusal of `queries` with the server's `message`."""
        from .query_hints import query_hint  # only a mistake needs it

        rows = {name: self.typespace.resolve(Ref(info.row)) for name, info in self.tables.items()}
        columns = {
            name: [element.name or "" for element in row.elements]
            for name, row in rows.items()
            if isinstance(row, ProductType)
        }
        return query_hint(message, queries, columns)

    # -- the clients of this package -----------------------------------------------------------------------------------

    def opened(self, client: BoundClient) -> None:
        """A client of this package opened: it gets the callbacks that were registered without one."""
        self._last = weakref.ref(client, self._collected)
        self._open_are([*self._open, self._last])
        for table, callback in self.row_callbacks:
            client.register_row_update(table, callback)
        for reducer, callback in self.reducer_callbacks:
            client.register_on_reducer(reducer, callback)

    def closed(self, client: BoundClient) -> None:
        """A client of this package is closed, or was never open."""
        self._open_are([known for known in self._open if known() is not client])

    def forked(self) -> None:
        """In a child process: the clients are the parent's, and generated code acts on none of them."""
        self._last = _none
        self._open_are([])

    def _collected(self, gone: weakref.ref[BoundClient]) -> None:
        self._open_are([known for known in self._open if known is not gone])

    def _open_are(self, clients: list[weakref.ref[BoundClient]]) -> None:
        self._open = clients
        self._sole = clients[0] if len(clients) == 1 else _none

    @property
    def open_clients(self) -> list[BoundClient]:
        """The clients that are open now."""
        return [client for known in self._open if (client := known()) is not None]

    def ambient(self) -> BoundClient | None:
        """The client that generated code acts on, None when there has been none. AmbiguousClientError for several."""
        current = AMBIENT.get()
        if current is not None and current.bindings is self:
            return current
        clients = self.open_clients
        if len(clients) > 1:
            raise AmbiguousClientError(self._ambiguous(clients))
        return clients[0] if clients else self._last()

    def _ambiguous(self, clients: list[BoundClient]) -> str:
        text = (
            f"{len(clients)} clients of these bindings are open: call from inside a callback of one of them, "
            "or through that client itself (client.db, client.reducers)"
        )
        if len({client.place for client in clients}) < len(clients):
            text += (
                "; two of them are connected to the same database, as when a notebook cell with init() is run again: "
                "close the older one with close(), or restart the kernel if nothing holds it any more"
            )
        return text

    def client(self) -> BoundClient:
        """The ambient client. NoClientError where there is none."""
        client = AMBIENT.get() or self._sole()
        if client is None or client.bindings is not self:
            client = self.ambient()
        if client is None:
            raise NoClientError(
                "no client is open: call SpacetimeDBClient.init(...) or await SpacetimeDBAsyncClient(...).run(...) first"
            )
        return client

    # -- what generated functions call -----------------------------------------------------------------------------------

    def call_reducer(self, name: str, args: tuple[object, ...]) -> None:
        client = _current_client()
        if client is None:
            # Taken first, called then: as a method it would be looked for in the class, each time.
            sole = self._sole
            client = sole() or self.client()
        elif client.bindings is not self:
            client = self.client()
        client.send_call(name, args)

    def call_procedure(
        self, name: str, *args: object, callback: Callable[[Any], object] | None = None
    ) -> None:
        """Call `callback(value)` with what the procedure returns; a failure goes to `on_error`."""
        self.client().call_procedure(name, *args).on_result(callback or (lambda _value: None))

    def register_on_reducer(self, name: str, callback: Callable[..., object]) -> None:
        client = self._open_ambient()
        if client is not None:
            client.register_on_reducer(name, callback)
            return
        adapt_reducer_callback(callback, len(self.reducers[name].params.elements))
        self.reducer_callbacks.append((name, callback))

    def unregister_on_reducer(self, name: str, callback: Callable[..., object]) -> None:
        _forget(self.reducer_callbacks, name, callback)
        client = self._open_ambient()
        if client is not None:
            client.unregister_on_reducer(name, callback)

    def register_row_update(self, table: str, callback: Callable[..., object]) -> None:
        client = self._open_ambient()
        if client is not None:
            client.register_row_update(table, callback)
            return
        adapt_row_callback(callback)
        self.row_callbacks.append((table, callback))

    def unregister_row_update(self, table: str, callback: Callable[..., object]) -> None:
        _forget(self.row_callbacks, table, callback)
        client = self._open_ambient()
        if client is not None:
            client.unregister_row_update(table, callback)

    def _open_ambient(self) -> BoundClient | None:
        client = self.ambient()
        return client if client in self.open_clients or client is AMBIENT.get() else None


def _none() -> None:
    """In the place of a client where there is none."""


_EVERY: weakref.WeakSet[ModuleBindings] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for bindings in list(_EVERY):
        bindings.forked()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork_in_child)


def _forget(
    entries: list[tuple[str, Callable[..., object]]], name: str, callback: Callable[..., object]
) -> None:
    entries[:] = [entry for entry in entries if entry != (name, callback)]
