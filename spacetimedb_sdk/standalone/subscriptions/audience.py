"""Audiences: clients who ask the same, and what each client has asked for."""

from __future__ import annotations

from .fan_out import Subscriber
from .query_index import SharedQuery

__all__ = ["Audience", "ClientState"]


class Audience:
    """Clients of one protocol whose queries are equal; `places` says under which sets each query's rows go out."""

    __slots__ = ("key", "members", "places")

    def __init__(self, key: object, places: dict[SharedQuery, tuple[int, ...]]) -> None:
        self.key = key
        self.places = places
        self.members: dict[Subscriber, None] = {}


class ClientState:
    """One client's subscriptions. `mark` stands for all its queries and places together; `comparisons` is what they cost
    each changed row, `count` how many there are in all sets."""

    __slots__ = ("audience", "comparisons", "count", "legacy", "live", "mark", "sets_of")

    def __init__(self) -> None:
        self.legacy: dict[SharedQuery, None] = {}
        self.live: dict[int, tuple[SharedQuery, ...]] = {}
        # The live sets that each query is in, in the order they came.
        self.sets_of: dict[SharedQuery, dict[int, None]] = {}
        self.audience: Audience | None = None
        self.mark = 0
        self.comparisons = self.count = 0
