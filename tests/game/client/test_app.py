"""The whole game against the embedded server: posted events in, states and pictures out."""

from __future__ import annotations

import time
from contextlib import ExitStack
from itertools import pairwise
from math import hypot
from pathlib import Path

import pygame
import pytest
from pytest_mock import MockerFixture

from game.client.app import App, play, run
from game.client.app_context import AppContext
from game.client.scenes.error import ErrorScene
from game.client.scenes.pause import PauseScene
from game.client.scenes.playing import PlayingScene
from game.client.views.loss import LossView
from game.client.window import Window
from game.match import life
from game.match.intent import Intent
from game.match.launcher_ports import OpenWorld
from game.match.observation import Observation
from game.match.report import PlayReport
from game.match.session import SessionState
from game.match.settings import DEFAULT_PAD, PlaySettings
from game.presentation.sound_cues import Cue, Sound
from game.rules import module
from spacetimedb_sdk import ConnectError, ConnectionLost
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.testing import BadNetwork
from tests.game.client.driver import Driver, LocalLauncher, key_down
from tests.game.client.pictures import pixels
from tests.plugins.ports import held_port


def open_world(driver: Driver, server: str, *, name: str | None = None, **settings: object) -> None:
    """Go straight into a world, as `play` with options does."""
    options = {"name": name, "on_token": lambda token: None, **settings}
    world = OpenWorld(settings=PlaySettings(server=server, **options), title="a world")  # type: ignore[arg-type]
    driver.context.stack.push(PlayingScene(driver.context, world))


def test_from_the_name_through_a_death_into_the_next_life(driver: Driver, server: Server) -> None:
    open_world(driver, server.host)
    driver.until_state(SessionState.NAMING)
    driver.type("Ada")
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.PLAYING)
    world = driver.playing.session.world
    assert driver.playing.session.known_name == "Ada"
    assert driver.store.kept.name == "Ada"
    (track,) = world.own.values()
    start = track.x
    side = 1 if start < 500 else -1
    driver.point(640 + side * 400, 360)
    driver.until(lambda: abs(track.x - start) > 40.0)
    assert (track.x - start) * side > 0
    driver.press(pygame.K_x)
    assert driver.state is SessionState.PLAYING
    driver.hold(pygame.K_x, lambda: driver.state is SessionState.DEAD)
    driver.until_dead()
    driver.press(pygame.K_SPACE, " ")
    driver.until_state(SessionState.PLAYING)
    # It may have come upon a piece of food.
    assert 15 <= world.own_mass() < 30
    assert world.account.deaths == 1


def test_a_best_run_is_kept_by_who_leaves_alive_and_heard_of(
    driver: Driver, server: Server, mocker: MockerFixture
) -> None:
    driver.context.change(best_mass=10)
    open_world(driver, server.host, name="Best")
    driver.until_state(SessionState.PLAYING)
    played = mocker.spy(driver.context.audio, "play")
    driver.playing.stage.news.feats += 1
    driver.frame()
    assert Cue(Sound.FEAT) in played.call_args.args[0]
    driver.frame()
    assert Cue(Sound.FEAT) not in played.call_args.args[0]
    account = driver.playing.session.world.account
    driver.playing.leave()
    assert driver.store.kept.best_mass == account.peak_mass >= 15


def test_hints_name_what_is_in_the_hands(driver: Driver, server: Server, mocker: MockerFixture) -> None:
    button = pygame.event.Event(pygame.CONTROLLERBUTTONDOWN, button=14, instance_id=0)
    trembling, tilted = (
        pygame.event.Event(pygame.CONTROLLERAXISMOTION, axis=0, value=value, instance_id=0)
        for value in (3_000, 30_000)
    )
    resting = pygame.event.Event(pygame.MOUSEMOTION, pos=(5, 5), rel=(0, 0), buttons=(0, 0, 0))
    open_world(driver, server.host, name="Pad")
    driver.until_state(SessionState.PLAYING)
    drawn = mocker.spy(driver.playing.stage.hud, "draw_status")
    steps = (
        (button, True), (resting, True), (key_down(pygame.K_w), False), (trembling, False), (tilted, True),
    )  # fmt: skip
    for event, is_pad in steps:
        pygame.event.post(event)
        driver.frame()
        assert driver.context.uses_pad is is_pad
        assert (drawn.call_args.kwargs["buttons"] == DEFAULT_PAD) is is_pad
    driver.point(640, 360)
    assert not driver.context.uses_pad


