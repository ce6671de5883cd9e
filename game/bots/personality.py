"""What makes one bot different from the next: a name and a temper, both drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from random import Random

__all__ = ["Personality", "seeded_name", "seeded_personality"]

_FIRST = (
    "Amber", "Astral", "Brisk", "Cosmic", "Dusty", "Eager", "Feral", "Gentle", "Hollow", "Icy",
    "Jolly", "Lunar", "Mellow", "Nimble", "Orbital", "Pale", "Quiet", "Rusty", "Solar", "Velvet",
)  # fmt: skip
_SECOND = (
    "Comet", "Crater", "Dwarf", "Eclipse", "Flare", "Halo", "Ion", "Jet", "Meteor", "Moon",
    "Nebula", "Nova", "Orbit", "Photon", "Pulsar", "Quasar", "Ring", "Star", "Void", "Wisp",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Personality:
    """The temper of a bot.

    Attributes:
        caution: distance in world units, from edge to edge, at which a heavier circle is fled from.
        greed: distance in world units at which a lighter circle is hunted.
        daring: 0..1; above 0.5 the bot splits to catch prey.
        heading: angle in radians that it wanders along when nothing is in sight.
        foresight: ticks of the world until its next decision takes effect; who runs faster than that allows runs past
            what lies near.
    """

    caution: float = 60.0
    greed: float = 120.0
    daring: float = 0.5
    heading: float = 0.0
    foresight: float = 3.0


def seeded_personality(random: Random) -> Personality:
    """A temper drawn from `random`."""
    return Personality(
        caution=random.uniform(30.0, 90.0),
        greed=random.uniform(50.0, 180.0),
        daring=random.random(),
        heading=random.uniform(-pi, pi),
    )


def seeded_name(random: Random) -> str:
    """A name of two words drawn from `random`."""
    return f"{random.choice(_FIRST)} {random.choice(_SECOND)}"
