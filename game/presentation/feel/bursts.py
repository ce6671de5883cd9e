"""Bursts: sparks that fly where a circle ended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi, sin

from game.match.shown import Flight

__all__ = ["BURST_SECONDS", "Burst", "Bursts", "Spark"]

BURST_SECONDS = 0.55
_SPARKS, _SPARKS_OF_A_MERGE = 14, 7
# More at once are a haze, and take the time of the match.
_MOST = 12
# Radii of the circle that they fly beyond its rim.
_REACH = 1.3
# Turns between one spark and the next; a golden angle, so that no two bursts look alike by their ids.
_GOLDEN = 2.399963


@dataclass(frozen=True, slots=True)
class Spark:
    """A light at a place of the world, of that radius in world units; `colour_of` is whose it is."""

    x: float
    y: float
    radius: float
    colour_of: int


@dataclass(frozen=True, slots=True)
class Burst:
    """The end of a circle of that radius, at `start` seconds; a merge is a small one."""

    entity_id: int
    player_id: int
    x: float
    y: float
    radius: float
    start: float
    is_merge: bool

    def sparks(self, now: float) -> Iterator[Spark]:
        """What is to be seen of it: they are fast at first, and fade."""
        share = (now - self.start) / BURST_SECONDS
        if not 0.0 <= share < 1.0:
            return
        way = 1.0 - (1.0 - share) ** 3
        count = _SPARKS_OF_A_MERGE if self.is_merge else _SPARKS
        for number in range(count):
            # Some fly farther than others.
            uneven = 0.7 + 0.3 * sin(self.entity_id + 2.3 * number)
            distance = self.radius * (0.8 + _REACH * way * uneven * (0.5 if self.is_merge else 1.0))
            turn = self.entity_id * _GOLDEN + 2 * pi * number / count
            size = self.radius * 0.16 * (1.0 - share) * uneven
            yield Spark(self.x + distance * cos(turn), self.y + distance * sin(turn), size, self.player_id)


class Bursts:
    """Those that fly now, the oldest first. Depends on time alone."""

    def __init__(self) -> None:
        self.flying: list[Burst] = []
        self._until = float("-inf")

    def update(self, flights: list[Flight], now: float) -> None:
        """Go on to the time `now`; circles among `flights` that began since the call before have ended."""
        self.flying = [burst for burst in self.flying if now - burst.start < BURST_SECONDS]
        for flight in flights:
            player_id = flight.player_id
            if player_id is None or flight.start <= self._until:
                continue
            eater = flight.eater
            is_merge = eater is not None and eater.player_id == player_id
            self.flying.append(
                Burst(flight.entity_id, player_id, flight.x, flight.y, flight.radius, flight.start, is_merge)
            )
        del self.flying[:-_MOST]
        if flights:
            self._until = max(self._until, max(flight.start for flight in flights))

    def forget(self) -> None:
        """Nothing flies."""
        self.flying = []
