"""Indexes of a table: by value, and in order once somebody asks for a range."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from operator import attrgetter
from typing import Any

from ...module import Range
from ...types import Address, Identity, TimeDuration, Timestamp

__all__ = ["TableIndex", "orderable"]

_Order = tuple[Any, ...]


def orderable(value: Any) -> Any:
    """What sorts as `value` does on a server: enums by their tags, the special types by what they hold."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Identity, Address)):
        return value.data
    if isinstance(value, (Timestamp, TimeDuration)):
        return value.micros
    return value


class TableIndex:
    """Which rows, by their keys, hold which value: one value, or a tuple for several columns.

    Looking up a value costs the same in any table. Ranges need an order, which is kept from the first of them on.
    """

    __slots__ = ("_order", "_values", "columns", "entries", "unique", "value")

    def __init__(self, columns: tuple[str, ...], *, unique: bool) -> None:
        self.columns = columns
        self.unique = unique
        self.value: Callable[[Any], Any] = attrgetter(*columns)
        self.entries: dict[Any, dict[Any, None]] = {}
        self._order: list[_Order] | None = None
        self._values: dict[_Order, Any] = {}

    def add(self, key: Any, row: Any) -> None:
        value = self.value(row)
        keys = self.entries.get(value)
        if keys is None:
            keys = self.entries[value] = {}
            if self._order is not None:
                self._values[place := self._place(value)] = value
                insort(self._order, place)
        keys[key] = None

    def remove(self, key: Any, row: Any) -> None:
        value = self.value(row)
        keys = self.entries[value]
        del keys[key]
        if not keys:
            del self.entries[value]
            if self._order is not None:
                place = self._place(value)
                del self._values[place]
                del self._order[bisect_left(self._order, place)]

    def _place(self, value: Any) -> _Order:
        parts = value if len(self.columns) > 1 else (value,)
        return tuple(map(orderable, parts))

    def between(self, prefix: Sequence[Any], bounds: Range) -> Iterator[Any]:
        """The keys of the rows that hold `prefix` in the first columns and a value within `bounds` in the next, in the
        order of the index."""
        if self._order is None:
            self._values = {self._place(value): value for value in self.entries}
            self._order = sorted(self._values)
        order, whole = self._order, tuple(map(orderable, prefix))
        known = len(whole)
        low, high = whole, whole
        if bounds.start is not None:
            low = (*whole, orderable(bounds.start))
        first = bisect_left(order, low)
        if bounds.stop is None:
            last = bisect_right(order, high, key=lambda place: place[:known])
        else:
            high = (*whole, orderable(bounds.stop))
            find = bisect_right if bounds.includes_stop else bisect_left
            last = find(order, high, key=lambda place: place[: known + 1])
        for place in order[first:last]:
            yield from self.entries[self._values[place]]
