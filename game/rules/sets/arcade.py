"""What most people like to play: a split is an attack, mass is thrown, newcomers are safe, leaders can be caught."""

from dataclasses import replace

from ..rule_set import Eject, Merge, Throw
from ..spawning import far_from_danger
from ..world_module import module_of
from .official import RULES as OFFICIAL

__all__ = ["RULES", "module"]

# The mass from which on a player melts faster than others, and how many times as fast at the most.
_LEADER, _FASTEST = 300, 10.0


def _kept(total: int) -> float:
    """Twice the mass loses twice the share: what a leader eats keeps it where a newcomer can get."""
    return 1.0 - 0.01 * min(max(total / _LEADER, 1.0), _FASTEST)


RULES = replace(
    OFFICIAL,
    name="arcade",
    place=far_from_danger,
    protection=3_000_000,
    # The radius of the largest circles that are usual: their centre gets no nearer to a wall.
    food_margin=50.0,
    # Reaches a circle that stands two radii away, and one that flees from there at full speed.
    throw=Throw(way=16.0, radii=1.3, duration=300_000),
    eject=Eject(min_mass=35, cost=15, pellet=12, throw=Throw(way=45.0, radii=0.0, duration=300_000)),
    recombine_delay=7_000_000,
    # What lies side by side parts slowly: a thrown piece has gone its way already.
    drift_by_speed=False,
    merge=Merge(share=0.12, most=6.0, overlap=0.4),
    kept=_kept,
)

module = module_of(RULES)
