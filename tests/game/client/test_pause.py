"""Pause, and a window that is not in front: the player rests; a world of one's own stands still, others go on."""

from __future__ import annotations

import time
from typing import Any

import pygame

from game.client.scenes.pause import PauseScene
from game.client.scenes.playing import PlayingScene
from game.client.ui.widgets import Caption
from game.match.launcher_ports import OpenWorld
from game.match.life import Account
from game.match.session import SessionState
from game.match.settings import PlaySettings
from spacetimedb_sdk.standalone import Server
from tests.game.client.driver import Driver


def open_world(driver: Driver, server: Server, **options: Any) -> None:
    settings = PlaySettings(server=server.host, name="Pause", on_token=lambda token: None)
    driver.context.stack.push(
        PlayingScene(driver.context, OpenWorld(settings=settings, title="a world", **options))
    )


def labels(driver: Driver) -> list[str]:
    """What stands on the form that is on, but for its buttons."""
    return [each.label for each, _ in driver.form.places(driver.context.window) if isinstance(each, Caption)]


def test_a_world_of_ones_own_stands_still_while_its_player_rests(driver: Driver, server: Server) -> None:
    said: list[bool] = []
    open_world(driver, server, hold=said.append)
    driver.until_state(SessionState.PLAYING)
    session = driver.playing.session
    assert said == []
    driver.press(pygame.K_ESCAPE)
    driver.frame()
    assert said == [True]
    assert "The world waits for you" in labels(driver)
    driver.click("Settings")
    driver.press(pygame.K_ESCAPE)
    driver.frame()
    assert said == [True]
    driver.press(pygame.K_ESCAPE)
    driver.frame()
    assert said == [True, False]
    pygame.event.post(pygame.event.Event(pygame.WINDOWFOCUSLOST))
    driver.frame()
    assert said == [True, False, True]
    assert session.is_held
    # That nothing comes is no silence then.
    assert session.silent_for(time.monotonic() + 60.0) == 0.0
    pygame.event.post(pygame.event.Event(pygame.WINDOWFOCUSGAINED))
    driver.frame()
    assert said == [True, False, True, False]
    assert not session.is_held


def test_escape_pauses_and_the_world_goes_on(driver: Driver, server: Server) -> None:
    open_world(driver, server)
    driver.until_state(SessionState.PLAYING)
    driver.point(900, 360)
    session = driver.playing.session
    driver.until(lambda: session._sent_direction not in (None, (0.0, 0.0)))
    driver.press(pygame.K_ESCAPE)
    assert isinstance(driver.top, PauseScene)
    assert "The world goes on while you rest" in labels(driver)
    driver.until(lambda: session._sent_direction == (0.0, 0.0))
    heard = session.network.bytes_received if session.network else 0
    driver.until(lambda: session.network is not None and session.network.bytes_received > heard)
    driver.press(pygame.K_ESCAPE)
    assert isinstance(driver.top, PlayingScene)
    driver.until(lambda: session._sent_direction not in (None, (0.0, 0.0)))


def test_what_stood_still_is_no_part_of_a_life() -> None:
    account = Account()

    def settle(now: float, mass: int) -> None:
        account.settle(now, mass, [], {}, lambda player_id: 0)

    account.leave_out(5.0)
    settle(10.0, 15)
    account.leave_out(60.0)
    settle(80.0, 0)
    assert account.death is not None
    assert account.death.lived == 10.0
