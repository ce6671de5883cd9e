"""How late timers are run, counted by how much."""

from __future__ import annotations

from bisect import bisect_left

__all__ = ["LATENESS_BUCKETS", "Lateness"]

# Upper bounds in seconds.
LATENESS_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0)


class Lateness:
    """`counts` has a number for each of LATENESS_BUCKETS, and one for what was later still."""

    def __init__(self) -> None:
        self.counts = [0] * (len(LATENESS_BUCKETS) + 1)
        self.count = 0
        self.total_seconds = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(LATENESS_BUCKETS, seconds)] += 1
        self.count += 1
        self.total_seconds += seconds
