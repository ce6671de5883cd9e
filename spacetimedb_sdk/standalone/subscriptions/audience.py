"""Audiences: clients who ask the same, and what each client has asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from .fan_out import Subscriber
from .join_costs import PairBudget
from .query_index import RowsAskedFor, SharedQuery

__all__ = ["Audience", "Audiences", "ClientState"]

# Where v1 tells a query's rows: once for the legacy set, once for all the others together.
_LEGACY, _OTHERS = -1, 0


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

    __slots__ = ("audience", "costs", "count", "legacy", "live", "mark", "pairs", "sets_of")

    def __init__(self) -> None:
        self.legacy: dict[SharedQuery, None] = {}
        self.live: dict[int, tuple[SharedQuery, ...]] = {}
        # The live sets that each query is in, in the order they came.
        self.sets_of: dict[SharedQuery, dict[int, None]] = {}
        self.audience: Audience | None = None
        self.mark = 0
        self.costs: Counter[RowsAskedFor] = Counter()
        self.count = 0
        # What its joins may still look at.
        self.pairs = PairBudget()

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


class Audiences:
    """All audiences, by which queries they listen to."""

    def __init__(self) -> None:
        self._by_key: dict[object, Audience] = {}
        self._listening: dict[SharedQuery, dict[Audience, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._by_key or self._listening)

    def listening(self, query: SharedQuery) -> Iterable[Audience]:
        """The audiences that are told of the query's rows."""
        return self._listening.get(query, ())

    def move(
        self,
        client: Subscriber,
        state: ClientState,
        queries: Iterable[SharedQuery],
        *,
        legacy_before: Mapping[SharedQuery, None] | None = None,
        joined: int | None = None,
        left: int | None = None,
    ) -> None:
        """Brings the client into the audience of who asks the same, at the cost of the `queries` that came or went."""
        before = state.legacy if legacy_before is None else legacy_before
        changed: dict[SharedQuery, tuple[int, ...]] = {}
        mark = state.mark
        for query in queries:
            was = self._places(client, state, query, before)
            if joined is not None:
                state.sets_of.setdefault(query, {})[joined] = None
            elif left is not None:
                del state.sets_of[query][left]
                if not state.sets_of[query]:
                    del state.sets_of[query]
            places = self._places(client, state, query, state.legacy)
            if places != was:
                changed[query] = places
                mark ^= query.mark(was) ^ query.mark(places)
                state.add_cost(query, bool(places) - bool(was))
        state.mark = mark
        if changed:
            self._enter(client, state, changed)

    @staticmethod
    def _places(
        client: Subscriber, state: ClientState, query: SharedQuery, legacy: Mapping[SharedQuery, None]
    ) -> tuple[int, ...]:
        """Under which sets the client gets the query's rows."""
        own = (_LEGACY,) if query in legacy else ()
        sets = state.sets_of.get(query)
        if not sets:
            return own
        return (*own, *sorted(sets)) if client.announcer.keeps_sets_apart else (*own, _OTHERS)

    def _enter(
        self, client: Subscriber, state: ClientState, changed: dict[SharedQuery, tuple[int, ...]]
    ) -> None:
        old = state.audience
        key = (client.announcer, state.mark)
        audience = self._by_key.get(key)
        if audience is None and old is not None and len(old.members) == 1:
            # It was the only member: the audience itself changes.
            del self._by_key[old.key]
            old.key = key
            self._change_places(old, changed)
            if old.places:
                self._by_key[key] = old
            else:
                state.audience = None
            return
        if audience is None:
            audience = Audience(key, {})
            self._change_places(audience, (old.places if old is not None else {}) | changed)
            if not audience.places:
                audience = None
            else:
                self._by_key[key] = audience
        if old is not None:
            self.leave(client, old)
        if audience is not None:
            audience.members[client] = None
        state.audience = audience

    def _change_places(self, audience: Audience, places: Mapping[SharedQuery, tuple[int, ...]]) -> None:
        for query, where in places.items():
            if where:
                audience.places[query] = where
                self._listening.setdefault(query, {})[audience] = None
            elif query in audience.places:
                del audience.places[query]
                self._deafen(query, audience)

    def _deafen(self, query: SharedQuery, audience: Audience) -> None:
        listening = self._listening[query]
        del listening[audience]
        if not listening:
            del self._listening[query]

    def leave(self, client: Subscriber, audience: Audience) -> None:
        del audience.members[client]
        if audience.members:
            return
        del self._by_key[audience.key]
        for query in audience.places:
            self._deafen(query, audience)
