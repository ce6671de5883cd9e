"""Tables, reducers and procedures of one client, by name: `client.db.item`, `client.reducers.add_item(...)`.

The ambient classes of a bindings package need a callback or a single client to know whom they mean; these are bound.
Every method belongs to the thread that updates the client.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import partial
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from ..bindings.legacy import Named, canonical_name
from ..bindings.module import ModuleBindings
from ..bindings.rows import Rows
from ..errors import ClientStateError, ConnectionLost
from ..events import ReducerEvent
from ..queries import Query
from ..ranges import Between, Range
from .requests.calls import ReducerCall, Request
from .rows.cache import ClientCache
from .rows.dispatch import Dispatcher
from .rows.table_cache import TableCache

__all__ = [
    "Between",
    "Change",
    "HandleOwner",
    "Procedures",
    "Range",
    "ReducerCall",
    "Reducers",
    "Request",
    "TableHandle",
    "Tables",
]

R = TypeVar("R")
InsertCallback: TypeAlias = Callable[[R, ReducerEvent | None], Any]
UpdateCallback: TypeAlias = Callable[[R, R, ReducerEvent | None], Any]


class Change(NamedTuple):
    """One change of a row; the side that does not exist is None."""

    row_op: str
    old: Any
    new: Any
    event: ReducerEvent | None


class HandleOwner(Protocol):
    """What handles ask of the client they are bound to."""

    @property
    def bindings(self) -> ModuleBindings: ...

    @property
    def cache(self) -> ClientCache: ...

    @property
    def dispatcher(self) -> Dispatcher: ...

    def call_reducer(self, name: str, *args: Any) -> ReducerCall: ...

    def call_procedure(self, name: str, *args: Any) -> Request[Any]: ...


class TableHandle(Generic[R]):
    """A table as one client sees it. Its methods belong to the thread that updates the client."""

    def __init__(self, core: HandleOwner, name: str) -> None:
        self._core = core
        self._name = name
        self._table = core.cache.table(name)
        self._adapted: dict[tuple[str, Any], Callable[..., Any]] = {}

    def __repr__(self) -> str:
        return f"<TableHandle {self._name}, {self.count()} rows>"

    def _cache(self) -> TableCache[R]:
        table = self._table
        if table.on_read is not None:
            table.on_read(self._name)
        return table

    # -- questions -----------------------------------------------------------------------------------------------------

    def iter(self) -> Rows[R]:
        """Every subscribed row, as a snapshot."""
        return Rows(self._cache().rows.values())

    def __iter__(self) -> Iterator[R]:
        return iter(self.iter())

    def count(self) -> int:
        """How many rows are in the cache."""
        return len(self._cache())

    def __len__(self) -> int:
        return len(self._cache())

    def find(self, /, **column: Any) -> R | None:
        """The row whose unique column is the value: `find(name="sword")`. TypeError for any other column."""
        if len(column) != 1 or not self._cache().unique.issuperset(column):
            unique = ", ".join(sorted(self._cache().unique)) or "none"
            raise TypeError(
                f"find takes one unique column of {self._name} ({unique}), not {', '.join(column)}"
            )
        ((name, value),) = column.items()
        row: R | None = self._cache().find(name, value)
        return row

    def filter(self, /, **columns: Any) -> Rows[R]:
        """The rows whose columns are the values: `filter(kind=Colour.Red, level=Between(1, 5))`. `Between` has both its ends,
        `Range(1, 5)` ends before 5."""
        equal = {name: value for name, value in columns.items() if not isinstance(value, Between | Range)}
        ranges = {name: value for name, value in columns.items() if isinstance(value, Between | Range)}
        rows: list[R] | None = None
        for name, value in equal.items():
            found = self._cache().filter(name, value)
            if rows is None or len(found) < len(rows):
                rows, narrowest = found, name
        if rows is None:
            rows = list(self._cache().rows.values())
        elif len(equal) > 1:
            keys = {name: self._cache().key_of(name) for name in equal if name != narrowest}
            wanted = {name: self._cache().key_of_value(name, equal[name]) for name in keys}
            rows = [row for row in rows if all(keys[name](row) == wanted[name] for name in keys)]
        return Rows(row for row in rows if all(getattr(row, name) in limit for name, limit in ranges.items()))

    def where(self, condition: Callable[[R], Any] | None = None) -> Query[R]:
        """The query for the rows of which `condition` holds, for `subscribe` and `sql`; see `spacetimedb_sdk.queries`."""
        return self._core.bindings.query(self._name, condition)

    # -- callbacks -----------------------------------------------------------------------------------------------------

    def on_insert(self, callback: InsertCallback[R]) -> InsertCallback[R]:
        """Call `callback(row, event)` after a row came; `event` is None for a change of subscriptions.

        Each `on_...` returns the callback, so that it works as a decorator.
        """
        self._add("insert", callback, lambda old, new, event: callback(new, event))
        return callback

    def on_update(self, callback: UpdateCallback[R]) -> UpdateCallback[R]:
        """Call `callback(old, new, event)` after a row changed under its primary key."""
        self._add("update", callback, callback)
        return callback

    def on_delete(self, callback: InsertCallback[R]) -> InsertCallback[R]:
        """Call `callback(row, event)` after a row left."""
        self._add("delete", callback, lambda old, new, event: callback(old, event))
        return callback

    def remove_on_insert(self, callback: Callable[..., Any]) -> None:
        """A callback that is not registered is no error."""
        self._remove("insert", callback)

    def remove_on_update(self, callback: Callable[..., Any]) -> None:
        """A callback that is not registered is no error."""
        self._remove("update", callback)

    def remove_on_delete(self, callback: Callable[..., Any]) -> None:
        """A callback that is not registered is no error."""
        self._remove("delete", callback)

    def _add(self, row_op: str, callback: Callable[..., Any], call: Callable[..., Any]) -> None:
        self._core.dispatcher.check(callback)

        def fitting(op: str, old: Any, new: Any, event: ReducerEvent | None) -> Any:
            return call(old, new, event) if op == row_op else None

        fitting.__qualname__ = getattr(callback, "__qualname__", repr(callback))
        fitting.__module__ = getattr(callback, "__module__", __name__)
        self._remove(row_op, callback)
        self._adapted[row_op, callback] = fitting
        self._core.dispatcher.add_row_callback(self._name, fitting)

    def _remove(self, row_op: str, callback: Callable[..., Any]) -> None:
        fitting = self._adapted.pop((row_op, callback), None)
        if fitting is not None:
            self._core.dispatcher.remove_row_callback(self._name, fitting)

    # -- waiting, on the async client ----------------------------------------------------------------------------------

    async def changes(self) -> AsyncIterator[Change]:
        """Every change from now on, in order: `async for change in table.changes()`. Ends when the client closes."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue()

        def row_changed(row_op: str, old: Any, new: Any, event: ReducerEvent | None) -> None:
            queue.put_nowait(Change(row_op, old, new, event))

        with self._listening(row_changed, lambda: queue.put_nowait(None)):
            while (change := await queue.get()) is not None:
                yield change

    async def wait_for(self, predicate: Callable[[R], Any], timeout: float | None = None) -> R:
        """The first row for which `predicate` holds, among those there are and those to come.

        TimeoutError after `timeout` seconds, ConnectionLost when the client closes meanwhile.
        """
        for row in self.iter():
            if predicate(row):
                return row
        async with asyncio.timeout(timeout):
            async for change in self.changes():
                if change.new is not None and predicate(change.new):
                    found: R = change.new
                    return found
        raise ConnectionLost(f"the client closed before a row of {self._name} fitted")

    def _listening(self, row_changed: Callable[..., None], closed: Callable[[], None]) -> _Listening:
        if self._core.dispatcher.spawn is None:
            raise ClientStateError("waiting for rows needs the async client; on the basic one use on_insert")
        return _Listening(self._core, self._name, row_changed, closed)


