"""The views of the playing scene: drawing changes nothing, and every window size and state can be drawn."""

from __future__ import annotations

from typing import Any

import pygame
import pytest
from pytest_mock import MockerFixture

from game.client.app_context import AppContext
from game.client.arena_stage import ArenaStage
from game.client.render.hud import Hud
from game.client.views.arena import ArenaView
from game.client.views.death import DeathView
from game.client.views.loss import LossView
from game.client.views.name_entry import NameEntryView
from game.client.views.view import SessionView
from game.client.views.waiting import WaitingView
from game.client.views.watching import WatchingView
from game.match.session import MAX_NAME_LENGTH, SessionState
from game.match.settings import Preferences
from game.match.shown import Flight, ShownCircle
from game.presentation.camera import half_height_for
from game.presentation.leaderboard import LeaderboardRow, leaderboard
from game.presentation.sound_cues import Cue, Sound
from tests.game.client.pictures import pixels
from tests.game.world_rows import WorldRows


def nothing() -> None:
    pass


def view_of(state: SessionState, context: AppContext, stage: ArenaStage) -> SessionView:
    match state:
        case SessionState.NAMING:
            return NameEntryView(context, stage, leave=nothing)
        case SessionState.PLAYING:
            return ArenaView(context, stage)
        case SessionState.DEAD:
            return DeathView(context, stage, leave=nothing)
        case SessionState.WATCHING:
            return WatchingView(context, stage)
        case SessionState.RECONNECTING | SessionState.LOST:
            return LossView(context, stage, leave=nothing, server="10.0.0.7:3000")
    return WaitingView(context, stage)


def populate(rows: WorldRows) -> None:
    rows.player(1, "Me", own=True)
    rows.scatter_food(200)
    rows.scatter_bots(around=(500, 500), reach=80, masses=(20, 90, 300, 45, 60, 70, 15, 16, 17, 18, 22, 33))
    rows.circle(1, 500, 500, 40)
    rows.settle()


def die(rows: WorldRows, now: float) -> None:
    hunter = max(rows.circles, key=lambda entity_id: rows.entities[entity_id].mass)
    (me,) = rows.world.own
    place = rows.entities[me].position
    rows.begin(now)
    rows.move(hunter, place.x + 5, place.y)
    rows.eat(hunter, me)
    rows.settle()


def play_scene(scene: SessionView, seconds: float, *, start: float = 0.0) -> None:
    for frame in range(1, round(seconds * 60) + 1):
        scene.update(start + frame / 60, 1 / 60)


def state_of(thing: Any) -> Any:
    """Everything that a scene could change, as plain values; pictures are caches and do not count."""
    if isinstance(thing, ShownCircle | Flight):
        return {name: state_of(getattr(thing, name)) for name in thing.__slots__ if name != "eater"}
    if isinstance(thing, dict):
        return {key: state_of(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple | set | frozenset):
        return [state_of(value) for value in thing]
    if hasattr(thing, "__dict__") and type(thing).__module__.startswith("game."):
        pictures = ("_arena", "texts", "hud", "audio", "_backdrop")
        return {name: state_of(value) for name, value in vars(thing).items() if name not in pictures}
    return repr(thing)


@pytest.mark.parametrize("state", list(SessionState))
def test_drawing_changes_nothing(
    state: SessionState, context: AppContext, stage: ArenaStage, rows: WorldRows, screen: pygame.Surface
) -> None:
    populate(rows)
    scene = view_of(state, context, stage)
    stage.session.state = state
    scene.enter()
    play_scene(scene, 1.0)
    if state is SessionState.DEAD:
        die(rows, 1.0)
        play_scene(scene, 0.1, start=1.0)
    before = state_of(scene)
    scene.draw(screen)
    first = pixels(screen)
    for _ in range(3):
        scene.draw(screen)
    assert state_of(scene) == before
    assert pixels(screen) == first


@pytest.mark.parametrize("size", [(640, 360), (800, 450), (1280, 720), (1920, 1080), (500, 900), (120, 60)])
def test_every_view_fits_every_window(
    size: tuple[int, int], context: AppContext, stage: ArenaStage, rows: WorldRows
) -> None:
    populate(rows)
    window = pygame.display.set_mode(size)
    stage.window = size
    for state in SessionState:
        scene = view_of(state, context, stage)
        stage.session.state = state
        scene.enter()
        play_scene(scene, 0.2)
        window.fill((255, 0, 255))
        scene.draw(window)
        corners = [window.get_at(place)[:3] for place in ((0, 0), (size[0] - 1, size[1] - 1))]
        assert (255, 0, 255) not in corners


def test_a_typed_name_is_cut_and_cleaned(context: AppContext, stage: ArenaStage) -> None:
    scene = NameEntryView(context, stage, leave=nothing)
    scene.enter()
    scene.handle(pygame.event.Event(pygame.TEXTINPUT, text="  Ada\x00"))
    assert scene.name == "Ada "
    scene.handle(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_BACKSPACE, unicode="", mod=0))
    assert scene.name == "Ada"
    scene.handle(pygame.event.Event(pygame.TEXTINPUT, text="x" * 100))
    assert len(scene.name) == MAX_NAME_LENGTH


