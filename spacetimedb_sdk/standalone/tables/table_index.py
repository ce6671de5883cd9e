"""Indexes of a table: by value, and in order once a range is asked for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, cast

from ...module import Range
from ...sats.algebraic_type import STRING, AlgebraicType, PrimitiveType
from ...sats.column_order import comparable, float_key, orderable

__all__ = ["TableIndex"]

_Order = tuple[object, ...]
# In place of keys where there are none: None is a key that a row may have.
_NONE: object = object()


# Of so few keys one is found as quickly by looking at each.
_FEW = 8


class _Keys(list[object]):
    """The keys of several rows that hold one value, in the order they came. No row has one of these for its key."""

    __slots__ = ("value",)
    value: Any


class _LeavingKeys(dict[object, None]):
    """The same of many, once one of them has left: found at once, for five times the memory. To make one takes no longer than
    a dictionary of as many rows takes to grow."""

    __slots__ = ("value",)
    value: Any


_SEVERAL = (_Keys, _LeavingKeys)


class TableIndex:
    """Which rows, by their keys, hold which value: one value, or a tuple for several columns.

    Looking up a value costs the same in any table. Ranges need an order, which is kept from the first of them on.
    Rows of `row_class` that hold one value come to hold the same object: a number takes 32 bytes, a text 64 and more.
    """

    __slots__ = (
        "_entries",
        "_normal",
        "_order",
        "_parts",
        "_setters",
        "_values",
        "columns",
        "unique",
        "value",
    )

    def __init__(
        self,
        columns: tuple[str, ...],
        types: tuple[AlgebraicType, ...],
        *,
        unique: bool,
        row_class: Any = None,
    ) -> None:
        self.columns = columns
        self.unique = unique
        self._parts = tuple(map(comparable, types))
        # Only floats are other keys than they are values; all else is looked up as it is.
        self._normal = tuple(map(float_key, types))
        get = attrgetter(*columns)
        self.value: Callable[[Any], Any] = get
        if any(self._normal):
            self.value = lambda row: self.key(get(row))
        # What puts a part of a value into a row, by its place in the value.
        self._setters = () if row_class is None else tuple(_setters(row_class, columns, types))
        # The key of the one row that holds a value, `_Keys` or `_LeavingKeys` where there are several: a list for each takes
        # 64 bytes, and of a unique column that is one for each row.
        self._entries: dict[object, object] = {}
        self._order: list[_Order] | None = None
        self._values: dict[_Order, object] = {}

    def add(self, key: object, row: object) -> None:
        """A row has come under a key that is not here yet."""
        value = self.value(row)
        held = self._entries.get(value, _NONE)
        if held is _NONE:
            self._entries[value] = key
            if self._order is not None:
                self._values[place := self._place(value)] = value
                insort(self._order, place)
        elif isinstance(held, _Keys):
            held.append(key)
            if self._setters:
                self._share(row, value, held.value)
        elif isinstance(held, _LeavingKeys):
            held[key] = None
            if self._setters:
                self._share(row, value, held.value)
        elif held != key:
            keys = self._entries[value] = _Keys((held, key))
            keys.value = value

    def _share(self, row: object, value: Any, shared: Any) -> None:
        """Have a row hold the very objects that others do which hold an equal value."""
        for place, put in self._setters:
            if len(self.columns) == 1:
                if value is not shared:
                    put(row, shared)
            elif value[place] is not shared[place]:
                put(row, shared[place])

    def refill(self, rows: Mapping[object, object]) -> None:
        """Forgets everything, and takes up these rows by their keys."""
        self._entries.clear()
        self._order = None
        self._values = {}
        for key, row in rows.items():
            self.add(key, row)

    def remove(self, key: object, row: object) -> None:
        value = self.value(row)
        held = self._entries[value]
        if isinstance(held, _SEVERAL):
            if isinstance(held, _Keys) and len(held) > _FEW:
                leaving = cast(_LeavingKeys, _LeavingKeys.fromkeys(held))
                leaving.value = held.value
                held = self._entries[value] = leaving
            if isinstance(held, _LeavingKeys):
                del held[key]
            elif key in held:
                held.remove(key)
            else:
                raise KeyError(key)
            if len(held) == 1:
                (self._entries[value],) = held
            return
        if held != key:
            raise KeyError(key)
        del self._entries[value]
        if self._order is not None:
            place = self._place(value)
            del self._values[place]
            del self._order[bisect_left(self._order, place)]

    def key(self, value: Any) -> Any:
        """Under what a value (a tuple for several columns) is in the index."""
        if not any(self._normal):
            return value
        parts = value if len(self.columns) > 1 else (value,)
        keys = [
            part if normal is None else normal(part) for part, normal in zip(parts, self._normal, strict=True)
        ]
        return tuple(keys) if len(keys) > 1 else keys[0]

    def keys(self, value: object) -> Iterable[object]:
        """The keys of the rows that hold `value`."""
        return self.holders(self.key(value))

    def holders(self, entry: object) -> Collection[object]:
        """The same for what `value` gives of a row."""
        held = self._entries.get(entry, _NONE)
        if isinstance(held, _SEVERAL):
            return held
        return () if held is _NONE else (held,)

    def _place(self, value: Any) -> _Order:
        """Where an entry is in the order."""
        parts = value if len(self.columns) > 1 else (value,)
        return tuple(map(orderable, parts))

    def between(self, prefix: Sequence[object], bounds: Range) -> Iterator[object]:
        """The keys of the rows that hold `prefix` in the first columns and a value within `bounds` in the next, in the
        order of the index."""
        if self._order is None:
            self._values = {self._place(value): value for value in self._entries}
            self._order = sorted(self._values)
        whole = tuple(part(value) for part, value in zip(self._parts, prefix, strict=False))
        order, known = self._order, len(whole)
        ranged = self._parts[known]
        low, high = whole, whole
        if bounds.start is not None:
            low = (*whole, ranged(bounds.start))
        first = bisect_left(order, low)
        if bounds.stop is None:
            last = bisect_right(order, high, key=lambda place: place[:known])
        else:
            high = (*whole, ranged(bounds.stop))
            find = bisect_right if bounds.includes_stop else bisect_left
            last = find(order, high, key=lambda place: place[: known + 1])
        for place in order[first:last]:
            yield from self.holders(self._values[place])


def _setters(
    row_class: Any, columns: tuple[str, ...], types: tuple[AlgebraicType, ...]
) -> Iterator[tuple[int, Callable[[object, object], None]]]:
    """Of the columns whose equal values are the same in everything: not floats, whose zeros differ; a bool and a variant of a plain
    enum are one object each already."""
    for place, (column, type_) in enumerate(zip(columns, types, strict=True)):
        if type_ == STRING or (isinstance(type_, PrimitiveType) and type_.name[0] in "IU"):
            yield place, getattr(row_class, column).__set__
