"""A server may send rows that no world of Blackholio has: the picture goes on, and nothing large is made of them."""

from __future__ import annotations

import pygame
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from game.client.app_context import AppContext
from game.client.arena_stage import ArenaStage
from game.client.render.arena import ArenaRenderer
from game.client.ui.paragraph import wrapped
from game.client.ui.text import TextCache
from game.client.views.arena import ArenaView
from game.client.views.death import DeathView
from game.client.views.watching import WatchingView
from game.match.bounds import clamped, shown_mass, shown_name, shown_radius, world_side
from game.match.observation import Blob
from game.match.session import Session, SessionState
from game.match.settings import PlaySettings
from game.presentation.camera import View
from tests.game.world_rows import WorldRows

# f32 as the wire has it: NaN, infinities and denormals among them.
PLACES = st.floats(width=32)
MASSES = st.one_of(st.integers(-(2**31), 2**31 - 1), st.sampled_from((-(2**31), -1, 0, 1, 15, 2**31 - 1)))
SIDES = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from((-(2**63), -1, 0, 1, 1000, 2**63 - 1)))
NAMES = st.one_of(
    st.text(max_size=80),
    st.sampled_from(("", "\x00", "\ud800", "a\nb", "\x1b[31m", "e" + "\u0301" * 500, "\u202e", "W" * 16_000)),
)
CIRCLES = st.lists(
    st.tuples(PLACES, PLACES, MASSES, st.integers(-(2**31), 2**31 - 1), NAMES, st.booleans()), max_size=6
)
SLOW = settings(
    # No shrinking: an example is a whole match, and small enough to be read as it is.
    max_examples=25,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def drawn(session: Session, screen: pygame.Surface) -> None:
    """Three frames of each view that shows the world."""
    session.state = SessionState.PLAYING
    context = AppContext(window=screen.get_size())
    stage = ArenaStage(session, window=screen.get_size())
    for view in (
        ArenaView(context, stage),
        DeathView(context, stage, leave=lambda: None),
        WatchingView(context, stage),
    ):
        view.enter()
        for number in range(3):
            view.update(number / 3, 1 / 3)
            view.draw(screen)


@SLOW
@given(side=SIDES, circles=CIRCLES, food=st.lists(st.tuples(PLACES, PLACES, MASSES), max_size=6))
def test_rows_of_any_server_are_shown(
    side: int,
    circles: list[tuple[float, float, int, int, str, bool]],
    food: list[tuple[float, float, int]],
) -> None:
    screen = pygame.display.set_mode((640, 360))
    session = make_session()
    rows = WorldRows(session.world)
    rows.size(side)
    eaten = []
    for x, y, mass, player_id, name, is_known in circles:
        if is_known:
            rows.player(player_id, name, own=player_id % 2 == 0)
        eaten.append(rows.circle(player_id, x, y, mass))
    for x, y, mass in food:
        rows.food(x, y, mass)
    rows.settle()
    drawn(session, screen)
    if len(eaten) > 1:
        rows.begin(2.0)
        rows.remove(eaten[0])
        rows.settle()
        drawn(session, screen)


@given(x=st.floats(), side=SIDES, mass=MASSES)
def test_the_bounds_hold(x: float, side: int, mass: int) -> None:
    width = world_side(side)
    assert 10.0 <= width <= 50_000.0
    assert 0.0 <= clamped(x, width) <= width
    assert shown_mass(mass) >= 1
    assert 1.0 <= shown_radius(mass) <= 1000.0


@given(x=st.floats(0.0, 1000.0), mass=st.integers(1, 1_000_000))
def test_what_is_usual_stays_as_it_is(x: float, mass: int) -> None:
    assert clamped(x, world_side(1000)) == x
    assert shown_mass(mass) == mass
    assert shown_radius(mass) == mass**0.5


@pytest.mark.parametrize("length", [16_000, 1_000_000])
def test_a_long_name_is_cut_before_it_is_rendered(
    session: Session, screen: pygame.Surface, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []
    draw = TextCache._draw

    def noted(texts: TextCache, text: str, *rest: object) -> pygame.Surface:
        lengths.append(len(text))
        return draw(texts, text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(TextCache, "_draw", noted)
    rows = WorldRows(session.world)
    rows.player(1, "W" * length, own=True)
    rows.circle(1, 500, 500, 400)
    rows.settle()
    drawn(session, screen)
    assert lengths
    assert max(lengths) < 250


def test_a_long_sentence_of_a_server_is_cut(screen: pygame.Surface) -> None:
    texts = TextCache()
    assert sum(map(len, wrapped(texts, "W" * 1_000_000, 20, 400))) <= 2000
    assert texts.fit("x\ny\x00" * 100_000, 20, 300).get_width() <= 300


def test_no_picture_larger_than_the_window_is_made(screen: pygame.Surface) -> None:
    renderer = ArenaRenderer(TextCache())
    made: list[tuple[int, int]] = []
    scale = pygame.transform.smoothscale

    def noted(surface: pygame.Surface, size: tuple[int, int]) -> pygame.Surface:
        made.append(size)
        return scale(surface, size)

    rows = WorldRows(make_session().world)
    rows.player(2, "Giant")
    rows.circle(2, 500, 500, 2**31 - 1)
    rows.food(400, 400, 2**31 - 1)
    rows.settle()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pygame.transform, "smoothscale", noted)
        for number in range(20):
            rows.world.advance(float(number))
            renderer.draw(screen, rows.world, View(500.0, 500.0, 20.0, 640, 360), names=False)
    assert max(width * height for width, height in made) < 4096 * 4096 / 4
    # The giant fills the window: what is seen is its inside, not the sky.
    assert len({tuple(screen.get_at((x, 180))) for x in range(40, 600, 40)}) == 1


def make_session() -> Session:
    return Session(PlaySettings.without_server())


def test_a_world_of_many_lines_has_a_grid_of_few(screen: pygame.Surface) -> None:
    session = make_session()
    rows = WorldRows(session.world)
    rows.size(2**62)
    rows.settle()
    calls = 0

    class Counting:
        """A screen that counts what is blitted."""

        def __getattr__(self, name: str) -> object:
            nonlocal calls
            calls += name == "blit"
            return getattr(screen, name)

    ArenaRenderer(TextCache()).draw(Counting(), session.world, View(25_000, 25_000, 0.1, 640, 360))  # type: ignore[arg-type]
    assert calls < 400


def test_blobs_can_be_divided_by() -> None:
    assert Blob(1, 0.0, 0.0, shown_mass(-(2**31))).mass == 1
    assert len(shown_name("x" * 10**6)) == 48
