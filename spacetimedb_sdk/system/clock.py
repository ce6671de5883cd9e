"""The clock that a client goes by, passed in so that delays and time limits are tested without waiting for them."""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["SYSTEM_CLOCK", "Clock"]


class Clock(Protocol):
    """Seconds on a clock that never goes back, a sleep on it, and chance for what is to be spread."""

    def now(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...

    def chance(self) -> float:
        """From 0 to 1."""
        ...


class _SystemClock:
    # Fine on every platform: `monotonic` moves in steps of 15 ms on some.
    now = staticmethod(time.perf_counter)
    sleep = staticmethod(time.sleep)

    @staticmethod
    def chance() -> float:
        import random  # only a lost connection asks

        return random.random()


SYSTEM_CLOCK: Clock = _SystemClock()
