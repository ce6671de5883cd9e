"""Panels, translucent, with smooth round corners."""

from __future__ import annotations

from functools import lru_cache

import pygame

from game.presentation.palette import GRID, PANEL, Colour

__all__ = ["READABLE", "draw_ground", "rounded_panel"]

# An alpha that leaves soft ink legible over the brightest circle: a contrast of 4.5, as for small text on the web.
READABLE = 225

_OVERSAMPLING = 3
# What is left of the arena's light below a panel that has faded, of 255, and in how many steps it does.
_LEFT, _STEPS = 120, 5
_SOLID = 255


@lru_cache(maxsize=48)
def rounded_panel(
    size: tuple[int, int],
    *,
    radius: int = 14,
    colour: Colour = PANEL,
    alpha: int = 190,
    edge: Colour = GRID,
    edge_alpha: int = 60,
) -> pygame.Surface:
    """A panel of that many pixels with a fine lighter edge; treat it as read-only, it is shared."""
    width, height = (max(side, 1) * _OVERSAMPLING for side in size)
    large = pygame.Surface((width, height), pygame.SRCALPHA)
    # Transparent pixels carry the edge's colour, or the corners would get dark fringes when they are averaged.
    large.fill((*edge, 0))
    corner = radius * _OVERSAMPLING
    line = _OVERSAMPLING + 1
    pygame.draw.rect(large, (*edge, edge_alpha), (0, 0, width, height), border_radius=corner)
    inner = pygame.Rect(line, line, width - 2 * line, height - 2 * line)
    pygame.draw.rect(large, (*colour, alpha), inner, border_radius=corner - line)
    return pygame.transform.smoothscale(large, (max(size[0], 1), max(size[1], 1))).convert_alpha()


def draw_ground(screen: pygame.Surface, place: pygame.Rect, *, radius: int, fade: float = 0.0) -> None:
    """Draw what is written upon over the arena: solid, or by the share `fade` 0..1 on the way to a mere shade."""
    step = round(fade * _STEPS)
    if step == 0:
        screen.blit(_solid(place.size, radius), place)
    else:
        screen.blit(_shade(place.size, radius, step), place, None, pygame.BLEND_RGB_MULT)


@lru_cache(maxsize=32)
def _solid(size: tuple[int, int], radius: int) -> pygame.Surface:
    """A panel without anything shining through: copied in runs, which takes a tenth of the time."""
    panel = rounded_panel(size, radius=radius, alpha=_SOLID, edge_alpha=_SOLID, edge=_EDGE).copy()
    panel.set_alpha(255, pygame.RLEACCEL)
    return panel


@lru_cache(maxsize=32)
def _shade(size: tuple[int, int], radius: int, step: int) -> pygame.Surface:
    """What the arena is multiplied with below a panel: that is done for several pixels at once, blending is not."""
    shade = pygame.Surface(size).convert()
    shade.fill((255, 255, 255))
    kept = _LEFT * step // _STEPS
    # Its corners need not be smooth, and smoothing one for each step would hold a frame up.
    pygame.draw.rect(shade, (kept, kept, kept), shade.get_rect(), border_radius=radius)
    return shade


# The edge as it looks over the night sky.
_EDGE: Colour = (42, 48, 82)
