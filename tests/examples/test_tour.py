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

import pytest

from game.rules.tables import WorldRules
from spacetimedb_sdk.cli import main as command
from spacetimedb_sdk.standalone import Server
from tests.places import ROOT
from tests.plugins.imports import importable
from tests.plugins.waiting import until

PAGE = ROOT / "docs" / "tour.md"
NAMES = ("dots", "dots_bindings", "play_dots", "dot_bot", "watch_blackholio", "hasty")


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
            assert game.main(server.host, frames=40) >= 1
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


def test_the_page_names_what_there_is() -> None:
    text = PAGE.read_text()
    for path in re.findall(r"`((?:game|spacetimedb_sdk)/[\w/.]*)`", text):
        # What the reader is to write is not there yet.
        assert path == "game/rules/sets/hasty.py" or (ROOT / path).exists(), path
    for link in re.findall(r"\]\((\S+?)\)", text):
        assert (PAGE.parent / link).exists(), link
