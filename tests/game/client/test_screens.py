"""Every screen of a newcomer's story beside a committed picture of it, without words: fonts differ."""

from __future__ import annotations

from pathlib import Path

import pygame
import pytest
from pytest_mock import MockerFixture

from game.client.ui.layout import SMALLEST_HINT
from game.client.ui.text import TextCache
from game.match.settings import Preferences
from tests.game.client.pictures import assert_like_golden
from tests.game.client.screens import ARENA, MENUS, WINDOW, draw_arena, draw_menu, forget_words, menu, shrunk


@pytest.fixture
def screen() -> pygame.Surface:
    return pygame.display.set_mode(WINDOW)


@pytest.mark.parametrize("name", MENUS)
def test_a_menu_as_a_newcomer_sees_it(
    name: str, screen: pygame.Surface, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_words(monkeypatch)
    draw_menu(screen, menu(name, Preferences(motion=False)))
    assert_like_golden(shrunk(screen), f"screen-{name}", tmp_path)


@pytest.mark.parametrize("name", ARENA)
def test_a_screen_over_the_arena(
    name: str, screen: pygame.Surface, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_words(monkeypatch)
    draw_arena(screen, name)
    assert_like_golden(shrunk(screen), f"screen-{name}", tmp_path)


def test_the_death_card_of_a_small_window_can_be_read(mocker: MockerFixture) -> None:
    fitted = mocker.spy(TextCache, "fit")
    draw_arena(pygame.display.set_mode((640, 360)), "death")
    sizes = {call.args[1]: call.args[2] for call in fitted.call_args_list}
    assert "KILL STREAK" in sizes
    assert min(sizes.values()) >= SMALLEST_HINT


def test_the_background_stands_still_where_it_was(screen: pygame.Surface) -> None:
    """Whoever never let it move sees it too, and who stops it sees no circle jump."""
    scene = menu("title", Preferences(motion=False))
    context = scene.context
    context.stack.push(scene)
    skies = []
    for frame, motion in enumerate((False, False, True, True, True, False, False)):
        context.change(motion=motion)
        context.stack.update(900.0 + frame / 10, 0.1)
        circles = context.backdrop.session.world.circles.values()
        assert min(track.shown_radius for track in circles) > 3.0
        skies.append(sorted((track.shown_x, track.shown_y) for track in circles))
    assert skies[0] == skies[1]
    assert skies[3] != skies[4]
    assert skies[4] == skies[5] == skies[6]
