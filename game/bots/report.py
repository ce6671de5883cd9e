"""Report: what the bots did, in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot, sqrt
from typing import Any

from game.match.observation import Blob, Observation

__all__ = ["BotRecord", "Diary", "record_from_json", "swarm_report"]

# A circle passes food at most this far outside its radius between two looks and may still have eaten it.
_PASSING_DISTANCE = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRecord:
    """One bot's numbers: distance in world units, masses, counts. `error` says why it ended early, if it did.

    `deaths` are those by others; `restarts` are lives that it gave up, having grown too large for its difficulty.
    """

    name: str
    distance: float = 0.0
    food_eaten: int = 0
    peak_mass: int = 0
    deaths: int = 0
    restarts: int = 0
    reducer_calls: int = 0
    reducer_errors: int = 0
    error: str | None = None

    def to_json(self) -> dict[str, object]:
        """The record as one JSON-ready object."""
        return {
            "name": self.name,
            "distance": round(self.distance, 1),
            "food_eaten": self.food_eaten,
            "peak_mass": self.peak_mass,
            "deaths": self.deaths,
            "restarts": self.restarts,
            "reducer_calls": self.reducer_calls,
            "reducer_errors": self.reducer_errors,
            "error": self.error,
        }


def record_from_json(value: Mapping[str, Any]) -> BotRecord:
    """The record that `to_json` made an object of."""
    return BotRecord(**value)


@dataclass(slots=True)
class Diary:
    """Adds up what happened to one bot, look by look."""

    distance: float = 0.0
    food_eaten: int = 0
    peak_mass: int = 0
    deaths: int = 0
    restarts: int = 0
    _last: Observation | None = field(default=None, repr=False)
    _gives_up: bool = field(default=False, repr=False)

    def give_up(self) -> None:
        """The present life ends by the bot's own wish: its end is no death."""
        self._gives_up = True

    def note(self, observation: Observation) -> None:
        """Take in the next look; food counts as eaten by what has gone near the own circles."""
        last, self._last = self._last, observation
        self.peak_mass = max(self.peak_mass, sum(blob.mass for blob in observation.me))
        if last is None or not last.me:
            return
        if not observation.me:
            if self._gives_up:
                self.restarts += 1
            else:
                self.deaths += 1
            self._gives_up = False
            return
        self._gives_up = False
        before = {blob.entity_id: blob for blob in last.me}
        for blob in observation.me:
            old = before.get(blob.entity_id)
            if old is not None:
                self.distance += hypot(blob.x - old.x, blob.y - old.y)
                break
        self.food_eaten += _eaten_between(last, observation)


def _eaten_between(last: Observation, now: Observation) -> int:
    left = {food.entity_id for food in now.food}
    eaten = 0
    for food in last.food:
        if food.entity_id not in left:
            own = min(_gap(blob, food) for blob in (*last.me, *now.me))
            rival = min((_gap(blob, food) for blob in (*last.others, *now.others)), default=float("inf"))
            if own < _PASSING_DISTANCE and own <= rival:
                eaten += 1
    return eaten


def _gap(blob: Blob, food: Blob) -> float:
    return hypot(blob.x - food.x, blob.y - food.y) - sqrt(blob.mass)


def swarm_report(
    records: Sequence[BotRecord], *, seconds: float, each_second: Sequence[Mapping[str, object]] = ()
) -> dict[str, object]:
    """The numbers of a whole swarm as one JSON-ready object."""
    return {
        "bots": [record.to_json() for record in records],
        "count": len(records),
        "seconds": round(seconds, 3),
        "reducer_calls": sum(record.reducer_calls for record in records),
        "reducer_errors": sum(record.reducer_errors for record in records),
        "deaths": sum(record.deaths for record in records),
        "peak_mass": max((record.peak_mass for record in records), default=0),
        "failed": sum(1 for record in records if record.error is not None),
        "each_second": list(each_second),
    }
