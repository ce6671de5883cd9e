"""Handles of tables: each offers what its table can, no more.

TableHandle          a table or view with a primary key
UniqueRowsHandle     without a primary key, but with a unique column: no `on_update`, as a changed row comes as two
RowsHandle           without a unique column: no `find` either
EventTableHandle     an event table, which keeps no rows: `on_insert` alone
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeAlias, TypeVar

from ...bindings.callbacks import check_takes
from ...bindings.rows import Rows
from ...errors import ClientStateError, ConnectionLost
from ...events import ReducerEvent
from ...queries import Query
from ...ranges import Between, Range
from ...system.plain_text import LateText, close_to
from ..rows.table_cache import TableCache
from .changes import Change, HandleOwner, Listening

__all__ = ["EventTableHandle", "RowsHandle", "TableHandle", "UniqueRowsHandle", "table_handle"]

R = TypeVar("R")
InsertCallback: TypeAlias = Callable[[R, ReducerEvent | None], object]
UpdateCallback: TypeAlias = Callable[[R, R, ReducerEvent | None], object]


class EventTableHandle(Generic[R]):
    """An event table as one client sees it; what every handle offers. Methods belong to the thread that updates the client."""

    def __init__(self, core: HandleOwner, name: str) -> None:
        self._core = core
        self._name = name
        self._table: TableCache[R] = core.cache.known(name)
        columns = self._columns = core.bindings.column_types(name)
        # The types already met of each column that `find` takes: looked into at each call.
        self._unique = {column: columns.met[column] for column in self._table.unique}
        self._adapted: dict[tuple[str, object], Callable[..., object]] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}>"

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            def text() -> str:
                why = "" if name.startswith("_") else self._why_not(name) or close_to(name, dir(self))
                return f"{self!r} has no {name}{why}"

            raise AttributeError(LateText(text), name=name, obj=self)

    def _why_not(self, name: str) -> str:
        if not hasattr(TableHandle, name):
            return ""
        if self._table.is_event:
            return ": an event table keeps no rows, its events come to on_insert"
        if name == "find":
            return ": no column is unique, use filter"
        remedy = (
            "the view primary_key="
            if self._core.bindings.tables[self._name].is_view
            else "the table a primary key"
        )
        return f": without a primary key a changed row comes to on_delete and on_insert; give {remedy} and regenerate the bindings"

    def where(self, condition: Callable[[R], object] | None = None) -> Query[R]:
        """The query for the rows of which `condition` holds, for `subscribe` and `sql`; see `spacetimedb_sdk.queries`."""
        return self._core.bindings.query(self._name, condition)

    # -- callbacks -----------------------------------------------------------------------------------------------------

    def on_insert(self, callback: InsertCallback[R]) -> InsertCallback[R]:
        """Call `callback(row, event)` after a row came; `event` is None for a change of subscriptions.

        Each `on_...` returns the callback, so that it works as a decorator.
        """
        self._add("insert", callback, lambda old, new, event: callback(new, event))
        return callback

    def remove_on_insert(self, callback: Callable[..., object]) -> None:
        """A callback that is not registered is no error."""
        self._remove("insert", callback)

    def _add(self, row_op: str, callback: Callable[..., object], call: Callable[..., object]) -> None:
        self._core.dispatcher.check(callback)
        check_takes(callback, *(("old", "new", "event") if row_op == "update" else ("row", "event")))
        self._cache()  # who waits for rows reads the table, in the eyes of the debug mode

        def fitting(op: str, old: object, new: object, event: ReducerEvent | None) -> Any:
            return call(old, new, event) if op == row_op else None

        fitting.__qualname__ = getattr(callback, "__qualname__", repr(callback))
        fitting.__module__ = getattr(callback, "__module__", __name__)
        self._remove(row_op, callback)
        self._adapted[row_op, callback] = fitting
        self._core.dispatcher.add_row_callback(self._name, fitting)

    def _remove(self, row_op: str, callback: Callable[..., object]) -> None:
        fitting = self._adapted.pop((row_op, callback), None)
        if fitting is not None:
            self._core.dispatcher.remove_row_callback(self._name, fitting)

    # -- waiting, on the async client ----------------------------------------------------------------------------------

    async def changes(self) -> AsyncIterator[Change]:
        """Every change from now on, in order: `async for change in table.changes()`. Ends when the client closes."""
        import asyncio  # for programs that have an event loop: it takes as long as all of the frame client

        queue: asyncio.Queue[Change | None] = asyncio.Queue()

        def row_changed(row_op: str, old: object, new: object, event: ReducerEvent | None) -> None:
            queue.put_nowait(Change(row_op, old, new, event))

        with self._listening(row_changed, lambda: queue.put_nowait(None)):
            while (change := await queue.get()) is not None:
                yield change

    async def wait_for(self, predicate: Callable[[R], object], timeout: float | None = None) -> R:
        """The first row for which `predicate` holds, among those there are and those to come.

        TimeoutError after `timeout` seconds, ConnectionLost when the client closes meanwhile.
        """
        for row in self._rows():
            if predicate(row):
                return row
        import asyncio

        async with asyncio.timeout(timeout):
            async for change in self.changes():
                if change.new is not None and predicate(change.new):
                    found: R = change.new
                    return found
        raise ConnectionLost(f"the client closed before a row of {self._name} fitted")

    def _listening(self, row_changed: Callable[..., None], closed: Callable[[], None]) -> Listening:
        if self._core.dispatcher.spawn is None:
            raise ClientStateError("waiting for rows needs the async client; on the basic one use on_insert")
        return Listening(self._core, self._name, row_changed, closed)

    def _cache(self) -> TableCache[R]:
        table = self._table
        if table.on_read is not None:
            table.on_read(self._name)
        return table

    def _rows(self) -> Rows[R]:
        return Rows(self._cache().rows.values())


class RowsHandle(EventTableHandle[R]):
    """A table or view without a unique column. Methods belong to the thread that updates the client."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name}, {self.count()} rows>"

    def iter(self) -> Rows[R]:
        """Every subscribed row, as a snapshot."""
        return self._rows()

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows())

    def count(self) -> int:
        """How many rows are in the cache."""
        return len(self._cache())

    def __len__(self) -> int:
        return len(self._cache())

    def filter(self, /, *values: Any, **columns: Any) -> Rows[R]:
        """The rows whose columns are the values: `filter(kind=Colour.Red, level=Between(1, 5))`. `Between` has both its ends,
        `Range(1, 5)` ends before 5.

        TypeError for a column there is none of, and for a value that its column cannot hold.
        """
        self._columns.check("filter", values, columns)
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

    def on_delete(self, callback: InsertCallback[R]) -> InsertCallback[R]:
        """Call `callback(row, event)` after a row left."""
        self._add("delete", callback, lambda old, new, event: callback(old, event))
        return callback

    def remove_on_delete(self, callback: Callable[..., object]) -> None:
        """A callback that is not registered is no error."""
        self._remove("delete", callback)


