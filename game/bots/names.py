"""Names of bots, no two alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count
from random import Random

__all__ = ["free_name", "seeded_names"]

_FIRST = (
    "Amber", "Astral", "Brisk", "Cosmic", "Dusty", "Eager", "Feral", "Gentle", "Hollow", "Icy",
    "Jolly", "Lunar", "Mellow", "Nimble", "Orbital", "Pale", "Quiet", "Rusty", "Solar", "Velvet",
)  # fmt: skip
_SECOND = (
    "Comet", "Crater", "Dwarf", "Eclipse", "Flare", "Halo", "Ion", "Jet", "Meteor", "Moon",
    "Nebula", "Nova", "Orbit", "Photon", "Pulsar", "Quasar", "Ring", "Star", "Void", "Wisp",
)  # fmt: skip


def seeded_names(random: Random) -> Iterator[str]:
    """Names of two words in an order drawn from `random`, then the same with numbers; they never end."""
    names = [f"{first} {second}" for first in _FIRST for second in _SECOND]
    random.shuffle(names)
    yield from names
    for number in count(2):
        yield from (f"{name} {number}" for name in names)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """The name, with a number where a player on the board has it already."""
    if wanted not in taken:
        return wanted
    return next(name for number in count(2) if (name := f"{wanted} {number}") not in taken)
