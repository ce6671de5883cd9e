"""SIGINT and SIGTERM: the first asks the server to end, and it has a few seconds; the second ends it at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

__all__ = ["StopSignals"]

# Service managers kill a process after about ten seconds.
_PATIENCE_SECONDS = 4.0

Handler = Callable[[int, FrameType | None], Any] | int | signal.Handlers | None


class StopSignals:
    """Sets `stopping` at the first signal, and calls `on_first`. What was confirmed is on disk already: so the second one,
    or four seconds without an end, may end the process wherever it is.

    To be entered on the main thread, which runs `loop`. When it is left, signals do again what they did before: a
    program that goes on after its server has ended is stopped like any other.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, stopping: asyncio.Event) -> None:
        self.on_first: Callable[[], None] = lambda: None
        self._loop = loop
        self._stopping = stopping
        self._asked = False
        self._before: dict[int, Handler] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            # Not the loop's own handlers: those run when the loop turns, which a reducer may keep from it.
            self._before[number] = signal.signal(number, self._received)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            # None stands for a handler that no Python code has set, which cannot be put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)

    def _received(self, number: int, _frame: FrameType | None) -> None:
        if self._asked:
            _end(number)
        self._asked = True
        self._loop.call_soon_threadsafe(self._stopping.set)
        threading.Thread(target=self._wait, args=(number,), name="spacetimedb stop", daemon=True).start()

    def _wait(self, number: int) -> None:
        # Here, since it waits for locks that the thread with the signal may hold.
        self.on_first()
        time.sleep(_PATIENCE_SECONDS)
        _end(number)


def _end(number: int) -> None:
    """Without waiting for anything, as the signal would have done by itself."""
    sys.stderr.write("ended at once: what was confirmed is on disk\n")
    sys.stderr.flush()
    os._exit(128 + number)
