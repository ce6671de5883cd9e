"""Views: rows that a module computes for whoever looks, which queries take for a table's (spec: sql.md, schema.md).

A view is evaluated for each caller who is subscribed to it, again after each commit that changed a table it read; what
differs from the time before is its change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakValueDictionary

from ...module import AnonymousViewContext, Module, Table, ViewContext
from ...sats.algebraic_type import AlgebraicType, ArrayType, Ref, option_of
from ...sats.json.encoding import JsonEncoder
from ...sats.schema.module_def import ModuleDef, TableDef, ViewDef
from ...types import Identity
from ..errors import QueryError
from ..tables.datastore import Datastore, TableChange
from ..tables.table_store import TableStore
from .failures import is_interrupt
from .module_log import ModuleLog

__all__ = ["ViewStore", "Views"]


class _Reading:
    """`ctx.db` of a view, which notes what is read."""

    __slots__ = ("_read", "_tables")

    def __init__(self, tables: Any, read: set[str]) -> None:
        self._tables = tables
        self._read = read

    def __getitem__(self, row_class: type[Any]) -> Table[Any]:
        return self._noted(self._tables[row_class])

    def __getattr__(self, name: str) -> Table[Any]:
        return self._noted(getattr(self._tables, name))

    def _noted(self, table: Any) -> Table[Any]:
        self._read.add(table.name)
        found: Table[Any] = table
        return found


class ViewStore:
    """A view as one caller sees it (`sender`), or as everybody does (None): what a query takes for a table."""

    is_event = False

    def __init__(
        self,
        definition: TableDef,
        table_id: int,
        table: TableStore[Any],
        sender: Identity | None,
        evaluate: Callable[[set[str]], dict[bytes, Any]],
    ) -> None:
        self.definition = definition
        self.name = definition.name
        self.table_id = table_id
        self.sender = sender
        self.columns = table.columns
        self.types = table.types
        self.typespace = table.typespace
        self.row_class = table.row_class
        self.encoded = table.encoded
        self.reads: set[str] = set()
        self._table = table
        self._evaluate = evaluate
        self._watched: dict[bytes, Any] | None = None

    def json_encoder(self, *, stored: bool) -> JsonEncoder:
        """Views compute their rows: none was read out of a table (spec: sats-json.md section 3)."""
        return self._table.json_encoder(stored=False)

    def rows(self) -> list[Any]:
        """The rows there are now. QueryError where the module's function fails."""
        return list((self._found() if self._watched is None else self._watched).values())

    def count(self) -> int:
        return len(self.rows())

    def filter(self, /, **columns: Any) -> list[Any]:
        return [
            row for row in self.rows() if all(getattr(row, name) == value for name, value in columns.items())
        ]

    def _found(self) -> dict[bytes, Any]:
        reads: set[str] = set()
        found = self._evaluate(reads)
        self.reads = reads
        return found

    def watch(self) -> None:
        """From now on `refresh` tells what commits change."""
        self._watched = self._found()

    def unwatch(self) -> None:
        self._watched = None

    def is_watched(self) -> bool:
        return self._watched is not None

    def refresh(self) -> TableChange | None:
        """What has changed since the time before. A function that fails leaves everything as it was."""
        before = self._watched
        if before is None:
            return None
        try:
            now = self._watched = self._found()
        except QueryError:
            return None  # logged where it failed
        deletes = [row for data, row in before.items() if data not in now]
        inserts = [row for data, row in now.items() if data not in before]
        store: Any = self
        return TableChange(store, deletes, inserts) if deletes or inserts else None


class Views:
    """The views of a module, by name; each caller's stores live as long as a query holds them."""

    def __init__(
        self,
        module: Module,
        definition: ModuleDef,
        datastore: Datastore,
        fail: Callable[[str, BaseException], None],
        module_log: ModuleLog,
    ) -> None:
        self._module_log = module_log
        self._datastore = datastore
        self._fail = fail
        self._live: WeakValueDictionary[tuple[str, Identity | None], ViewStore] = WeakValueDictionary()
        first = max((store.table_id for store in datastore.stores.values()), default=0) + 1
        by_ref = {store.definition.row_ref: store for store in datastore.stores.values()}
        self._views: dict[str, tuple[ViewDef, TableDef, int, TableStore[Any], Callable[..., Any]]] = {}
        for number, view in enumerate(sorted(definition.views, key=lambda view: view.name)):
            row_ref = _row_ref(view.return_type)
            function = module.views[view.name].function
            shown = _table_definition(view, row_ref)
            self._views[view.name] = (view, shown, first + number, by_ref[row_ref], function)

    def __iter__(self) -> Iterator[ViewDef]:
        return (parts[0] for parts in self._views.values())

    def __contains__(self, name: object) -> bool:
        return name in self._views

    def stores(self, sender: Identity) -> Mapping[str, ViewStore]:
        """The views as `sender` sees them, by name."""
        return {name: self._store(name, sender) for name in self._views}

    def count(self, name: str) -> int:
        """How many rows of the view its subscribers see, all together."""
        return sum(
            store.count() for store in self._live.values() if store.name == name and store.is_watched()
        )

    def _store(self, name: str, sender: Identity) -> ViewStore:
        view, definition, table_id, table, function = self._views[name]
        who = None if view.is_anonymous else sender
        store = self._live.get((name, who))
        if store is None:
            store = ViewStore(
                definition, table_id, table, who, self._evaluator(name, function, who, table.encoded)
            )
            self._live[name, who] = store
        return store

    def _evaluator(
        self,
        name: str,
        function: Callable[..., Any],
        sender: Identity | None,
        encoded: Callable[[Any], bytes],
    ) -> Callable[[set[str]], dict[bytes, Any]]:
        """Calls the view; the rows by their bytes, and into `reads` the tables it looked at."""

        def evaluate(reads: set[str]) -> dict[bytes, Any]:
            tables = _Reading(self._datastore.tables, reads)
            context = AnonymousViewContext(tables) if sender is None else ViewContext(sender, tables)
            try:
                returned = function(context)
                rows = returned if isinstance(returned, list) else [] if returned is None else [returned]
                return {encoded(row): row for row in rows}
            except BaseException as error:  # a module may raise anything, or return what are no rows
                if is_interrupt(error):
                    raise
                self._fail(f"view {name}", error)
                self._module_log.panic(name, error)
                raise QueryError(f"view `{name}` failed: the module's log says why") from error

        return evaluate


def _row_ref(return_type: AlgebraicType) -> int:
    row = return_type.element if isinstance(return_type, ArrayType) else option_of(return_type)
    assert isinstance(row, Ref)
    return row.index


def _table_definition(view: ViewDef, row_ref: int) -> TableDef:
    return TableDef(
        name=view.name,
        source_name=view.source_name,
        row_ref=row_ref,
        primary_key=None,
        indexes=(),
        constraints=(),
        sequences=(),
        schedule=None,
        is_public=view.is_public,
    )
