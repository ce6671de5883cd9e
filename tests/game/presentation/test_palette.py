"""Players are told apart by their colours, also by who sees fewer of them."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from game.match.settings import PALETTES
from game.presentation.palette import STANDARD, Colour, Palette, palette_named

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
SIGHTS = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}
TOLD_APART = 30.0


def seen(colour: Colour, sight: str) -> tuple[float, ...]:
    """The colour as somebody with that sight sees it, 0..255 each."""
    linear = [(channel / 255) ** 2.2 for channel in colour]
    mixed = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in SIGHTS[sight]]
    return tuple(255 * min(max(channel, 0.0), 1.0) ** (1 / 2.2) for channel in mixed)


def nearest(palette: Palette, sight: str) -> float:
    """The distance of the two colours of players that look most alike."""
    colours = [seen(colour, sight) for colour in palette.players]
    return min(math.dist(one, other) for one, other in combinations(colours, 2))


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_colour_blind_palette_is_one(sight: str) -> None:
    assert nearest(palette_named("colour-blind"), sight) > TOLD_APART
    assert nearest(palette_named("standard"), sight) < TOLD_APART


def test_every_palette_that_can_be_chosen_is_there() -> None:
    for name in PALETTES:
        palette = palette_named(name)
        assert len(set(palette.players)) == len(palette.players) >= 8
        assert {palette.player_colour(number) for number in range(100)} == set(palette.players)
        assert {palette.food_colour(number) for number in range(1000)} == set(palette.food)


def test_food_is_told_from_circles_by_its_greyness() -> None:
    assert all(max(colour) - min(colour) < 40 for colour in palette_named("colour-blind").food)


@pytest.mark.parametrize("name", PALETTES)
def test_players_on_the_board_are_told_apart(name: str) -> None:
    palette = palette_named(name)
    count = len(palette.players)
    board = [count * number for number in range(min(count, 10))]
    assert len({palette.player_colour(player_id) for player_id in board}) == 1
    apart = palette.told_apart(board, None, None)
    assert len({apart.player_colour(player_id) for player_id in board}) == len(board)
    # Who is there keeps the colour when others come and go.
    later = apart.told_apart(board[::-1][:5], None, None)
    for player_id in board[5:]:
        assert later.player_colour(player_id) == apart.player_colour(player_id)


def test_the_own_colour_is_the_chosen_one_and_no_others() -> None:
    apart = STANDARD.told_apart([3, 15, 27], 15, 3)
    assert apart.player_colour(15) == STANDARD.players[3]
    assert apart.player_colour(3) != STANDARD.players[3]
    assert len({apart.player_colour(player_id) for player_id in (3, 15, 27)}) == 3
