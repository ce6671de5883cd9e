"""The game on the page about a game of one's own is generated, served, played and joined by its bot."""

from __future__ import annotations

import asyncio
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from spacetimedb_sdk.cli import main as command
from spacetimedb_sdk.standalone import Server

PAGE = Path(__file__).parent.parent.parent / "docs" / "tour.md"
NAMES = ("dots", "dots_bindings", "play_dots", "dot_bot")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the page's files, on the path."""
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        name = re.match(r"# (\w+\.py)\n", block)
        assert name is not None, "every program on the page says which file it is"
        (tmp_path / name[1]).write_text(block)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    yield tmp_path
    for loaded in [name for name in sys.modules if name.partition(".")[0] in NAMES]:
        del sys.modules[loaded]


def test_the_game_on_the_page_is_played(project: Path) -> None:
    assert command(["generate", "--module", "dots", "--out", "dots_bindings"]) == 0
    rules: Any = importlib.import_module("dots")
    with Server(rules.module, database="dots") as server:
        bot: Any = importlib.import_module("dot_bot")
        game: Any = importlib.import_module("play_dots")
        moving = Thread(target=lambda: asyncio.run(bot.main(server.host, 3.0)))
        moving.start()
        assert game.main(server.host, frames=90) >= 1
        moving.join()


def test_the_page_names_what_there_is() -> None:
    text = PAGE.read_text()
    root = PAGE.parent.parent
    for path in re.findall(r"`((?:game|spacetimedb_sdk)/[\w/.]*)`", text):
        assert (root / path).exists(), path
    for link in re.findall(r"\]\((\S+?)\)", text):
        assert (PAGE.parent / link).exists(), link
