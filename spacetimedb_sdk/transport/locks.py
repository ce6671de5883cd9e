"""Locks that a signal's handler may meet: Python runs it in the main thread, between any two steps of what goes on there."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable

__all__ = ["ReentrantLock"]


class ReentrantLock(RLock):  # type: ignore[misc]  # final in typeshed alone
    """Lets the thread that holds it in again: a handler that calls a reducer, or `close()`, would wait for itself for ever.
    What is done under it bears to be begun once more in its midst."""

    # Whether this thread holds it. Each message asks: a method of Python's around it would take four times as long.
    locked: Callable[[], bool] = RLock._is_owned  # type: ignore[attr-defined]  # noqa: SLF001 what Condition asks, too
