"""Counting what the interpreter does: the same on a machine that is busy, where a clock says little."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType

__all__ = ["has_slow_look_ups", "python_calls"]


def python_calls(work: Callable[[], object]) -> int:
    """How many functions of Python `work` enters in this thread; a generator counts each time it goes on. What other tests
    have left to the collector of garbage has ended before: its finalizers are none of `work`'s."""
    gc.collect()
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def has_slow_look_ups(instance: object) -> bool:
    """Whether an instance has had more attributes than those of a class share their keys for: it has a dictionary of its own
    then, and no look-up of an attribute or of a method is specialised any more. Once for each: to ask makes the dictionary."""
    held = {id(part) for part in gc.get_referents(instance)}
    return id(vars(instance)) in held
