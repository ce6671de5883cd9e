"""Full collections: the garbage collector's passes over everything, when timers have run and the next is far.

Such a pass takes ten milliseconds where a few hundred clients are connected, and comes whenever enough objects were made: one tick
in a hundred was late by it.
"""

from __future__ import annotations

import gc

__all__ = ["FullCollections"]

# So many passes over what is new before one over everything: more than there ever are.
_NEVER = 1 << 30


class _Counted:
    """What is counted whenever one is made: a list may be one that was there before, and is not."""


class FullCollections:
    """Those of a process that is a server alone: `with` begins, and ends with what it found. Whether a pass over everything is
    worth its time is left to Python, as ever; only when is not."""

    def __init__(self) -> None:
        self._thresholds = (0, 0, 0)
        # After so many passes over what is new Python was asked, and found it too early.
        self._asked_at = 0

    def __enter__(self) -> FullCollections:
        # What there is now stays: no pass need look through it.
        gc.collect()
        gc.freeze()
        self._thresholds = gc.get_threshold()
        gc.set_threshold(*self._thresholds[:2], _NEVER)
        return self

    def __exit__(self, *_failure: object) -> None:
        gc.set_threshold(*self._thresholds)
        self._asked_at = _NEVER

    def rest(self) -> None:
        """There is time now: collects everything if it is due, and worth it."""
        new, newer, full = self._thresholds
        if gc.get_count()[2] <= max(full, self._asked_at) or not new:
            return
        # Python asks itself when an object is made and more have been made than so many; since 3.12 it collects before the next
        # turn of a loop, so that the thresholds have to last till then.
        gc.set_threshold(1, newer, full)
        _ = [_Counted() for _ in range(4)]
        gc.set_threshold(new, newer, _NEVER)
        self._asked_at = gc.get_count()[2]
