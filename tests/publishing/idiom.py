"""What modules are seen to do: functions that take nothing, keep nothing, and give the same whenever they are run."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["IDIOMS", "idiom"]

IDIOMS: list[Callable[[], object]] = []


def idiom(function: Callable[[], object]) -> Callable[[], object]:
    IDIOMS.append(function)
    return function
