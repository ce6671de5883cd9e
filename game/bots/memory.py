"""Memory: what a bot remembers from one look to the next, so that it ends what leads nowhere."""

from __future__ import annotations

from math import hypot, sqrt
from random import Random

from game.match.observation import Blob, Observation

__all__ = ["Memory"]

# Seconds for which what was not come nearer to is left alone.
_IGNORED = 12.0
# A pursuit gets nearer when it gains so many world units.
_GAIN = 4.0
# Seconds in which a bot that stands tries something else, and seconds that it goes elsewhere then.
_STANDING, _DETOUR = 2.0, 3.0
# What was not seen for so long is forgotten: a minute's circles are few, a day's are not.
_FORGOTTEN = 60.0
# A circle above this is no newcomer, wherever it came from.
_NEW_MASS = 40


class Memory:
    """One bot's memory; times are those of the looks, in seconds."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = 0.0
        self.is_fleeing = False
        self.sector = -1
        # Where it roams to, until when.
        self.goal: tuple[float, float] | None = None
        self.goal_until = 0.0
        # Moods of a temper: what it is in, until when.
        self.mood = ""
        self.mood_until = 0.0
        # When mass may be thrown before prey again.
        self.tempt_at = 0.0
        self._target = 0
        self._nearest = 0.0
        self._nearest_at = 0.0
        self._ignored: dict[int, float] = {}
        self._first_seen: dict[int, tuple[float, float]] = {}
        self._swept_at = 0.0
        self._anchor = (-1e9, -1e9)
        self._anchored_at = 0.0
        self._detour_until = 0.0

    def look(self, observation: Observation) -> None:
        """Take in the next look of a bot that lives."""
        now = self.now = observation.now
        seen = self._first_seen
        for other in observation.others:
            known = seen.get(other.entity_id)
            seen[other.entity_id] = (now if known is None else known[0], now)
        if now - self._swept_at > _FORGOTTEN:
            self._swept_at = now
            self._first_seen = {key: each for key, each in seen.items() if now - each[1] < _FORGOTTEN}
            self._ignored = {key: until for key, until in self._ignored.items() if until > now}
        own = observation.me[0]
        if hypot(own.x - self._anchor[0], own.y - self._anchor[1]) > max(sqrt(own.mass), 12.0):
            self._anchor = own.x, own.y
            self._anchored_at = now
        elif now - self._anchored_at > _STANDING:
            self._anchored_at = now
            self._detour_until = now + _DETOUR
            self.goal = None
            if self._target:
                self.ignore(self._target)

    def end_life(self) -> None:
        """The next life begins elsewhere."""
        self.is_fleeing = False
        self.goal = None
        self.mood_until = self._detour_until = 0.0
        self._anchor = (-1e9, -1e9)

    @property
    def is_stuck(self) -> bool:
        """It stood: for a while it goes elsewhere, whatever there is to be had here."""
        return self.now < self._detour_until

    def is_new(self, other: Blob, grace: float) -> bool:
        """Whether this is a newcomer, who is left alone."""
        return other.mass < _NEW_MASS and self.now - self._first_seen[other.entity_id][0] < grace

    def ignore(self, entity_id: int) -> None:
        """Leave it alone for a while."""
        self._ignored[entity_id] = self.now + _IGNORED

    def is_ignored(self, entity_id: int) -> bool:
        """Whether it was given up on."""
        return self._ignored.get(entity_id, 0.0) > self.now

    def gains_on(self, entity_id: int, gap: float, patience: float) -> bool:
        """Note how far the pursued one is; False, and it is ignored, when it came no nearer for `patience` seconds."""
        if entity_id != self._target or gap < self._nearest - _GAIN:
            self._target = entity_id
            self._nearest = gap
            self._nearest_at = self.now
        elif self.now - self._nearest_at > patience:
            self.ignore(entity_id)
            self._target = 0
            return False
        return True
