"""Relation: what a circle is to the player who looks at it, shown by the style of its outline."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from ..match.observation import SAFE_MASS_RATIO
from ..match.shown import ShownCircle

__all__ = ["Relation", "Scale"]


class Relation(IntEnum):
    """How a circle is outlined: the own ones plainly in white, danger with teeth, prey with a second ring inside.

    A number, as it is part of keys that are looked up for each circle in each frame.
    """

    PLAIN = 0
    OWN = 1
    DANGER = 2
    PREY = 3


class Scale:
    """Weighs circles against the own ones; without any of them nothing is danger or prey."""

    def __init__(self, own: Iterable[ShownCircle], own_player_id: int | None) -> None:
        masses = [circle.mass for circle in own]
        self._own_player_id = own_player_id
        self._edible = SAFE_MASS_RATIO * max(masses, default=0)
        self._feared = min(masses, default=0) / SAFE_MASS_RATIO if masses else float("inf")

    def relation(self, circle: ShownCircle) -> Relation:
        """Who can eat one of the own circles is danger, also where another own circle could eat it; a protected one is neither."""
        if circle.player_id == self._own_player_id:
            return Relation.OWN
        if circle.is_protected:
            return Relation.PLAIN
        if circle.mass > self._feared:
            return Relation.DANGER
        return Relation.PREY if circle.mass < self._edible else Relation.PLAIN
