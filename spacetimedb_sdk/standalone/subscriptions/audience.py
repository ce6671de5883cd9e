"""Audiences: clients who ask the same, and what each client has asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .fan_out import Subscriber
from .query_index import RowsAskedFor, SharedQuery

__all__ = ["Audience", "ClientState"]


class Audience:
    """Clients of one protocol whose queries are equal; `places` says under which sets each query's rows go out."""

    __slots__ = ("key", "members", "places")

    def __init__(self, key: object, places: dict[SharedQuery, tuple[int, ...]]) -> None:
        self.key = key
        self.places = places
        self.members: dict[Subscriber, None] = {}


class ClientState:
    """One client's subscriptions. `mark` stands for all its queries and places together; `costs` is what they cost
    a changed row, by which rows they ask for, `count` how many there are in all sets."""

    __slots__ = ("audience", "costs", "count", "legacy", "live", "mark", "sets_of")

    def __init__(self) -> None:
        self.legacy: dict[SharedQuery, None] = {}
        self.live: dict[int, tuple[SharedQuery, ...]] = {}
        # The live sets that each query is in, in the order they came.
        self.sets_of: dict[SharedQuery, dict[int, None]] = {}
        self.audience: Audience | None = None
        self.mark = 0
        self.costs: Counter[RowsAskedFor] = Counter()
        self.count = 0

    def add_cost(self, query: SharedQuery, sign: int) -> None:
        """Counts what a query costs that has come (1) or gone (-1)."""
        for rows in query.asked_for:
            self.costs[rows] += sign * query.cost
            if not self.costs[rows]:
                del self.costs[rows]

    def cost_with(self, queries: Iterable[SharedQuery], instead_of: Iterable[SharedQuery]) -> int:
        """What a changed row would cost at most, of those that would cost more than now."""
        added: Counter[RowsAskedFor] = Counter()
        for sign, some in ((1, queries), (-1, instead_of)):
            for query in some:
                for rows in query.asked_for:
                    added[rows] += sign * query.cost
        return max((self.costs[rows] + cost for rows, cost in added.items() if cost > 0), default=0)
