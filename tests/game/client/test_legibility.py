"""What is written over the arena can be read over the brightest circle."""

from __future__ import annotations

import pygame
import pytest
from pytest_mock import MockerFixture

from game.client.render.hud import Hud, ui_unit
from game.client.render.toasts import draw_toasts
from game.client.ui.text import TextCache
from game.client.ui.widgets import Button
from game.presentation.leaderboard import leaderboard
from game.presentation.news import Toast
from game.presentation.palette import ACCENT, INK, INK_SOFT, Colour
from tests.game.world_rows import WorldRows

# What the web asks of small text (WCAG 2.1, 1.4.3).
LEAST_CONTRAST = 4.5
SIZES = [(640, 360), (1280, 720), (1920, 1080)]


def luminance(colour: Colour) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def pixel(screen: pygame.Surface, x: int, y: int) -> Colour:
    colour = screen.get_at((x, y))
    return colour.r, colour.g, colour.b


def lightest(screen: pygame.Surface, place: pygame.Rect) -> Colour:
    part = screen.subsurface(place)
    pixels = [pixel(part, x, y) for x in range(part.get_width()) for y in range(part.get_height())]
    return max(pixels, key=luminance)


@pytest.fixture(params=SIZES)
def bright(request: pytest.FixtureRequest) -> pygame.Surface:
    """A window that a white circle fills."""
    screen = pygame.display.set_mode(request.param)
    screen.fill((255, 255, 255))
    return screen


def test_rows_of_the_leaderboard(bright: pygame.Surface, rows: WorldRows) -> None:
    for player_id, name in enumerate(("Me", "Bo", "Cy"), 1):
        rows.player(player_id, name, own=player_id == 1)
        rows.circle(player_id, 100 * player_id, 100, 50 - player_id)
    rows.settle()
    Hud(TextCache()).draw_leaderboard(
        bright, leaderboard(rows.world.circles.values(), rows.world.names, rows.world.own_player_id)
    )
    unit = ui_unit(bright.get_size())
    board = pygame.Rect(0, 0, round(250 * unit), round(44 * unit))
    board.topright = (bright.get_width() - round(16 * unit), round(16 * unit))
    # Between a name and a mass nothing is written: there is the ground alone.
    gaps = [
        pygame.Rect(
            board.centerx, board.bottom + round((25 * line + 4) * unit), round(25 * unit), round(17 * unit)
        )
        for line in range(3)
    ]
    assert contrast(lightest(bright, gaps[0]), INK) >= LEAST_CONTRAST
    for gap in gaps[1:]:
        assert contrast(lightest(bright, gap), INK_SOFT) >= LEAST_CONTRAST


def test_news(bright: pygame.Surface) -> None:
    words = TextCache()
    toasts = (Toast("Bo ate Cy", 0.0, False), Toast("You ate somebody with a long name", 0.0, True))
    draw_toasts(bright, words, toasts, 1.0)
    unit = ui_unit(bright.get_size())
    for line, ink in ((0, ACCENT), (1, INK)):
        middle = bright.get_height() - round((112 + 31 * line + 13) * unit)
        # Between the edge of the panel and the first letter, and beneath it.
        before = pygame.Rect(round(19 * unit), middle - 3, round(6 * unit), 6)
        assert contrast(lightest(bright, before), ink) >= LEAST_CONTRAST
        row = [bright.get_at((x, middle))[:3] for x in range(bright.get_width())]
        end = max(x for x, colour in enumerate(row) if colour != (255, 255, 255))
        face = words.fit(toasts[1 - line].text, round(21 * unit), bright.get_width() // 3, colour=ink)
        assert end >= round(26 * unit) + face.get_width()


def test_news_end_below_what_lies_over_their_edge(bright: pygame.Surface) -> None:
    toasts = tuple(Toast(f"Bo ate {letter}", 0.0, False) for letter in "ABCDE")
    draw_toasts(bright, TextCache(), toasts, 1.0)
    untouched = (255, 255, 255)

    def top() -> int:
        rows = range(bright.get_height())
        return next(y for y in rows if bright.get_at((40, y))[:3] != untouched)

    all_of_them = top()
    bright.fill(untouched)
    draw_toasts(bright, TextCache(), toasts, 1.0, below=all_of_them + 50)
    assert all_of_them + 50 <= top() < bright.get_height() * 0.8


def test_the_ground_of_news_goes_with_them(bright: pygame.Surface) -> None:
    toast = (Toast("Bo ate Cy", 0.0, False),)
    # Between the edge of the panel and the first letter.
    x = round(22 * ui_unit(bright.get_size()))
    grounds = []
    for now in (3.0, 3.7, 3.9, 4.1):
        bright.fill((255, 255, 255))
        draw_toasts(bright, TextCache(), toast, now)
        column = [luminance(pixel(bright, x, y)) for y in range(bright.get_height())]
        grounds.append(min(column))
    assert grounds == sorted(grounds)
    assert len(set(grounds)) == 4
    assert grounds[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("value", ["", "0:20"])
def test_what_most_people_want_is_read_on_its_light_box(value: str, mocker: MockerFixture) -> None:
    fit = mocker.spy(TextCache, "fit")
    screen = pygame.display.set_mode((640, 360))
    button = Button("Play", lambda: None, value=value, is_main=True)
    button.draw(screen, pygame.Rect(20, 20, 400, 40), TextCache(), focused=False, now=0.0)
    colours = [call.kwargs["colour"] for call in fit.call_args_list]
    assert len(colours) == 1 + bool(value)
    assert all(contrast(ACCENT, colour) >= LEAST_CONTRAST for colour in colours)
