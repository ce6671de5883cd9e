"""The story of a newcomer once more, in the real window of a real process, by real keys and a real mouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from game.client.ui.form import Form
from game.match.settings import DEFAULT_KEYS, Action, Preferences, rebound_key
from tests.game.client.pictures import assert_like_golden
from tests.game.client.screens import WINDOW, draw_arena, draw_menu, forget_words, menu, shrunk
from tests.window.newcomer import Newcomer
from tests.window.processes import descendants, is_running
from tests.window.xserver import XServer

pytestmark = pytest.mark.x11

SPLITS_FROM = 60
MIDDLE = 500.0, 500.0
# The background stands still, so that a menu is the same picture each time.
STILL = Preferences(motion=False)


@pytest.fixture
def newcomer(xserver: XServer, tmp_path: Path, canvas: pygame.Surface) -> Iterator[Newcomer]:
    newcomer = Newcomer(xserver, tmp_path, {"motion": False})
    yield newcomer
    newcomer.close()


def looks(name: str, preferences: Preferences) -> pygame.Surface:
    """A menu as it has to look, words and all: the same fonts draw here and there."""
    expected = pygame.Surface(WINDOW)
    draw_menu(expected, menu(name, preferences))
    return expected


def assert_golden(
    picture: pygame.Surface,
    name: str,
    scratch: Path,
    preferences: Preferences,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The screen is the committed picture, apart from where there are words."""
    with_words = looks(name, preferences)
    with monkeypatch.context() as patch:
        forget_words(patch)
        without = looks(name, preferences)
    same = pygame.mask.from_threshold(shrunk(with_words), (0, 0, 0), (1, 1, 1), shrunk(without))
    same.invert()
    assert 0 < same.count() < 320 * 180 / 5
    assert_like_golden(shrunk(picture), f"screen-{name}", scratch, apart_from=same)


def enter(newcomer: Newcomer, name: str) -> None:
    """From the title through the questions before a world begins into the arena."""
    setup = menu("setup", STILL)
    newcomer.xserver.keys("Return")
    newcomer.until_button(looks("setup", STILL), setup.form, "Play", "name")
    newcomer.xserver.type(name)
    newcomer.xserver.keys("Return")
    newcomer.until(lambda: newcomer.kept().get("name") == name, "a name that is kept")
    newcomer.look_at_the_world()
    newcomer.until(lambda: len(newcomer.own()) == 1, "a circle of one's own")


def play_again(newcomer: Newcomer, name: str) -> None:
    """Off the page that follows a death, into the next life."""
    expected = pygame.Surface(WINDOW)
    form = draw_arena(expected, "death")
    assert form is not None
    newcomer.until_button(expected, form, "Play again", name)
    newcomer.click(form, "Play again")
    newcomer.until(lambda: bool(newcomer.own()), "a new life")


def see_oneself(newcomer: Newcomer, name: str) -> None:
    """Wait for one's circle on the screen; whoever is eaten before that begins again."""

    def is_seen() -> bool:
        if not newcomer.own():
            play_again(newcomer, "death-at-once")
        return newcomer.circles_seen() > 0

    newcomer.until(is_seen, "a circle on the screen")
    newcomer.keep(name)


def grow(newcomer: Newcomer) -> None:
    """Eat, by mouse, until one's circle can be split; who is eaten meanwhile begins again."""

    def is_large() -> bool:
        own = newcomer.own()
        if not own:
            play_again(newcomer, "death-while-growing")
            return False
        food = newcomer.inviting_food()
        newcomer.steer(food.x, food.y)
        return max(track.mass for track in own) >= SPLITS_FROM

    newcomer.until(is_large, f"a mass of {SPLITS_FROM}", seconds=120.0)


def split(newcomer: Newcomer, key: str, name: str) -> None:
    """Grow and press a key until there are two circles, on the server and on the screen."""

    def is_split() -> bool:
        if len(newcomer.own()) > 1:
            return newcomer.circles_seen() > 1
        grow(newcomer)
        # Away from the walls, where two would lie one upon the other.
        newcomer.steer(*MIDDLE)
        newcomer.xserver.keys(key)
        return False

    newcomer.until(is_split, f"a split by {key}", seconds=120.0)
    newcomer.keep(name)


