"""The whole game against the embedded server: posted events in, states and pictures out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pygame
import pytest

from game.client.app import Game, play
from game.client.scenes.arena import ArenaScene
from game.client.scenes.death import DeathScene
from game.client.scenes.name_entry import NameEntryScene
from game.rules import module
from game.world.intent import Intent
from game.world.settings import PlaySettings
from game.world.sight import Sight
from spacetimedb_sdk import ConnectError, ConnectionLost
from spacetimedb_sdk.standalone import Server

PATIENCE = 20.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(module, database="blackholio", seed=9) as server:
        yield server


@pytest.fixture
def game(server: Server, screen: pygame.Surface) -> Iterator[Game]:
    settings = PlaySettings(server=server.host, on_token=lambda token: None)
    game = Game(settings, window=screen.get_size())
    game.session.open()
    yield game
    game.session.close()


def run(game: Game, screen: pygame.Surface, until: Callable[[], bool]) -> None:
    """Frames, each drawn, until something holds."""
    pacer = pygame.time.Clock()
    deadline = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < deadline, f"still {game.session.state}"
        for event in pygame.event.get():
            game.handle(event)
        game.update(time.monotonic())
        game.draw(screen)
        pygame.display.flip()
        pacer.tick(60)


def press(code: int, text: str = "") -> None:
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, mod=0, unicode=text, scancode=0))


def enter(game: Game, screen: pygame.Surface, name: str) -> None:
    run(game, screen, lambda: isinstance(game.scene, NameEntryScene))
    for letter in name:
        pygame.event.post(pygame.event.Event(pygame.TEXTINPUT, text=letter))
    press(pygame.K_RETURN)
    run(game, screen, lambda: isinstance(game.scene, ArenaScene))


def test_from_the_name_through_a_death_into_the_next_life(game: Game, screen: pygame.Surface) -> None:
    enter(game, screen, "Ada")
    world = game.session.world
    assert game.session.known_name == "Ada"
    (track,) = world.own.values()
    start = track.x
    side = 1 if start < 500 else -1
    pointer = (320 + side * 200, 180)
    pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=pointer, rel=(0, 0), buttons=(0, 0, 0)))
    run(game, screen, lambda: abs(track.x - start) > 40.0)
    assert (track.x - start) * side > 0
    press(pygame.K_s)
    run(game, screen, lambda: isinstance(game.scene, DeathScene))
    dead_at = time.monotonic()
    run(game, screen, lambda: time.monotonic() - dead_at > 0.7)
    press(pygame.K_SPACE, " ")
    run(game, screen, lambda: isinstance(game.scene, ArenaScene))
    assert world.own_mass() == 15
    assert world.deaths == 1


def test_a_click_on_play_enters_without_a_name(game: Game, screen: pygame.Surface) -> None:
    run(game, screen, lambda: isinstance(game.scene, NameEntryScene))
    click = pygame.event.Event(pygame.MOUSEBUTTONDOWN, button=1, pos=(320, 180 + round(92 * 0.78)))
    pygame.event.post(click)
    run(game, screen, lambda: isinstance(game.scene, ArenaScene))
    assert game.session.known_name == ""


@pytest.mark.parametrize(
    "event",
    [
        pygame.event.Event(pygame.QUIT),
        pygame.event.Event(pygame.KEYDOWN, key=pygame.K_ESCAPE, mod=0, unicode="", scancode=0),
    ],
    ids=["window closed", "escape"],
)
def test_leaving(game: Game, screen: pygame.Surface, event: pygame.event.Event) -> None:
    pygame.event.post(event)
    run(game, screen, lambda: game.is_over)


def test_a_resized_window_is_steered_and_drawn_anew(game: Game, screen: pygame.Surface) -> None:
    enter(game, screen, "Wide")
    wide = pygame.display.set_mode((1000, 400))
    game.handle(pygame.event.Event(pygame.VIDEORESIZE, w=1000, h=400, size=(1000, 400)))
    game.update(time.monotonic())
    game.draw(wide)
    assert game.stage.window == (1000, 400)


def test_headless_play_through_the_same_intents(server: Server, tmp_path: Path) -> None:
    looks: list[tuple[float, Sight]] = []

    def to_the_middle(sight: Sight) -> Intent:
        looks.append((time.monotonic(), sight))
        if not sight.me:
            return Intent()
        return Intent(direction=(1.0 if sight.me[0].x < 500 else -1.0, 1.0 if sight.me[0].y < 500 else -1.0))

    settings = PlaySettings(
        server=server.host,
        name="Robot",
        headless=True,
        seconds=3.0,
        screenshot=tmp_path / "last.png",
        on_token=lambda token: None,
    )
    report = play(settings, steering=to_the_middle)
    assert report.frames >= 3.0 * 45
    assert report.reducer_errors == 0
    assert report.row_updates > 100
    assert report.distance > 50
    assert report.peak_mass >= 15
    assert len(looks) <= 3.0 * 20 + 2
    assert looks[-1][1].me
    picture = pygame.image.load(str(tmp_path / "last.png"))
    assert picture.get_size() == (1280, 720)


def test_headless_play_lives_on_after_a_death(server: Server) -> None:
    ends = iter([True])

    def give_up_once(sight: Sight) -> Intent:
        return Intent(suicide=next(ends, False)) if sight.me else Intent()

    settings = PlaySettings(
        server=server.host, name="Phoenix", headless=True, seconds=3.0, on_token=lambda token: None
    )
    report = play(settings, steering=give_up_once)
    assert report.deaths == 1
    assert report.rows["circle"] >= 1


def test_nothing_listening_ends_the_game_with_its_typed_error() -> None:
    settings = PlaySettings(server="127.0.0.1:1", name="Ada", headless=True, on_token=lambda token: None)
    with pytest.raises(ConnectError):
        play(settings)


def test_a_lost_server_ends_a_headless_game_with_its_typed_error() -> None:
    with Server(module, database="blackholio") as server:

        def pull_the_plug(sight: Sight) -> Intent:
            server.stop()
            return Intent()

        settings = PlaySettings(server=server.host, name="Ada", headless=True, on_token=lambda token: None)
        with pytest.raises(ConnectionLost):
            play(settings, steering=pull_the_plug)


def test_a_screenshot_that_cannot_be_written_is_an_os_error(server: Server, tmp_path: Path) -> None:
    settings = PlaySettings(
        server=server.host,
        name="Ada",
        headless=True,
        seconds=0.3,
        screenshot=tmp_path / "no" / "such" / "folder.png",
        on_token=lambda token: None,
    )
    with pytest.raises(OSError, match="screenshot"):
        play(settings)
