"""What the joins of clients cost of late: each client has so many pairs of rows a second looked at, and no more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from ..sql.query import Pairs, TooManyPairs
from ..tables.datastore import TableChange
from .query_index import SharedQuery

__all__ = ["TOO_MANY_PAIRS", "JoinCosts", "PairBudget"]

# A pair takes about a microsecond: a tenth of the loop's time for as long as a client likes, and four seconds' worth at once.
_PAIRS_A_SECOND = 100_000
_MOST_AT_ONCE = 400_000
# What a join may look at for nothing: a little, and what its changed rows cost where each of them is looked at.
_FREE = 50
_FREE_FOR_A_ROW = 4
TOO_MANY_PAIRS = f"joins look at more than {_PAIRS_A_SECOND} pairs of rows a second: narrow them down"


class PairBudget:
    """How many pairs of rows a client may still have looked at; less than none where it has had too many."""

    __slots__ = ("_left", "_noted")

    def __init__(self) -> None:
        self._left = float(_MOST_AT_ONCE)
        self._noted = 0.0

    def left(self, now: float) -> float:
        self._left = min(_MOST_AT_ONCE, self._left + (now - self._noted) * _PAIRS_A_SECOND)
        self._noted = now
        return self._left

    def take(self, count: float) -> None:
        self._left -= count


class JoinCosts:
    """`budgets` are those of the clients that are told of a query: they share what it costs."""

    def __init__(
        self,
        budgets: Callable[[SharedQuery], Sequence[PairBudget]],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._budgets = budgets
        self._clock = clock
        # Which budgets the commit of now was too much for.
        self.exceeded: dict[PairBudget, None] = {}

    def delta(
        self, query: SharedQuery, changes: Mapping[str, TableChange]
    ) -> tuple[list[object], list[object]]:
        """What the query has of these changes; nothing where that is more than all its clients may have looked at."""
        free = _FREE
        if query.query.looks_at_all_changed:
            rows = (changes[name] for name in query.query.tables if name in changes)
            free += _FREE_FOR_A_ROW * sum(len(change.deletes) + len(change.inserts) for change in rows)
        pairs = Pairs(free, lambda: free + self._left(query))
        try:
            return query.query.delta(changes, pairs)
        except TooManyPairs:
            self.exceeded.update(dict.fromkeys(self._budgets(query)))
            return [], []
        finally:
            if pairs.looked_at > free:
                self._take(query, pairs.looked_at - free)

    def _left(self, query: SharedQuery) -> float:
        budgets, now = self._budgets(query), self._clock()
        return min((budget.left(now) for budget in budgets), default=0.0) * len(budgets)

    def _take(self, query: SharedQuery, count: int) -> None:
        budgets, now = self._budgets(query), self._clock()
        for budget in budgets:
            budget.take(count / len(budgets))
            if budget.left(now) < 0:
                self.exceeded[budget] = None
