"""What makes one bot different from the next: a name and a temper, both drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import pi
from random import Random

__all__ = ["Personality", "Strategy", "seeded_name", "seeded_personality"]

_FIRST = (
    "Amber", "Astral", "Brisk", "Cosmic", "Dusty", "Eager", "Feral", "Gentle", "Hollow", "Icy",
    "Jolly", "Lunar", "Mellow", "Nimble", "Orbital", "Pale", "Quiet", "Rusty", "Solar", "Velvet",
)  # fmt: skip
_SECOND = (
    "Comet", "Crater", "Dwarf", "Eclipse", "Flare", "Halo", "Ion", "Jet", "Meteor", "Moon",
    "Nebula", "Nova", "Orbit", "Photon", "Pulsar", "Quasar", "Ring", "Star", "Void", "Wisp",
)  # fmt: skip


class Strategy(Enum):
    """What a bot is after: food and peace, other players, or whatever is to be had."""

    GRAZER = "grazer"
    HUNTER = "hunter"
    OPPORTUNIST = "opportunist"


@dataclass(frozen=True, slots=True)
class Personality:
    """The temper of a bot.

    Attributes:
        strategy: what it is after; the numbers below are its own.
        caution: distance in world units, from edge to edge, at which a heavier circle is fled from.
        greed: distance in world units at which a lighter circle is hunted.
        daring: 0..1; above 0.5 the bot splits to catch prey.
        heading: angle in radians that it wanders along when nothing is in sight.
        foresight: ticks of the world until its next decision takes effect; who runs faster than that allows runs past
            what lies near.
    """

    strategy: Strategy = Strategy.OPPORTUNIST
    caution: float = 60.0
    greed: float = 120.0
    daring: float = 0.5
    heading: float = 0.0
    foresight: float = 3.0


# From and to: caution, greed, daring.
_TEMPERS = {
    Strategy.GRAZER: ((60.0, 100.0), (0.0, 40.0), (0.0, 0.3)),
    Strategy.HUNTER: ((20.0, 45.0), (140.0, 240.0), (0.55, 1.0)),
    Strategy.OPPORTUNIST: ((35.0, 75.0), (60.0, 140.0), (0.2, 0.8)),
}


def seeded_personality(random: Random) -> Personality:
    """A strategy and a temper that goes with it, drawn from `random`."""
    strategy = random.choice(tuple(Strategy))
    caution, greed, daring = _TEMPERS[strategy]
    return Personality(
        strategy=strategy,
        caution=random.uniform(*caution),
        greed=random.uniform(*greed),
        daring=random.uniform(*daring),
        heading=random.uniform(-pi, pi),
    )


def seeded_name(random: Random) -> str:
    """A name of two words drawn from `random`."""
    return f"{random.choice(_FIRST)} {random.choice(_SECOND)}"
