"""An X server of the test's own, and what the tests of the client have for looking at screens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from tests.game.client.screens import WINDOW
from tests.window.xserver import XServer


@pytest.fixture
def canvas(monkeypatch: pytest.MonkeyPatch) -> Iterator[pygame.Surface]:
    """Where the test draws what it expects to see; no part of the X server."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.init()
    pygame.font.init()
    yield pygame.display.set_mode(WINDOW)
    pygame.font.quit()
    pygame.display.quit()


@pytest.fixture
def xserver(tmp_path: Path) -> Iterator[XServer]:
    folder = tmp_path / "x"
    folder.mkdir()
    with XServer(folder, WINDOW) as xserver:
        yield xserver
