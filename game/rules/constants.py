"""The numbers of the game. Lengths are world units, times are microseconds, speeds are world units per tick."""

from math import sqrt

__all__ = [
    "DECAY_FACTOR",
    "DECAY_INTERVAL",
    "FOOD_INTERVAL",
    "FOOD_MASS_MAX",
    "FOOD_MASS_MIN",
    "MAX_CIRCLES_PER_PLAYER",
    "MAX_NAME_LENGTH",
    "MIN_MASS_TO_SPLIT",
    "OWN_CIRCLE_OVERLAP",
    "PULL_BEFORE_RECOMBINE",
    "PULL_SPEED",
    "PUSH_SPEED",
    "RECOMBINE_DELAY",
    "SAFE_MASS_RATIO",
    "SMALLEST_MOVE",
    "START_MASS",
    "START_SPEED",
    "TARGET_FOOD_COUNT",
    "TICK_INTERVAL",
    "WORLD_SIZE",
    "max_speed",
    "radius",
]

WORLD_SIZE = 1000

START_MASS = 15
START_SPEED = 10

FOOD_MASS_MIN = 2
FOOD_MASS_MAX = 3
TARGET_FOOD_COUNT = 600

SAFE_MASS_RATIO = 0.85

MIN_MASS_TO_SPLIT = 60
MAX_CIRCLES_PER_PLAYER = 16
RECOMBINE_DELAY = 5_000_000
PULL_BEFORE_RECOMBINE = 2_000_000
PULL_SPEED = 0.05
OWN_CIRCLE_OVERLAP = 0.9
PUSH_SPEED = 0.05

DECAY_FACTOR = 0.99

TICK_INTERVAL = 50_000
FOOD_INTERVAL = 500_000
DECAY_INTERVAL = 5_000_000

MAX_NAME_LENGTH = 64

# An f32 near 1000 has steps of 0.00006: a shorter way is rounding, not movement, and must not cost a row update.
SMALLEST_MOVE = 0.001


def radius(mass: float) -> float:
    """Radius in world units of a circle or food of `mass`."""
    return sqrt(mass)


def max_speed(mass: float) -> float:
    """World units that a circle of `mass` covers in one tick of 50 ms at full speed."""
    return 2.0 * START_SPEED / (1.0 + sqrt(mass / START_MASS))