def be_eaten(newcomer: Newcomer) -> None:
    """Steer into the largest of the others."""

    def is_dead() -> bool:
        if newcomer.own():
            other = newcomer.largest_other()
            newcomer.steer(other.x, other.y)
        return not newcomer.own()

    newcomer.until(is_dead, "a death", seconds=120.0)


def test_a_newcomer_at_a_window(
    newcomer: Newcomer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canvas: pygame.Surface
) -> None:
    newcomer.take_the_window()
    newcomer.until_all_is_like(looks("title", STILL), "title")
    assert_golden(newcomer.xserver.picture(), "title", tmp_path, STILL, monkeypatch)
    enter(newcomer, "Grace")
    see_oneself(newcomer, "playing")
    newcomer.xserver.keys("F12")
    newcomer.until(lambda: bool(list(tmp_path.glob("blackholio-*.png"))), "a picture on F12")

    split(newcomer, "space", "split")
    be_eaten(newcomer)
    play_again(newcomer, "death")
    see_oneself(newcomer, "respawn")

    prefer_other_things(newcomer)
    split(newcomer, "v", "rebound")
    go_home(newcomer, tmp_path, monkeypatch)


def rest(newcomer: Newcomer, name: str) -> tuple[pygame.Surface, Form]:
    """Press Escape: the page that it opens, as it has to look, and its form."""
    expected = pygame.Surface(WINDOW)
    form = draw_arena(expected, "pause")
    assert form is not None
    newcomer.xserver.keys("Escape")
    newcomer.until_button(expected, form, "Resume", name)
    return expected, form


def prefer_other_things(newcomer: Newcomer) -> None:
    """Pause; the volume by keys, another key for splitting by mouse; and back into the game."""
    pause, pause_form = rest(newcomer, "pause")
    newcomer.click(pause_form, "Settings")
    settings = menu("settings", STILL)
    newcomer.until_button(looks("settings", STILL), settings.form, "Back", "settings")
    newcomer.xserver.keys("Right", "Right", "Right")
    newcomer.until(lambda: newcomer.kept()["volume"] == 1.0, "the full volume")
    newcomer.click(settings.form, "Keys and buttons")
    bindings = menu("bindings", STILL)
    newcomer.until_button(looks("bindings", STILL), bindings.form, "Back", "bindings")
    newcomer.click(bindings.form, "Split")
    newcomer.xserver.keys("v")
    newcomer.until(lambda: newcomer.kept()["keys"]["split"] == ["v", "space"], "another key for splitting")
    newcomer.keep("rebind")
    newcomer.xserver.keys("Escape", "Escape", "Escape")
    newcomer.until_no_button(pause, pause_form, "Resume")


def go_home(newcomer: Newcomer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the world, look at the menus from the title, and quit."""
    newcomer.stop_looking()
    _, pause_form = rest(newcomer, "pause-again")
    newcomer.click(pause_form, "Leave the world")
    now = Preferences(
        motion=False, name="Grace", volume=1.0, keys=rebound_key(DEFAULT_KEYS, Action.SPLIT, "v")
    )
    newcomer.until_all_is_like(looks("title", now), "home")
    title = menu("title", now)
    newcomer.click(title.form, "Settings")
    settings = menu("settings", now)
    newcomer.until_all_is_like(looks("settings", now), "settings-at-home")
    newcomer.click(settings.form, "Keys and buttons")
    newcomer.until_all_is_like(looks("bindings", now), "bindings-at-home")
    assert_golden(newcomer.xserver.picture(), "bindings", tmp_path, now, monkeypatch)
    newcomer.xserver.keys("Escape", "Escape")
    children = descendants(newcomer.game.pid)
    newcomer.click(title.form, "Quit")
    assert newcomer.game.wait(30.0) == 0
    assert not any(is_running(pid) for pid in children)
