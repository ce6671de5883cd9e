"""Sound cues: found in how the world differs from the moment before."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..match.world import World

__all__ = ["Sound", "SoundCues"]

# Mouthfuls closer together than this are one sound.
_EAT_INTERVAL = 0.07
# The share of the mass that is left after a merge, decay and all.
_KEPT = 0.97


class Sound(Enum):
    """The values are the names of files; several files of one sound have numbers."""

    EAT = "eat"
    MEAL = "meal"
    SPLIT = "split"
    EJECT = "eject"
    DEATH = "death"
    JOIN = "join"
    MERGE = "merge"
    FOCUS = "focus"
    PRESS = "press"


class SoundCues:
    """Listens to one world. What was there before it began to listen makes no sound."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._food = world.account.food_eaten
        self._meals = world.account.meals
        self._deaths = world.account.deaths
        self._ejected = world.account.ejected
        self._circles, self._mass = len(world.own), world.own_mass()
        self._players: set[int] | None = None
        self._ate_at = float("-inf")

    def sounds(self) -> Iterator[Sound]:
        """The sounds due since the call before."""
        world = self._world
        if world.account.food_eaten > self._food and world.now - self._ate_at >= _EAT_INTERVAL:
            self._ate_at = world.now
            yield Sound.EAT
        if world.account.meals > self._meals:
            yield Sound.MEAL
        if 0 < self._circles < len(world.own):
            yield Sound.SPLIT
        elif 0 < len(world.own) < self._circles and world.own_mass() >= self._mass * _KEPT:
            # Nothing was lost: they have become one.
            yield Sound.MERGE
        if world.account.ejected > self._ejected:
            yield Sound.EJECT
        if world.account.deaths > self._deaths:
            yield Sound.DEATH
        if self._players is not None and world.names.keys() - self._players:
            yield Sound.JOIN
        self._food, self._meals, self._deaths = (
            world.account.food_eaten,
            world.account.meals,
            world.account.deaths,
        )
        self._circles, self._mass, self._ejected = len(world.own), world.own_mass(), world.account.ejected
        if world.own:
            self._players = set(world.names)
