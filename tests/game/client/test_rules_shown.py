"""What a player sees and does under the arcade rules, and what is hidden where a world has the official ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pygame
import pytest

from game.client.render.effects.protection import draw_protection
from game.client.render.effects.streaks import draw_streaks
from game.client.render.hud import Hud
from game.client.scenes.pause import PauseScene
from game.client.scenes.title import TitleScene
from game.client.ui.text import TextCache
from game.match.session import SessionState
from game.match.settings import DEFAULT_KEYS, Action
from game.match.shown import ShownCircle
from game.match.world import World
from game.presentation.camera import Camera
from game.presentation.palette import PROTECTION, STANDARD
from game.presentation.relation import Relation, Scale
from game.presentation.rule_lines import rule_lines
from game.presentation.sound_cues import Sound, SoundCues
from game.rules import rule_set
from game.rules.sets import arcade, official
from module_bindings import Protection, Reducers, WorldRules
from spacetimedb_sdk import Timestamp
from spacetimedb_sdk.handles import ReducerCall
from spacetimedb_sdk.standalone import Server
from tests.game.client.driver import Driver, LocalLauncher
from tests.game.client.pictures import pixels
from tests.game.world_rows import WorldRows

ARCADE = WorldRules(
    id=0,
    name="arcade",
    start_mass=15,
    split_from=60,
    most_circles=16,
    recombine=7.0,
    protection=3.0,
    eject_from=35,
    eject_cost=15,
    pellet_mass=12,
)


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    with (
        Server(arcade.module, database="blackholio", seed=3) as one,
        Server(official.module, database="blackholio", seed=3) as other,
    ):
        yield {"arcade": one, "official": other}


@pytest.fixture
def play(servers: dict[str, Server]) -> Iterator[Callable[[str], Driver]]:
    drivers: list[Driver] = []

    def begin(rules: str) -> Driver:
        launcher = LocalLauncher(servers[rules].host)
        driver = Driver(launcher=launcher)
        drivers.append(driver)
        driver.context.change(name="Ada", seen_hints=True)
        driver.context.stack.push(TitleScene(driver.context, launcher))
        driver.press(pygame.K_RETURN)
        driver.press(pygame.K_RETURN)
        driver.until_state(SessionState.PLAYING)
        return driver

    yield begin
    for driver in drivers:
        driver.close()


@pytest.fixture
def heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Newcomers have a mass of 200."""
    for each in (arcade, official):
        monkeypatch.setitem(rule_set._known, each.RULES.name, replace(each.RULES, start_mass=200))


@pytest.fixture
def ejections(monkeypatch: pytest.MonkeyPatch) -> list[Reducers]:
    """Who has asked the server to eject mass, each time; the rest of what a player sends goes on meanwhile."""
    asked: list[Reducers] = []
    eject_mass = Reducers.eject_mass

    def ask(reducers: Reducers) -> ReducerCall:
        asked.append(reducers)
        return eject_mass(reducers)

    monkeypatch.setattr(Reducers, "eject_mass", ask)
    return asked


def have_sent(driver: Driver) -> None:
    """Wait until what was pressed has been looked at: the steps in which a game sends are not its frames."""
    session = driver.playing.session
    before = session._sent_direction
    driver.point(*((900, 360) if before != (1.0, 0.0) else (360, 360)))
    driver.until(lambda: session._sent_direction != before)


def press_e(driver: Driver) -> None:
    driver.press(pygame.K_e, "e")


def press_right_mouse_button(driver: Driver) -> None:
    for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
        pygame.event.post(pygame.event.Event(kind, button=3, pos=(640, 360)))
    driver.frame()


def press_b(driver: Driver) -> None:
    for kind in (pygame.CONTROLLERBUTTONDOWN, pygame.CONTROLLERBUTTONUP):
        pygame.event.post(pygame.event.Event(kind, button=pygame.CONTROLLER_BUTTON_B, instance_id=0))
    driver.frame()


