"""Network HUD: the figures of the connection and the frames, shown by F3."""

from __future__ import annotations

import pygame

from game.language import gettext
from game.presentation.palette import INK, INK_SOFT

from ..ui.panel import READABLE, rounded_panel
from ..ui.text import TextCache
from .hud import ui_unit

__all__ = ["draw_net_hud", "net_hud_place"]

_WIDTH, _LINE, _SIZE, _PAD = 300, 21, 19, 12


def net_hud_place(window: tuple[int, int], lines: int) -> pygame.Rect:
    """Where so many lines are, in pixels of a window of that size."""
    unit = ui_unit(window)
    margin, height = round(16 * unit), round(_LINE * unit) * lines + 2 * round(_PAD * unit)
    return pygame.Rect(margin, margin, round(_WIDTH * unit), height)


def draw_net_hud(screen: pygame.Surface, texts: TextCache, lines: tuple[tuple[str, str], ...]) -> None:
    """Draw (label, value) pairs into the upper left corner; nothing before there are any."""
    if not lines:
        return
    unit = ui_unit(screen.get_size())
    place = net_hud_place(screen.get_size(), len(lines))
    pad, line = round(_PAD * unit), round(_LINE * unit)
    screen.blit(rounded_panel(place.size, radius=round(14 * unit), alpha=READABLE), place)
    size = round(_SIZE * unit)
    for index, (label, value) in enumerate(lines):
        middle = place.top + pad + index * line + line // 2
        name = texts.fit(gettext(label), size, place.width // 2, colour=INK_SOFT, smallest=0.6)
        screen.blit(name, name.get_rect(midleft=(place.left + pad, middle)))
        number = texts.fit(value, size, place.width - 3 * pad - name.get_width(), colour=INK)
        screen.blit(number, number.get_rect(midright=(place.right - pad, middle)))
