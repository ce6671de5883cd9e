"""Somebody who has never seen the game, from the title to the end, by keys and mouse alone. Every screen leaves a picture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pygame
import pytest

from game.bots.personality import SKILLS
from game.client.scenes.controls import ControlsScene
from game.client.scenes.error import ErrorScene
from game.client.scenes.host import HostScene
from game.client.scenes.join import JoinScene
from game.client.scenes.pause import PauseScene
from game.client.scenes.playing import PlayingScene
from game.client.scenes.settings import SettingsScene
from game.client.scenes.title import TitleScene
from game.client.scenes.world_setup import WorldSetupScene
from game.client.ui.text_field import TextField
from game.client.ui.widgets import Button
from game.match.launcher_ports import NearbyWorld, OpenWorld
from game.match.session import SessionState
from game.match.settings import Action
from game.rules import module, rule_set
from game.rules.sets.official import RULES
from spacetimedb_sdk.standalone import Server
from tests.game.client.driver import Driver, LocalLauncher
from tests.game.client.pictures import pixels
from tests.plugins.waiting import PATIENCE


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(module, database="blackholio", seed=11) as server:
        yield server


@pytest.fixture
def launcher(server: Server) -> LocalLauncher:
    return LocalLauncher(server.host)


@pytest.fixture
def driver(launcher: LocalLauncher) -> Iterator[Driver]:
    driver = Driver(launcher=launcher)
    driver.context.stack.push(TitleScene(driver.context, launcher))
    yield driver
    driver.close()


class Album:
    """A picture of each screen; two screens that look alike would mean that one of them is not there."""

    def __init__(self, driver: Driver, folder: Path) -> None:
        self._driver = driver
        self._folder = folder
        self._seen: dict[bytes, str] = {}

    def keep(self, name: str) -> None:
        self._driver.picture(self._folder / f"{name}.png")
        picture = pixels(self._driver.window.surface)
        assert picture not in self._seen, f"{name} looks like {self._seen[picture]}"
        assert len(set(picture[::997])) > 20, f"{name} is empty"
        self._seen[picture] = name


def wait(driver: Driver, seconds: float) -> None:
    began = time.monotonic()
    driver.until(lambda: time.monotonic() - began > seconds)


def test_a_newcomer(
    driver: Driver, launcher: LocalLauncher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    album = Album(driver, tmp_path)
    driver.frame()
    album.keep("title")
    driver.press(pygame.K_RETURN)
    driver.until_top(WorldSetupScene)
    album.keep("name")
    driver.type("Grace")
    # Who starts so heavy can split at once.
    monkeypatch.setitem(rule_set._known, RULES.name, replace(RULES, start_mass=100))
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.PLAYING)
    driver.point(640 + 300, 360)
    wait(driver, 0.3)
    album.keep("playing")
    world = driver.playing.session.world
    driver.press(pygame.K_SPACE, " ")
    driver.until(lambda: len(world.own) == 2)
    wait(driver, 0.2)
    album.keep("split")
    driver.hold(pygame.K_x, lambda: driver.state is SessionState.DEAD)
    driver.until_dead()
    album.keep("death")
    driver.click("Play again")
    driver.until_state(SessionState.PLAYING)

    driver.press(pygame.K_ESCAPE)
    assert isinstance(driver.top, PauseScene)
    album.keep("pause")
    driver.click("Settings")
    assert isinstance(driver.top, SettingsScene)
    for _ in range(3):
        driver.press(pygame.K_RIGHT)
    album.keep("settings")
    assert driver.store.kept.volume == 1.0
    driver.click("Keys and buttons")
    assert isinstance(driver.top, ControlsScene)
    driver.click("Split")
    album.keep("rebind")
    driver.press(pygame.K_v, "v")
    assert driver.store.kept.keys[Action.SPLIT] == ("v", "space")
    for _ in range(3):
        driver.press(pygame.K_ESCAPE)
    assert isinstance(driver.top, PlayingScene)
    driver.press(pygame.K_v, "v")
    driver.until(lambda: len(world.own) == 2)

    driver.press(pygame.K_ESCAPE)
    driver.click("Leave the world")
    assert isinstance(driver.top, TitleScene)
    assert launcher.closed == 1
    driver.click("Quit")
    assert driver.app.is_over
    assert {picture.stem for picture in tmp_path.iterdir()} == {
        "title", "name", "playing", "split", "death", "pause", "settings", "rebind",
    }  # fmt: skip


def test_the_number_of_bots_goes_with_their_strength_until_it_is_chosen(
    driver: Driver, launcher: LocalLauncher
) -> None:
    driver.press(pygame.K_RETURN)
    driver.until_top(WorldSetupScene)
    driver.type("Ada")
    kept = driver.store.kept
    assert (kept.difficulty, kept.bots) == ("calm", SKILLS["calm"].bots)
    driver.press(pygame.K_DOWN)
    driver.press(pygame.K_RIGHT)
    kept = driver.store.kept
    assert (kept.difficulty, kept.bots) == ("normal", SKILLS["normal"].bots)
    driver.press(pygame.K_DOWN)
    driver.press(pygame.K_RIGHT)
    chosen = driver.store.kept.bots
    assert chosen > SKILLS["normal"].bots
    driver.press(pygame.K_UP)
    driver.press(pygame.K_RIGHT)
    kept = driver.store.kept
    assert (kept.difficulty, kept.bots) == ("hard", chosen)


def test_two_presses_lead_into_the_arena_with_what_was_chosen(
    driver: Driver, launcher: LocalLauncher
) -> None:
    driver.press(pygame.K_RETURN)
    # The world waits until it is known who plays, with how many, and how strong they are.
    driver.until_top(WorldSetupScene)
    assert launcher.asked is None
    driver.type("Ada")
    driver.press(pygame.K_DOWN)
    driver.press(pygame.K_RIGHT)
    driver.press(pygame.K_DOWN)
    driver.press(pygame.K_LEFT)
    driver.press(pygame.K_DOWN)
    driver.press(pygame.K_RIGHT)
    driver.press(pygame.K_DOWN)
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.PLAYING)
    assert launcher.asked == (9, "normal")
    assert launcher.asked_rules == driver.store.kept.rules == "official"
    assert (driver.store.kept.bots, driver.store.kept.difficulty) == (9, "normal")
    driver.close()
    driver.context.stack.push(TitleScene(driver.context, launcher))
    driver.press(pygame.K_RETURN)
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.PLAYING)
    assert driver.playing.session.known_name == "Ada"
    assert launcher.asked == (9, "normal")


def test_hosting_shows_what_to_tell_others(driver: Driver, launcher: LocalLauncher, tmp_path: Path) -> None:
    driver.context.change(name="Ada")
    driver.click("Host a world")
    driver.click("Announce on the network")
    driver.click("Open the world")
    driver.until_top(HostScene)
    assert launcher.announced is False
    driver.picture(tmp_path / "host.png")
    assert driver.form.widget("192.168.1.20:3000")
    assert driver.form.widget("They cannot get in? Your firewall must let in TCP port 3000.")
    driver.click("Start playing")
    driver.until_top(PlayingScene)
    assert launcher.closed == 0
    driver.until_state(SessionState.PLAYING)
    driver.press(pygame.K_ESCAPE)
    assert isinstance(driver.top, PauseScene)
    assert driver.form.widget("192.168.1.20:3000")
    driver.click("Leave the world")
    assert launcher.closed == 1


def test_joining_by_an_address(driver: Driver, server: Server) -> None:
    driver.context.change(name="Ada")
    driver.click("Join a world")
    assert isinstance(driver.top, JoinScene)
    host, _, port = server.host.rpartition(":")
    driver.press(pygame.K_RETURN)
    assert driver.was_told("Write the address")
    driver.type(host)
    driver.press(pygame.K_TAB)
    for _ in range(5):
        driver.press(pygame.K_BACKSPACE)
    driver.type(f"p{port}x")
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.PLAYING)
    assert [each.server for each in driver.store.kept.servers] == [server.host]
    driver.press(pygame.K_ESCAPE)
    driver.click("Leave the world")
    driver.press(pygame.K_ESCAPE)
    driver.click("Join a world")
    driver.click(server.host)
    driver.until_state(SessionState.PLAYING)


def test_a_message_with_an_address_in_it_is_pasted_whole(driver: Driver, server: Server) -> None:
    launcher = LocalLauncher(server.host)
    driver.close()
    driver.context.stack.push(TitleScene(driver.context, launcher))
    driver.click("Join a world")
    asked: list[str] = []
    launcher.on_join = asked.append
    message = f"come in: http://{server.host} !"
    driver.paste(message)
    driver.press(pygame.K_RETURN)
    driver.until(lambda: bool(asked))
    assert asked == [message]


def test_worlds_on_the_network_are_listed_as_they_come_and_joined(driver: Driver, server: Server) -> None:
    launcher = LocalLauncher(server.host)
    driver.close()
    driver.context.change(name="Ada")
    driver.context.stack.push(TitleScene(driver.context, launcher))
    launcher.lobby.notice = "pip install something"
    driver.click("Join a world")
    assert driver.form.widget("pip install something")
    launcher.lobby.notice = ""
    here = NearbyWorld("Bo's world", server.host, "blackholio", "arcade", 1)
    there = NearbyWorld("Ann's world", "192.168.1.20:3000", "arena", "official", None)
    driver.until(lambda: has(driver, "looking for worlds..."))
    launcher.lobby.found = (here,)
    driver.until(lambda: has(driver, "Bo's world"))
    while driver.form.focused.label != "Bo's world":
        driver.press(pygame.K_DOWN)
    # Who comes meanwhile does not take the focus, whatever it is called.
    launcher.lobby.found = (there, replace(there, name="Bo's world", database="b"), replace(here, players=7))
    driver.until(lambda: has(driver, "Ann's world"))
    chosen = driver.form.focused
    assert isinstance(chosen, Button)
    assert chosen.value == f"7 players   ·   Arcade   ·   {server.host}"
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.PLAYING)
    driver.close()
    assert launcher.lobby.closed == 1


def has(driver: Driver, label: str) -> bool:
    try:
        driver.form.widget(label)
    except KeyError:
        return False
    return True


def test_the_name_is_asked_for_before_a_world_is_joined(driver: Driver, server: Server) -> None:
    driver.click("Join a world")
    assert isinstance(driver.top, JoinScene)
    name, host, port = (driver.form.widget(label) for label in ("Name", "Host", "Port"))
    address = server.host.rpartition(":")
    for widget, text in ((name, "Mia"), (host, address[0]), (port, address[2])):
        assert isinstance(widget, TextField)
        driver.form.focus(widget, driver.context.window)
        widget.value = ""
        driver.type(text)
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.PLAYING)
    assert driver.playing.session.known_name == "Mia"
    # Who looks on comes in under the name that is known by now.
    assert driver.store.kept.name == "Mia"
    driver.close()
    driver.context.stack.push(TitleScene(driver.context, LocalLauncher(server.host)))
    driver.click("Watch")
    driver.until_state(SessionState.WATCHING)
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.PLAYING)
    assert driver.playing.session.known_name == "Mia"


def test_watching_follows_others_and_joins_in(driver: Driver, server: Server) -> None:
    other = Driver(launcher=LocalLauncher(server.host))
    other.context.change(name="Bo")
    other.context.stack.push(TitleScene(other.context, LocalLauncher(server.host)))
    other.press(pygame.K_RETURN)
    other.press(pygame.K_RETURN)
    other.until_state(SessionState.PLAYING)
    bo = other.playing.session.player_id
    driver.click("Watch")
    driver.until_state(SessionState.WATCHING)
    view = driver.playing.view
    driver.until(lambda: view.watched is not None)  # type: ignore[attr-defined]
    for _ in range(20):
        if view.watched == bo:  # type: ignore[attr-defined]
            break
        driver.press(pygame.K_RIGHT)
    assert view.watched == bo  # type: ignore[attr-defined]
    driver.context.change(name=None)
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.NAMING)
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.PLAYING)
    other.close()


def test_leaving_while_a_world_opens_closes_it(driver: Driver, launcher: LocalLauncher) -> None:
    began, goes_on = Event(), Event()

    def slow(name: str | None, **options: object) -> OpenWorld:
        began.set()
        assert goes_on.wait(PATIENCE)
        return launcher.hosted(name)

    launcher.alone = slow  # type: ignore[method-assign]
    driver.press(pygame.K_RETURN)
    driver.press(pygame.K_RETURN)
    driver.until(began.is_set)
    driver.press(pygame.K_ESCAPE)
    assert isinstance(driver.top, TitleScene)
    goes_on.set()
    driver.until(lambda: launcher.closed == 1)
    assert isinstance(driver.top, TitleScene)


def test_a_world_that_does_not_open_is_told_and_can_be_tried_again(
    driver: Driver, launcher: LocalLauncher
) -> None:
    failures = [OSError("the disk is full")]

    def fails_once(name: str | None, **options: object) -> OpenWorld:
        if failures:
            raise failures.pop()
        return launcher.hosted(name)

    launcher.alone = fails_once  # type: ignore[method-assign]
    driver.press(pygame.K_RETURN)
    driver.press(pygame.K_RETURN)
    driver.until_top(ErrorScene)
    assert "the disk is full" in driver.top.explanation.means  # type: ignore[attr-defined]
    driver.press(pygame.K_RETURN)
    driver.until_top(PlayingScene)


def test_a_gamepad_leads_from_the_title_through_a_life(driver: Driver) -> None:
    def button(number: int) -> None:
        pygame.event.post(pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, button=number, instance_id=0))
        driver.frame()

    button(pygame.CONTROLLER_BUTTON_A)
    driver.until_top(WorldSetupScene)
    button(pygame.CONTROLLER_BUTTON_A)
    driver.until_state(SessionState.PLAYING)
    (track,) = driver.playing.session.world.own.values()
    start = track.x
    side = 1 if start < 500 else -1
    stick = pygame.event.Event(pygame.CONTROLLERAXISMOTION, axis=0, value=side * 32767, instance_id=0)
    pygame.event.post(stick)
    driver.until(lambda: (track.x - start) * side > 20.0)
    button(pygame.CONTROLLER_BUTTON_START)
    assert isinstance(driver.top, PauseScene)
    button(pygame.CONTROLLER_BUTTON_B)
    button(pygame.CONTROLLER_BUTTON_Y)
    driver.until_dead()
    button(pygame.CONTROLLER_BUTTON_DPAD_DOWN)
    button(pygame.CONTROLLER_BUTTON_DPAD_RIGHT)
    button(pygame.CONTROLLER_BUTTON_A)
    driver.until_state(SessionState.WATCHING)
    button(pygame.CONTROLLER_BUTTON_A)
    driver.until_state(SessionState.PLAYING)
