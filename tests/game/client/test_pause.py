"""Pause, and a window that is not in front: the player rests; a world of one's own stands still, others go on. And what there
is to reach.
"""

from __future__ import annotations

import time
from typing import Any

import pygame
from pytest_mock import MockerFixture

from game.client.scenes.pause import PauseScene
from game.client.scenes.playing import PlayingScene
from game.client.ui.widgets import Caption
from game.client.views import arena as arena_view
from game.match.launcher_ports import OpenWorld
from game.match.life import Account
from game.match.session import SessionState
from game.match.settings import PlaySettings
from game.presentation.words.hints import HINT_SECONDS
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


def test_a_goal_is_told_kept_and_followed_by_the_next(driver: Driver, server: Server) -> None:
    driver.context.change(seen_hints=True)
    open_world(driver, server)
    driver.until_state(SessionState.PLAYING)
    scene = driver.playing
    life = scene.session.world.life
    assert life is not None
    # So many, were there time to eat them.
    life.food_eaten = 20
    driver.until(lambda: "food-20" in driver.store.kept.goals)
    assert "Goal reached: Eat twenty lights in one life" in [toast.text for toast in scene.stage.news.toasts]
    driver.press(pygame.K_ESCAPE)
    assert "Next goal: Reach a mass of 100" in labels(driver)


def test_a_life_begins_with_the_next_goal(driver: Driver, server: Server, mocker: MockerFixture) -> None:
    driver.context.change(seen_hints=True)
    drawn = mocker.spy(arena_view, "draw_paragraph")
    open_world(driver, server)
    driver.until_state(SessionState.PLAYING)
    driver.until(lambda: drawn.call_count > 0)
    assert drawn.call_args.args[2] == "Next goal: Eat twenty lights in one life"
    scene = driver.playing
    scene.view.update(scene.stage.now, HINT_SECONDS)
    drawn.reset_mock()
    driver.frame()
    assert drawn.call_count == 0
