"""Situation: what a look means for the bot, whom to fear, whom to eat, whom to leave alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot, sqrt

from game.bots.memory import Memory
from game.bots.personality import Personality
from game.match.observation import SAFE_MASS_RATIO, SPLIT_MASS, Blob, Observation, full_speed

__all__ = ["Situation", "Threat", "throw_reach"]

# Who is frightened stays so a little longer, or it would turn to and fro at the rim.
_STILL_AFRAID = 1.3
# A piece below this share of the own mass is not worth the flight of all others.
_WORTH_SAVING = 0.15
# A piece that is thrown flies so many radii of its circle, and units, farther than it goes by itself.
_THROW_RADII, _THROW = 1.3, 16.0


def throw_reach(mass: float) -> float:
    """How far what a circle of `mass` splits off is thrown, in world units, where the rules throw it."""
    return _THROW_RADII * sqrt(mass) + _THROW


@dataclass(frozen=True, slots=True)
class Threat:
    """A circle that can eat an own one: from that one's centre to its edge there are `gap` world units."""

    blob: Blob
    own: Blob
    gap: float


class Situation:
    """One look of a bot with circles, sorted; `own` is its heaviest circle.

    `feared` are the threats near enough to flee from, `prey` what `own` can eat, newcomers excluded.
    """

    __slots__ = (
        "feared",
        "memory",
        "newcomers",
        "observation",
        "own",
        "personality",
        "prey",
        "radius",
        "speed",
        "threats",
        "total",
    )

    def __init__(self, observation: Observation, personality: Personality, memory: Memory) -> None:
        self.observation = observation
        self.personality = personality
        self.memory = memory
        own = self.own = observation.me[0]
        self.radius = sqrt(own.mass)
        self.speed = full_speed(own.mass)
        self.total = sum(blob.mass for blob in observation.me)
        self.threats: list[Threat] = []
        self.feared: list[Threat] = []
        self.prey: list[Blob] = []
        self.newcomers: list[Blob] = []
        edible = own.mass * SAFE_MASS_RATIO
        grace = personality.skill.grace
        for other in observation.others:
            if other.mass < edible:
                if memory.is_new(other, grace) or other.player_id in observation.protected:
                    self.newcomers.append(other)
                else:
                    self.prey.append(other)
            # Who is protected eats none either.
            if other.player_id not in observation.protected:
                self._weigh(other)
        if memory.is_stuck or observation.me[0].player_id in observation.protected:
            # Who is protected itself eats food alone.
            self.prey.clear()

    @property
    def leisure(self) -> float:
        """The share of full speed of who is after food: the larger, the lazier."""
        personality, skill = self.personality, self.personality.skill
        sated = min(max(2.0 * self.total / personality.largest - 1.0, 0.0), 1.0)
        return skill.pace * (1.0 - skill.sated * sated)

    def _weigh(self, other: Blob) -> None:
        """Note it as a threat to the own circle that it is nearest to, if it is one."""
        power = other.mass * SAFE_MASS_RATIO
        least = self.total * _WORTH_SAVING
        nearest: Threat | None = None
        reach = sqrt(other.mass)
        for own in self.observation.me:
            if least <= own.mass < power:
                gap = hypot(own.x - other.x, own.y - other.y) - reach
                if nearest is None or gap < nearest.gap:
                    nearest = Threat(other, own, gap)
        if nearest is None:
            return
        self.threats.append(nearest)
        personality = self.personality
        caution = personality.caution
        if other.mass >= SPLIT_MASS and power / 2 > nearest.own.mass:
            way = throw_reach(other.mass) if self.observation.throws else 2.0 * reach
            caution += way * personality.skill.wary
        if nearest.gap < caution * (_STILL_AFRAID if self.memory.is_fleeing else 1.0):
            self.feared.append(nearest)

    def is_guarded(self, blob: Blob, *, mass: float) -> bool:
        """Whether a circle that could eat one of `mass` is about where `blob` is."""
        caution = self.personality.caution
        return any(
            other.mass * SAFE_MASS_RATIO > mass
            and hypot(other.x - blob.x, other.y - blob.y) < sqrt(other.mass) + caution
            for other in self.observation.others
            if other.entity_id != blob.entity_id
        )
