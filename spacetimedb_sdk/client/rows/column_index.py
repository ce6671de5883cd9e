"""An index over one column: which rows have a value, kept up to date with the table.

It remembers under which value each row was put. A program holds the same rows and may change a list in one of them: what
is taken out is found by what the server sent, not by what the row holds now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from itertools import islice
from typing import Generic, TypeVar

from ...slices import MERGED_ROWS, Slices

__all__ = ["ColumnIndex"]

R = TypeVar("R")


class ColumnIndex(Generic[R]):
    """Rows by the value of a column; `value_of` is what a row's value is compared by."""

    __slots__ = ("_placed", "_rows", "value_of")

    def __init__(self, value_of: Callable[[R], object]) -> None:
        self.value_of = value_of
        self._rows: dict[object, dict[object, R]] = {}
        self._placed: dict[object, object] = {}

    def matching(self, value: object) -> Collection[R]:
        """The rows that were put under `value`."""
        return self._rows.get(value, {}).values()

    def put(self, items: Iterable[tuple[object, R]]) -> None:
        """Put rows in by their keys; a row that was there under the same key leaves."""
        value_of, rows, placed = self.value_of, self._rows, self._placed
        for key, row in items:
            value = value_of(row)
            if key in placed:
                self.drop((key,))
            placed[key] = value
            rows.setdefault(value, {})[key] = row

    def drop(self, keys: Iterable[object]) -> None:
        """Take rows out by their keys."""
        for key in keys:
            value = self._placed.pop(key)
            bucket = self._rows[value]
            del bucket[key]
            if not bucket:
                del self._rows[value]

    def rebuilt(self, rows: Mapping[object, R], puts: Container[object]) -> Slices[ColumnIndex[R]]:
        """The index over `rows`, of which `puts` are new; yields between slices."""
        index: ColumnIndex[R] = ColumnIndex(self.value_of)
        placed, buckets, before = index._placed, index._rows, self._placed
        items = iter(rows.items())
        while part := list(islice(items, MERGED_ROWS)):
            for key, row in part:
                value = self.value_of(row) if key in puts else before[key]
                placed[key] = value
                buckets.setdefault(value, {})[key] = row
            yield
        return index
