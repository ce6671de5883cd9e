"""Intent: what a player wants to do next, the one seam between a hand, a bot, a test and the game."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Intent"]


@dataclass(frozen=True, slots=True)
class Intent:
    """One wish of a player.

    `direction` is a vector in world axes (x to the right, y upwards); its magnitude,
    0 to 1, is the share of full speed. The flags are wishes of this one moment, not states.
    """

    direction: tuple[float, float] = (0.0, 0.0)
    split: bool = False
    eject: bool = False
    suicide: bool = False
    respawn: bool = False
