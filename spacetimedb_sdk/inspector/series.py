"""A number over time: how many rows, or what becomes of a number of theirs, a few times a second."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

from .columns import NumberPath
from .row_filter import Matches

__all__ = ["AGGREGATES", "Series"]

AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "mean": fmean,
    "sum": sum,
    "min": min,
    "max": max,
}


class Series:
    """`label` says what it is; `points` are `(seconds, value)`, the newest last, of at most `seconds` ago.

    Without a `number` it counts rows. `matches` says which rows are meant, None all.
    """

    def __init__(
        self,
        label: str,
        *,
        number: NumberPath | None = None,
        aggregate: str = "mean",
        matches: Matches | None = None,
        seconds: float = 60.0,
    ) -> None:
        self.label = label
        self._number, self._matches, self._seconds = number, matches, seconds
        self._aggregate = AGGREGATES[aggregate]
        self.points: deque[tuple[float, float]] = deque()

    def sample(self, now: float, rows: Sequence[Any]) -> None:
        """What it is now; where no row has the number there is no point."""
        if self._matches is not None:
            rows = [row for row in rows if self._matches(row)]
        if self._number is None:
            self.points.append((now, float(len(rows))))
        else:
            get = self._number.get
            values = [float(value) for row in rows if (value := get(row)) is not None]
            if values:
                self.points.append((now, self._aggregate(values)))
        while self.points and self.points[0][0] < now - self._seconds:
            self.points.popleft()