@pytest.mark.usefixtures("heavy")
@pytest.mark.parametrize("press", [press_e, press_right_mouse_button, press_b])
def test_mass_is_ejected(
    play: Callable[[str], Driver], press: Callable[[Driver], None], tmp_path: Path
) -> None:
    driver = play("arcade")
    session = driver.playing.session
    driver.until(lambda: session.can_eject)
    press(driver)
    driver.until(lambda: session.world.account.ejected == 1)
    # It is food like any other, and moves.
    driver.until(
        lambda: any(
            session.world.entities[food.entity_id].mass == 12
            and session.world.places.has_moved(food.entity_id)
            for food in session.world.db.food.iter()
        )
    )
    driver.picture(tmp_path / "eject.png")
    assert session.stats[2] == 0


def test_who_is_too_light_asks_for_nothing(
    play: Callable[[str], Driver], ejections: list[Reducers], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = play("arcade")
    session = driver.playing.session
    driver.until(lambda: session.world.rules is not None)
    press_e(driver)
    have_sent(driver)
    assert not ejections
    # The same key does ask where the world wants less.
    lighter = replace(ARCADE, eject_from=1)
    monkeypatch.setattr(type(session.world), "rules", property(lambda _world: lighter))
    press_e(driver)
    driver.until(lambda: bool(ejections))


def test_a_newcomer_is_shown_protected_until_it_is_not(play: Callable[[str], Driver]) -> None:
    driver = play("arcade")
    world = driver.playing.session.world
    driver.until(lambda: world.own_player_id in world.protected)
    assert all(circle.is_protected for circle in world.own.values())
    driver.until(lambda: world.own_player_id not in world.protected)
    assert not any(circle.is_protected for circle in world.own.values())


@pytest.mark.usefixtures("heavy")
def test_an_official_world_hides_ejecting_and_says_what_it_is(
    play: Callable[[str], Driver], ejections: list[Reducers]
) -> None:
    driver = play("official")
    session = driver.playing.session
    driver.until(lambda: session.world.own_mass() >= 200 and session.world.db.food.count() > 0)
    press_e(driver)
    have_sent(driver)
    assert not ejections
    assert not session.can_eject
    driver.press(pygame.K_ESCAPE)
    assert isinstance(driver.top, PauseScene)
    assert driver.form.widget("Rules: Official")
    assert session.stats[2] == 0


def test_the_pause_menu_says_what_is_played_by(play: Callable[[str], Driver]) -> None:
    driver = play("arcade")
    world = driver.playing.session.world
    driver.until(lambda: world.rules is not None)
    driver.press(pygame.K_ESCAPE)
    for line in rule_lines(world.rules):
        assert driver.form.widget(line)
    assert rule_lines(world.rules) == (
        "Rules: Arcade",
        "Split from 60   ·   one again after 7 s",
        "Eject 12 for 15, from 35 on",
        "Protected for 3 s",
    )


@pytest.mark.parametrize(("eject_from", "shown"), [(0, False), (35, True)])
def test_the_key_that_ejects_is_shown_where_it_does_something(
    screen: pygame.Surface, monkeypatch: pytest.MonkeyPatch, eject_from: int, shown: bool
) -> None:
    texts = TextCache()
    written: list[str] = []
    render = texts.render

    def note(text: str, *arguments: object, **options: object) -> pygame.Surface:
        written.append(text)
        return render(text, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(texts, "render", note)
    Hud(texts).draw_status(
        screen, mass=20, circles=1, rank=1, held=False, largest=20, eject_from=eject_from, keys=DEFAULT_KEYS
    )
    assert ("eject from 35" in written) == shown
    assert any("eject" in text for text in written) == shown
    assert "split from 60" in written


def protected_world(screen: pygame.Surface) -> tuple[World, Camera]:
    rows = WorldRows(World())
    rows.player(1, "Ada", own=True)
    rows.player(2, "Bo")
    rows.circle(1, 500, 500, 100)
    rows.circle(2, 530, 500, 30)
    rows.db.protection.put(Protection(player_id=2, until=Timestamp(1)))
    rows.settle()
    for step in range(60):
        rows.world.advance(step * 0.05)
    return rows.world, Camera(515.0, 500.0, half_height=60.0)


def test_a_ring_is_around_the_protected_alone_and_pulses(screen: pygame.Surface) -> None:
    world, camera = protected_world(screen)
    view = camera.view(*screen.get_size())
    frames = []
    for now in (10.0, 10.3):
        screen.fill((0, 0, 0))
        world.advance(now)
        draw_protection(screen, world, view)
        mask = pygame.mask.from_threshold(screen, PROTECTION, (1, 1, 1, 255))
        assert mask.count() > 50
        (protected,) = [circle for circle in world.circles.values() if circle.player_id == 2]
        x, y = view.to_screen(protected.shown_x, protected.shown_y)
        reach = protected.shown_radius * view.scale * 1.6
        around = pygame.Rect(0, 0, 2 * reach, 2 * reach)
        around.center = round(x), round(y)
        found = mask.get_bounding_rects()
        assert all(around.contains(rect) for rect in (found if isinstance(found, list) else [found]))
        frames.append(pixels(screen))
    assert frames[0] != frames[1]
    # Where things are to stand still it does.
    stills = []
    for now in (11.0, 11.3):
        screen.fill((0, 0, 0))
        world.advance(now)
        draw_protection(screen, world, view, motion=False)
        stills.append(pixels(screen))
    assert stills[0] == stills[1]


def test_the_protected_are_neither_danger_nor_prey() -> None:
    own = ShownCircle(1, 1, 0.0, 0.0, 100)
    scale = Scale([own], 1)
    for mass, relation in ((20, Relation.PREY), (400, Relation.DANGER)):
        other = ShownCircle(2, 2, 0.0, 0.0, mass)
        assert scale.relation(other) is relation
        other.is_protected = True
        assert scale.relation(other) is Relation.PLAIN


def streak(
    screen: pygame.Surface, step: float, mass: int, *, food: bool, ticks: int = 8
) -> pygame.Rect | None:
    """What is drawn behind a thing that goes `step` units a tick to the right."""
    rows = WorldRows(World())
    key = rows.food(400, 500, mass) if food else rows.circle(1, 400, 500, mass)
    rows.settle()
    for tick in range(1, ticks + 1):
        rows.begin(tick * 0.05)
        rows.move(key, 400 + tick * step, 500)
        rows.settle()
        rows.world.advance(tick * 0.05)
    screen.fill((0, 0, 0))
    x, y = rows.world.places.at(rows.entities[key], rows.world.now)
    view = Camera(x, y, half_height=80.0).view(*screen.get_size())
    draw_streaks(screen, rows.world, view, STANDARD, food=[key] if food else ())
    mask = pygame.mask.from_threshold(screen, (0, 0, 0), (1, 1, 1, 255))
    mask.invert()
    drawn = mask.get_bounding_rects()
    return drawn[0] if isinstance(drawn, list) and drawn else None


def test_what_is_thrown_leaves_a_streak_and_what_goes_does_not(screen: pygame.Surface) -> None:
    middle = screen.get_width() // 2
    assert streak(screen, 3.0, 200, food=False) is None
    # What has been there for long was not thrown just now.
    assert streak(screen, 12.0, 200, food=False, ticks=25) is None
    for mass, food in ((200, False), (12, True)):
        drawn = streak(screen, 12.0, mass, food=food)
        assert drawn is not None
        # It is where the thing has been.
        assert drawn.centerx < middle - 10


def heard_of(cues: SoundCues) -> list[Sound]:
    return [cue.sound for cue in cues.cues(Camera(500.0, 500.0))]


def test_ejecting_is_heard() -> None:
    rows = WorldRows(World())
    rows.player(1, "Ada", own=True)
    rows.circle(1, 500, 500, 100)
    rows.db.world_rules.put(ARCADE)
    rows.settle()
    cues = SoundCues(rows.world)
    assert heard_of(cues) == []
    rows.world.account.ejected += 1
    assert heard_of(cues) == [Sound.EJECT]
    assert heard_of(cues) == []


def test_another_key_can_eject() -> None:
    assert DEFAULT_KEYS[Action.EJECT] == ("e",)
