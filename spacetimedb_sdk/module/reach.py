"""Reach: which rows lie in which circles, without comparing each with each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from math import isfinite
from typing import TypeVar

from ..sats.bsatn.fast_build import Native

__all__ = ["within_reach"]

R = TypeVar("R")


def within_reach(
    rows: Iterable[R], circles: Iterable[tuple[float, float, float]], *, at: str = "position"
) -> list[list[R]]:
    """For each circle `(x, y, radius)` the rows that lie in it or on its edge, in the order of `rows`.

    A row lies where its attribute `at` says, a value with the numbers `x` and `y`. Rows and circles may be of any unit, if it is
    one. Thousands of rows and hundreds of circles take a millisecond; inside a real SpacetimeDB the interpreter does it itself.
    """
    rows = list(rows)
    native = Native.within_reach
    if native is not None:
        return native(rows, list(circles), at)
    places = [getattr(row, at) for row in rows]
    xs, ys = [place.x for place in places], [place.y for place in places]
    from_the_left: Iterable[int] = range(len(rows))
    if not isfinite(sum(xs)):
        # What is no number has no place in an order, and lies in no circle.
        from_the_left = [i for i in from_the_left if xs[i] == xs[i]]
    order = sorted(from_the_left, key=xs.__getitem__)
    ordered = [xs[i] for i in order]
    found = []
    for x, y, radius in circles:
        reach = radius * radius
        inside = []
        for i in order[bisect_left(ordered, x - radius) : bisect_right(ordered, x + radius)]:
            dy = ys[i] - y
            # Most of those in an upright strip are far above or below.
            if dy * dy <= reach:
                dx = xs[i] - x
                if dx * dx + dy * dy <= reach:
                    inside.append(i)
        inside.sort()
        found.append([rows[i] for i in inside])
    return found
