"""Translucent panels with smooth round corners."""

from __future__ import annotations

from functools import lru_cache

import pygame

from game.presentation.palette import GRID, PANEL, Colour

__all__ = ["READABLE", "rounded_panel"]

# An alpha that leaves soft ink legible over the brightest circle: a contrast of 4.5, as for small text on the web.
READABLE = 225

_OVERSAMPLING = 3


@lru_cache(maxsize=32)
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