def test_a_click_on_play_enters_without_a_name(driver: Driver, server: Server) -> None:
    open_world(driver, server.host)
    driver.until_state(SessionState.NAMING)
    driver.click("PLAY")
    driver.until_state(SessionState.PLAYING)
    assert driver.playing.session.known_name == "Player"
    # That is no choice to be kept.
    assert driver.store.kept.name is None


def test_arrow_keys_steer_and_letting_go_rests(driver: Driver, server: Server) -> None:
    open_world(driver, server.host, name="Keys")
    driver.until_state(SessionState.PLAYING)
    (track,) = driver.playing.session.world.own.values()
    start = track.x
    code, side = (pygame.K_RIGHT, 1) if start < 500 else (pygame.K_LEFT, -1)
    pygame.event.post(key_down(code))
    driver.until(lambda: (track.x - start) * side > 30.0)
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=code, mod=0, unicode="", scancode=0))
    driver.until(lambda: driver.playing.session._sent_direction == (0.0, 0.0))


def test_closing_the_window_ends_the_game(driver: Driver, server: Server) -> None:
    open_world(driver, server.host)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    driver.until(lambda: driver.app.is_over)


def test_behind_a_menu_the_circle_goes_where_the_hand_is_afterwards(driver: Driver, server: Server) -> None:
    open_world(driver, server.host, name="Hand")
    driver.until_state(SessionState.PLAYING)
    session = driver.playing.session
    pygame.event.post(key_down(pygame.K_w))
    driver.until(lambda: session._sent_direction == (0.0, 1.0))
    driver.press(pygame.K_ESCAPE)
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=pygame.K_w, mod=0, unicode="w", scancode=0))
    driver.press(pygame.K_ESCAPE)
    assert driver.playing.view.intent().direction == (0.0, 0.0)
    driver.point(1000, 360)
    driver.press(pygame.K_ESCAPE)
    driver.point(640, 60)
    driver.press(pygame.K_ESCAPE)
    assert driver.playing.view.intent().direction == pytest.approx((0.0, 1.0))


def test_out_of_focus_the_input_rests_and_nothing_piles_up(driver: Driver, server: Server) -> None:
    open_world(driver, server.host, name="Away")
    driver.until_state(SessionState.PLAYING)
    driver.point(900, 360)
    session = driver.playing.session
    driver.until(lambda: session._sent_direction not in (None, (0.0, 0.0)))
    for kind in (pygame.WINDOWFOCUSLOST, pygame.WINDOWMINIMIZED):
        pygame.event.post(pygame.event.Event(kind))
    driver.until(lambda: session._sent_direction == (0.0, 0.0))
    assert driver.app.is_minimised
    calls = session.stats[1]
    rested_at = time.monotonic()
    driver.until(lambda: time.monotonic() - rested_at > 0.3)
    assert session.stats[1] == calls
    for kind in (pygame.WINDOWRESTORED, pygame.WINDOWFOCUSGAINED):
        pygame.event.post(pygame.event.Event(kind))
    driver.until(lambda: session._sent_direction not in (None, (0.0, 0.0)))
    assert not driver.app.is_minimised


def test_a_lost_server_is_told_and_found_again(driver: Driver, server: Server) -> None:
    with BadNetwork(server.host) as network:
        open_world(driver, network.host, name="Lost")
        driver.until_state(SessionState.PLAYING)
        before = driver.playing.session.player_id, driver.playing.session.world.own_mass()
        network.refuses = True
        network.cut()
        driver.until_state(SessionState.RECONNECTING)
        assert isinstance(driver.playing.view, LossView)
        driver.frame()
        network.heal()
        driver.until_state(SessionState.PLAYING)
        assert driver.playing.session.player_id == before[0]
        # It may have come to rest on a piece of food.
        assert driver.playing.session.world.own_mass() >= before[1]
        driver.close()


