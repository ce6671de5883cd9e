"""Temper: what a bot is after, as a list of instincts, and the numbers that its bots draw from.

A new temper is a file in `game/bots/tempers/` with a `TEMPER`: nothing else has to know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from math import pi
from pkgutil import iter_modules
from random import Random

import game.bots.tempers
from game.bots.instincts import Instinct
from game.bots.personality import SKILLS, Personality

__all__ = ["Temper", "drawn_personality", "tempers"]

_Range = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """What bots of a kind do, the more urgent first.

    `caution`, `greed` and `daring` are from and to, see `Personality`. `share` is how often a bot is of this temper, by
    difficulty; 1 where nothing is said.
    """

    name: str
    instincts: tuple[Instinct, ...]
    caution: _Range
    greed: _Range
    daring: _Range
    share: Mapping[str, float] = field(default_factory=dict[str, float])


@cache
def tempers() -> dict[str, Temper]:
    """Every temper by its name, in the order of the files' names.

    Raises:
        TypeError: a file in `game/bots/tempers/` has no `TEMPER`.
    """
    found: dict[str, Temper] = {}
    for each in iter_modules(game.bots.tempers.__path__):
        temper = getattr(import_module(f"{game.bots.tempers.__name__}.{each.name}"), "TEMPER", None)
        if not isinstance(temper, Temper):
            raise TypeError(
                f"game/bots/tempers/{each.name}.py has no TEMPER: write TEMPER = Temper(...) into it"
            )
        found[temper.name] = temper
    return found


def drawn_personality(random: Random, difficulty: str) -> Personality:
    """A temper, and numbers that go with it and with the difficulty, drawn from `random`."""
    known = list(tempers().values())
    (temper,) = random.choices(known, [each.share.get(difficulty, 1.0) for each in known])
    skill = SKILLS[difficulty]
    return Personality(
        temper=temper.name,
        skill=skill,
        caution=random.uniform(*temper.caution),
        greed=random.uniform(*temper.greed),
        daring=random.uniform(*temper.daring),
        heading=random.uniform(-pi, pi),
        # Not all of them at once.
        largest=skill.largest * random.uniform(0.6, 1.0),
        seed=random.randrange(2**31),
    )
