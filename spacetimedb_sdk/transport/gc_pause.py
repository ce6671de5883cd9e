"""The garbage collector, left out of bulk work: of many rows being made none is garbage yet, and each pass visits all.

CPython's collector runs whenever some thousand more objects were made than freed, and looks at all of them. While 100,000
rows are decoded it runs again and again and finds nothing: a third of the time, and the pauses between frames. So it is
paused while a large message is decoded and applied, and is afterwards as it was. What that costs: garbage in circles that
other threads make meanwhile waits, half a second at the longest (`LONGEST_PAUSE`).

The first pass after it would visit all that was made, too, and so would the next but one: for 100,000 rows 10 ms and 5 in which no
thread runs. So when a pause ends with more new objects than any before, they are old at once (`Collector.let_grow_old`).

The collector belongs to the whole process, so one object, `COLLECTOR`, switches it for every connection. A program that
would rather have it alone says `pause_gc=False` when it connects.
"""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Callable
from typing import Self

__all__ = ["BULK_BYTES", "COLLECTOR", "Collector", "GcPause"]

# Below this a message has too few rows for a collection to fall into it more than once.
BULK_BYTES = 1 << 14
# Work of several threads may overlap without an end; garbage must not wait as long.
LONGEST_PAUSE = 0.5
# So many new objects take a pass about a millisecond.
MANY_NEW = 10_000


class Collector:
    """The switch of the process's garbage collector: off while anything holds it, afterwards as it was before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # Taken for a few instructions: a pause begins and ends on any thread.
        self._lock = threading.Lock()
        self._holders = 0
        self._since = 0.0
        # A program may have switched it off itself; then it stays off.
        self._was_enabled = False
        # How many new objects it takes to have them old at once.
        self._many_new = MANY_NEW

    def join(self) -> bool:
        """Begin or share the pause; False where it has lasted too long to be shared."""
        with self._lock:
            now = self._clock()
            if self._holders == 0:
                self._was_enabled, self._since = gc.isenabled(), now
                gc.disable()
            elif now - self._since > LONGEST_PAUSE:
                return False
            self._holders += 1
            return True

    def leave(self) -> None:
        with self._lock:
            self._holders -= 1
            if self._holders == 0 and self._was_enabled:
                self.let_grow_old()
                gc.enable()

    def let_grow_old(self) -> None:
        """What is new goes to the oldest generation unvisited, where it is so much that a pass would be felt.

        Garbage among it waits for a pass over everything. So that this remains the exception, it takes a quarter more of new
        objects each time: a first subscription does, an update of as many rows does not.
        """
        new = gc.get_count()[0]
        if new < self._many_new or gc.get_freeze_count():  # what the program has frozen would thaw
            return
        self._many_new = new + new // 4
        gc.freeze()
        gc.unfreeze()

    def forked(self) -> None:
        """In a child process: the threads that held a pause are not there, nor is what held the lock."""
        self._lock = threading.Lock()
        if self._holders and self._was_enabled:
            gc.enable()
        self._holders = 0


COLLECTOR = Collector()
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=COLLECTOR.forked)


class GcPause:
    """No collection from `begin` to `end`; afterwards it is as it was. With `enabled` off it does nothing.

    A piece of work begins it where it turns out to be bulk, and ends it when it is done with what it made: rows that took
    the place of others meanwhile are then no more than there were, and no collection follows. To begin or end twice is fine.
    """

    __slots__ = ("_enabled", "is_on")

    def __init__(self, *, enabled: bool = True) -> None:
        self._enabled = enabled
        self.is_on = False

    def begin(self) -> None:
        if self._enabled and not self.is_on:
            self.is_on = COLLECTOR.join()

    def end(self) -> None:
        if self.is_on:
            self.is_on = False
            COLLECTOR.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.end()
