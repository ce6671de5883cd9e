"""Minimap: the whole arena in a corner, with its players and which part of it is seen."""

from __future__ import annotations

import pygame

from game.match.world import World
from game.presentation.camera import View
from game.presentation.palette import BORDER, INK, PANEL, WARNING, Palette

from ..ui.panel import draw_ground
from .hud import ui_unit

__all__ = ["Minimap", "minimap_place"]

_SIDE = 150
_MARGIN = 16
# Windows narrower than this have the keys in the corner's row.
_NARROW = 1150
_ABOVE_KEYS = 62
# The leaderboard with eleven lines, the minimap and what lies between.
_LOW = 580
# Radius of a dot that is seen at a glance, however small its circle is.
_LEAST_DOT = 2.0
# What is left of it where it lies over a circle.
_FAINT = 90


def minimap_place(window: tuple[int, int]) -> pygame.Rect | None:
    """Where it is, in pixels; None in windows that are too low for it and the leaderboard."""
    unit = ui_unit(window)
    if window[1] < _LOW * unit:
        return None
    side, margin = round(_SIDE * unit), round(_MARGIN * unit)
    lift = round(_ABOVE_KEYS * unit) if window[0] < _NARROW * unit else margin
    return pygame.Rect(window[0] - side - margin, window[1] - side - lift, side, side)


class Minimap:
    """Draws it into the lower right corner. The picture is kept while it is asked for as it was at the same time."""

    def __init__(self) -> None:
        self._key: object = None
        self._picture: pygame.Surface | None = None

    def draw(
        self,
        screen: pygame.Surface,
        world: World,
        view: View,
        palette: Palette,
        *,
        of: float = 0.0,
        fade: float = 0.0,
        nemesis: int | None = None,
    ) -> None:
        """Draw players and what is seen of the arena, as they are or were at the time `of`; by `fade` 0..1 fainter.

        The player `nemesis` stands within a square.
        """
        place = minimap_place(screen.get_size())
        if place is None:
            return
        unit = ui_unit(screen.get_size())
        key = (world, of, place.size, palette, nemesis)
        if self._picture is None or self._key != key:
            self._key, self._picture = key, _picture(place.size, unit, world, view, palette, nemesis)
        self._picture.set_alpha(round(255 + (_FAINT - 255) * fade))
        draw_ground(screen, place, radius=round(10 * unit), fade=fade)
        inset = round(10 * unit) // 2
        screen.blit(self._picture, (place.left + inset, place.top + inset))


def _picture(
    size: tuple[int, int], unit: float, world: World, view: View, palette: Palette, nemesis: int | None
) -> pygame.Surface:
    side = size[0] - round(10 * unit)
    picture = pygame.Surface((side, side)).convert()
    picture.fill(PANEL)
    scale = side / world.size

    def on_map(x: float, y: float) -> tuple[float, float]:
        return x * scale, side - y * scale

    left, right, bottom, top = view.bounds()
    corner, reach = on_map(left, top), ((right - left) * scale, (top - bottom) * scale)
    seen = pygame.Rect(round(corner[0]), round(corner[1]), round(reach[0]), round(reach[1]))
    pygame.draw.rect(picture, BORDER, seen.clip(picture.get_rect()), width=1, border_radius=2)
    for circle in sorted(
        world.circles.values(), key=lambda circle: (circle.player_id == world.own_player_id, circle.mass)
    ):
        own = circle.player_id == world.own_player_id
        pixels = min(max(circle.shown_radius * scale, _LEAST_DOT * unit), side / 4)
        dot = on_map(circle.shown_x, circle.shown_y)
        colour = palette.player_colour(circle.player_id or 0)
        pygame.draw.circle(picture, colour, dot, pixels + (unit if own else 0))
        if own:
            pygame.draw.circle(picture, INK, dot, pixels + 2 * unit, width=1)
        elif circle.player_id == nemesis:
            frame = pygame.Rect(0, 0, round(2 * pixels + 6 * unit), round(2 * pixels + 6 * unit))
            frame.center = round(dot[0]), round(dot[1])
            pygame.draw.rect(picture, WARNING, frame, width=max(round(1.5 * unit), 1))
    return picture
