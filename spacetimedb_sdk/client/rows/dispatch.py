"""Dispatch: the one place of the SDK that calls user code, a client's callbacks.

On the thread that calls `update()` (for the async client: in the event loop), with the client ambient. A transaction is
in the cache whole before its first callback; then come, in this order, the row callbacks, `on_event`, and the reducer's
callbacks; then the next message. A subscription: its row callbacks, then `subscription_applied`. This order is part of
the API. An exception in a callback is logged under its name and goes to `on_error`; the others still run.
"""

from __future__ import annotations

import inspect
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Protocol

from ...bindings.ambient import AMBIENT, BoundClient
from ...bindings.callbacks import (
    CallbackList,
    adapt_reducer_callback,
    adapt_row_callback,
    check_takes,
    describe,
)
from ...events import ReducerEvent, TransactionUpdateMessage
from ...protocol.connection import ConnectionState
from ...slices import Slices
from ...system.clock import Clock
from ...types import Identity
from .run_callback import Callback, Spawn, run_callback
from .table_cache import RowChange, TableChanges

__all__ = ["CallbackTimer", "Dispatcher"]

log = logging.getLogger("spacetimedb_sdk.callbacks")
# Callbacks that are made anew for each event have names of their own: what is counted of them does not grow for ever.
MOST_PLACES = 1000
# Bound once: each message passes them.
_enter, _leave = AMBIENT.set, AMBIENT.reset
# What the callbacks of the connection itself are called with.
_CONNECTION_CALLBACKS = {
    "on_connect": (),
    "on_disconnect": ("reason",),
    "on_identity": ("token", "identity", "connection_id"),
    "on_error": ("message",),
}


class CallbackTimer(Protocol):
    """The debug mode, as far as callbacks go."""

    def timed(self, callback: Callback, call: Callable[[], object]) -> object: ...


class _Left:
    """What is left of a message at a pause: of the first of `tables` the rest of its `changes`, None where nothing is left."""

    __slots__ = ("changes", "tables")

    def __init__(self, changes: Iterator[RowChange] | None, tables: list[TableChanges]) -> None:
        self.changes, self.tables = changes, tables


