"""What lies over circles for a moment: the streak behind what was thrown, and the ring around who is protected."""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, hypot, pi, sin, sqrt

import pygame

from game.match.bounds import shown_radius
from game.match.shown import ShownCircle
from game.match.world import World
from game.presentation.camera import View
from game.presentation.palette import PROTECTION, Colour, Palette

__all__ = ["draw_protection", "draw_streaks"]

# Seconds between the shadows of a streak, and how many there are.
_SHADOW_SECONDS, _SHADOWS = 0.022, 5
_STRENGTH = 70
# World units a second of the smallest circle, its mass, and how much faster than it could go a circle is that was thrown.
_FULL_SPEED, _START_MASS, _THROWN = 200.0, 15.0, 1.3
# Seconds after it came, or moved last, that something may still be shown in flight.
_IN_FLIGHT = 0.8
# A ring: its radius over the circle's, how far it swings, how often a second; its dashes, and how much of the ring they are.
_RING, _SWING, _PULSES, _DASHES, _DASH, _CORNERS = 1.3, 0.08, 1.25, 8, 0.6, 4


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
    usual = _FULL_SPEED * 2.0 / (1.0 + sqrt(circle.mass / _START_MASS)) * _SHADOW_SECONDS
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


def draw_protection(screen: pygame.Surface, world: World, view: View, *, motion: bool = True) -> None:
    """Draw a ring of dashes around each circle of a protected player; with `motion` it turns and pulses."""
    if not world.protected:
        return
    now = world.now if motion else 0.0
    left, right, bottom, top = view.bounds(80.0)
    for circle in world.circles.values():
        x, y = circle.shown_x, circle.shown_y
        if circle.player_id in world.protected and left < x < right and bottom < y < top:
            pulse = sin(2 * pi * _PULSES * now)
            pixels = circle.shown_radius * view.scale * (_RING + _SWING * pulse)
            _draw_ring(screen, view.to_screen(x, y), pixels, turn=now * 0.9)


def _draw_ring(screen: pygame.Surface, place: tuple[float, float], pixels: float, *, turn: float) -> None:
    """Dashes as polygons: arcs of pygame leave holes."""
    if pixels < 3.0:
        return
    half = max(pixels * 0.05, 1.2)
    dash = 2 * pi / _DASHES
    for number in range(_DASHES):
        angles = [turn + dash * (number + _DASH * step / _CORNERS) for step in range(_CORNERS + 1)]
        outer = [
            (place[0] + (pixels + half) * cos(angle), place[1] + (pixels + half) * sin(angle))
            for angle in angles
        ]
        inner = [
            (place[0] + (pixels - half) * cos(angle), place[1] + (pixels - half) * sin(angle))
            for angle in reversed(angles)
        ]
        pygame.draw.polygon(screen, PROTECTION, outer + inner)
        pygame.draw.aalines(screen, PROTECTION, True, outer + inner)
