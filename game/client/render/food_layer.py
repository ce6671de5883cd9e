"""Food: a thousand small lights. Where they lie is looked up when they change, not in each frame."""

from __future__ import annotations

from typing import Any

import pygame

from game.match.bounds import clamped, shown_mass, shown_radius
from game.match.shown import GROW_SECONDS
from game.match.world import World
from game.presentation.camera import View
from game.presentation.palette import Colour, Palette
from module_bindings import Entity

from .sprites import SpriteCache

__all__ = ["FOOD_MOST", "FoodLayer"]

# Food of any mass is drawn as small as food is, in world units.
FOOD_MOST = 8.0
_MARGIN = 4.0
_LEAST_PIXELS = 2.5
# Light adds to what is behind it; pygame adds several pixels at once, and blends them one by one.
_LIGHT = pygame.BLEND_RGB_ADD

# Mass and colour.
_Kind = tuple[int, Colour]


class FoodLayer:
    """Draws the food of a world. What it keeps are places of food that rests, by mass and colour.

    In a full world some food comes or goes in every tick: only that is looked at, the rest is what it was.
    """

    def __init__(self, sprites: SpriteCache) -> None:
        self._sprites = sprites
        self._known: tuple[World, float, tuple[Colour, ...]] | None = None
        # How many of the world's changes it has looked at.
        self._seen = -1
        self._resting: dict[_Kind, dict[int, tuple[float, float]]] = {}
        # Food that rests, and under what it is kept.
        self._kinds: dict[int, _Kind] = {}
        # What grows, or was thrown; by entity id.
        self.others: list[int] = []

    def draw(self, screen: pygame.Surface, world: World, view: View, palette: Palette) -> None:
        """Draw what is within the view."""
        known = self._known
        if known is None or known[0] is not world or known[1:] != (world.size, palette.food):
            self._known, self._seen = (world, world.size, palette.food), -1
        changes = world.food_changes
        if self._seen != changes.count:
            self._look(world, palette, changes.since(self._seen))
            self._seen = changes.count
        left, right, bottom, top = view.bounds(_MARGIN)
        scale = view.scale
        blits: list[Any] = []  # pygame's hints do not know that there may be no area
        for (mass, colour), places in self._resting.items():
            sprite = self._sprite(mass, scale, colour)
            half = sprite.get_width() / 2
            across, down = view.width / 2 - view.x * scale - half, view.height / 2 + view.y * scale - half
            blits += [
                (sprite, (across + x * scale, down - y * scale), None, _LIGHT)
                for x, y in places.values()
                if left < x < right and bottom < y < top
            ]
        screen.blits(blits, False)
        self._draw_others(screen, world, view, palette)

    def draw_light(
        self, screen: pygame.Surface, place: tuple[float, float], pixels: float, colour: Colour
    ) -> None:
        """Draw one light of so many pixels of radius: food on its way into a circle, a spark."""
        sprite = self._sprites.food(pixels, colour)
        half = sprite.get_width() / 2
        screen.blit(sprite, (place[0] - half, place[1] - half), None, _LIGHT)

    def _look(self, world: World, palette: Palette, changed: set[int] | None) -> None:
        """Look up what has `changed`, and what was on its way; None for everything."""
        food, born, has_moved = world.db.food, world.born, world.places.has_moved
        if changed is None:
            self._resting, self._kinds = {}, {}
            looked_at = {row.entity_id for row in food.iter()}
        else:
            looked_at = changed.union(self.others)
        others: list[int] = []
        self.others = others
        for entity_id in looked_at:
            if entity_id in self._kinds:
                self._drop(entity_id)
            entity = world.entities.get(entity_id)
            if entity is None or food.find(entity_id=entity_id) is None:
                continue
            if entity_id in born or has_moved(entity_id):
                others.append(entity_id)
            else:
                self._put(entity, palette.food_colour(entity_id), world.size)

    def _put(self, entity: Entity, colour: Colour, side: float) -> None:
        entity_id, position = entity.entity_id, entity.position
        kind = shown_mass(entity.mass), colour
        place = clamped(position.x, side), clamped(position.y, side)
        self._resting.setdefault(kind, {})[entity_id] = place
        self._kinds[entity_id] = kind

    def _drop(self, entity_id: int) -> None:
        kind = self._kinds.pop(entity_id)
        del self._resting[kind][entity_id]
        if not self._resting[kind]:
            del self._resting[kind]

    def _draw_others(self, screen: pygame.Surface, world: World, view: View, palette: Palette) -> None:
        """What grows, or is thrown."""
        left, right, bottom, top = view.bounds(_MARGIN)
        for entity_id in self.others:
            entity = world.entities.get(entity_id)
            if entity is None:
                continue
            x, y = world.places.at(entity, world.now)
            if not (left < x < right and bottom < y < top):
                continue
            came = world.born.get(entity_id)
            share = 1.0 if came is None else max((world.now - came) / GROW_SECONDS, 0.05)
            sprite = self._sprite(entity.mass, share * view.scale, palette.food_colour(entity_id))
            half = sprite.get_width() / 2
            x, y = view.to_screen(x, y)
            screen.blit(sprite, (x - half, y - half), None, _LIGHT)

    def _sprite(self, mass: int, scale: float, colour: Colour) -> pygame.Surface:
        return self._sprites.food(max(min(shown_radius(mass), FOOD_MOST) * scale, _LEAST_PIXELS), colour)
