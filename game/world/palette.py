"""The colours of the game as (red, green, blue), 0..255 each."""

from __future__ import annotations

from typing import Final, TypeAlias

__all__ = [
    "ACCENT",
    "BORDER",
    "FOOD_COLOURS",
    "GRID",
    "INK",
    "INK_SOFT",
    "NEBULAE",
    "OUTSIDE",
    "PANEL",
    "PLAYER_COLOURS",
    "SHADOW",
    "SPACE",
    "WARNING",
    "Colour",
    "food_colour",
    "player_colour",
]

Colour: TypeAlias = tuple[int, int, int]

SPACE: Final[Colour] = (9, 10, 24)
NEBULAE: Final[tuple[Colour, ...]] = ((58, 34, 120), (18, 66, 122), (110, 28, 96))
GRID: Final[Colour] = (128, 150, 220)
BORDER: Final[Colour] = (96, 190, 255)
OUTSIDE: Final[Colour] = (4, 5, 12)
PANEL: Final[Colour] = (16, 19, 42)
INK: Final[Colour] = (240, 244, 255)
INK_SOFT: Final[Colour] = (150, 162, 200)
SHADOW: Final[Colour] = (6, 7, 18)
ACCENT: Final[Colour] = (110, 226, 255)
WARNING: Final[Colour] = (255, 120, 128)

# Neighbouring ids get hues far apart.
PLAYER_COLOURS: Final[tuple[Colour, ...]] = (
    (64, 196, 255),
    (255, 112, 98),
    (126, 226, 104),
    (198, 122, 255),
    (255, 190, 72),
    (255, 108, 178),
    (64, 224, 190),
    (118, 138, 255),
    (255, 148, 66),
    (190, 230, 80),
    (232, 108, 240),
    (92, 168, 236),
)

FOOD_COLOURS: Final[tuple[Colour, ...]] = (
    (255, 214, 110),
    (122, 232, 170),
    (120, 206, 255),
    (255, 152, 180),
    (200, 166, 255),
    (255, 178, 122),
)


def player_colour(player_id: int) -> Colour:
    """The colour of all circles of a player."""
    return PLAYER_COLOURS[player_id % len(PLAYER_COLOURS)]


def food_colour(entity_id: int) -> Colour:
    """The colour of one piece of food."""
    # Food grows in runs of ids: multiplying by a prime keeps neighbours from showing a pattern.
    return FOOD_COLOURS[(entity_id * 7919 >> 3) % len(FOOD_COLOURS)]
