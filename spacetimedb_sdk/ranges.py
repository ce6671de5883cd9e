"""Ranges of a column, in modules and clients alike: `Range` ends before its stop, as Python's own do, `Between` has both ends."""

from __future__ import annotations

from typing import Any

from .records import record

__all__ = ["Between", "Range"]


@record
class Range:
    """The values from `start` on and before `stop`, which is part of it with `includes_stop`; None is no bound.

    For `filter`: `filter(level=Range(10, 20))` finds 10 to 19.
    """

    start: Any = None
    stop: Any = None
    includes_stop: bool = False

    def __contains__(self, value: Any) -> bool:
        """Whether `value`, which sorts as `start` and `stop` do, is within."""
        if self.start is not None and value < self.start:
            return False
        return self.stop is None or value < self.stop or (self.includes_stop and value == self.stop)


@record
class Between:
    """The values from `low` to `high`, both included; None leaves a side open.

    For `filter`: `filter(level=Between(10, 20))` finds 10 to 20.
    """

    low: Any = None
    high: Any = None

    def __contains__(self, value: Any) -> bool:
        """Whether `value`, which sorts as `low` and `high` do, is within."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def as_range(self) -> Range:
        """The same values as a `Range`."""
        return Range(self.low, self.high, includes_stop=True)
