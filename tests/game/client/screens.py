"""The screens of a newcomer's story in a window of 1280x720, each at one moment that never changes."""

from __future__ import annotations

from collections.abc import Callable

import pygame
import pytest

from game.client.app_context import AppContext
from game.client.arena_stage import ArenaStage
from game.client.scenes.controls import ControlsScene
from game.client.scenes.menu import MenuScene
from game.client.scenes.pause import PauseScene
from game.client.scenes.settings import SettingsScene
from game.client.scenes.title import TitleScene
from game.client.scenes.world_setup import WorldSetupScene
from game.client.ui.form import Form
from game.client.ui.text import TextCache, TextStyle
from game.client.views.arena import ArenaView
from game.client.views.death import DeathView
from game.client.views.name_entry import NameEntryView
from game.match.session import Session, SessionState
from game.match.settings import PlaySettings, Preferences
from game.presentation.goals import goal_line
from game.presentation.rule_lines import rule_lines
from tests.game.client.driver import LocalLauncher
from tests.game.client.gallery import RULES
from tests.game.world_rows import WorldRows

__all__ = ["ARENA", "MENUS", "WINDOW", "draw_arena", "draw_menu", "forget_words", "menu", "shrunk"]

WINDOW = (1280, 720)
MENUS = ("title", "settings", "bindings")
ARENA = ("name", "playing", "split", "death", "pause")

# Seconds after which the eye has come to rest and no news are left.
_REST = 12.0
_SMALL = (320, 180)
# Mostly words.
_LEADERBOARD = pygame.Rect(1000, 0, 280, 240)


def nothing() -> None:
    pass


def forget_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on texts are drawn as nothing, one pixel wide."""

    def blank(cache: TextCache, text: str, size: int, colour: object, style: TextStyle) -> pygame.Surface:
        return pygame.Surface((1, size), pygame.SRCALPHA)

    monkeypatch.setattr(TextCache, "_draw", blank)


def shrunk(screen: pygame.Surface) -> pygame.Surface:
    """A quarter of the size: each pixel is the mean of sixteen, so a small picture still tells of all of them."""
    return pygame.transform.smoothscale(screen, _SMALL)


def menu(name: str, preferences: Preferences) -> MenuScene:
    """A menu that was reached from the title."""
    context = AppContext(window=WINDOW)
    context.preferences = preferences
    scenes: dict[str, Callable[[], MenuScene]] = {
        "title": lambda: TitleScene(context, LocalLauncher("127.0.0.1:1")),
        "settings": lambda: SettingsScene(context),
        "bindings": lambda: ControlsScene(context),
        "setup": lambda: WorldSetupScene(
            context, "A world of your own", "Play", lambda *chosen: None, rule_sets=("arcade", "official")
        ),
    }
    return scenes[name]()


def draw_menu(screen: pygame.Surface, scene: MenuScene) -> None:
    """As it looks to somebody who wants the background to stand still."""
    scene.context.stack.push(scene)
    scene.context.stack.update(_REST, 0.0)
    scene.context.stack.draw(screen)


def draw_arena(screen: pygame.Surface, name: str) -> Form | None:
    """A screen over an arena of a few circles, without the leaderboard; returns its form, if it has one."""
    context, stage = _stage()
    view: ArenaView | DeathView | NameEntryView = ArenaView(context, stage)
    rows = WorldRows(stage.session.world)
    rows.player(1, "Grace", own=True)
    rows.scatter_food(500)
    rows.scatter_bots(around=(500, 500), reach=60, masses=(20, 40, 75, 150))
    own = [] if name == "name" else [rows.circle(1, 500, 500, 60)]
    if name == "split":
        own.append(rows.circle(1, 516, 506, 60))
    rows.settle()
    _let_pass(view, 0.0)
    if name == "death":
        stage.session.state = SessionState.DEAD
        hunter = max(rows.circles, key=lambda entity_id: rows.entities[entity_id].mass)
        rows.begin(_REST)
        rows.eat(hunter, own[0])
        rows.settle()
        view = DeathView(context, stage, leave=nothing)
        view.enter()
        _let_pass(view, _REST)
    elif name == "name":
        view = NameEntryView(context, stage, leave=nothing)
        # Out of the text field, whose caret blinks.
        view.form.focus(view.form.widget("PLAY"), WINDOW)
        _let_pass(view, _REST)
    stage.input.is_resting = name == "pause"
    view.draw(screen)
    form = None if isinstance(view, ArenaView) else view.form
    if name == "pause":
        pause = PauseScene(
            context, leave=nothing, is_held=True, rules=lambda: (goal_line(()), *rule_lines(RULES))
        )
        pause.draw(screen)
        form = pause.form
    screen.fill((0, 0, 0), _LEADERBOARD)
    return form


def _stage() -> tuple[AppContext, ArenaStage]:
    context = AppContext(window=WINDOW)
    context.preferences = Preferences(name="Grace", motion=False, shake=False, flashes=False)
    session = Session(PlaySettings.without_server())
    session.state = SessionState.PLAYING
    stage = ArenaStage(session, window=WINDOW)
    stage.preferences = context.preferences
    return context, stage


def _let_pass(view: ArenaView | DeathView | NameEntryView, start: float) -> None:
    for frame in range(1, round(_REST * 30) + 1):
        view.update(start + frame / 30, 1 / 30)
