"""The sliders under the network numbers, on a connection that runs."""

from __future__ import annotations

from itertools import pairwise

import pygame
import pytest

from game.client.net_sliders import NetSliders
from game.client.scenes.pause import PauseScene
from game.client.scenes.playing import PlayingScene
from game.match.intent import Intent
from game.match.launcher_ports import OpenWorld
from game.match.session import SessionState
from game.match.settings import Action, PlaySettings
from game.presentation.net_dials import net_dials
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.testing import Conditions, LinkConditioner
from tests.game.client.driver import Driver, key_down
from tests.game.client.pictures import pixels

WINDOW = (1280, 720)


@pytest.fixture
def conditioner() -> LinkConditioner:
    return LinkConditioner()


@pytest.fixture
def playing(driver: Driver, server: Server, conditioner: LinkConditioner) -> PlayingScene:
    """In the arena, with the numbers and the sliders shown."""
    settings = PlaySettings(
        server=server.host,
        name="Ada",
        on_token=lambda token: None,
        connect_options={"link_factory": conditioner.connect},
        conditioner=conditioner,
    )
    driver.context.stack.push(PlayingScene(driver.context, OpenWorld(settings=settings, title="a world")))
    driver.until_state(SessionState.PLAYING)
    driver.press(pygame.K_F3)
    driver.until(lambda: bool(driver.playing.net_meter.lines))
    return driver.playing


def sliders(playing: PlayingScene) -> NetSliders:
    assert playing.net_sliders is not None
    return playing.net_sliders


def bar(playing: PlayingScene, index: int) -> pygame.Rect:
    return sliders(playing).bar(index, WINDOW, len(playing.net_meter.lines))


def mouse(driver: Driver, kind: int, place: tuple[int, int]) -> None:
    pygame.event.post(pygame.event.Event(kind, button=1, pos=place, rel=(0, 0), buttons=(1, 0, 0)))
    driver.frame()


def pad(driver: Driver, button: int) -> None:
    pygame.event.post(pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, button=button, instance_id=0))
    driver.frame()


def told_ms(playing: PlayingScene, label: str) -> float:
    text = dict(playing.net_meter.lines)[label].removesuffix(" ms")
    return -1.0 if text == "..." else float(text)


def test_a_drag_makes_the_running_connection_slow_and_the_numbers_follow(
    driver: Driver, playing: PlayingScene, conditioner: LinkConditioner
) -> None:
    driver.until(lambda: 0.0 <= told_ms(playing, "ping") < 250.0)
    driver.point(1000, 360)
    steered = playing.stage.input.take(WINDOW).direction
    lag = bar(playing, 0)
    still = pixels(driver.window.surface.subsurface(lag))
    mouse(driver, pygame.MOUSEBUTTONDOWN, lag.midleft)
    mouse(driver, pygame.MOUSEMOTION, lag.center)
    assert sliders(playing).dials[0].shown == "250 ms"
    assert conditioner.delay == pytest.approx(0.125)
    assert pixels(driver.window.surface.subsurface(lag)) != still
    # What drags does not steer.
    assert playing.stage.input.take(WINDOW).direction == steered
    mouse(driver, pygame.MOUSEBUTTONUP, lag.center)
    mouse(driver, pygame.MOUSEMOTION, lag.midleft)
    assert conditioner.delay == pytest.approx(0.125)
    assert playing.stage.input.take(WINDOW).direction != steered
    driver.until(lambda: told_ms(playing, "ping") >= 250.0)
    assert playing.session.state is SessionState.PLAYING
    assert playing.session.lost_reason == ""
    conditioner.heal()
    driver.until(lambda: told_ms(playing, "ping") < 250.0)


def test_keys_and_a_gamepad_turn_them_too(
    driver: Driver, playing: PlayingScene, conditioner: LinkConditioner
) -> None:
    driver.press(pygame.K_PLUS)
    driver.press(pygame.K_EQUALS)
    driver.press(pygame.K_MINUS)
    assert [dial.value for dial in sliders(playing).dials] == [10, 0, 0]
    driver.press(pygame.K_TAB)
    driver.press(pygame.K_PLUS)
    assert [dial.value for dial in sliders(playing).dials] == [10, 5, 0]
    pad(driver, pygame.CONTROLLER_BUTTON_DPAD_DOWN)
    pad(driver, pygame.CONTROLLER_BUTTON_DPAD_RIGHT)
    pad(driver, pygame.CONTROLLER_BUTTON_DPAD_RIGHT)
    pad(driver, pygame.CONTROLLER_BUTTON_DPAD_LEFT)
    assert [dial.value for dial in sliders(playing).dials] == [10, 5, 1]
    assert conditioner.loss == pytest.approx(0.01)
    pad(driver, pygame.CONTROLLER_BUTTON_DPAD_DOWN)
    assert sliders(playing).chosen == 0
    # They are seen and turned only while the numbers are shown: the gamepad's own button hides them.
    pad(driver, pygame.CONTROLLER_BUTTON_BACK)
    assert not playing.stage.net_hud_shown
    driver.press(pygame.K_PLUS)
    mouse(driver, pygame.MOUSEBUTTONDOWN, bar(playing, 0).midright)
    assert [dial.value for dial in sliders(playing).dials] == [10, 5, 1]


def test_elsewhere_the_keys_are_what_they_were(driver: Driver, playing: PlayingScene) -> None:
    driver.context.change(keys={**driver.context.preferences.keys, Action.SPLIT: "="})
    driver.press(pygame.K_EQUALS)
    assert sliders(playing).dials[0].value == 0
    driver.press(pygame.K_ESCAPE)
    driver.until_top(PauseScene)
    driver.press(pygame.K_PLUS)
    pad(driver, pygame.CONTROLLER_BUTTON_DPAD_RIGHT)
    driver.press(pygame.K_ESCAPE)
    driver.until_top(PlayingScene)
    playing.session.send(Intent(suicide=True), driver.context.now)
    driver.until_state(SessionState.DEAD)
    focused = driver.form.focused

    def moves() -> bool:
        pad(driver, pygame.CONTROLLER_BUTTON_DPAD_DOWN)
        return driver.form.focused is not focused

    driver.until(moves)
    assert sliders(playing).chosen == 0
    assert [dial.value for dial in sliders(playing).dials] == [0, 0, 0]


def test_leaving_the_world_makes_its_network_good_again(
    driver: Driver, playing: PlayingScene, conditioner: LinkConditioner
) -> None:
    driver.press(pygame.K_PLUS)
    assert conditioner.is_bad
    playing.leave()
    assert not conditioner.is_bad


@pytest.mark.parametrize("size", [(640, 360), (800, 450), (1280, 720), (3840, 2160), (500, 900)])
def test_they_lie_in_their_panel_in_every_window(size: tuple[int, int]) -> None:
    panel = NetSliders(net_dials(Conditions()))
    place = panel.place(size, 10)
    assert place.width < size[0]
    bars = [panel.bar(index, size, 10) for index in range(3)]
    assert all(place.contains(bar) for bar in bars)
    assert all(upper.bottom < lower.top for upper, lower in pairwise(bars))
    for index, each in enumerate(bars):
        event = pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=each.midright)
        assert panel.handle(event, size, 10, keys=False)
        assert panel.dials[index].share == 1.0
        panel.let_go()
    assert not panel.handle(key_down(pygame.K_PLUS), size, 10, keys=False)
