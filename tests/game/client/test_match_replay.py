"""A match is recorded as it is played, and told again: the same world, at the watcher's pace."""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path

import pygame
import pytest
from pytest_mock import MockerFixture

from game.client import arena_stage
from game.client.render.seek_bar import seek_bar_place
from game.client.scenes.error import ErrorScene
from game.client.scenes.playing import DEATH_SECONDS, PlayingScene
from game.client.scenes.replay import ReplayScene
from game.client.scenes.replays import ReplaysScene
from game.client.scenes.title import TitleScene
from game.client.ui.widgets import Button
from game.launcher.arguments import parser
from game.launcher.commands.replay import replay as replay_command
from game.launcher.errors import LauncherError
from game.launcher.profiles import claim_profile
from game.launcher.recordings import RecordingFolder
from game.launcher.world_launcher import WorldLauncher
from game.match.intent import Intent
from game.match.launcher_ports import OpenWorld, Recording
from game.match.replays.match_replay import MatchReplay
from game.match.replays.playback import Playback
from game.match.session import Session, SessionState
from game.match.settings import PlaySettings
from game.match.world import World
from game.rules import module
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.testing import Recorder
from tests.game.client.driver import Driver, LocalLauncher
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
        # What comes is recorded before it is shown: to the end of it.
        server.stop()
        until(lambda: session.state is SessionState.LOST, session)
        session.close()
        return path, places(session.world)


def watch(driver: Driver, path: Path) -> ReplayScene:
    scene = ReplayScene(driver.context, MatchReplay(path))
    driver.context.stack.push(scene)
    return scene


def test_the_match_ends_as_it_was_seen(driver: Driver, match: tuple[Path, Places]) -> None:
    path, seen = match
    scene = watch(driver, path)
    for _ in range(2):
        driver.press(pygame.K_UP)
    assert scene.playback.speed == 4.0
    driver.until(lambda: scene.playback.is_over)
    driver.frame()
    assert places(scene.session.world) == seen
    assert scene.view.watched == scene.session.player_id
    assert scene.session.known_name == "Ada"


def test_messages_of_one_moment_are_all_shown(match: tuple[Path, Places], tmp_path: Path) -> None:
    """A connection that stalls brings many at once, and they are read a few in a frame."""
    lines = [json.loads(line) for line in match[0].read_text().splitlines()]
    path = tmp_path / "at-once.jsonl"
    path.write_text("".join(json.dumps({**line, "t": 1.0}) + "\n" for line in lines))
    world = World()
    playback = Playback(MatchReplay(path), world)
    for _ in range(len(lines)):
        playback.advance(0.01)
    assert playback.is_over
    assert places(world) == match[1]
    playback.match.close()


def test_a_pause_stands_still_and_goes_on(driver: Driver, match: tuple[Path, Places]) -> None:
    scene = watch(driver, match[0])
    for _ in range(2):
        driver.press(pygame.K_DOWN)
    assert scene.playback.speed == 0.25
    driver.until(lambda: scene.playback.position > 0.1)
    driver.press(pygame.K_SPACE, " ")
    driver.frame()
    position, world = scene.playback.position, places(scene.session.world)
    paused_at = time.monotonic()
    driver.until(lambda: time.monotonic() - paused_at > 0.2)
    assert scene.playback.position == position
    assert places(scene.session.world) == world
    driver.press(pygame.K_SPACE, " ")
    driver.until(lambda: scene.playback.position > position)
    driver.press(pygame.K_ESCAPE)
    assert driver.app.is_over


def test_seeking_by_keys_and_by_mouse(driver: Driver, match: tuple[Path, Places]) -> None:
    scene = watch(driver, match[0])
    driver.press(pygame.K_SPACE, " ")
    assert scene.playback.is_paused
    driver.press(pygame.K_END)
    driver.until(lambda: scene.playback.is_over)
    assert places(scene.session.world) == match[1]
    driver.press(pygame.K_HOME)
    driver.until(lambda: not scene.playback.is_waiting)
    assert scene.playback.position == 0.0
    start = places(scene.session.world)
    assert start != match[1]
    bar = seek_bar_place(driver.context.window)
    left, right = (bar.left + 1, bar.centery), (bar.right - 1, bar.centery)
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=left))
    pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=right, rel=(9, 0), buttons=(1, 0, 0)))
    driver.frame()
    driver.until(lambda: not scene.playback.is_waiting)
    assert scene.playback.position == pytest.approx(scene.playback.length, rel=0.02)
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONUP, button=1, pos=right))
    # Once let go the pointer only points.
    pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=left, rel=(9, 0), buttons=(0, 0, 0)))
    driver.frame()
    assert scene.playback.position == pytest.approx(scene.playback.length, rel=0.02)
    position = scene.playback.position
    driver.press(pygame.K_LEFT)
    driver.until(lambda: not scene.playback.is_waiting)
    assert scene.playback.position == pytest.approx(max(position - 5.0, 0.0))
    # At the end, the pause key begins anew.
    driver.press(pygame.K_END)
    driver.until(lambda: scene.playback.is_over)
    driver.press(pygame.K_DOWN)
    driver.press(pygame.K_SPACE, " ")
    driver.until(lambda: 0.0 < scene.playback.position < scene.playback.length)