class UniqueRowsHandle(RowsHandle[R]):
    """A table with a unique column, but without a primary key. Methods belong to the thread that updates the client."""

    def find(self, /, *values: Any, **column: Any) -> R | None:
        """The row whose unique column is the value: `find(name="sword")`.

        TypeError for any other column, and for a value that the column cannot hold.
        """
        if values or len(column) != 1:
            raise self._no_unique_column(column)
        ((name, value),) = column.items()
        met = self._unique.get(name)
        if met is None:
            raise self._no_unique_column(column)
        if type(value) not in met:
            self._columns.check("find", (), column)
        row: R | None = self._cache().find(name, value)
        return row

    def _no_unique_column(self, given: dict[str, object]) -> TypeError:
        unique = " or ".join(f"find({name}=...)" for name in sorted(self._unique))
        return TypeError(
            f"{self._name} is asked for one row by {unique}, not by {', '.join(given) or 'position'}; "
            "filter takes any column"
        )


class TableHandle(UniqueRowsHandle[R]):
    """A table or view with a primary key, as one client sees it. Its methods belong to the thread that updates the client."""

    def on_update(self, callback: UpdateCallback[R]) -> UpdateCallback[R]:
        """Call `callback(old, new, event)` after a row changed under its primary key."""
        self._add("update", callback, callback)
        return callback

    def remove_on_update(self, callback: Callable[..., object]) -> None:
        """A callback that is not registered is no error."""
        self._remove("update", callback)


def table_handle(core: HandleOwner, name: str) -> EventTableHandle[Any]:
    """The handle of a table, of the class for what it can."""
    table = core.cache.known(name)
    if table.is_event:
        return EventTableHandle(core, name)
    if table.primary_key is not None:
        return TableHandle(core, name)
    return UniqueRowsHandle(core, name) if table.unique else RowsHandle(core, name)
