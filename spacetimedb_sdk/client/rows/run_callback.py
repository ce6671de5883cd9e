"""The loop over the rows of a table that has one callback, which most have. It may be compiled."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Protocol

from ...bindings.callbacks import CallbackList
from ...events import ReducerEvent
from ...sats.bsatn.accelerated import accelerated
from .table_cache import RowChange

__all__ = ["Callback", "RunCallback", "Spawn", "run_callback"]

Callback = Callable[..., object]
# Makes a task of a coroutine that a callback returned.
Spawn = Callable[[Coroutine[Any, Any, Any], Callback], None]


class RunCallback(Protocol):
    """Calls the one callback there is with one change after the other, until `deadline` by `now`; whether that was all of them.
    False as well where the list of callbacks has changed. What a callback raises goes to `failed`."""

    def __call__(
        self,
        changes: Iterator[RowChange],
        callbacks: CallbackList,
        event: ReducerEvent | None,
        deadline: float | None,
        spawn: Spawn | None,
        now: Callable[[], float],
        failed: Callable[[Callback, BaseException], None],
        /,
    ) -> bool: ...


def run_callback() -> RunCallback:
    """The function that does it, compiled where that can be."""

    def run(
        changes: Iterator[RowChange],
        callbacks: CallbackList,
        event: ReducerEvent | None,
        deadline: float | None,
        spawn: Spawn | None,
        now: Callable[[], float],
        failed: Callable[[Callback, BaseException], None],
    ) -> bool:
        entries = callbacks.entries
        ((registered, callback),) = entries
        for row_op, old, new in changes:
            try:
                result = callback(row_op, old, new, event)
                if spawn is not None and result is not None and inspect.iscoroutine(result):
                    spawn(result, registered)
            except BaseException as error:  # noqa: BLE001 - a user's callback may raise anything, and the others still run
                failed(registered, error)
            if callbacks.entries is not entries or (deadline is not None and now() >= deadline):
                return False
        return True

    return accelerated(lambda compiled: compiled.RunCallback(run, CallbackList.__dict__["entries"]), run)