class Dispatcher:
    """The callbacks of one client."""

    def __init__(self, client: BoundClient, clock: Clock) -> None:
        self._client = client
        self._now = clock.now
        # Makes a task of a coroutine; None on the basic client, which has no loop to run it.
        self.spawn: Spawn | None = None
        self._rows: defaultdict[str, CallbackList] = defaultdict(CallbackList)
        # For a look at whether there are any; `reducer` runs them.
        self.of_reducers: defaultdict[str, CallbackList] = defaultdict(CallbackList)
        self.on_event = CallbackList()
        self.on_subscription_applied = CallbackList()
        self.on_connect: Callback | None = None
        self.on_disconnect: Callback | None = None
        self.on_identity: Callback | None = None
        self.on_error: Callback | None = None
        self.on_state = CallbackList()
        # Called with (token, identity) after `on_identity`: the `on_connect` of the async client.
        self.on_standing = CallbackList()
        # The debug mode, which times callbacks; None where it is off.
        self.debug: CallbackTimer | None = None
        # How often the same place has raised the same error.
        self._raised: Counter[tuple[str, type[BaseException], int]] = Counter()
        # When the running update should end, on the client's clock.
        self.deadline: float | None = None
        self._run_one = run_callback()

    # -- registration --------------------------------------------------------------------------------------------------

    def check(self, callback: Callback) -> None:
        """TypeError for what cannot be called, and for an `async def` where no event loop will run it."""
        if not callable(callback):
            raise TypeError(f"a callback must be callable, not {callback!r}")
        if self.spawn is None and inspect.iscoroutinefunction(callback):
            raise TypeError(
                f"{describe(callback)} is async: the basic client runs no event loop, use the async client"
            )

    def set_callbacks(self, callbacks: Mapping[str, Callback | None]) -> None:
        """Set those of `on_connect`, `on_disconnect`, `on_identity` and `on_error` that are named."""
        for name, callback in callbacks.items():
            if callback is not None:
                self.check(callback)
                check_takes(callback, *_CONNECTION_CALLBACKS[name])
        for name, callback in callbacks.items():
            setattr(self, name, callback)

    def add(self, callbacks: CallbackList, callback: Callback, *arguments: str) -> None:
        """Register a callback that is called with `arguments`."""
        self.check(callback)
        check_takes(callback, *arguments)
        callbacks.add(callback)

    def add_row_callback(self, table: str, callback: Callback) -> None:
        self.check(callback)
        self._rows[table].add(callback, adapt_row_callback(callback))

    def remove_row_callback(self, table: str, callback: Callback) -> None:
        self._removed(self._rows[table].remove(callback), callback)

    def add_reducer_callback(self, reducer: str, callback: Callback, parameters: int) -> None:
        self.check(callback)
        self.of_reducers[reducer].add(callback, adapt_reducer_callback(callback, parameters))

    def remove_reducer_callback(self, reducer: str, callback: Callback) -> None:
        self._removed(self.of_reducers[reducer].remove(callback), callback)

    def _removed(self, found: bool, callback: Callback) -> None:
        if not found:
            log.debug("%s was not registered, so it was not taken back", describe(callback))

    @property
    def reducers_listened_to(self) -> list[str]:
        """The reducers that have callbacks."""
        return [name for name, callbacks in self.of_reducers.items() if callbacks]

    def listens_to_reducer(self, reducer: str) -> bool:
        """Whether a callback would get the reducer's failure."""
        return bool(self.on_event) or bool(self.of_reducers.get(reducer))

    # -- dispatch ------------------------------------------------------------------------------------------------------

    def call(self, callback: Callback | None, *args: object) -> None:
        """Run one callback, if there is one."""
        if callback is not None:
            self._run(callback, callback, args)

    def _run(self, registered: Callback, callback: Callback, args: tuple[object, ...]) -> None:
        """Run `callback`, which stands for the one that the program `registered`."""
        ambient = _enter(self._client)
        try:
            if self.debug is None:
                result = callback(*args)
            else:
                result = self.debug.timed(registered, partial(callback, *args))
            if self.spawn is not None and result is not None and inspect.iscoroutine(result):
                self.spawn(result, registered)
        except BaseException as error:  # noqa: BLE001 - a user's callback may raise anything, and the others still run
            self._failed(registered, error)
        finally:
            _leave(ambient)

    def _failed(self, callback: Callback, error: BaseException) -> None:
        """What a callback raised by mistake is reported. An exit, Ctrl-C and what else is meant for the program goes on to
        it; a cancellation is a mistake: it is that of a future the callback looked at, and would end all that still waits."""
        # By its name, for asyncio is loaded where it is used.
        if isinstance(error, Exception | GeneratorExit) or type(error).__name__ == "CancelledError":
            self.report(callback, error)
            return
        raise error

    def report(self, callback: Callback, error: BaseException) -> None:
        """Log what a callback raised and tell `on_error`.

        With a traceback the first time; from then on the same error of the same line is counted, and said at 10, 100, ...
        """
        name, traceback = describe(callback), error.__traceback__
        try:
            shown, shows_itself = repr(error), True
        except BaseException:  # noqa: BLE001 - a program's class: its `__repr__` may do anything, even exit
            shown, shows_itself = f"{type(error).__name__}, whose text could not be made", False
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        place = (name, type(error), 0 if traceback is None else traceback.tb_lineno)
        if len(self._raised) > MOST_PLACES:
            self._raised.clear()
        self._raised[place] += 1
        count = self._raised[place]
        if count == 1:
            log.error("callback %s raised %s", name, shown, exc_info=error if shows_itself else None)
        elif str(count).strip("0") == "1":
            log.error(
                "callback %s has raised %s %d times, the last: %s", name, type(error).__name__, count, shown
            )
        if self.on_error is not None and callback is not self.on_error:
            self.call(self.on_error, f"callback {name} raised {shown}")

    def rows(
        self, tables: list[TableChanges], event: ReducerEvent | None, left: _Left | None = None
    ) -> Iterable[None]:
        """Run the row callbacks: all of them, or those up to the deadline of the running update, and the rest between the
        pauses of what is returned. That goes on with `left`, which says afterwards what is left then.

        The ambient client is set once for all rows of a table: for each callback it would cost more than most callbacks do.
        """
        begun = None
        if left is not None:
            begun, left.changes = left.changes, None
        for number, update in enumerate(tables):
            callbacks = self._rows.get(update.table)
            changes, begun = begun, None
            if callbacks is None or not callbacks.entries:
                continue
            if changes is None:
                changes = iter(update.changes)
            ambient = _enter(self._client)
            try:
                while True:
                    if self.debug is not None:
                        is_done = self._timed(changes, callbacks, event)
                    elif len(callbacks.entries) == 1:
                        is_done = self._run_one(
                            changes, callbacks, event, self.deadline, self.spawn, self._now, self._failed
                        )
                    else:
                        is_done = self._together(changes, callbacks, event)
                    if is_done:
                        break
                    if self.deadline is not None and self._now() >= self.deadline:
                        if left is None:
                            return self._later(_Left(changes, tables[number:]), event)
                        left.changes, left.tables = changes, tables[number:]
                        return ()
            finally:
                _leave(ambient)
        return ()  # of most messages: a generator would cost as much as a row

    def _later(self, left: _Left, event: ReducerEvent | None) -> Slices[None]:
        """One generator for all pauses: one within the other would nest as deep as there are pauses."""
        while left.changes is not None:
            yield
            self.rows(left.tables, event, left)

    def _together(
        self, changes: Iterator[RowChange], callbacks: CallbackList, event: ReducerEvent | None
    ) -> bool:
        """As `RunCallback`, for any number of callbacks: all of a row's before the next row."""
        deadline, spawn, now = self.deadline, self.spawn, self._now
        for row_op, old, new in changes:
            entries = callbacks.entries
            for entry in entries:
                if callbacks.entries is not entries and entry not in callbacks.entries:
                    continue
                try:
                    result = entry[1](row_op, old, new, event)
                    if spawn is not None and result is not None and inspect.iscoroutine(result):
                        spawn(result, entry[0])
                except BaseException as error:  # noqa: BLE001 - as in `call`
                    self._failed(entry[0], error)
            if deadline is not None and now() >= deadline:
                return False
        return True

    def _timed(
        self, changes: Iterator[RowChange], callbacks: CallbackList, event: ReducerEvent | None
    ) -> bool:
        """One row of `_together`, each callback of which is timed."""
        change = next(changes, None)
        if change is None:
            return True
        for registered, callback in callbacks:
            self._run(registered, callback, (*change, event))
        return False

    def event(self, message: TransactionUpdateMessage) -> None:
        for _, callback in self.on_event:
            self.call(callback, message)

    def reducer(self, event: ReducerEvent) -> None:
        for _, callback in self.of_reducers[event.reducer_name]:
            self.call(
                callback,
                event.caller_identity,
                event.caller_address,
                event.status,
                event.message,
                *event.args,
            )

    def state(self, state: ConnectionState) -> None:
        for _, callback in self.on_state:
            self.call(callback, state)

    def standing(self, token: str, identity: Identity) -> None:
        for _, callback in self.on_standing:
            self.call(callback, token, identity)

    def subscription_applied(self) -> None:
        for _, callback in self.on_subscription_applied:
            self.call(callback)
