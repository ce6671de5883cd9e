"""A match is recorded as it is played, and told again: the same world, at the watcher's pace."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pygame
import pytest

from game.client.scenes.replay import ReplayScene
from game.client.views.watching import WatchingView
from game.launcher.arguments import parser
from game.launcher.commands.replay import replay as replay_command
from game.launcher.errors import LauncherError
from game.match.intent import Intent
from game.match.launcher_ports import OpenWorld
from game.match.replay import MatchReplay
from game.match.session import Session, SessionState
from game.match.settings import PlaySettings
from game.match.world import World
from game.rules import module
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.testing import Recorder
from tests.game.client.driver import Driver
from tests.plugins.waiting import until

Places = dict[int, tuple[float, float, int]]


def places(world: World) -> Places:
    return {key: (track.x, track.y, track.mass) for key, track in world.circles.items()}


@pytest.fixture(scope="module")
def match(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Places]:
    """A short match, and the world as its player saw it last."""
    path = tmp_path_factory.mktemp("match") / "match.jsonl"
    with Server(module, database="blackholio", seed=13) as server, Recorder(path) as recorder:
        settings = PlaySettings(
            server=server.host,
            name="Ada",
            on_token=lambda token: None,
            connect_options={"link_factory": recorder.connect, "reconnect": False},
        )
        session = Session(settings)
        session.open()
        until(lambda: session.state is SessionState.PLAYING, session)
        (track,) = session.world.own.values()
        start = track.x
        session.send(Intent(direction=(1.0 if start < 500 else -1.0, 0.0)), time.monotonic())
        until(lambda: abs(track.x - start) > 60.0, session)
        session.close()
        return path, places(session.world)


@pytest.fixture
def driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.close()


def watch(driver: Driver, path: Path) -> ReplayScene:
    replay = MatchReplay(path)
    scene = ReplayScene(driver.context, OpenWorld(settings=replay.settings, title="a match"), replay)
    driver.context.stack.push(scene)
    return scene


def test_the_match_ends_as_it_was_seen(driver: Driver, match: tuple[Path, Places]) -> None:
    path, seen = match
    scene = watch(driver, path)
    for _ in range(2):
        driver.press(pygame.K_UP)
    assert scene.replay.speed == 4.0
    driver.until_state(SessionState.WATCHING)
    view = scene.view
    assert isinstance(view, WatchingView)
    driver.until(lambda: scene.replay.is_over)
    driver.frame()
    assert places(scene.session.world) == seen
    assert view.watched == scene.session.player_id
    assert scene.session.known_name == "Ada"
    assert scene.session.stats[1] == 0


def test_a_pause_stands_still_and_goes_on(driver: Driver, match: tuple[Path, Places]) -> None:
    scene = watch(driver, match[0])
    driver.until(lambda: scene.replay.position > 0.2)
    driver.press(pygame.K_SPACE, " ")
    driver.frame()
    position, world = scene.replay.position, places(scene.session.world)
    paused_at = time.monotonic()
    driver.until(lambda: time.monotonic() - paused_at > 0.2)
    assert scene.replay.position == position
    assert places(scene.session.world) == world
    driver.press(pygame.K_SPACE, " ")
    driver.until(lambda: scene.replay.position > position)
    driver.press(pygame.K_ESCAPE)
    driver.click("Leave the world")
    assert driver.app.is_over


def test_slow_motion_takes_its_time(match: tuple[Path, Places]) -> None:
    replay = MatchReplay(match[0])
    session = Session(replace(replay.settings))
    session.open()
    replay.faster(-5)
    assert replay.advance(0.4) == pytest.approx(0.1)
    assert replay.position == pytest.approx(0.1)
    session.close()


@pytest.mark.parametrize("text", ["", "{broken", '{"format": "other"}\n', "[]"])
def test_what_is_no_recording_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(text)
    with pytest.raises(LauncherError, match=r"no recorded match|play --record"):
        replay_command(parser().parse_args(["replay", str(path), "--headless"]))
    with pytest.raises(LauncherError, match="No such file"):
        replay_command(parser().parse_args(["replay", str(tmp_path / "none"), "--headless"]))


def test_a_message_that_cannot_be_read_ends_the_match_not_the_picture(
    driver: Driver, match: tuple[Path, Places], tmp_path: Path
) -> None:
    lines = match[0].read_text().splitlines()
    middle = len(lines) // 2
    broken = {**json.loads(lines[-1]), "event": "recv", "binary": base64.b64encode(b"\0\xff\xff").decode()}
    broken["subprotocol"] = next(json.loads(line)["subprotocol"] for line in lines if "subprotocol" in line)
    broken["t"] = json.loads(lines[middle])["t"]
    path = tmp_path / "broken.jsonl"
    path.write_text("\n".join([*lines[:middle], json.dumps(broken), *lines[middle:]]))
    scene = watch(driver, path)
    driver.press(pygame.K_UP)
    driver.until(lambda: scene.replay.damage is not None)
    assert driver.top is scene
    assert isinstance(scene.view, WatchingView)
    assert scene.replay.is_over
    assert scene.session.world.entities
    driver.frame()
    assert "cannot be read" in driver.context.notice


def test_the_command_plays_what_is_whole_and_says_one_sentence(
    match: tuple[Path, Places], tmp_path: Path
) -> None:
    path = tmp_path / "cut.jsonl"
    path.write_bytes(match[0].read_bytes()[:-20])
    picture = tmp_path / "last.png"
    words = ["replay", str(path), "--headless", "--screenshot", str(picture)]
    with pytest.raises(LauncherError, match=r"line \d+ of .* is broken"):
        replay_command(parser().parse_args(words))
    assert picture.exists()
