"""Mind: what one bot makes of its looks. Its temper's instincts are asked in turn, and the first that knows what to do is followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import hypot

from game.bots.instincts import Instinct, flee, roam
from game.bots.memory import Memory
from game.bots.moves import around, inside
from game.bots.personality import Personality
from game.bots.situation import Situation
from game.bots.temper import tempers
from game.match.intent import Intent
from game.match.observation import Observation

__all__ = ["Mind"]

# Nearer to a wall than so many radii there is no room to turn.
_WALL_RADII = 2.3
# Who is too large begins again where no other player is near, and at so many times that mass in any case.
_MUCH_TOO_LARGE = 1.4
_WATCHED = 150.0
_STUCK: tuple[Instinct, ...] = (flee, roam)


class Mind:
    """Decides for one bot: `mind(observation)` is its next intent. The same looks and personality give the same intents."""

    def __init__(self, personality: Personality, instincts: Sequence[Instinct] | None = None) -> None:
        self.personality = personality
        self._instincts = tempers()[personality.temper].instincts if instincts is None else tuple(instincts)
        self._memory = Memory(personality.seed)

    def __call__(self, observation: Observation) -> Intent:
        """What to do next; the length of the direction is the share of full speed."""
        if not observation.me:
            self._memory.end_life()
            return Intent(respawn=True)
        self._memory.look(observation)
        situation = Situation(observation, self.personality, self._memory)
        if self._begins_again(situation):
            return Intent(suicide=True)
        return self._within_bounds(situation, self._decide(situation))

    def _decide(self, situation: Situation) -> Intent:
        for instinct in _STUCK if self._memory.is_stuck else self._instincts:
            intent = instinct(situation)
            if intent is not None:
                return intent
        return roam(situation)

    def _begins_again(self, situation: Situation) -> bool:
        """A bot as large as its difficulty allows starts again small: the board stays within a newcomer's reach."""
        if situation.total < self.personality.largest:
            return False
        own = situation.own
        return situation.total > self.personality.largest * _MUCH_TOO_LARGE or all(
            hypot(other.x - own.x, other.y - own.y) > _WATCHED for other in situation.observation.others
        )

    def _within_bounds(self, situation: Situation, intent: Intent) -> Intent:
        """The intent, without running over who is new, and without clinging to a wall."""
        own, direction = situation.own, intent.direction
        if situation.newcomers:
            direction = around(own, direction, situation.newcomers, 60.0 + situation.speed * 6.0)
        if not self._memory.is_fleeing:
            direction = inside(
                own, direction, situation.observation.world_size, situation.radius * _WALL_RADII
            )
        return intent if direction == intent.direction else replace(intent, direction=direction)
