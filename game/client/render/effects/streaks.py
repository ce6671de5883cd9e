"""Streaks behind what was thrown: where it has been a moment ago."""

from __future__ import annotations

from collections.abc import Iterable
from math import hypot

import pygame

from game.match.bounds import shown_radius
from game.match.observation import TICK_SECONDS, full_speed
from game.match.shown import ShownCircle
from game.match.world import World
from game.presentation.camera import View
from game.presentation.palette import Colour, Palette

from ..effect import Effect, Picture

__all__ = ["EFFECT", "draw_streaks"]

# Seconds between the shadows of a streak, and how many there are.
_SHADOW_SECONDS, _SHADOWS = 0.022, 5
_STRENGTH = 70
# How much faster than it could go a circle is that was thrown.
_THROWN = 1.3
# Seconds after it came, or moved last, that something may still be shown in flight.
_IN_FLIGHT = 0.8


def draw_streaks(
    screen: pygame.Surface, world: World, view: View, palette: Palette, *, food: Iterable[int] = ()
) -> None:
    """Draw where what was thrown has been a moment ago: pieces of circles, and of `food`, those entities that moved."""
    left, right, bottom, top = view.bounds(60.0)
    since = world.now - _IN_FLIGHT
    for circle in world.circles.values():
        if circle.came_at < since or not (left < circle.shown_x < right and bottom < circle.shown_y < top):
            continue
        if _is_thrown(world, circle):
            colour = palette.player_colour(circle.player_id)
            lead = circle.shown_x, circle.shown_y
            _draw_streak(screen, world, view, circle.entity_id, lead, circle.shown_radius, colour)
    for entity_id in food:
        if (world.places.moved_at(entity_id) or 0.0) > since and entity_id in world.entities:
            entity = world.entities[entity_id]
            x, y = world.places.at(entity, world.now)
            if left < x < right and bottom < y < top:
                colour = palette.food_colour(entity_id)
                _draw_streak(screen, world, view, entity_id, (x, y), shown_radius(entity.mass), colour)


def _is_thrown(world: World, circle: ShownCircle) -> bool:
    if not world.places.has_moved(circle.entity_id):
        return False
    entity = world.entities[circle.entity_id]
    (x, y), (old_x, old_y) = (world.places.at(entity, at) for at in (world.now, world.now - _SHADOW_SECONDS))
    usual = full_speed(circle.mass) / TICK_SECONDS * _SHADOW_SECONDS
    return hypot(x - old_x, y - old_y) > usual * _THROWN


def _draw_streak(
    screen: pygame.Surface,
    world: World,
    view: View,
    entity_id: int,
    lead: tuple[float, float],
    radius: float,
    colour: Colour,
) -> None:
    """Shadows of it on its way, each fainter and smaller; an own circle is shown ahead of its row, and so are they."""
    entity = world.entities[entity_id]
    x, y = world.places.at(entity, world.now)
    for number in range(_SHADOWS, 0, -1):
        old_x, old_y = world.places.at(entity, world.now - number * _SHADOW_SECONDS)
        if hypot(old_x - x, old_y - y) < 0.5:
            continue
        share = 1.0 - number / (_SHADOWS + 1)
        pixels = max(radius * view.scale * (0.45 + 0.5 * share), 1.0)
        place = view.to_screen(lead[0] + old_x - x, lead[1] + old_y - y)
        _blend(screen, place, pixels, (*colour, round(_STRENGTH * share)))


def _blend(
    screen: pygame.Surface, place: tuple[float, float], pixels: float, colour: tuple[int, int, int, int]
) -> None:
    side = 2 * round(pixels) + 2
    disc = pygame.Surface((side, side), pygame.SRCALPHA)
    pygame.draw.circle(disc, colour, (side / 2, side / 2), pixels)
    screen.blit(disc, (round(place[0] - side / 2), round(place[1] - side / 2)))


def _draw(picture: Picture) -> None:
    draw_streaks(picture.screen, picture.world, picture.view, picture.palette, food=picture.moving_food)


EFFECT = Effect(name="streaks", draw=_draw, is_under=True)
