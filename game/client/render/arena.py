"""The arena of one frame: food, what is being eaten, circles with their names. Reads the world, changes nothing."""

from __future__ import annotations

from collections.abc import Iterable

import pygame

from game.match.bounds import shown_radius
from game.match.shown import GROW_SECONDS, ShownCircle
from game.match.world import World
from game.presentation.camera import View
from game.presentation.leaderboard import NAMELESS
from game.presentation.palette import CROWN, INK, SHADOW, STANDARD, Colour
from game.presentation.relation import Relation, Scale

from ..ui.text import TextCache, TextStyle, grouped
from .backdrop import Backdrop
from .sprites import CIRCLE_REACH, RIM, SpriteCache

__all__ = ["ArenaRenderer"]

_FOOD_MARGIN = 4.0
_FOOD_LEAST_PIXELS = 2.5
# Radii in pixels of a window 720 pixels high.
_NAME_INSIDE = 32.0
_MASS_INSIDE = 12.0
_STYLE = TextStyle.OUTLINE
# Food of any mass is drawn as small as food is, in world units.
_FOOD_MOST = 8.0
# Pixels of radius from which a circle is drawn plain: its picture would take more memory than the window.
_PLAIN_FROM = 720


class ArenaRenderer:
    """Draws worlds. What it keeps are pictures only: the same world, view and settings give the same pixels.

    Without `motion` the stars keep their places behind a moving eye.
    """

    def __init__(self, texts: TextCache) -> None:
        self.palette = STANDARD
        self.motion = True
        self._texts = texts
        self._sprites = SpriteCache()
        self._backdrop: Backdrop | None = None

    def draw(
        self,
        screen: pygame.Surface,
        world: World,
        view: View,
        *,
        names: bool = True,
        leader: int | None = None,
    ) -> None:
        """Draw the world as it is shown at `world.now`; without `names` no text at all. `leader` wears a crown."""
        size = screen.get_size()
        if self._backdrop is None or self._backdrop.size != size:
            self._backdrop = Backdrop(size)
            self._sprites.make_room(size)
            self._texts.make_room(size)
        self._backdrop.draw(screen, view, world.size, motion=self.motion)
        self._draw_food(screen, world, view)
        self._draw_flights(screen, world, view)
        circles = self._visible(world.circles.values(), view)
        largest = _largest_of_each(circles)
        scale = Scale(world.own.values(), world.own_player_id)
        above: list[tuple[pygame.Surface, float, float]] = []
        for circle in circles:
            self._draw_circle(screen, circle, view, scale.relation(circle), world.now)
            if names:
                above += self._draw_name(screen, circle, view, world, always=circle.entity_id in largest)
        for label, x, y in _apart(above):
            _blit_centred(screen, label, x, y)
        crowned = [circle for circle in circles if circle.player_id == leader]
        if names and crowned:
            _draw_crown(screen, crowned[-1], view)

    def _draw_food(self, screen: pygame.Surface, world: World, view: View) -> None:
        left, right, bottom, top = view.bounds(_FOOD_MARGIN)
        scale, view_x, view_y = view.scale, view.x, view.y
        half_width, half_height = view.width / 2, view.height / 2
        entities, born, has_moved = world.entities, world.born, world.places.has_moved
        colour_of = self.palette.food_colour
        blits: list[tuple[pygame.Surface, tuple[float, float]]] = []
        # A thousand pieces of food are of a few sizes and colours: within a frame each kind is looked up once.
        kinds: dict[tuple[int, Colour], tuple[pygame.Surface, float]] = {}
        for food in world.db.food.iter():
            entity_id = food.entity_id
            entity = entities.get(entity_id)
            if entity is None:
                continue
            position = entity.position
            x, y = position.x, position.y
            if not (left < x < right and bottom < y < top):
                continue
            if has_moved(entity_id):
                x, y = world.places.at(entity, world.now)
            colour = colour_of(entity_id)
            kind = kinds.get((entity.mass, colour))
            if kind is None:
                sprite = self._food_sprite(entity.mass, scale, colour)
                kind = kinds[entity.mass, colour] = sprite, sprite.get_width() / 2
            sprite, half = kind
            if entity_id in born:
                share = max((world.now - born[entity_id]) / GROW_SECONDS, 0.05)
                sprite = self._food_sprite(entity.mass, share * scale, colour)
                half = sprite.get_width() / 2
            blits.append(
                (
                    sprite,
                    (half_width + (x - view_x) * scale - half, half_height - (y - view_y) * scale - half),
                )
            )
        screen.blits(blits, False)

    def _food_sprite(self, mass: int, scale: float, colour: Colour) -> pygame.Surface:
        return self._sprites.food(
            max(min(shown_radius(mass), _FOOD_MOST) * scale, _FOOD_LEAST_PIXELS), colour
        )

    def _draw_flights(self, screen: pygame.Surface, world: World, view: View) -> None:
        for flight in world.flights:
            x, y, radius = flight.place(world.now)
            pixels = radius * view.scale
            if pixels < 1.0:
                continue
            place = view.to_screen(x, y)
            if flight.player_id is None:
                pixels = min(pixels, _FOOD_MOST * view.scale)
                _blit_centred(
                    screen, self._sprites.food(pixels, self.palette.food_colour(flight.entity_id)), *place
                )
            else:
                relation = Relation.OWN if flight.player_id == world.own_player_id else Relation.PLAIN
                self._draw_body(screen, self.palette.player_colour(flight.player_id), pixels, place, relation)

    def _visible(self, circles: Iterable[ShownCircle], view: View) -> list[ShownCircle]:
        """The circles that reach into the view, the heaviest last: it lies on top."""
        left, right, bottom, top = view.bounds()
        shown = []
        for circle in circles:
            reach = circle.shown_radius * CIRCLE_REACH
            if (
                left - reach < circle.shown_x < right + reach
                and bottom - reach < circle.shown_y < top + reach
            ):
                shown.append(circle)
        shown.sort(key=lambda circle: (circle.mass, circle.entity_id))
        return shown

    def _draw_circle(
        self, screen: pygame.Surface, circle: ShownCircle, view: View, relation: Relation, now: float
    ) -> None:
        pixels = circle.shown_radius * view.scale * circle.wobble(now)
        if pixels < 0.5:
            return
        colour = self.palette.player_colour(circle.player_id or 0)
        self._draw_body(screen, colour, pixels, view.to_screen(circle.shown_x, circle.shown_y), relation)

    def _draw_body(
        self,
        screen: pygame.Surface,
        colour: Colour,
        pixels: float,
        place: tuple[float, float],
        relation: Relation,
    ) -> None:
        if pixels < _PLAIN_FROM:
            _blit_centred(screen, self._sprites.circle(pixels, colour, relation), *place)
            return
        pygame.draw.circle(screen, INK if relation is Relation.OWN else colour, place, pixels)
        pygame.draw.circle(screen, tuple(part * 3 // 5 for part in colour), place, pixels * RIM)

    def _draw_name(
        self, screen: pygame.Surface, circle: ShownCircle, view: View, world: World, *, always: bool
    ) -> list[tuple[pygame.Surface, float, float]]:
        """Write name and mass into the circle; where it is too small for both, returns the name to put above it.

        What is inside is covered by larger circles, what stands above lies on top of all. Of a player's many small
        circles only the largest is named (`always`): sixteen times the same name would hide everything.
        """
        pixels = circle.shown_radius * view.scale
        unit = max(view.height / 720, 0.85)
        x, y = view.to_screen(circle.shown_x, circle.shown_y)
        mass = grouped(circle.mass)
        if pixels < _NAME_INSIDE * unit:
            if pixels >= _MASS_INSIDE * unit:
                size = _stepped(max(pixels * 0.75, 16 * unit))
                _blit_centred(screen, self._texts.fit(mass, size, round(pixels * 2), style=_STYLE), x, y)
            if not always or pixels < 4.0:
                return []
            label = self._texts.fit(
                self._name(circle, world), _stepped(23 * unit), round(150 * unit), style=_STYLE
            )
            return [(label, x, y - pixels - label.get_height() * 0.6)]
        size = _stepped(min(max(pixels * 0.44, 23 * unit), 64 * unit))
        width = round(max(pixels * 1.8, 150 * unit) if always else pixels * 1.8)
        label = self._texts.fit(self._name(circle, world), size, width, style=_STYLE)
        number = self._texts.render(mass, _stepped(max(size * 0.7, 19 * unit)), style=_STYLE)
        # Lines of text bring room of their own above and below.
        top = y - (label.get_height() + number.get_height()) * 0.47
        _blit_centred(screen, label, x, top + label.get_height() / 2)
        _blit_centred(screen, number, x, top + label.get_height() * 0.94 + number.get_height() / 2)
        return []

    def _name(self, circle: ShownCircle, world: World) -> str:
        return world.names.get(circle.player_id or 0) or NAMELESS


def _largest_of_each(circles: list[ShownCircle]) -> set[int]:
    """The entity ids of each player's largest circle; `circles` are sorted, the heaviest last."""
    return set({circle.player_id: circle.entity_id for circle in circles}.values())


def _apart(labels: list[tuple[pygame.Surface, float, float]]) -> list[tuple[pygame.Surface, float, float]]:
    """The labels that lie on none of those of larger circles; `labels` are sorted, the heaviest last."""
    kept: list[tuple[pygame.Surface, float, float]] = []
    places: list[pygame.Rect] = []
    for label, x, y in reversed(labels):
        place = label.get_rect(center=(round(x), round(y))).inflate(-4, -label.get_height() // 3)
        if place.collidelist(places) < 0:
            places.append(place)
            kept.append((label, x, y))
    return kept


def _draw_crown(screen: pygame.Surface, circle: ShownCircle, view: View) -> None:
    x, y = view.to_screen(circle.shown_x, circle.shown_y)
    pixels = circle.shown_radius * view.scale
    side = min(max(pixels * 0.34, 9.0 * view.height / 720), 60.0)
    bottom = y - pixels * 1.02
    unit = max(view.height / 720, 0.85)
    if pixels < _NAME_INSIDE * unit:
        # Above the name, which stands above circles as small as this.
        bottom -= 27 * unit
    if pixels < 0.5 or bottom < -side or bottom > view.height + side:
        return
    shape = ((-1.0, 0.0), (-1.15, -1.1), (-0.5, -0.55), (0.0, -1.3), (0.5, -0.55), (1.15, -1.1), (1.0, 0.0))
    corners = [(x + side * right, bottom + side * down) for right, down in shape]
    pygame.draw.polygon(screen, CROWN, corners)
    pygame.draw.aalines(screen, SHADOW, True, corners)


def _stepped(size: float) -> int:
    """Font sizes in steps of about 8 %, so that a zooming camera does not render every name in every size."""
    step = 2 if size < 32 else 4
    return max(12, round(size / step) * step)


def _blit_centred(screen: pygame.Surface, sprite: pygame.Surface, x: float, y: float) -> None:
    screen.blit(sprite, (round(x - sprite.get_width() / 2), round(y - sprite.get_height() / 2)))