def test_while_the_connection_is_lost_one_can_leave(driver: Driver, server: Server) -> None:
    with BadNetwork(server.host) as network:
        open_world(driver, network.host, name="Gone")
        driver.until_state(SessionState.PLAYING)
        network.refuses = True
        network.cut()
        driver.until_state(SessionState.RECONNECTING)
        driver.click("Leave the world")
        assert driver.app.is_over


def test_a_long_sleep_is_told_and_costs_one_step_only(driver: Driver, server: Server) -> None:
    open_world(driver, server.host, name="Sleeper")
    driver.until_state(SessionState.PLAYING)
    now = time.monotonic()
    driver.app.update(now, wall=1000.0)
    calls = driver.playing.session.stats[1]
    driver.app.update(now + 0.01, wall=1000.0 + 3600.0)
    assert driver.was_told("60 minutes")
    assert driver.playing.session.stats[1] - calls <= 1
    driver.app.draw(driver.window.surface)


def test_a_token_of_another_server_makes_somebody_new(driver: Driver, server: Server) -> None:
    refused: list[None] = []
    open_world(
        driver, server.host, name="Ada", token="no.such.token", on_token_refused=lambda: refused.append(None)
    )
    driver.until_state(SessionState.PLAYING)
    assert refused == [None]
    assert driver.was_told("somebody new")


def test_a_server_that_comes_back_with_another_key_makes_somebody_new(driver: Driver) -> None:
    with Server(module, database="blackholio") as first:
        open_world(driver, first.host)
        driver.until_state(SessionState.NAMING)
        driver.type("Ada")
        driver.press(pygame.K_RETURN)
        driver.until_state(SessionState.PLAYING)
        port = first.running.port
    with ExitStack() as stack:
        with held_port(port):
            driver.until_state(SessionState.RECONNECTING)
            stack.enter_context(Server(module, database="blackholio", listen=("127.0.0.1", port)))
        driver.until_state(SessionState.PLAYING)
        assert driver.playing.session.known_name == "Ada"
        assert driver.was_told("somebody new")
        driver.close()


def test_what_is_no_address_at_all_is_told_too(driver: Driver) -> None:
    open_world(driver, "not an address")
    driver.until_top(ErrorScene)


def test_a_wrong_address_is_a_scene_that_says_what_to_do(driver: Driver) -> None:
    open_world(driver, "127.0.0.1:1")
    driver.until_top(ErrorScene)
    driver.frame()
    assert driver.top.explanation.headline == "Nobody is hosting there"  # type: ignore[attr-defined]
    driver.press(pygame.K_ESCAPE)
    assert driver.app.is_over


def test_a_world_that_was_joined_is_remembered_and_can_be_tried_again(driver: Driver, server: Server) -> None:
    launcher = LocalLauncher(server.host)
    missing = launcher.joined(server.host, "nowhere", "Ada")
    driver.context.stack.push(PlayingScene(driver.context, missing))
    driver.until_top(ErrorScene)
    assert driver.store.kept.servers == ()
    driver.click("Try again")
    driver.until_top(ErrorScene)
    driver.close()
    driver.context.stack.push(PlayingScene(driver.context, launcher.joined(server.host, "blackholio", "Ada")))
    driver.until_state(SessionState.PLAYING)
    assert tuple(each.server for each in driver.store.load().servers) == (server.host,)


def test_a_world_that_ends_by_itself_is_told(driver: Driver, server: Server) -> None:
    reasons: list[str] = []
    settings = PlaySettings(server=server.host, name="Ada", on_token=lambda token: None)
    world = OpenWorld(
        settings=settings, title="own", failure=lambda: reasons[0] if reasons else None, close=reasons.clear
    )
    driver.context.stack.push(PlayingScene(driver.context, world))
    driver.until_state(SessionState.PLAYING)
    reasons.append("The server has ended: out of memory")
    driver.until_top(ErrorScene)
    assert "out of memory" in driver.top.explanation.means  # type: ignore[attr-defined]
    assert reasons == []