def test_the_page_lists_recordings_and_opens_them(
    driver: Driver, match: tuple[Path, Places], tmp_path: Path
) -> None:
    folder = RecordingFolder(tmp_path / "replays")
    recording = folder.new()
    recording.write_bytes(match[0].read_bytes() + b'{"event": "score", "mass": 1234, "t": 9.0}\n')
    (tmp_path / "replays" / "broken.jsonl").write_text("{")
    launcher = LocalLauncher("127.0.0.1:1")
    launcher.kept = list(folder.recordings())
    (kept,) = launcher.kept
    assert kept.score == 1234
    assert kept.length == pytest.approx(MatchReplay(match[0]).end, abs=0.5)
    driver.context.stack.push(TitleScene(driver.context, launcher))
    driver.click("Replays")
    assert isinstance(driver.top, ReplaysScene)
    date = time.strftime("%Y-%m-%d, %H:%M", time.localtime(kept.at))
    button = driver.form.widget(date)
    assert isinstance(button, Button)
    assert "1 234" in button.value
    driver.click("Record my matches")
    assert driver.store.kept.record
    driver.picture(tmp_path / "replays.png")
    driver.click(date)
    driver.until_top(ReplayScene)
    scene = driver.top
    assert isinstance(scene, ReplayScene)
    driver.until(lambda: bool(scene.session.world.circles))
    driver.press(pygame.K_ESCAPE)
    assert isinstance(driver.top, ReplaysScene)


class FolderLauncher(LocalLauncher):
    """A launcher whose recordings are those of a folder, read when it is asked."""

    def __init__(self, folder: RecordingFolder) -> None:
        super().__init__("127.0.0.1:1")
        self.folder = folder

    def recordings(self) -> list[Recording]:
        return list(self.folder.recordings())


@pytest.fixture
def three(tmp_path: Path, match: tuple[Path, Places]) -> RecordingFolder:
    """Three recordings of three days, the newest is `match-3`."""
    for number in range(1, 4):
        path = tmp_path / f"match-{number}.jsonl"
        path.write_bytes(match[0].read_bytes())
        os.utime(path, (number * 86_400, number * 86_400))
    return RecordingFolder(tmp_path)


def kept_in(folder: RecordingFolder) -> list[str]:
    return [recording.name for recording in folder.recordings()]


def date_of(folder: RecordingFolder, name: str) -> str:
    at = next(recording.at for recording in folder.recordings() if recording.name == name)
    return time.strftime("%Y-%m-%d, %H:%M", time.localtime(at))


def test_a_match_is_deleted_after_a_question(driver: Driver, three: RecordingFolder, tmp_path: Path) -> None:
    driver.context.stack.push(ReplaysScene(driver.context, FolderLauncher(three)))
    second, third = date_of(three, "match-2"), date_of(three, "match-3")
    driver.click("Delete a match")
    driver.click(second)
    driver.picture(tmp_path / "question.png")
    assert kept_in(three) == ["match-3", "match-2", "match-1"]
    driver.click("Keep it")
    driver.click(second)
    driver.click("Delete it")
    assert kept_in(three) == ["match-3", "match-1"]
    # Still choosing: several go one after the other, and Escape leads back to watching.
    driver.click(third)
    driver.click("Delete it")
    assert kept_in(three) == ["match-1"]
    driver.press(pygame.K_ESCAPE)
    driver.click(date_of(three, "match-1"))
    driver.until_top(ReplayScene)


def test_delete_asks_for_the_match_in_focus_and_the_last_one_leaves_a_word(
    driver: Driver, three: RecordingFolder
) -> None:
    driver.context.stack.push(ReplaysScene(driver.context, FolderLauncher(three)))
    for left in (2, 1, 0):
        for answer in (pygame.K_ESCAPE, pygame.K_RETURN):
            driver.press(pygame.K_DELETE)
            driver.press(answer)
            assert isinstance(driver.top, ReplaysScene)
        assert len(kept_in(three)) == left + 1
        newest = driver.form.widget(date_of(three, kept_in(three)[0]))
        driver.form.focus(newest, driver.context.window)
        driver.press(pygame.K_DELETE)
        driver.click("Delete it")
        assert len(kept_in(three)) == left
        if left:
            driver.form.focus(driver.form.widget(date_of(three, kept_in(three)[0])), driver.context.window)
    assert driver.form.widget("No match is recorded yet")


