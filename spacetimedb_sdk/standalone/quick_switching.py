"""Quick switching: how soon a thread that computes lets the loop have the interpreter, while there is such a thread.

Each time the loop reads, writes or waits it gives the interpreter away, and gets it back when whoever computes has had its
switch interval: a call is several of those.
"""

from __future__ import annotations

import sys
import threading

__all__ = ["QUICK_SWITCHING", "QuickSwitching"]

# A fifth of what Python begins with. Shorter ones have those that compute pay more for switching than the others gain.
_SECONDS = 0.001


class QuickSwitching:
    """The switch interval of the process, which is short from the first `with` to the end of the last, of whatever threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # servers of one process have threads of their own
        self._count = 0
        self._before = 0.0

    def __enter__(self) -> None:
        with self._lock:
            self._count += 1
            if self._count == 1:
                self._before = sys.getswitchinterval()
                sys.setswitchinterval(min(self._before, _SECONDS))

    def __exit__(self, *_failure: object) -> None:
        with self._lock:
            self._count -= 1
            if self._count == 0:
                sys.setswitchinterval(self._before)


# The interval is the process's, and so is the count of those who want it short.
QUICK_SWITCHING = QuickSwitching()
