"""What the arena looks like, without text: fonts differ between builds of pygame."""

from __future__ import annotations

from math import cos, sin, sqrt
from pathlib import Path

import pygame
import pytest

from game.client.arena_stage import ArenaStage
from game.client.render.arena import ArenaRenderer
from game.client.render.food_layer import FoodLayer
from game.client.render.hud import Hud, board_place, status_place
from game.client.render.labels import Labels
from game.client.render.minimap import Minimap, minimap_place
from game.client.render.sprites import SpriteCache
from game.client.render.toasts import toast_places
from game.client.ui.text import TextCache
from game.match.session import Session
from game.match.settings import PALETTES, PlaySettings
from game.match.world import World
from game.presentation.camera import View
from game.presentation.news import Toast
from game.presentation.palette import ACCENT, CROWN, STANDARD, WARNING, palette_named
from game.presentation.relation import Relation
from tests.game.client.pictures import assert_like_golden, pixels
from tests.game.world_rows import WorldRows

SIZE = (320, 180)


@pytest.fixture
def canvas() -> pygame.Surface:
    return pygame.display.set_mode(SIZE)


@pytest.fixture
def renderer(canvas: pygame.Surface) -> ArenaRenderer:
    return ArenaRenderer(TextCache())


@pytest.fixture
def stage() -> ArenaStage:
    """The stage of a session without a server, in a window of the usual size."""
    screen = pygame.display.set_mode((1280, 720))
    return ArenaStage(Session(PlaySettings.without_server()), window=screen.get_size())


@pytest.fixture
def rows() -> WorldRows:
    rows = WorldRows(World())
    rows.player(1, "Me", own=True)
    rows.scatter_food()
    rows.scatter_bots(around=(500, 500), reach=60, masses=(20, 40, 90, 150, 300))
    return rows


def let_grow(world: World, *, until: float = 3.0) -> None:
    for step in range(round(until * 20) + 1):
        world.advance(step / 20)


def test_the_arena(canvas: pygame.Surface, renderer: ArenaRenderer, rows: WorldRows, tmp_path: Path) -> None:
    rows.circle(1, 500, 500, 60)
    rows.settle()
    let_grow(rows.world)
    renderer.draw(canvas, rows.world, View(500, 500, 1.4, *SIZE), names=False)
    assert_like_golden(canvas, "arena", tmp_path)


def test_the_corner_of_the_arena(
    canvas: pygame.Surface, renderer: ArenaRenderer, rows: WorldRows, tmp_path: Path
) -> None:
    rows.circle(1, 20, 980, 150)
    rows.settle()
    let_grow(rows.world)
    renderer.draw(canvas, rows.world, View(20, 980, 2.0, *SIZE), names=False)
    assert_like_golden(canvas, "corner", tmp_path)


