"""Seek bar of a match that is over: how long it is, where one is, how far it is read."""

from __future__ import annotations

import pygame

from game.presentation.palette import ACCENT, GRID, INK, INK_SOFT

from ..ui.panel import READABLE, rounded_panel
from ..ui.text import TextCache
from .hud import ui_unit

__all__ = ["clock", "draw_seek_bar", "seek_bar_place"]

_HEIGHT, _BOTTOM, _SIDE = 8, 52, 286


def clock(seconds: float) -> str:
    """Minutes and seconds: 75 is "1:15"."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def seek_bar_place(window: tuple[int, int]) -> pygame.Rect:
    """Where the bar is, in pixels of a window of that size."""
    unit = ui_unit(window)
    # At its ends are the words, and beyond them the minimap, in windows that have one.
    side = min(round(_SIDE * unit), window[0] * 2 // 7)
    place = pygame.Rect(side, 0, max(window[0] - 2 * side, 40), max(round(_HEIGHT * unit), 4))
    place.centery = window[1] - round(_BOTTOM * unit)
    return place


def draw_seek_bar(
    screen: pygame.Surface,
    texts: TextCache,
    *,
    position: float,
    loaded: float,
    length: float,
    state: str,
) -> pygame.Rect:
    """Draw it above the lower edge, the time at its left and the `state` at its right; returns the ground's place."""
    unit = ui_unit(screen.get_size())
    bar = seek_bar_place(screen.get_size())
    size = round(20 * unit)
    room = round(96 * unit)
    ground = bar.inflate(2 * room, round(26 * unit))
    screen.blit(rounded_panel(ground.size, radius=round(14 * unit), alpha=READABLE), ground)
    pygame.draw.rect(screen, GRID, bar, border_radius=bar.height)
    for share, colour in ((loaded, INK_SOFT), (position, ACCENT)):
        part = bar.copy()
        part.width = round(bar.width * (share / length if length > 0 else 1.0))
        pygame.draw.rect(screen, colour, part, border_radius=bar.height)
    pygame.draw.circle(screen, INK, (part.right, bar.centery), bar.height)
    at = texts.fit(f"{clock(position)} / {clock(length)}", size, room - round(14 * unit), colour=INK)
    screen.blit(at, at.get_rect(midright=(bar.left - round(14 * unit), bar.centery)))
    how = texts.fit(state, size, room - round(14 * unit), colour=INK)
    screen.blit(how, how.get_rect(midleft=(bar.right + round(14 * unit), bar.centery)))
    return ground
