"""The whole arena in a corner: where everybody is, and which part of it is seen."""

from __future__ import annotations

import pygame

from game.match.world import World
from game.presentation.camera import View
from game.presentation.palette import BORDER, INK, Palette

from ..ui.panel import READABLE, rounded_panel
from .hud import ui_unit

__all__ = ["draw_minimap"]

_SIDE = 150
_MARGIN = 16
# Windows narrower than this have the keys in the corner's row.
_NARROW = 1150
_ABOVE_KEYS = 62
# The leaderboard with eleven lines, the minimap and what lies between.
_LOW = 580


def draw_minimap(screen: pygame.Surface, world: World, view: View, palette: Palette) -> None:
    """Draw it into the lower right corner; windows that are too low for it and the leaderboard have none."""
    unit = ui_unit(screen.get_size())
    if screen.get_height() < _LOW * unit:
        return
    side, margin = round(_SIDE * unit), round(_MARGIN * unit)
    lift = round(_ABOVE_KEYS * unit) if screen.get_width() < _NARROW * unit else margin
    place = pygame.Rect(screen.get_width() - side - margin, screen.get_height() - side - lift, side, side)
    screen.blit(rounded_panel(place.size, radius=round(10 * unit), alpha=READABLE), place)
    inside = place.inflate(-round(10 * unit), -round(10 * unit))
    scale = inside.width / world.size

    def on_map(x: float, y: float) -> tuple[float, float]:
        return inside.left + x * scale, inside.bottom - y * scale

    left, right, bottom, top = view.bounds()
    corner, size = on_map(left, top), ((right - left) * scale, (top - bottom) * scale)
    seen = pygame.Rect(round(corner[0]), round(corner[1]), round(size[0]), round(size[1])).clip(inside)
    pygame.draw.rect(screen, BORDER, seen, width=1, border_radius=2)
    for circle in sorted(
        world.circles.values(), key=lambda circle: (circle.player_id == world.own_player_id, circle.mass)
    ):
        own = circle.player_id == world.own_player_id
        pixels = min(max(circle.shown_radius * scale, 1.5 * unit), side / 4)
        dot = on_map(circle.shown_x, circle.shown_y)
        pygame.draw.circle(
            screen, palette.player_colour(circle.player_id or 0), dot, pixels + (unit if own else 0)
        )
        if own:
            pygame.draw.circle(screen, INK, dot, pixels + 2 * unit, width=1)
