"""Bounds: rows of any server, as values that can be shown.

Another module's world may hold a negative mass, a place that is no number, a name of a million letters. Nothing of it is
refused: the match goes on, and what is shown lies within these bounds.
"""

from __future__ import annotations

from math import sqrt

__all__ = ["DEFAULT_WORLD_SIZE", "clamped", "shown_mass", "shown_name", "shown_radius", "world_side"]

# The official world's, until `config` has come.
DEFAULT_WORLD_SIZE = 1000.0
# Fifty times the official world: beyond it, pixels of a window would not fit into SDL's 32-bit rectangles.
_LARGEST_WORLD = 50_000.0
_SMALLEST_WORLD = 10.0
# A circle that fills an official world from wall to wall; larger ones all look alike.
_LARGEST_RADIUS = 1000.0
# Twice what the own field takes: names of other clients may be longer, and what is drawn is cut by width anyway.
_LONGEST_NAME = 48
# Letters to Unicode, and nothing to the eye: fillers of Hangul, Braille without a dot.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def world_side(given: int) -> float:
    """The side of the world, in world units, for what `config` says; a size of nothing is no size."""
    if given <= 0:
        return DEFAULT_WORLD_SIZE
    return min(max(float(given), _SMALLEST_WORLD), _LARGEST_WORLD)


def clamped(coordinate: float, side: float) -> float:
    """A coordinate inside a world of that side; what is no number is its middle."""
    # One comparison for all that is usual; a NaN fails it like everything that lies outside.
    if 0.0 <= coordinate <= side:
        return coordinate
    return side / 2 if coordinate != coordinate else 0.0 if coordinate < 0.0 else side


def shown_mass(mass: int) -> int:
    """A mass to write, to add up and to divide by: 1 at least."""
    return mass if mass > 1 else 1


def shown_radius(mass: int) -> float:
    """The radius of a mass in world units: its square root, as the server counts, within what can be drawn."""
    return min(sqrt(mass), _LARGEST_RADIUS) if mass > 1 else 1.0


def shown_name(name: str) -> str:
    """The part of a name that can ever be shown, cut before anything is done with it.

    A name of nothing that can be seen is none: its player would be a gap on the leaderboard.
    """
    shown = name[:_LONGEST_NAME]
    # Nearly all names begin so, and there are many of them in each round.
    if shown[:1].isalnum() and shown[0] not in _BLANKS:
        return shown
    is_seen = any(letter.isprintable() and letter != " " and letter not in _BLANKS for letter in shown)
    return shown if is_seen else ""