class _Listening:
    """Row callbacks for as long as a `with` block lasts, and word of the client's end."""

    def __init__(
        self,
        core: HandleOwner,
        table: str,
        row_changed: Callable[..., None],
        closed: Callable[[], None],
    ) -> None:
        self._core = core
        self._table = table
        self._row_changed = row_changed
        self._closed = closed

    def _state_changed(self, state: Any) -> None:
        if state.value == "closed":
            self._closed()

    def __enter__(self) -> None:
        self._core.dispatcher.add_row_callback(self._table, self._row_changed)
        self._core.dispatcher.on_state.add(self._state_changed)

    def __exit__(self, *_exc: object) -> None:
        self._core.dispatcher.remove_row_callback(self._table, self._row_changed)
        self._core.dispatcher.on_state.remove(self._state_changed)


class Tables:
    """`client.db`: a handle for each table, by the name its author gave it or the one on the server.

    A name is resolved at its first use; from then on it is a plain attribute.
    """

    def __init__(self, core: HandleOwner) -> None:
        self.__core = core
        self.__handles: dict[str, TableHandle[Any]] = {}

    def __getattr__(self, name: str) -> TableHandle[Any]:
        tables = self.__core.bindings.tables
        table = _resolved("table", tables, name)
        handle = self.__handles.get(table)
        if handle is None:
            handle = self.__handles[table] = TableHandle(self.__core, table)
        self.__dict__[name] = handle
        return handle

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__core.bindings.tables})


class Reducers:
    """`client.reducers`: `client.reducers.add_item("sword", 3)` calls one and is a `ReducerCall`."""

    def __init__(self, core: HandleOwner) -> None:
        self.__core = core

    def __getattr__(self, name: str) -> Callable[..., ReducerCall]:
        reducer = _resolved("reducer", self.__core.bindings.reducers, name)
        call: Callable[..., ReducerCall] = partial(self.__core.call_reducer, reducer)
        self.__dict__[name] = call
        return call

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__core.bindings.reducers})


class Procedures:
    """`client.procedures`: `client.procedures.add_numbers(2, 40)` is a Request that ends in what is returned."""

    def __init__(self, core: HandleOwner) -> None:
        self.__core = core

    def __getattr__(self, name: str) -> Callable[..., Request[Any]]:
        procedure = _resolved("procedure", self.__core.bindings.procedures, name)
        call: Callable[..., Request[Any]] = partial(self.__core.call_procedure, procedure)
        self.__dict__[name] = call
        return call

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.__core.bindings.procedures})


def _resolved(kind: str, infos: Mapping[str, Named], name: str) -> str:
    """The name on the server. AttributeError, with those there are, for none."""
    if name.startswith("__"):
        raise AttributeError(name)
    found = canonical_name(infos, name)
    if found is None:
        raise AttributeError(f"the bindings have no {kind} {name!r}: there are {', '.join(infos) or 'none'}")
    return found
