"""A dummy display, and a session whose world is fed by rows instead of a connection."""

from __future__ import annotations

from collections.abc import Iterator

import pygame
import pytest

from game.client.app_context import AppContext
from game.client.arena_stage import ArenaStage
from game.match import connection
from game.match.session import Session
from game.match.settings import PlaySettings
from game.rules import module
from spacetimedb_sdk.standalone import Server
from tests.game.client.driver import Driver
from tests.game.world_rows import WorldRows
from tests.plugins.waiting import PATIENCE


@pytest.fixture(autouse=True)
def dummy_display(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    pygame.display.init()
    pygame.font.init()
    yield
    pygame.font.quit()
    pygame.display.quit()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still while a connection is opened is no server that does not answer."""
    monkeypatch.setattr(connection, "_CONNECT_TIMEOUT", PATIENCE / 2)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A world for all tests of a file."""
    with Server(module, database="blackholio", seed=9) as server:
        yield server


@pytest.fixture
def driver() -> Iterator[Driver]:
    """A whole game, frame by frame."""
    driver = Driver()
    yield driver
    driver.close()


def make_settings(*, name: str | None = None) -> PlaySettings:
    return PlaySettings.without_server(name=name)


@pytest.fixture
def session() -> Session:
    """A session that was never opened: its world is fed by rows."""
    return Session(make_settings())


@pytest.fixture
def rows(session: Session) -> WorldRows:
    return WorldRows(session.world)


@pytest.fixture
def screen() -> pygame.Surface:
    return pygame.display.set_mode((640, 360))


@pytest.fixture
def stage(session: Session, screen: pygame.Surface) -> ArenaStage:
    return ArenaStage(session, window=screen.get_size())


@pytest.fixture
def context(screen: pygame.Surface) -> AppContext:
    return AppContext(window=screen.get_size())
