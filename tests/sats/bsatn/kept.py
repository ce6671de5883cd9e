"""What compiled functions keep of what they were given: memory, and references to objects that are shared."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Callable, Sequence

__all__ = ["assert_nothing_is_kept"]

ROUNDS = 50
ATTEMPTS = 3


def assert_nothing_is_kept(rounds: Callable[[], object], shared: Sequence[object]) -> None:
    """Many `rounds` leave no memory behind, and no fewer or more references to what is `shared`.

    What runs beside and what other tests have left is let go of at any time, and uses None: a leak is there each time.
    """
    rounds()
    for attempt in range(1, ATTEMPTS + 1):
        grown, counted = _left_behind(rounds, shared)
        if grown < 4096 and all(abs(count) < ROUNDS // 2 for count in counted):
            return
        assert attempt < ATTEMPTS, (
            f"{grown} bytes and {counted} references are left behind by {ROUNDS} rounds"
        )


def _left_behind(rounds: Callable[[], object], shared: Sequence[object]) -> tuple[int, list[int]]:
    gc.collect()
    counts = [sys.getrefcount(one) for one in shared]
    tracemalloc.start()
    try:
        rounds()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(ROUNDS):
            rounds()
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    return grown, [sys.getrefcount(one) - count for one, count in zip(shared, counts, strict=True)]
