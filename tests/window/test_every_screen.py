"""Every screen of the game at a real window, in each language and under each rule set, by real keys and a real mouse.

With `--album FOLDER` the pictures stay: FOLDER/LANGUAGE-RULES/NUMBER-SCREEN.png, each also of the smallest window.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

from game import language
from game.client.app_context import AppContext
from game.launcher.recordings import RecordingFolder
from tests.plugins.waiting import PATIENCE
from tests.window.album import Album
from tests.window.newcomer import Newcomer
from tests.window.pages import Pages
from tests.window.processes import descendants, is_running
from tests.window.xserver import XServer

pytestmark = pytest.mark.x11

NAME = "Grace"
GUEST = "Ada"
# Nothing listens there.
NOWHERE = "127.0.0.1:9"


@pytest.fixture(params=sorted(language.LANGUAGES))
def spoken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    # What is measured here speaks as the game does there.
    monkeypatch.setattr(AppContext, "apply_language", lambda context: None)
    language.use(request.param)
    yield request.param
    language.use("en")


@pytest.fixture(params=["arcade", "official"])
def album(
    request: pytest.FixtureRequest, spoken: str, xserver: XServer, tmp_path: Path, canvas: pygame.Surface
) -> Iterator[Album]:
    rules = request.param
    settings = {"motion": False, "language": spoken, "rules": rules, "bots": 3, "record": True, "fps_cap": 30}
    newcomer = Newcomer(xserver, tmp_path, settings)
    folder: Path = request.config.getoption("--album") or tmp_path / "album"
    folder = folder.resolve() / f"{spoken}-{rules}"
    shutil.rmtree(folder, ignore_errors=True)
    recordings = RecordingFolder(tmp_path / "config" / "replays").recordings
    yield Album(newcomer, folder, Pages(rules, recordings))
    newcomer.close()


def test_every_screen_is_reached_and_is_in_the_language_of_the_player(album: Album) -> None:
    album.newcomer.take_the_window()
    album.see("title", "Play")
    look_at_settings(album)
    album.press("title", "Replays")
    album.see("replays-none", "Record my matches", page="replays")
    album.keys("Escape")
    fail_to_join(album)
    play(album)
    die(album)
    watch_recordings(album)
    host(album)
    watch(album)
    quit_the_game(album)


def look_at_settings(album: Album) -> None:
    """The page of settings and that of keys, from their first line to their last."""
    album.press("title", "Settings")
    album.see("settings", "Volume")
    album.keys("Up", "Up", "Up")
    album.see("settings-end", "Keys and buttons", page="settings")
    album.press("settings", "Keys and buttons")
    album.see("keys", "Up")
    album.keys("Up")
    album.see("keys-end", "Reset to defaults", page="keys")
    album.press("keys", "Split")
    album.pages.form("keys").widget("Split").press()
    album.see("keys-asking", "Split", page="keys")
    album.keys("v", "Escape")
    album.keys("Escape")
    album.newcomer.until(
        lambda: album.newcomer.kept()["keys"]["split"] == ["v", "space"], "another key for splitting"
    )


def fail_to_join(album: Album) -> None:
    """No one answers at an address; the page says what to do."""
    album.press("title", "Join a world")
    album.see("join", "Host")
    album.newcomer.xserver.type(NOWHERE)
    album.keys("Return")
    album.see("error", "Try again")
    album.keys("Escape", "Escape")


def play(album: Album) -> None:
    """A world of one's own: hints, the game, its numbers, the pause and what is behind it."""
    album.press("title", "Play")
    album.see("setup", "Name")
    album.newcomer.xserver.type(NAME)
    album.keys("Return")
    album.newcomer.until(lambda: album.newcomer.kept().get("name") == NAME, "a name that is kept")
    album.newcomer.look_at_the_world()
    album.newcomer.until(lambda: bool(album.newcomer.own()), "a circle of one's own")
    album.see_motion("playing")
    album.keys("F3")
    album.see_motion("network-numbers")
    album.keys("F3", "Escape")
    album.see("pause", "Resume")
    album.press("pause", "Settings")
    album.see("settings-in-the-game", "Volume", page="settings-again")
    album.keys("Escape")
    album.keys("Escape")
    album.until_gone("pause", "Resume")


def die(album: Album) -> None:
    """The end of a run, how it came about, the others, the next run; and out of the world from there."""
    album.newcomer.xserver.hold("x")
    album.newcomer.until(lambda: not album.newcomer.own(), "the end of the run")
    album.newcomer.xserver.let_go("x")
    album.see("death", "Play again")
    album.press("death", "Watch how")
    album.until_gone("death", "Play again")
    album.see_motion("how-it-ended")
    album.keys("Escape")
    album.see("death-again", "Watch how", page="death")
    album.press("death", "Watch others")
    album.until_gone("death", "Watch how")
    album.see_motion("watching-others")
    album.keys("Return")
    album.newcomer.until(lambda: bool(album.newcomer.own()), "the next run")
    album.keys("Escape")
    album.newcomer.stop_looking()
    album.press("pause", "Leave the world", fresh=True)
    album.see("home", "Play", page="title")


def watch_recordings(album: Album) -> None:
    """The match that was recorded: it is watched, and deleted after a question."""
    album.press("title", "Replays")
    album.see("replays", "How your last run ended", page="replays-kept")
    album.press("replays-kept", album.pages.recording)
    album.until_gone("replays-kept", "Delete a match")
    album.see_motion("replay")
    album.keys("Escape")
    album.see("replays-again", album.pages.recording, page="replays-kept")
    album.keys("Delete")
    album.see("replays-asking", "Keep it")
    album.press("replays-asking", "Delete it")
    album.see("replays-deleted", "How your last run ended")
    album.keys("Escape")


def host(album: Album) -> None:
    """A world for others: its addresses, its players, and one who is removed."""
    album.press("title", "Host a world")
    album.see("setup-of-a-host", "Open the world")
    # No bots: the list of players is the host and the guest.
    album.keys("Up", "Up", "Up", "Left", "Down", "Down", "Down", "Return")
    album.see("host", "Start playing")
    album.keys("Return")
    guest = album.newcomer.guest(GUEST)
    album.newcomer.until(lambda: guest.world.names.get(guest.player_id or 0) == GUEST, "a guest")
    album.see_motion("hosting")
    album.keys("Escape")
    album.see("pause-of-a-host", "Resume")
    album.press("pause-of-a-host", "Players")
    album.see("players", GUEST)
    album.press("players", GUEST)
    album.see("players-asking", "No")
    album.keys("Up", "Up", "Return")
    # The focus is on whichever button was there first: the answers of the server come when they come.
    album.hover("players-removed", "Back")
    album.see("players-removed", "Back")
    album.keys("Escape")
    album.press("pause-of-a-host", "Leave the world")
    album.newcomer.stop_looking()
    album.see("home-again", "Host a world", page="title")


def watch(album: Album) -> None:
    album.press("title", "Watch")
    album.until_gone("title", "Watch")
    album.newcomer.look_at_the_world()
    album.see_motion("watching")
    album.newcomer.stop_looking()
    album.keys("Escape")
    album.press("pause", "Leave the world", fresh=True)


def quit_the_game(album: Album) -> None:
    album.see("the-end", "Watch", page="title")
    children = descendants(album.newcomer.game.pid)
    album.press("title", "Quit")
    assert album.newcomer.game.wait(PATIENCE) == 0
    assert not any(is_running(pid) for pid in children)
