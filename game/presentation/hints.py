"""Hints: what a new player is shown, one thing after the other."""

from __future__ import annotations

from collections.abc import Mapping

from ..match.settings import Action

__all__ = ["HINT_SECONDS", "hint"]

# For how long each of so many hints stands: twice what it takes to read it.
_EACH_SECONDS = 6.0
_HINTS = 4
# After so long everything is said.
HINT_SECONDS = _EACH_SECONDS * _HINTS


def hint(played: float, keys: Mapping[Action, tuple[str, ...]]) -> str:
    """What to say after so many seconds in the arena; empty when everything is said."""

    def key(action: Action) -> str:
        return next(iter(keys.get(action, ())), "the button").upper()

    hints = (
        "Steer with the mouse, W A S D or the arrows: you go where you point",
        "Eat the small lights, and circles with a ring inside: they are lighter than you",
        "Flee circles with teeth: they can eat you",
        f"From a mass of 60 on {key(Action.SPLIT)} throws half of you forward   ·   {key(Action.PAUSE)} is the menu",
    )
    index = int(played // _EACH_SECONDS)
    return hints[index] if 0 <= index < _HINTS else ""
