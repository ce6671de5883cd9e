"""The game on the page about a game of one's own is generated, served, played and joined by its bot."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygame
import pytest

import game.client.render.effects as effect_files
from game.client.render.arena import ArenaRenderer
from game.client.render.effect import effects
from game.client.scenes.title import TitleScene
from game.client.ui.text import TextCache
from game.match.world import World
from game.presentation.camera import Camera, View
from game.presentation.palette import CROWN
from game.rules.tables import WorldRules
from spacetimedb_sdk.cli import main as command
from spacetimedb_sdk.standalone import Server
from tests.game.client.driver import Driver, LocalLauncher
from tests.game.world_rows import WorldRows
from tests.places import ROOT
from tests.plugins.imports import importable
from tests.plugins.waiting import until

PAGE = ROOT / "docs" / "tour.md"
NAMES = ("dots", "dots_bindings", "play_dots", "dot_bot", "watch_blackholio", "hasty", "compass", "about")
# What the reader is to write is not there yet.
TO_WRITE = (
    "game/rules/sets/hasty.py",
    "game/client/render/effects/compass.py",
    "game/client/scenes/about.py",
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the page's files, on the path."""
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        name = re.match(r"# (\w+\.py)\n", block)
        assert name is not None, "every program on the page says which file it is"
        (tmp_path / name[1]).write_text(block)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    with importable(tmp_path, *NAMES):
        yield tmp_path


def test_the_game_on_the_page_is_played(project: Path) -> None:
    assert command(["generate", "--module", "dots", "--out", "dots_bindings"]) == 0
    rules: Any = importlib.import_module("dots")
    with Server(rules.module, database="dots") as server:
        game: Any = importlib.import_module("play_dots")
        path = f"{ROOT}{os.pathsep}{project}"
        bot = subprocess.Popen(
            [sys.executable, "dot_bot.py", server.host], env={**os.environ, "PYTHONPATH": path}
        )
        try:
            until(
                lambda: server.run(lambda database: len(database.rows(rules.Dot))) or bot.poll() is not None
            )
            assert bot.poll() is None
            # In forty frames a busy machine may not get as far as to have the dots.
            until(lambda: game.main(server.host, frames=40) >= 1)
        finally:
            bot.kill()
            bot.wait()


def test_the_loop_on_the_page_draws_blackholio(project: Path) -> None:
    from game.rules import module

    with Server(module, database="blackholio", seed=1) as server:
        watching: Any = importlib.import_module("watch_blackholio")
        # The world grows its food while one looks.
        until(lambda: watching.main(server.host, frames=30) > 10)


def test_the_rule_set_on_the_page_is_served(project: Path) -> None:
    rules: Any = importlib.import_module("hasty")
    with Server(rules.module, database="blackholio", seed=1) as server:
        names = server.run(lambda database: [row.name for row in database.rows(WorldRules)])
        assert names == ["hasty"]
        watching: Any = importlib.import_module("watch_blackholio")
        until(lambda: watching.main(server.host, frames=30) > 10)


def test_the_effect_on_the_page_is_found_and_drawn(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the file lay where the page says.
    folder = project / "more_effects"
    folder.mkdir()
    (folder / "compass.py").write_text((project / "compass.py").read_text())
    monkeypatch.setattr(effect_files, "__path__", [*effect_files.__path__, str(folder)])
    effects.cache_clear()
    pygame.font.init()
    screen = pygame.display.set_mode((640, 360))
    try:
        assert [effect.name for effect in effects()] == ["compass", "protection", "streaks"]
        rows = WorldRows(World())
        rows.player(1, "Me", own=True)
        rows.circle(1, 480, 500, 20)
        leader = rows.circle(2, 520, 500, 90)
        rows.settle()
        rows.world.advance(1.0)
        arena = ArenaRenderer(TextCache())
        view = Camera(500.0, 500.0, half_height=40.0).view(*screen.get_size())
        with_leader = _drawn(arena, screen, rows.world, view)
        middle = screen.get_at((screen.get_width() // 2, screen.get_height() // 2))[:3]
        assert middle == CROWN
        assert _drawn(arena, screen, rows.world, view) == with_leader
        rows.begin(2.0)
        rows.remove(leader)
        rows.settle()
        rows.world.advance(9.0)
        _drawn(arena, screen, rows.world, view)
        assert screen.get_at((screen.get_width() // 2, screen.get_height() // 2))[:3] != CROWN
    finally:
        sys.modules.pop(f"{effect_files.__name__}.compass", None)
        effects.cache_clear()


def _drawn(arena: ArenaRenderer, screen: pygame.Surface, world: World, view: View) -> bytes:
    arena.draw(screen, world, view)
    arena.draw_over(screen, world, view)
    return pygame.image.tobytes(screen, "RGB")


def test_a_file_without_an_effect_says_what_to_write(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = project / "more_effects"
    folder.mkdir()
    (folder / "nothing.py").write_text("")
    monkeypatch.setattr(effect_files, "__path__", [str(folder)])
    effects.cache_clear()
    with pytest.raises(TypeError, match=r"effects/nothing\.py has no EFFECT: write EFFECT = Effect"):
        effects()
    sys.modules.pop(f"{effect_files.__name__}.nothing", None)


def test_the_scene_on_the_page_is_shown_and_left(project: Path) -> None:
    about: Any = importlib.import_module("about")
    pygame.display.init()
    pygame.font.init()
    driver = Driver()
    driver.context.stack.push(TitleScene(driver.context, LocalLauncher("127.0.0.1:1")))
    driver.context.stack.push(about.AboutScene(driver.context))
    driver.frame()
    assert driver.form.widget("Eat what is smaller. Flee what is not.")
    driver.click("Back")
    driver.until_top(TitleScene)
    driver.close()


def test_the_page_names_what_there_is() -> None:
    text = PAGE.read_text()
    for path in re.findall(r"`((?:game|spacetimedb_sdk)/[\w/.]*)`", text):
        assert path in TO_WRITE or (ROOT / path).exists(), path
    for link in re.findall(r"\]\((\S+?)\)", text):
        assert (PAGE.parent / link.partition("#")[0]).exists(), link
