"""The arena of one frame: food, what is being eaten, circles with their names. Reads the world, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import pygame

from game.match.shown import ShownCircle
from game.match.world import World
from game.presentation.camera import View
from game.presentation.feel.bursts import Burst
from game.presentation.palette import CROWN, INK, SHADOW, STANDARD, Colour
from game.presentation.relation import Relation, Scale

from ..ui.text import TextCache
from .backdrop import Backdrop
from .effect import Picture, effects
from .food_layer import FOOD_MOST, FoodLayer
from .labels import NAME_INSIDE, Labels, name_unit
from .sprites import CIRCLE_REACH, RIM, SpriteCache

__all__ = ["ArenaRenderer", "crown_picture"]

# Pixels of radius from which a circle is drawn plain: its picture would take more memory than the window.
_PLAIN_FROM = 720
_ROUND = 1.0, 1.0
# Shares of its half width from the middle of its foot, to the right and down; pixels of its dark edge.
_CROWN_SHAPE = (
    (-1.0, 0.0),
    (-1.15, -1.1),
    (-0.5, -0.55),
    (0.0, -1.3),
    (0.5, -0.55),
    (1.15, -1.1),
    (1.0, 0.0),
)
_CROWN_EDGE, _CROWN_OVERSAMPLING = 1, 4


class ArenaRenderer:
    """Draws worlds. What it keeps are pictures only: the same world, view and settings give the same pixels.

    Without `motion` the stars keep their places behind a moving eye.
    """

    def __init__(self, texts: TextCache) -> None:
        self.palette = STANDARD
        self.motion = True
        self._texts = texts
        self._sprites = SpriteCache()
        self._food = FoodLayer(self._sprites)
        self._labels = Labels(texts)
        self._backdrop: Backdrop | None = None
        self._was_busy = False

    @property
    def has_halos(self) -> bool:
        """Whether what shines does so as far as it should; without, a frame takes a tenth less time."""
        return self._sprites.has_halos

    @has_halos.setter
    def has_halos(self, has_halos: bool) -> None:
        self._sprites.has_halos = has_halos

    def draw(
        self,
        screen: pygame.Surface,
        world: World,
        view: View,
        *,
        names: bool = True,
        leader: int | None = None,
        shapes: Mapping[int, tuple[float, float]] | None = None,
        bursts: Sequence[Burst] = (),
        without_food: Sequence[pygame.Rect] = (),
    ) -> None:
        """Draw the world as it is shown at `world.now`; without `names` no text at all. `leader` wears a crown.

        `shapes` are factors of width and height, by circle: what is not there is round. What is drawn over the places
        `without_food` is not to be taken for food.
        """
        size = screen.get_size()
        if self._backdrop is None or self._backdrop.size != size:
            self._backdrop = Backdrop(size)
            self._sprites.make_room(size)
        # Rows have come, which takes its time, too; but not in each frame, or pictures would never be made.
        self._was_busy = world.is_fresh and not self._was_busy
        self._sprites.begin_frame(is_busy=self._was_busy)
        self._backdrop.draw(screen, view, world.size, motion=self.motion)
        behind = [(place, screen.subsurface(place).copy()) for place in without_food]
        self._food.draw(screen, world, view, self.palette)
        for place, sky in behind:
            screen.blit(sky, place)
        self._draw_effects(screen, world, view, under=True)
        circles = self._visible(world.circles.values(), view)
        self._draw_flights(screen, world, view)
        self._draw_bursts(screen, bursts, world, view)
        self._draw_circles(screen, circles, world, view, shapes or {})
        if names:
            self.draw_names(screen, world, view, leader=leader)

    def draw_names(
        self,
        screen: pygame.Surface,
        world: World,
        view: View,
        *,
        leader: int | None = None,
        taken: Sequence[pygame.Rect] = (),
    ) -> None:
        """Write the names and masses of the circles, not where something is `taken`, and draw the crown of the `leader`."""
        self._texts.make_room(screen.get_size())
        circles = self._visible(world.circles.values(), view)
        crowned = next((circle for circle in reversed(circles) if circle.player_id == leader), None)
        crown = None if crowned is None or leader is None else _crown(crowned, view)
        written = [*taken, *(() if crown is None else (crown[0].get_rect(topleft=crown[1]),))]
        self._labels.draw(screen, circles, world, view, taken=written)
        if crown is not None:
            screen.blit(*crown)

    def draw_over(self, screen: pygame.Surface, world: World, view: View) -> None:
        """Draw the effects that lie over all that `draw` has drawn."""
        self._draw_effects(screen, world, view, under=False)

    def _draw_effects(self, screen: pygame.Surface, world: World, view: View, *, under: bool) -> None:
        picture = Picture(screen, world, view, self.palette, self._food.others, self.motion)
        for effect in effects():
            if effect.is_under is under:
                effect.draw(picture)

    def _draw_flights(self, screen: pygame.Surface, world: World, view: View) -> None:
        for flight in world.flights:
            x, y, radius = flight.place(world.now)
            pixels = radius * view.scale
            if pixels < 1.0:
                continue
            place = view.to_screen(x, y)
            if flight.player_id is None:
                pixels = min(pixels, FOOD_MOST * view.scale)
                self._food.draw_light(screen, place, pixels, self.palette.food_colour(flight.entity_id))
                continue
            colour = self.palette.player_colour(flight.player_id)
            relation = Relation.OWN if flight.player_id == world.own_player_id else Relation.PLAIN
            if pixels < _PLAIN_FROM:
                screen.blit(*_centred(self._sprites.circle(pixels, colour, relation), *place))
            else:
                _draw_plain(screen, colour, pixels, place, relation)

    def _draw_bursts(self, screen: pygame.Surface, bursts: Sequence[Burst], world: World, view: View) -> None:
        for burst in bursts:
            for spark in burst.sparks(world.now):
                pixels = spark.radius * view.scale
                if pixels >= 1.0:
                    colour = self.palette.player_colour(spark.colour_of)
                    self._food.draw_light(screen, view.to_screen(spark.x, spark.y), pixels, colour)

    def _visible(self, circles: Iterable[ShownCircle], view: View) -> list[ShownCircle]:
        """The circles that reach into the view, the heaviest last: it lies on top."""
        left, right, bottom, top = view.bounds()
        shown: list[ShownCircle] = []
        for circle in circles:
            reach = circle.shown_radius * CIRCLE_REACH
            if (
                left - reach < circle.shown_x < right + reach
                and bottom - reach < circle.shown_y < top + reach
            ):
                shown.append(circle)
        shown.sort(key=lambda circle: (circle.mass, circle.entity_id))
        return shown

    def _draw_circles(
        self,
        screen: pygame.Surface,
        circles: list[ShownCircle],
        world: World,
        view: View,
        shapes: Mapping[int, tuple[float, float]],
    ) -> None:
        weigh, sprite_of, colour_of = (
            Scale(world.own.values(), world.own_player_id).relation,
            self._sprites.circle,
            self.palette.player_colour,
        )
        scale = view.scale
        across, down = view.width / 2 - view.x * scale, view.height / 2 + view.y * scale
        blits: list[tuple[pygame.Surface, tuple[int, int]]] = []
        for circle in circles:
            pixels = circle.shown_radius * scale
            if pixels < 0.5:
                continue
            x, y = across + circle.shown_x * scale, down - circle.shown_y * scale
            colour, relation = colour_of(circle.player_id or 0), weigh(circle)
            if pixels < _PLAIN_FROM:
                sprite = sprite_of(pixels, colour, relation, shapes.get(circle.entity_id, _ROUND))
                blits.append(_centred(sprite, x, y))
                continue
            screen.blits(blits, False)
            blits.clear()
            _draw_plain(screen, colour, pixels, (x, y), relation)
        screen.blits(blits, False)


def _draw_plain(
    screen: pygame.Surface, colour: Colour, pixels: float, place: tuple[float, float], relation: Relation
) -> None:
    pygame.draw.circle(screen, INK if relation is Relation.OWN else colour, place, pixels)
    pygame.draw.circle(screen, tuple(part * 3 // 5 for part in colour), place, pixels * RIM)


def _crown(circle: ShownCircle, view: View) -> tuple[pygame.Surface, tuple[int, int]] | None:
    """The crown above a circle, and its upper left corner; None where it cannot be seen."""
    x, y = view.to_screen(circle.shown_x, circle.shown_y)
    pixels = circle.shown_radius * view.scale
    side = min(max(pixels * 0.34, 9.0 * view.height / 720), 60.0)
    bottom = y - pixels * 1.02
    unit = name_unit(view)
    if pixels < NAME_INSIDE * unit:
        # Above the name, which stands above circles as small as this.
        bottom -= 27 * unit
    if pixels < 0.5 or bottom < -side or bottom > view.height + side:
        return None
    picture = crown_picture(round(side))
    return picture, (round(x - picture.get_width() / 2), round(bottom) - picture.get_height() + _CROWN_EDGE)


@lru_cache(maxsize=64)
def crown_picture(side: int) -> pygame.Surface:
    """A crown twice as wide as `side` pixels and a little more, with a dark edge: drawn large, so that it is smooth."""
    large, edge = side * _CROWN_OVERSAMPLING, _CROWN_EDGE * _CROWN_OVERSAMPLING
    middle, bottom = round(1.15 * large) + edge, round(1.3 * large) + edge
    picture = pygame.Surface((2 * middle, bottom + edge), pygame.SRCALPHA)
    # Where nothing is drawn the edge's colour lies, or averaging would lighten the edge.
    picture.fill((*SHADOW, 0))
    corners = [(middle + large * right, bottom + large * down) for right, down in _CROWN_SHAPE]
    pygame.draw.polygon(picture, (*SHADOW, 255), corners)
    pygame.draw.lines(picture, (*SHADOW, 255), True, corners, 2 * edge)
    pygame.draw.polygon(picture, (*CROWN, 255), corners)
    size = round(picture.get_width() / _CROWN_OVERSAMPLING), round(picture.get_height() / _CROWN_OVERSAMPLING)
    return pygame.transform.smoothscale(picture, size)


def _centred(sprite: pygame.Surface, x: float, y: float) -> tuple[pygame.Surface, tuple[int, int]]:
    return sprite, (round(x - sprite.get_width() / 2), round(y - sprite.get_height() / 2))
