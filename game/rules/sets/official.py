"""The rules of the official Blackholio, number by number."""

from ..rule_set import RuleSet
from ..spawning import anywhere
from ..world_module import module_of

__all__ = ["RULES", "module"]


def _kept(total: int) -> float:
    return 0.99


RULES = RuleSet(
    name="official",
    world_size=1000,
    start_mass=15,
    start_speed=10.0,
    safe_mass_ratio=0.85,
    place=anywhere,
    protection=0,
    food_mass_min=2,
    food_mass_max=3,
    food_count=600,
    food_margin=0.0,
    min_mass_to_split=60,
    most_circles=16,
    throw=None,
    eject=None,
    recombine_delay=5_000_000,
    pull_before_recombine=2_000_000,
    pull_speed=0.05,
    own_overlap=0.9,
    push_speed=0.05,
    drift_by_speed=True,
    merge=None,
    kept=_kept,
    tick_interval=50_000,
    food_interval=500_000,
    decay_interval=5_000_000,
)

module = module_of(RULES)
