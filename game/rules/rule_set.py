"""Rule set: the numbers of a world, and what is done by them.

Lengths are world units, times microseconds, speeds world units per tick. Each rule set is one file in `game/rules/sets/`;
which one a world has is kept in its row of `world_rules`, and a world without that row has the official rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from spacetimedb_sdk.module import ReducerContext, ReducerError

from .tables import DbVector2

__all__ = ["OFFICIAL", "Eject", "Merge", "RuleSet", "Throw", "radius", "rules_of"]

OFFICIAL = "official"

_known: dict[str, RuleSet] = {}


def radius(mass: float) -> float:
    """Radius in world units of a circle or food of `mass`."""
    return sqrt(mass)


@dataclass(frozen=True, slots=True, kw_only=True)
class Throw:
    """How something is thrown: so far, and so many radii of who throws it farther, within a time."""

    way: float
    radii: float
    duration: int

    def reach(self, thrower: float) -> float:
        """How far it flies from a circle of the mass `thrower`."""
        return self.way + self.radii * radius(thrower)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eject:
    """How mass is ejected: a circle of `min_mass` pays `cost` for a pellet of `pellet`, which is thrown."""

    min_mass: int
    cost: int
    pellet: int
    throw: Throw


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """How circles ease together: a share of their distance each tick, at most so far, until they lie over each other.

    They are one when their centres are nearer than the share `overlap` of the larger one's radius.
    """

    share: float
    most: float
    overlap: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rules of a world.

    `place` finds where a newcomer appears. `kept` is the share of its mass that a circle keeps at each decay, by the mass
    of all circles of its player. `food_margin` is how far from the walls food grows at the least. Without a `throw` what is split off appears
    one unit ahead; without a `merge` circles become one at once, wherever they are; without an `eject` there is no such
    reducer. `protection` is how long a newcomer is safe. `pull_speed` and `push_speed` are shares of the gap between two own
    circles; with `drift_by_speed` each comes so far times its full speed, as the official module has it.
    """

    name: str

    world_size: int
    start_mass: int
    start_speed: float
    safe_mass_ratio: float
    place: Callable[[ReducerContext, RuleSet], DbVector2]
    protection: int

    food_mass_min: int
    food_mass_max: int
    food_count: int
    food_margin: float

    min_mass_to_split: int
    most_circles: int
    throw: Throw | None
    eject: Eject | None

    recombine_delay: int
    pull_before_recombine: int
    pull_speed: float
    own_overlap: float
    push_speed: float
    drift_by_speed: bool
    merge: Merge | None

    kept: Callable[[int], float]

    tick_interval: int
    food_interval: int
    decay_interval: int

    def max_speed(self, mass: float) -> float:
        """World units that a circle of `mass` covers in one tick at full speed."""
        return 2.0 * self.start_speed / (1.0 + sqrt(mass / self.start_mass))

    def know(self) -> None:
        """Let worlds that were begun with these rules find them."""
        _known[self.name] = self


def rules_of(ctx: ReducerContext) -> RuleSet:
    """The rules of the world that a reducer runs in.

    Raises:
        ReducerError: it was begun with rules that this module does not have.
    """
    # The official module has no such table: its schema is that of all other clients.
    table = getattr(ctx.db, "world_rules", None)
    row = None if table is None else table.get(0)
    name = OFFICIAL if row is None else row.name
    rules = _known.get(name)
    if rules is None:
        raise ReducerError(
            f"this world was begun with the rules {name!r}: start it with --module game.rules.sets.{name}"
        )
    return rules
