"""A view of many rows: filtered, sorted, and a page of them. It looks at what changed alone, in slices."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..slices import Slices
from .columns import TableColumns
from .row_filter import Matches, row_filter

__all__ = ["RowsPage", "RowsView"]

# Rows that are looked at in one slice: about a millisecond.
_SLICE = 500


@dataclass(frozen=True, slots=True)
class RowsPage:
    """`rows` are those of page `number`, the first being 0; `matched` is how many fit the filter, of `total`."""

    rows: list[Any]
    number: int
    matched: int
    total: int


class RowsView:
    """How one person looks at a table: change it, then `pick`."""

    def __init__(self, columns: TableColumns, *, per_page: int = 50) -> None:
        self.columns = columns
        self.per_page = per_page
        self.number = 0
        # The column that rows are sorted by, None for the order in which they came.
        self.sorted_by: int | None = None
        self.descending = False
        self._matches: Matches | None = None
        # Rows that were looked at, by what Python calls them: rows never change, one that did is another row.
        self._seen: dict[int, tuple[Any, bool]] = {}

    def filter(self, text: str) -> None:
        """FilterError where it is none; then the one before stays."""
        self._matches = row_filter(text, self.columns)
        self._seen = {}
        self.number = 0

    def sort(self, column: int) -> None:
        """By this column, then the other way round, then as they came."""
        if self.sorted_by != column:
            self.sorted_by, self.descending = column, False
        elif not self.descending:
            self.descending = True
        else:
            self.sorted_by, self.descending = None, False
        self.number = 0

    def pick(self, rows: Sequence[Any]) -> Slices[RowsPage]:
        """The page of `rows` that is asked for, or the last one there is."""
        total = len(rows)
        if self._matches is not None:
            rows = yield from self._matching(rows, self._matches)
        matched = len(rows)
        last = max((matched - 1) // self.per_page, 0)
        number = self.number = min(self.number, last)
        first, after = number * self.per_page, (number + 1) * self.per_page
        if self.sorted_by is not None:
            rows = self._in_order(rows, self.columns.columns[self.sorted_by].order, after)
        return RowsPage(list(rows[first:after]), number, matched, total)

    def _matching(self, rows: Sequence[Any], matches: Matches) -> Slices[Sequence[Any]]:
        seen: dict[int, tuple[Any, bool]] = {}
        fitting: list[Any] = []
        for start in range(0, len(rows), _SLICE):
            for row in rows[start : start + _SLICE]:
                known = self._seen.get(id(row))
                # Another row may have got the place of one that is gone.
                if known is None or known[0] is not row:
                    known = row, matches(row)
                seen[id(row)] = known
                if known[1]:
                    fitting.append(row)
            yield
            if matches is not self._matches:  # another filter was asked for meanwhile
                return fitting
        self._seen = seen
        return fitting

    def _in_order(self, rows: Sequence[Any], order: Any, after: int) -> Sequence[Any]:
        if after * 4 < len(rows):
            # The first pages of many rows: without sorting all of them.
            first = heapq.nlargest if self.descending else heapq.nsmallest
            return first(after, rows, key=order)
        return sorted(rows, key=order, reverse=self.descending)