def test_the_first_frame_of_a_life_shows_the_own_circle_in_the_middle(driver: Driver, server: Server) -> None:
    open_world(driver, server.host, name="Kay")
    for _ in range(2):
        driver.until(lambda: bool(driver.playing.session.world.own))
        (track,) = driver.playing.session.world.own.values()
        camera = driver.playing.stage.camera
        assert (camera.x, camera.y) == pytest.approx((track.shown_x, track.shown_y))
        driver.playing.session.send(Intent(suicide=True), driver.context.now)
        driver.until_state(SessionState.DEAD)
        driver.playing.stage.input.ask_respawn()


def test_keys_that_work_everywhere(driver: Driver, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []
    monkeypatch.setattr(
        driver.window, "keep_picture", lambda: kept.append("picture") or "Picture kept: x.png"
    )
    open_world(driver, server.host)
    driver.until_state(SessionState.NAMING)
    driver.press(pygame.K_F12)
    assert kept == ["picture"]
    assert driver.was_told("x.png")
    driver.press(pygame.K_m, "m")
    assert not driver.store.kept.muted
    driver.press(pygame.K_RETURN)
    driver.until_state(SessionState.PLAYING)
    driver.press(pygame.K_m, "m")
    assert driver.store.kept.muted
    assert driver.playing.stage.preferences.loudness == 0.0
    before = driver.playing.stage.hud.palette
    driver.context.change(palette="colour-blind")
    assert driver.playing.stage.hud.palette != before
    driver.press(pygame.K_F3)
    assert driver.playing.stage.net_hud_shown
    driver.until(lambda: bool(driver.playing.net_meter.lines))
    driver.frame()
    with_numbers = pixels(driver.window.surface.subsurface((16, 16, 300, 200)))
    driver.press(pygame.K_F3)
    assert pixels(driver.window.surface.subsurface((16, 16, 300, 200))) != with_numbers
    driver.press(pygame.K_F3)
    driver.press(pygame.K_F11)
    assert driver.store.kept.full_screen
    assert pygame.display.get_surface().get_flags() & pygame.FULLSCREEN
    driver.press(pygame.K_F11)
    assert not pygame.display.get_surface().get_flags() & pygame.FULLSCREEN


def test_the_window_takes_every_mode_and_finds_its_size_again(driver: Driver) -> None:
    driver.context.stack.push(PauseScene(driver.context, leave=driver.close))
    pygame.display.set_mode((900, 500), pygame.RESIZABLE)
    for change in ({"full_screen": True}, {"vsync": True}, {"full_screen": False}, {"vsync": False}):
        driver.context.change(**change)
        driver.frame()
    assert driver.window.size == (900, 500)


def test_the_first_window_is_no_larger_than_the_screen(driver: Driver, mocker: MockerFixture) -> None:
    mocker.patch.object(pygame.display, "get_driver", return_value="x11")
    for screen, size in (((1024, 600), (1024, 600)), ((1920, 1080), (1280, 720)), ((320, 200), (640, 360))):
        mocker.patch.object(pygame.display, "get_desktop_sizes", return_value=[screen])
        assert Window(driver.context.preferences).size == size


def test_a_scaled_picture_never_follows_another(driver: Driver, mocker: MockerFixture) -> None:
    # pygame-ce would write past the window's memory: it keeps the first one's size.
    set_mode = mocker.spy(pygame.display, "set_mode")
    for change in ({"vsync": True}, {"full_screen": True}, {"full_screen": False}, {"vsync": False}):
        driver.context.change(**change)
        driver.frame()
    scaled = [bool(call.args[1] & pygame.SCALED) for call in set_mode.call_args_list]
    assert scaled.count(True) == 3
    assert not any(first and second for first, second in pairwise(scaled))


def test_a_picture_is_kept_and_its_place_told(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "Pictures").mkdir()
    told = driver.window.keep_picture()
    (picture,) = (tmp_path / "Pictures").iterdir()
    assert str(picture) in told
    assert pygame.image.load(str(picture)).get_size() == driver.window.size
    picture.unlink()
    (tmp_path / "Pictures").rmdir()
    monkeypatch.chdir(tmp_path)
    assert str(tmp_path) in driver.window.keep_picture()


def test_a_resized_window_is_steered_and_drawn_anew(driver: Driver, server: Server) -> None:
    open_world(driver, server.host, name="Wide")
    driver.until_state(SessionState.PLAYING)
    pygame.display.set_mode((1000, 400), pygame.RESIZABLE)
    driver.frame()
    assert driver.playing.stage.window == (1000, 400)


def test_headless_play_through_the_same_intents(server: Server, tmp_path: Path) -> None:
    looks: list[tuple[float, Observation]] = []

    def to_the_middle(observation: Observation) -> Intent:
        looks.append((time.monotonic(), observation))
        if not observation.me:
            return Intent()
        me = observation.me[0]
        begin = next(look.me[0] for _, look in looks if look.me)
        if hypot(me.x - begin.x, me.y - begin.y) > 60:
            pygame.event.post(pygame.event.Event(pygame.QUIT))
        return Intent(direction=(1.0 if me.x < 500 else -1.0, 1.0 if me.y < 500 else -1.0))

    settings = PlaySettings(
        server=server.host,
        name="Robot",
        headless=True,
        seconds=60.0,
        screenshot=tmp_path / "last.png",
        on_token=lambda token: None,
    )
    report = play(settings, steering=to_the_middle)
    assert report.frames > 0
    assert report.reducer_errors == 0
    assert report.row_updates > 100
    assert report.distance > 0
    assert report.peak_mass >= 15
    assert len(looks) <= report.seconds * 20 + 2
    assert looks[-1][1].me
    picture = pygame.image.load(str(tmp_path / "last.png"))
    assert picture.get_size() == (1280, 720)


def test_headless_play_lives_on_after_a_death(server: Server) -> None:
    lives: set[int] = set()

    def give_up_once(observation: Observation) -> Intent:
        first = not lives
        lives.update(circle.entity_id for circle in observation.me)
        if len(lives) > 1:
            pygame.event.post(pygame.event.Event(pygame.QUIT))
        return Intent(suicide=first and bool(lives))

    settings = PlaySettings(
        server=server.host, name="Phoenix", headless=True, seconds=60.0, on_token=lambda token: None
    )
    report = play(settings, steering=give_up_once)
    assert report.deaths == 1
    assert report.rows["circle"] >= 1


def test_nothing_listening_ends_a_headless_game_with_its_typed_error() -> None:
    settings = PlaySettings(server="127.0.0.1:1", name="Ada", headless=True, on_token=lambda token: None)
    with pytest.raises(ConnectError):
        play(settings)


def test_a_lost_server_ends_a_headless_game_with_its_typed_error() -> None:
    with Server(module, database="blackholio") as server:

        def pull_the_plug(observation: Observation) -> Intent:
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


def test_words_pass_one_after_the_other(screen: pygame.Surface) -> None:
    context = AppContext(window=screen.get_size())
    app = App(context)
    app.update(100.0)
    context.notify("first")
    context.notify("second")
    context.notify("first")
    shown = []
    for second in range(101, 116, 2):
        app.update(float(second))
        shown.append(context.notice)
    assert shown == ["first"] * 3 + ["second"] * 3 + [""] * 2


def test_ctrl_c_is_a_proper_end_with_a_report(server: Server, mocker: MockerFixture) -> None:
    reports: list[PlayReport] = []

    account = life.Account()
    account.food_eaten, account.meals, account.deaths, account.peak_mass = 300, 20, 7, 400
    mocker.patch("game.match.world.Account", return_value=account)

    def interrupted(observation: Observation) -> Intent:
        raise KeyboardInterrupt

    settings = PlaySettings(server=server.host, name="Ada", headless=True, on_token=lambda token: None)
    report = run(
        OpenWorld(settings=settings, title="a world"), steering=interrupted, on_report=reports.append
    )
    assert reports == [report]
    assert report.frames > 0
    assert report.food_eaten >= 300
    assert (report.meals, report.deaths, report.peak_mass) == (20, 7, 400)
