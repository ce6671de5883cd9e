"""Views: rows that a module computes for the client that looks, which queries take for a table's (spec: sql.md, schema.md).

A view is evaluated for each caller who is subscribed to it, again after each commit that changed a table it read; what
differs from the time before is its change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from weakref import WeakValueDictionary

from ...module import AnonymousViewContext, Module, ReducerError, Table, ViewContext
from ...sats.schema.module_def import ModuleDef, ViewDef
from ...system.plain_text import error_text
from ...types import Identity
from ..errors import QueryError, is_interrupt
from ..tables.datastore import Datastore, TableChange
from ..tables.readable import EncodedRows
from .module_log import ModuleLog
from .view_rows import ViewRows

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
    """A view as one caller sees it (`sender`), or as everybody does (None): what a query takes for a table. `shown` says what
    its rows are, those of a type or of a table; `evaluate` computes them, by their bytes, and adds the tables that it looked
    at to what it is given."""

    is_event = False

    def __init__(
        self,
        shown: EncodedRows,
        sender: Identity | None,
        evaluate: Callable[[set[str]], dict[bytes, object]],
    ) -> None:
        self.definition = shown.definition
        self.name = shown.name
        self.table_id = shown.table_id
        self.sender = sender
        self.columns = shown.columns
        self.types = shown.types
        self.typespace = shown.typespace
        self.encoded = shown.encoded
        self.reads: set[str] = set()
        self.json_encoder = shown.json_encoder
        self._evaluate = evaluate
        self._watched: dict[bytes, object] | None = None
        self._by_key: dict[object, object] | None = None

    def rows(self) -> list[object]:
        """The rows there are now. QueryError where the module's function fails."""
        return list((self._found() if self._watched is None else self._watched).values())

    def count(self) -> int:
        return len(self.rows())

    def filter(self, /, **columns: object) -> list[object]:
        return [
            row for row in self.rows() if all(getattr(row, name) == value for name, value in columns.items())
        ]

    def get(self, key: object) -> Any:
        """The row with that primary key, or None."""
        assert self.definition.primary_key is not None
        column = self.columns[self.definition.primary_key]
        if self._watched is None:
            return next((row for row in self.rows() if getattr(row, column) == key), None)
        if self._by_key is None:
            self._by_key = {getattr(row, column): row for row in self._watched.values()}
        return self._by_key.get(key)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile the rows are computed once, however often they are asked for."""
        if self._watched is not None:
            yield
            return
        self.watch()
        try:
            yield
        finally:
            self.unwatch()

    def _found(self) -> dict[bytes, object]:
        reads: set[str] = set()
        found = self._evaluate(reads)
        self.reads = reads
        return found

    def watch(self) -> None:
        """From now on `refresh` tells what commits change."""
        self._watched, self._by_key = self._found(), None

    def unwatch(self) -> None:
        self._watched = self._by_key = None

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
        self._by_key = None
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
        limited: Callable[[Callable[[], object]], object],
    ) -> None:
        self._limited = limited
        self._module_log = module_log
        self._datastore = datastore
        self._fail = fail
        self._live: WeakValueDictionary[tuple[str, Identity | None], ViewStore] = WeakValueDictionary()
        first = max((store.table_id for store in datastore.stores.values()), default=0) + 1
        self._views = {
            view.name: ViewRows(view, first + number, module.views[view.name].function, datastore.space)
            for number, view in enumerate(sorted(definition.views, key=lambda view: view.name))
        }

    def __iter__(self) -> Iterator[ViewDef]:
        return (shown.view for shown in self._views.values())

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
        shown = self._views[name]
        who = None if shown.view.is_anonymous else sender
        store = self._live.get((name, who))
        if store is None:
            store = ViewStore(shown, who, self._evaluator(shown, who))
            self._live[name, who] = store
        return store

    def _evaluator(
        self, shown: ViewRows, sender: Identity | None
    ) -> Callable[[set[str]], dict[bytes, object]]:
        """Calls the view; the rows by their bytes, and into `reads` the tables it looked at."""

        name = shown.view.name

        def evaluate(reads: set[str]) -> dict[bytes, object]:
            tables = _Reading(self._datastore.tables, reads)
            context = AnonymousViewContext(tables) if sender is None else ViewContext(sender, tables)
            try:
                found: dict[bytes, object] = {}
                self._limited(lambda: found.update(shown.rows_of(shown.function(context))))
                return found
            except BaseException as error:  # a module may raise anything, or return what are no rows
                if is_interrupt(error):
                    raise
                self._fail(f"view {name}", error)
                self._module_log.panic(name, error)
                said = error_text(error) if isinstance(error, ReducerError) else "the module's log says why"
                raise QueryError(f"view `{name}` failed: {said}") from error

        return evaluate
