"""Palette: the colours of the game as (red, green, blue), 0..255 each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

__all__ = [
    "ACCENT",
    "BORDER",
    "CROWN",
    "DIMMED",
    "FOOD_COLOURS",
    "GRID",
    "INK",
    "INK_SOFT",
    "NEBULAE",
    "OUTSIDE",
    "PANEL",
    "PLAYER_COLOURS",
    "PREY",
    "PROTECTION",
    "SHADOW",
    "SPACE",
    "STANDARD",
    "WARNING",
    "Colour",
    "Palette",
    "palette_named",
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
DIMMED: Final[Colour] = (98, 106, 138)
SHADOW: Final[Colour] = (6, 7, 18)
ACCENT: Final[Colour] = (110, 226, 255)
CROWN: Final[Colour] = (255, 206, 84)
PREY: Final[Colour] = (236, 255, 214)
PROTECTION: Final[Colour] = (150, 232, 255)
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


# Okabe and Ito's colours, lightened for a dark sky: they differ in brightness too where hues look the same. Food is
# greyish, so that it is told from circles by more than its size.
_COLOUR_BLIND_PLAYERS: Final[tuple[Colour, ...]] = (
    (86, 180, 233),
    (240, 228, 66),
    (213, 94, 0),
    (242, 242, 242),
    (20, 112, 200),
    (240, 170, 200),
    (0, 158, 115),
    (150, 96, 40),
)
_COLOUR_BLIND_FOOD: Final[tuple[Colour, ...]] = ((150, 160, 184), (176, 186, 206), (124, 134, 158))


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours that tell players and food apart.

    `given` are players whose colour is not the one that their id has: (player id, index of the colour).
    """

    players: tuple[Colour, ...]
    food: tuple[Colour, ...]
    given: tuple[tuple[int, int], ...] = ()

    def player_colour(self, player_id: int) -> Colour:
        """The colour of all circles of a player."""
        for given, index in self.given:
            if given == player_id:
                return self.players[index % len(self.players)]
        return self.players[player_id % len(self.players)]

    def food_colour(self, entity_id: int) -> Colour:
        """The colour of one piece of food."""
        # Food grows in runs of ids: multiplying by a prime keeps neighbours from showing a pattern.
        return self.food[(entity_id * 7919 >> 3) % len(self.food)]

    def told_apart(self, board: Sequence[int], own: int | None, chosen: int | None) -> Palette:
        """This palette with a colour of its own for each player of `board`, as far as there are colours.

        The `own` player has the `chosen` colour, or that of the id. Who has a colour keeps it while no player before has it.
        """
        count = len(self.players)
        wanted = {player_id: dict(self.given).get(player_id, player_id % count) for player_id in board}
        given: dict[int, int] = {}
        if own is not None:
            # Others make way: one looks for oneself first.
            given[own] = (own if chosen is None else chosen) % count
        taken = set(given.values())
        for player_id in board:
            if player_id in given:
                continue
            index = wanted[player_id] % count
            if index in taken:
                # Steps of five go through all the colours of either palette, and never to a neighbour.
                free = [(index + 5 * step) % count for step in range(count)]
                index = next((each for each in free if each not in taken), index)
            taken.add(index)
            given[player_id] = index
        changed = {key: index for key, index in given.items() if index != key % count}
        return replace(self, given=tuple(sorted(changed.items())))


STANDARD: Final = Palette(PLAYER_COLOURS, FOOD_COLOURS)
_PALETTES: Final = {
    "standard": STANDARD,
    "colour-blind": Palette(_COLOUR_BLIND_PLAYERS, _COLOUR_BLIND_FOOD),
}


def palette_named(name: str) -> Palette:
    """The palette a player has chosen, one of `game.match.settings.PALETTES`. KeyError for any other name."""
    return _PALETTES[name]
