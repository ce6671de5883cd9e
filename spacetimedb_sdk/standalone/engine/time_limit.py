"""The time limit of a module's functions: one that does not end by itself is ended from a thread that watches."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, process_time
from typing import TypeVar

from ..errors import TimedOut
from .failures import settled

__all__ = ["DEFAULT_TIMEOUT", "TimeLimit", "raise_timed_out"]

T = TypeVar("T")
# For whom nothing else was said: what keeps everybody waiting so long has gone wrong.
DEFAULT_TIMEOUT = 10.0
# How often the watching thread looks: one that ends a function some hundredths late costs nothing while all is well.
_LOOKS_PER_LIMIT = 20
_MAX_LOOK_SECONDS = 0.25
# How much of the time between two looks counts at most, unless the process has computed for longer: beyond it the process stood
# still (SIGSTOP, a machine that sleeps), or waited for its turn on a busy one, and the function is not to blame.
_LOOKS_LATE = 2.0
# How long before it tries again, where the function was inside a table or takes no exception for an answer.
_AGAIN_SECONDS = 0.005
# And how long it waits for a function inside a table to come out: it may be one of the module's own values that does not
# come back (a key whose `__hash__` has no end). The table is put right as a whole then.
_TABLE_SECONDS = 1.0
_TABLES = str(Path(__file__).parent.parent / "tables")
# What only reads may be left anywhere; what changes a table would leave it half changed.
_READERS = frozenset({"filter", "_filter", "_candidates", "find", "iter", "rows", "encoded", "_is_same"})


def raise_timed_out(thread_id: int) -> None:
    """Has TimedOut raised in a thread, at the next step that it takes in Python; nothing happens where it has ended."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), ctypes.py_object(TimedOut))


class TimeLimit:
    """Ends what takes longer than `seconds`, on whatever thread it runs; `close` ends the thread that watches.

    Time in which the process stood still does not count. A function is ended between two of its own steps: not while it
    changes a table, nor inside one call of C that does not come back (a `sum` without end, a regular expression).
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        # Held while the watching thread ends something, which may have ended by itself meanwhile.
        self._lock = threading.Lock()
        # When the function began that runs; None while none does.
        self._begun: float | None = None
        # What the watching thread has counted for it, and how much it may have: in seconds.
        self._counted = self._allowed = 0.0
        self._thread_id = 0
        self._raised = False
        self._closed = threading.Event()
        self._watcher: threading.Thread | None = None

    def run(self, work: Callable[[], T]) -> T:
        """What `work` returns. TimedOut where it takes too long. Within another it has that one's time."""
        if self._begun is not None:
            return work()
        if self._watcher is None:
            self._watch()
        self._thread_id = threading.get_ident()
        self._begun = monotonic()
        try:
            return settled(work)
        finally:
            self._begun = None
            if self._raised or self._lock.locked():
                self._settle()

    def _settle(self) -> None:
        # It may have ended by itself in the last moment: what is on its way comes here, and reaches no other code. (Python
        # can take an exception back, too, but is slow from then on.)
        with suppress(TimedOut):
            with self._lock:
                self._raised = False
            for _ in range(2):
                continue

    def shorten(self, seconds: float) -> None:
        """From now on nothing takes longer than this, what runs already included."""
        with self._lock:
            self.seconds = min(self.seconds, seconds)
            self._allowed = min(self._allowed, self._counted + seconds)

    def close(self) -> None:
        """Nothing is watched any more."""
        self._closed.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None

    def _watch(self) -> None:
        self._closed.clear()
        self._watcher = threading.Thread(target=self._look, name="spacetimedb time limit", daemon=True)
        self._watcher.start()

    def _look(self) -> None:
        wait, watched = 0.0, None
        looked, computed = monotonic(), process_time()
        while not self._closed.wait(wait):
            begun = self._begun
            now, computes = monotonic(), process_time()
            wait = min(self.seconds / _LOOKS_PER_LIMIT, _MAX_LOOK_SECONDS)
            most = max(_LOOKS_LATE * wait, computes - computed)
            if begun is not None:
                with self._lock:
                    if begun != watched:
                        looked, self._counted, self._allowed = begun, 0.0, self.seconds
                    self._counted += min(now - looked, most)
                if self._counted >= self._allowed:
                    self._raise(begun)
                    wait = _AGAIN_SECONDS
            looked, computed, watched = now, computes, begun

    def _raise(self, begun: float) -> None:
        with self._lock:
            late = self._counted - self._allowed
            if self._begun != begun or (late < _TABLE_SECONDS and not self._may_be_left()):
                return
            # Python raises it in that thread at its next step, which is one of the frame just looked at, unless this
            # thread lost the interpreter in between: then the tables are put right as a whole.
            self._raised = True
            raise_timed_out(self._thread_id)

    def _may_be_left(self) -> bool:
        """Whether the function is at a place where an exception leaves everything whole."""
        frame = sys._current_frames().get(self._thread_id)  # noqa: SLF001 - documented, for the likes of this
        inside = False
        while frame is not None:
            code = frame.f_code
            if code is TimeLimit.run.__code__:
                return inside
            if code.co_filename.startswith(_TABLES) and not (
                code.co_name in _READERS or code.co_name.startswith("<")
            ):
                return False
            inside = True
            frame = frame.f_back
        return False