def test_a_known_name_is_offered_again(context: AppContext, stage: ArenaStage, rows: WorldRows) -> None:
    rows.player(5, "Grace", own=True)
    rows.settle()
    scene = NameEntryView(context, stage, leave=nothing)
    scene.enter()
    assert scene.name == "Grace"


def test_lines_of_the_leaderboard_are_written_anew_only_when_they_change(
    stage: ArenaStage, rows: WorldRows, screen: pygame.Surface, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few in each frame: who has the same rank, name and mass as before keeps the line."""
    populate(rows)
    hud = Hud(stage.texts)
    written = 0
    write = hud._render_line

    def count(*given: object) -> pygame.Surface:
        nonlocal written
        written += 1
        return write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(hud, "_render_line", count)

    def draw() -> tuple[LeaderboardRow, ...]:
        board = leaderboard(rows.world.circles.values(), rows.world.names, 1)
        hud.draw_leaderboard(screen, board)
        return hud._board.rows

    first = draw()
    assert len(first) > 3
    assert draw() == first
    assert written == len(first)
    for player_id in range(1, 30):
        rows.circle(player_id, 400, 400, 500 + player_id)
    rows.settle()
    expected = leaderboard(rows.world.circles.values(), rows.world.names, 1)
    before, frames = written, 0
    while (shown := draw()) != expected:
        # A whole one of before, never lines of both: they would show a player twice.
        assert shown == first
        frames += 1
        assert written <= before + 2 * frames
    assert frames > 2


def test_a_leaderboard_that_changes_all_the_time_is_shown_all_the_same(
    stage: ArenaStage, rows: WorldRows, screen: pygame.Surface
) -> None:
    populate(rows)
    hud = Hud(stage.texts)
    shown = set()
    for moment in range(40):
        for player_id in range(1, 30):
            rows.circle(player_id, 400, 400, 500 + 50 * moment + player_id)
        rows.settle()
        hud.draw_leaderboard(screen, leaderboard(rows.world.circles.values(), rows.world.names, 1))
        assert len({row.player_id for row in hud._board.rows}) == len(hud._board.rows)
        shown.add(hud._board.rows)
    assert len(shown) > 4


def test_hammering_space_does_not_skip_the_death(
    context: AppContext, stage: ArenaStage, rows: WorldRows
) -> None:
    populate(rows)
    scene = DeathView(context, stage, leave=nothing)
    stage.session.state = SessionState.DEAD
    die(rows, 0.0)
    scene.enter()
    scene.update(0.01, 0.01)
    space = pygame.event.Event(pygame.KEYDOWN, key=pygame.K_SPACE, mod=0, unicode=" ")
    scene.handle(space)
    assert not stage.input.take(stage.window).respawn
    play_scene(scene, 1.0)
    scene.handle(space)
    assert stage.input.take(stage.window).respawn


def test_the_eye_follows_who_ate_the_player(context: AppContext, stage: ArenaStage, rows: WorldRows) -> None:
    populate(rows)
    scene = DeathView(context, stage, leave=nothing)
    stage.session.state = SessionState.DEAD
    die(rows, 0.0)
    scene.enter()
    play_scene(scene, 3.0)
    death = rows.world.death
    assert death is not None
    assert death.eater_entity is not None
    eater = rows.world.circles[death.eater_entity]
    assert (stage.camera.x, stage.camera.y) == pytest.approx((eater.shown_x, eater.shown_y), abs=0.5)


def test_who_ate_the_player_is_seen_beside_the_card(
    context: AppContext, stage: ArenaStage, rows: WorldRows
) -> None:
    populate(rows)
    die(rows, 0.0)
    death = rows.world.death
    assert death is not None
    assert death.eater_entity is not None
    stage.window = (1280, 720)
    screen = pygame.display.set_mode(stage.window)
    scene = DeathView(context, stage, leave=nothing)
    play_scene(scene, 4.0)
    x, _ = stage._view(stage.window).to_screen(rows.world.circles[death.eater_entity].shown_x, stage.camera.y)
    assert x < 640 - 310
    # And in the next life the eye is in the middle again.
    rows.circle(1, 400, 400, 40)
    rows.settle()
    play_scene(ArenaView(context, stage), 1 / 60, start=5.0)
    assert stage._view(stage.window) == stage.camera.view(*stage.window)
    ArenaView(context, stage).draw(screen)


def test_no_name_is_written_under_the_card(
    context: AppContext, stage: ArenaStage, rows: WorldRows, mocker: MockerFixture
) -> None:
    populate(rows)
    die(rows, 0.0)
    stage.window = (1280, 720)
    screen = pygame.display.set_mode(stage.window)
    scene = DeathView(context, stage, leave=nothing)
    play_scene(scene, 4.0)
    drawn = mocker.spy(stage._arena, "draw_names")
    scene.draw(screen)
    (card,) = drawn.call_args.kwargs["taken"]
    assert all(card.contains(box) for _, box in scene.form.places(stage.window))
    assert card.collidepoint(screen.get_rect().center)


def test_shakes_and_flashes_can_be_turned_off(
    stage: ArenaStage, rows: WorldRows, screen: pygame.Surface
) -> None:
    populate(rows)
    stage.update(1.0, 0.1, ())
    stage.draw_world(screen)
    still = pixels(screen)
    stage.screen_shake.feel([Cue(Sound.DEATH)], 0.98)
    pictures = []
    for shake, flashes in ((True, True), (True, False), (False, True), (False, False)):
        stage.preferences = Preferences(shake=shake, flashes=flashes)
        stage.draw_world(screen)
        pictures.append(pixels(screen))
    assert len(set(pictures)) == 4
    assert pictures[-1] == still


def test_the_eye_is_at_the_own_circle_from_the_first_frame_of_each_life(
    context: AppContext, stage: ArenaStage, rows: WorldRows
) -> None:
    rows.player(1, "Me", own=True)
    rows.player(2, "Bo")
    hunter = rows.circle(2, 500, 500, 90)
    rows.settle()
    play_scene(WaitingView(context, stage), 1.0)
    assert (stage.camera.x, stage.camera.y) != pytest.approx((120.0, 870.0), abs=100.0)
    me = rows.circle(1, 120, 870, 40)
    rows.settle()
    play_scene(ArenaView(context, stage), 1 / 60, start=1.0)
    assert (stage.camera.x, stage.camera.y) == pytest.approx((120.0, 870.0))
    assert stage.camera.half_height == pytest.approx(half_height_for(40, 1))
    rows.begin(1.1)
    rows.move(hunter, 121, 870)
    rows.eat(hunter, me)
    rows.move(hunter, 300, 500)
    rows.settle()
    play_scene(DeathView(context, stage, leave=nothing), 2.0, start=1.1)
    rows.begin(3.2)
    rows.circle(1, 800, 200, 15)
    rows.settle()
    play_scene(ArenaView(context, stage), 1 / 60, start=3.2)
    assert (stage.camera.x, stage.camera.y) == pytest.approx((800.0, 200.0))
    assert stage.camera.half_height == pytest.approx(half_height_for(15, 1))
    # A split is no new life: the middle jumps, the eye glides.
    rows.begin(3.3)
    rows.circle(1, 840, 200, 15)
    rows.settle()
    play_scene(ArenaView(context, stage), 1 / 60, start=3.3)
    assert 800.0 <= stage.camera.x < 805.0
    play_scene(ArenaView(context, stage), 2.0, start=3.4)
    assert stage.camera.x == pytest.approx(820.0, abs=0.5)


def test_in_a_recorded_match_its_player_is_watched_until_somebody_else_is_chosen(
    context: AppContext, stage: ArenaStage
) -> None:
    rows = WorldRows(stage.session.world)
    rows.player(2, "Bo")
    rows.circle(2, 300, 300, 90)
    rows.player(3, "Cy")
    rows.circle(3, 600, 300, 60)
    rows.settle()
    view = WatchingView(context, stage)
    view.update(1.0, 0.1)
    assert view.watched == 2
    # It enters after others, and is what the match is about.
    rows.player(1, "Me", own=True)
    me = rows.circle(1, 500, 500, 20)
    rows.settle()
    view.update(2.0, 0.1)
    assert view.watched == 1
    view.go(1)
    view.update(3.0, 0.1)
    assert view.watched == 2
    view.go(-1)
    # Who watches a death goes on to somebody, and comes back with the next life.
    rows.eat(next(iter(rows.circles)), me)
    rows.settle()
    view.update(4.0, 0.1)
    assert view.watched == 2
    rows.circle(1, 500, 500, 15)
    rows.settle()
    view.update(5.0, 0.1)
    assert view.watched == 1