def test_a_file_that_cannot_be_deleted_is_told(
    driver: Driver, three: RecordingFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    driver.context.stack.push(ReplaysScene(driver.context, FolderLauncher(three)))
    monkeypatch.setattr(Path, "unlink", refuse)
    driver.press(pygame.K_DELETE)
    driver.click("Delete it")
    assert driver.was_told("cannot be deleted: Permission denied")
    assert driver.form.widget(date_of(three, "match-3"))


def test_the_folder_keeps_the_newest(tmp_path: Path, match: tuple[Path, Places]) -> None:
    folder = RecordingFolder(tmp_path)
    for number in range(25):
        path = tmp_path / f"match-{number:02}.jsonl"
        path.write_bytes(match[0].read_bytes())
        os.utime(path, (number, number))
    folder.new()
    kept = folder.recordings()
    assert len(kept) == 19
    assert [recording.name for recording in kept[:2]] == ["match-24", "match-23"]
    assert RecordingFolder(tmp_path / "none").recordings() == []


def test_a_match_is_kept_with_its_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants it has each match recorded, until its world is left."""
    folder = RecordingFolder(tmp_path / "replays")
    monkeypatch.setenv("BLACKHOLIO_CONFIG_DIR", str(tmp_path))
    with Server(module, database="blackholio", seed=13) as server, claim_profile() as profile:
        launcher = WorldLauncher(profile, seed=1, recordings=folder, records=lambda: True)
        driver = Driver(launcher=LocalLauncher(server.host))
        world = launcher.joined(server.host, "blackholio", "Ada")
        driver.context.stack.push(PlayingScene(driver.context, world))
        driver.until_state(SessionState.PLAYING)
        driver.until(lambda: driver.playing.session.world.account.peak_mass > 0)
        driver.close()
    (recording,) = folder.recordings()
    assert recording.score is not None
    assert recording.score >= 15
    replayed = Driver()
    scene = ReplayScene(replayed.context, recording.open())
    replayed.context.stack.push(scene)
    replayed.until(lambda: bool(scene.session.world.own))
    assert scene.session.known_name == "Ada"
    replayed.close()


def test_a_world_that_cannot_be_entered_leaves_no_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RecordingFolder(tmp_path / "replays")
    monkeypatch.setenv("BLACKHOLIO_CONFIG_DIR", str(tmp_path))
    with claim_profile() as profile:
        launcher = WorldLauncher(profile, seed=1, recordings=folder, records=lambda: True)
        driver = Driver(launcher=LocalLauncher("127.0.0.1:9"))
        driver.context.stack.push(
            PlayingScene(driver.context, launcher.joined("127.0.0.1:9", "blackholio", "Ada"))
        )
        driver.until_top(ErrorScene)
        driver.close()
    assert (tmp_path / "replays").is_dir()
    assert list((tmp_path / "replays").iterdir()) == []


def hangs_out(scene: ReplayScene, mocker: MockerFixture) -> list[pygame.Rect]:
    """What words stand upon that lies nearer to the edge of a window than three pixels."""
    grounds = mocker.spy(arena_stage, "draw_ground")
    hanging: list[pygame.Rect] = []
    for size in ((640, 360), (1280, 720), (2560, 1440)):
        screen = pygame.Surface(size)
        grounds.reset_mock()
        scene.draw(screen)
        places = [call.args[1] for call in grounds.call_args_list]
        assert places
        hanging += [each for each in places if not screen.get_rect().inflate(-6, -6).contains(each)]
    return hanging


def test_a_death_is_shown_again(driver: Driver, tmp_path: Path, mocker: MockerFixture) -> None:
    with Server(module, database="blackholio", seed=13) as server:
        settings = PlaySettings(server=server.host, name="Ada", on_token=lambda token: None)
        driver.context.stack.push(PlayingScene(driver.context, OpenWorld(settings=settings, title="a world")))
        driver.until_state(SessionState.PLAYING)
        playing = driver.playing
        own = set(playing.session.world.own)
        driver.hold(pygame.K_x, lambda: driver.state is SessionState.DEAD)
        driver.until(lambda: driver.context.last_death is not None)
        driver.until_dead()
        driver.click("Watch how")
        scene = driver.top
        assert isinstance(scene, ReplayScene)
        assert 0.0 < scene.playback.length <= DEATH_SECONDS
        driver.until(lambda: set(scene.session.world.own) == own)
        driver.picture(tmp_path / "how.png")
        driver.until(lambda: scene.playback.is_over)
        assert not hangs_out(scene, mocker)
        assert not scene.session.world.own
        driver.press(pygame.K_ESCAPE)
        assert driver.top is playing
        driver.press(pygame.K_ESCAPE)
        driver.click("Leave the world")
    # It can be seen from the title, too.
    driver.context.stack.push(ReplaysScene(driver.context, LocalLauncher("127.0.0.1:1")))
    driver.click("How your last run ended")
    assert isinstance(driver.top, ReplayScene)


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
    driver.until(lambda: scene.playback.match.damage is not None)
    driver.until(lambda: scene.playback.is_over)
    assert driver.top is scene
    assert scene.session.world.entities
    driver.frame()
    assert driver.was_told("cannot be read")


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