def test_sixteen_own_circles(
    canvas: pygame.Surface, renderer: ArenaRenderer, rows: WorldRows, tmp_path: Path
) -> None:
    for index in range(16):
        reach, turn = 14 * sqrt(index), index * 2.4
        rows.circle(1, 300 + reach * cos(turn), 300 + reach * sin(turn), 30 + 200 // (index + 1))
    rows.settle()
    let_grow(rows.world)
    renderer.draw(canvas, rows.world, View(300, 300, 1.2, *SIZE), names=False)
    assert_like_golden(canvas, "sixteen", tmp_path)


def test_a_meal_on_its_way(canvas: pygame.Surface, renderer: ArenaRenderer, tmp_path: Path) -> None:
    rows = WorldRows(World())
    rows.player(1, "Me", own=True)
    me, prey = rows.circle(1, 500, 500, 90), rows.circle(2, 521, 500, 40)
    rows.settle()
    let_grow(rows.world)
    rows.begin(3.0)
    rows.eat(me, prey)
    rows.settle()
    rows.world.advance(3.07)
    renderer.draw(canvas, rows.world, View(507, 500, 4.0, *SIZE), names=False)
    assert_like_golden(canvas, "meal", tmp_path)


def test_what_lies_outside_the_view_costs_no_pixel(
    canvas: pygame.Surface, renderer: ArenaRenderer, rows: WorldRows
) -> None:
    rows.settle()
    let_grow(rows.world)
    view = View(100, 100, 4.0, *SIZE)
    renderer.draw(canvas, rows.world, view, names=False)
    before = pixels(canvas)
    rows.circle(1, 800, 800, 3000)
    rows.settle()
    let_grow(rows.world)
    renderer.draw(canvas, rows.world, view, names=False)
    assert pixels(canvas) == before


def test_the_same_world_gives_the_same_pixels(
    canvas: pygame.Surface, renderer: ArenaRenderer, rows: WorldRows
) -> None:
    rows.circle(1, 500, 500, 60)
    rows.settle()
    let_grow(rows.world)
    view = View(500, 500, 1.4, *SIZE)
    renderer.draw(canvas, rows.world, view)
    first = pixels(canvas)
    # Another view in between fills the caches with other sizes.
    renderer.draw(canvas, rows.world, View(200, 200, 3.3, *SIZE))
    renderer.draw(canvas, rows.world, view)
    assert pixels(canvas) == first


def test_a_larger_circle_lies_on_top_of_a_smaller_one(
    canvas: pygame.Surface, renderer: ArenaRenderer
) -> None:
    rows = WorldRows(World())
    rows.circle(3, 500, 500, 400)
    rows.circle(4, 503, 500, 30)
    rows.settle()
    let_grow(rows.world)
    view = View(500, 500, 3.0, *SIZE)
    renderer.draw(canvas, rows.world, view, names=False)
    both = canvas.get_at((169, 90))
    alone = WorldRows(World())
    alone.circle(3, 500, 500, 400)
    alone.settle()
    let_grow(alone.world)
    renderer.draw(canvas, alone.world, view, names=False)
    only_large = canvas.get_at((169, 90))
    assert all(abs(ours - theirs) <= 4 for ours, theirs in zip(both, only_large, strict=True))


def test_the_palette_changes_circles_and_food_alone(
    canvas: pygame.Surface, renderer: ArenaRenderer, rows: WorldRows
) -> None:
    rows.settle()
    let_grow(rows.world)
    pictures = {}
    for name in PALETTES:
        renderer.palette = palette_named(name)
        renderer.draw(canvas, rows.world, View(500, 500, 1.4, *SIZE), names=False)
        pictures[name] = pixels(canvas)
    first, second = pictures.values()
    assert first != second
    # Most of the picture is sky.
    same = sum(one == other for one, other in zip(first[::3], second[::3], strict=True))
    assert same > SIZE[0] * SIZE[1] * 0.7


def test_without_motion_the_sky_keeps_its_place(canvas: pygame.Surface, renderer: ArenaRenderer) -> None:
    world = World()
    skies = set()
    for motion in (True, False):
        renderer.motion = motion
        for x in (300.0, 325.0, 350.0):
            # From one line of the grid to the next: what differs is the sky.
            renderer.draw(canvas, world, View(x * 4 - 700, 500, 1.0, *SIZE), names=False)
            skies.add((motion, pixels(canvas)))
    assert len({sky for motion, sky in skies if motion}) == 3
    assert len({sky for motion, sky in skies if not motion}) == 1


def test_the_minimap_shows_everybody_and_what_is_seen(rows: WorldRows) -> None:
    canvas = pygame.display.set_mode((1280, 720))
    rows.circle(1, 500, 500, 60)
    rows.settle()
    let_grow(rows.world)

    def drawn(view: View) -> bytes:
        canvas.fill((0, 0, 0))
        Minimap().draw(canvas, rows.world, view, STANDARD)
        return pixels(canvas)

    here, there = drawn(View(500, 500, 3.0, 1280, 720)), drawn(View(200, 500, 3.0, 1280, 720))
    assert here != there
    colours = {here[index : index + 3] for index in range(0, len(here), 3)}
    shown = {bytes(STANDARD.player_colour(track.player_id or 0)) for track in rows.world.circles.values()}
    assert shown <= colours
    corner = pygame.Rect(1280 - 166, 720 - 166, 150, 150)
    canvas.fill((0, 0, 0), corner)
    assert set(pixels(canvas)) == {0}


def test_the_minimap_marks_who_ate_the_player(rows: WorldRows) -> None:
    canvas = pygame.display.set_mode((1280, 720))
    rows.circle(2, 500, 500, 60)
    rows.settle()

    def drawn(nemesis: int | None) -> bytes:
        canvas.fill((0, 0, 0))
        Minimap().draw(canvas, rows.world, View(500, 500, 3.0, 1280, 720), STANDARD, nemesis=nemesis)
        return pixels(canvas)

    marked = drawn(2)
    assert marked != drawn(None) == drawn(77)
    assert bytes(WARNING) in {marked[index : index + 3] for index in range(0, len(marked), 3)}


def test_a_bar_shows_how_much_of_the_best_run_is_reached(canvas: pygame.Surface) -> None:
    hud = Hud(TextCache())

    def lit(mass: int, best: int) -> tuple[int, int]:
        canvas.fill((0, 0, 0))
        hud.draw_status(canvas, mass=mass, circles=1, rank=None, held=False, best=best, keys=None)
        place = status_place(canvas.get_size())
        row = max(
            range(place.bottom - 12, place.bottom),
            key=lambda y: sum(canvas.get_at((x, y))[:3] in (ACCENT, CROWN) for x in range(place.width)),
        )
        seen = [canvas.get_at((x, row))[:3] for x in range(place.left, place.right)]
        return sum(each == ACCENT for each in seen), sum(each == CROWN for each in seen)

    assert lit(50, 0) == (0, 0)
    (quarter, _), (half, _) = lit(50, 200), lit(100, 200)
    assert 0 < quarter < half
    left, reached = lit(200, 200)
    assert left == 0
    assert reached > half


def test_a_low_window_has_no_minimap(canvas: pygame.Surface, rows: WorldRows) -> None:
    canvas.fill((0, 0, 0))
    Minimap().draw(canvas, rows.world, View(500, 500, 1.4, *SIZE), STANDARD)
    assert set(pixels(canvas)) == {0}


def test_danger_and_prey_are_told_without_colour(canvas: pygame.Surface) -> None:
    """In shades of grey the outlines differ: teeth beyond the rim, a second ring inside, neither."""
    sprites = SpriteCache()
    shapes = set()
    for relation in Relation:
        sprite = sprites.circle(60.0, (120, 120, 120), relation)
        grey = pygame.transform.grayscale(sprite)
        shapes.add(bytes(grey.get_at((x, grey.get_height() // 2))[0] // 32 for x in range(grey.get_width())))
    assert len(shapes) == len(Relation)


class Notes:
    """A canvas that notes what is blitted upon it."""

    def __init__(self, canvas: pygame.Surface) -> None:
        self.canvas = canvas
        self.places: list[pygame.Rect] = []

    def blits(self, blits: list[tuple[pygame.Surface, tuple[int, int]]], _return: bool) -> None:
        for face, place in blits:
            self.places.append(face.get_rect(topleft=place))
        self.canvas.blits(blits, False)


@pytest.mark.parametrize("scale", [2.0, 6.0])
def test_no_label_lies_on_another(scale: float) -> None:
    canvas = pygame.display.set_mode((1280, 720))
    rows = WorldRows(World())
    for number in range(30):
        rows.player(number, f"Player {number}")
        for piece in range(2):
            rows.circle(number, 500 + number % 6 * 9 + piece * 5, 500 + number // 6 * 9, 15 + number * 6)
    rows.settle()
    let_grow(rows.world)
    circles = sorted(rows.world.circles.values(), key=lambda circle: (circle.mass, circle.entity_id))
    notes = Notes(canvas)
    labels = Labels(TextCache())
    labels.draw(notes, circles, rows.world, View(520, 515, scale, 1280, 720))  # type: ignore[arg-type]
    # Lines of text bring room of their own above and below.
    inked = [place.inflate(-4, -place.height // 3) for place in notes.places]
    assert len(inked) > 8
    for index, label in enumerate(inked):
        assert label.collidelist(inked[index + 1 :]) < 0


def test_what_a_larger_circle_covers_has_no_label() -> None:
    canvas = pygame.display.set_mode((1280, 720))
    rows = WorldRows(World())
    for player_id, mass in ((1, 2000), (2, 300)):
        rows.player(player_id, f"Player {player_id}")
        rows.circle(player_id, 500 + 2 * player_id, 500, mass)
    rows.settle()
    let_grow(rows.world)
    circles = sorted(rows.world.circles.values(), key=lambda circle: circle.mass)
    notes = Notes(canvas)
    Labels(TextCache()).draw(notes, circles, rows.world, View(500, 500, 6.0, 1280, 720))  # type: ignore[arg-type]
    # The name and the mass of the larger one.
    assert len(notes.places) == 2


def test_food_that_is_thrown_and_food_that_grows_are_where_they_are(canvas: pygame.Surface) -> None:
    """Places of food that rests are kept: what moves, comes or goes is not drawn where it was."""
    rows = WorldRows(World())
    layer = FoodLayer(SpriteCache())
    view = View(500, 500, 2.0, *SIZE)

    def lights() -> list[tuple[int, int]]:
        canvas.fill((0, 0, 0))
        layer.draw(canvas, rows.world, view, STANDARD)
        lit = pygame.mask.from_threshold(canvas, (255, 255, 255), (190, 190, 190))
        return sorted((x, y) for x, y in (part.centroid() for part in lit.connected_components(4)))

    first = rows.food(480, 500)
    rows.settle()
    let_grow(rows.world)
    assert lights() == [pytest.approx((120, 90), abs=1)]
    second = rows.food(520, 500)
    rows.settle()
    let_grow(rows.world)
    assert lights() == [pytest.approx((120, 90), abs=1), pytest.approx((200, 90), abs=1)]
    for step in range(1, 5):
        rows.begin(20.0 + step * 0.05)
        rows.move(second, 520 + step * 2, 500)
        rows.settle()
    rows.world.advance(22.0)
    assert lights()[1][0] == pytest.approx(216, abs=2)
    rows.db.food.remove(first)
    rows.db.entity.remove(first)
    rows.settle()
    assert len(lights()) == 1


def test_less_detail_shows_the_same_arena(rows: WorldRows) -> None:
    screen = pygame.display.set_mode((1280, 720))
    session = Session(PlaySettings.without_server())
    session.world = rows.world
    stage = ArenaStage(session, window=screen.get_size())
    rows.circle(1, 500, 500, 60)
    rows.settle()
    let_grow(rows.world)
    pictures = []
    for quality in ("full", "fast"):
        stage.quality.chosen = quality
        stage.draw_world(screen, names=False)
        pictures.append(pygame.transform.smoothscale(screen, (64, 36)))
    full, fast = (pixels(picture) for picture in pictures)
    assert full != fast
    assert max(abs(one - other) for one, other in zip(full, fast, strict=True)) < 60


def test_names_are_sharp_however_coarse_the_arena_is(stage: ArenaStage) -> None:
    """A picture of half the size that is enlarged has pixels in fours; words have not."""
    screen, session = pygame.display.get_surface(), stage.session
    stage.quality.chosen = "fast"
    here = WorldRows(session.world)
    here.player(1, "Wilhelmina", own=True)
    here.circle(1, 500, 500, 200)
    here.settle()
    let_grow(session.world)
    stage.update(20.0, 0.1, session.world.own.values())

    def odd_pixels() -> int:
        small = pygame.transform.scale(screen, (640, 360))
        doubled = pygame.transform.scale(small, screen.get_size())
        return sum(one != other for one, other in zip(pixels(screen), pixels(doubled), strict=True))

    stage.draw_world(screen, names=False)
    assert odd_pixels() == 0
    stage.draw_world(screen)
    assert odd_pixels() > 500


@pytest.mark.parametrize("panel", ["board", "minimap", "news"])
def test_no_name_is_written_where_there_is_something_to_read(stage: ArenaStage, panel: str) -> None:
    """A circle lies under it, which fades: its name would shine through the words. Beside it, names are written."""
    screen, session = pygame.display.get_surface(), stage.session
    here = WorldRows(session.world)
    here.player(1, "Me", own=True)
    here.circle(1, 500, 500, 60)
    here.player(2, "Wilhelmina")
    here.settle()
    let_grow(session.world)
    stage.update(20.0, 0.1, session.world.own.values())
    stage.news.toasts = (Toast("Annabella ate Bo", 20.0, is_own=False),) * 3
    news = toast_places(screen.get_size(), stage.texts, stage.news.toasts, 20.0)
    place = {
        "board": board_place(screen.get_size(), len(stage.rows)),
        "minimap": minimap_place(screen.get_size()),
        "news": news[1],
    }[panel]
    assert place is not None
    view = stage.camera.view(*screen.get_size())
    here.circle(2, *view.to_world(*place.center), 30)
    here.settle()
    let_grow(session.world)

    def is_named(part: pygame.Rect) -> bool:
        stage.draw_world(screen, names=False)
        bare = pixels(screen.subsurface(part))
        stage.draw_world(screen)
        return pixels(screen.subsurface(part)) != bare

    # Until all pictures are made.
    is_named(place)
    assert not is_named(place)
    assert is_named(screen.get_rect().inflate(-1000, -500))


def test_no_food_shines_through_the_minimap(stage: ArenaStage) -> None:
    """What lies under it would be taken for players where it has faded for a circle; beside it, food is drawn."""
    screen, session = pygame.display.get_surface(), stage.session
    here = WorldRows(session.world)
    here.player(1, "Me", own=True)
    here.circle(1, 500, 500, 60)
    for x in range(540, 640, 4):
        for y in range(425, 480, 4):
            here.food(x, y)
    here.settle()
    let_grow(session.world)
    place = minimap_place(screen.get_size())
    assert place is not None
    for step in range(60):
        if step == 40:
            view = stage.camera.view(*screen.get_size())
            here.circle(2, *view.to_world(place.left + 2, place.top + 2), 2)
            here.settle()
        stage.update(20.0 + step / 10, 0.1, session.world.own.values())
    assert stage.fade.share("minimap") == 1.0
    inner, beside = place.inflate(-30, -30), place.move(-200, 0).inflate(-30, -30)
    for quality in ("full", "fast"):
        stage.quality.chosen = quality
        stage.draw_world(screen)
        # A star, perhaps.
        lit = [
            sum(green > 150 for green in pixels(screen.subsurface(part))[1::3]) for part in (inner, beside)
        ]
        assert lit[0] < 12
        assert lit[1] > 200


def test_a_pressed_circle_is_narrower_on_the_screen(canvas: pygame.Surface, renderer: ArenaRenderer) -> None:
    rows = WorldRows(World())
    rows.player(1, "Me", own=True)
    me = rows.circle(1, 500, 500, 400)
    rows.settle()
    let_grow(rows.world)
    extents = []
    for shapes in ({}, {me: (0.8, 1.1)}):
        renderer.draw(canvas, rows.world, View(500, 500, 3.0, *SIZE), names=False, shapes=shapes)
        lit = pygame.mask.from_threshold(canvas, (255, 230, 225), (60, 60, 60))
        across = [x for x in range(SIZE[0]) if lit.get_at((x, SIZE[1] // 2))]
        down = [y for y in range(SIZE[1]) if lit.get_at((SIZE[0] // 2, y))]
        extents.append((across[-1] - across[0], down[-1] - down[0]))
    (width, height), (pressed_width, pressed_height) = extents
    assert pressed_width == pytest.approx(width * 0.8, abs=4)
    assert pressed_height == pytest.approx(height * 1.1, abs=4)


def test_nothing_shines_through_what_a_watcher_reads(stage: ArenaStage) -> None:
    screen, session = pygame.display.get_surface(), stage.session
    here = WorldRows(session.world)
    here.player(1, "Wilhelmina")
    here.circle(1, 500, 500, 60)
    here.settle()
    let_grow(session.world)
    stage.update(20.0, 0.1, session.world.circles.values())
    place = pygame.Rect(0, 0, 100, 16)
    place.center = 640, 690

    def written() -> bytes:
        stage.draw_world(screen)
        stage.draw_text(
            screen, "Press a key to play " * 2, y=690, size=21, colour=(200, 200, 200), on_ground=True
        )
        return pixels(screen.subsurface(place))

    without = written()
    view = stage.camera.view(*screen.get_size())
    for x in range(590, 700, 6):
        here.food(*view.to_world(x, 690))
    here.settle()
    let_grow(session.world)
    stage.draw_world(screen)
    assert (
        max(abs(one - other) for one, other in zip(pixels(screen.subsurface(place)), without, strict=True))
        > 90
    )
    # What is blended is rounded otherwise where pictures are encoded.
    assert max(abs(one - other) for one, other in zip(written(), without, strict=True)) <= 8
