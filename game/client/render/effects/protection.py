"""Protection: the ring around circles of protected players."""

from __future__ import annotations

from math import cos, pi, sin

import pygame

from game.match.world import World
from game.presentation.camera import View
from game.presentation.palette import PROTECTION

from ..effect import Effect, Picture

__all__ = ["EFFECT", "draw_protection"]

# A ring: its radius over the circle's, how far it swings, how often a second; its dashes, and how much of the ring they are.
_RING, _SWING, _PULSES, _DASHES, _DASH, _CORNERS = 1.3, 0.08, 1.25, 8, 0.6, 4


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


def _draw(picture: Picture) -> None:
    draw_protection(picture.screen, picture.world, picture.view, motion=picture.motion)


EFFECT = Effect(name="protection", draw=_draw)
