"""The numbers behind the picture, for who wants to see them: F3."""

from __future__ import annotations

import pygame

from game.world.palette import INK, INK_SOFT

from ..ui.panel import rounded_panel
from ..ui.text import TextCache
from .hud import ui_unit

__all__ = ["draw_net_hud"]

_WIDTH, _LINE, _SIZE, _PAD = 300, 21, 19, 12


def draw_net_hud(screen: pygame.Surface, texts: TextCache, lines: tuple[tuple[str, str], ...]) -> None:
    """Draw (label, value) pairs into the upper left corner; nothing before there are any."""
    if not lines:
        return
    unit = ui_unit(screen.get_size())
    margin, pad, line = round(16 * unit), round(_PAD * unit), round(_LINE * unit)
    width, height = round(_WIDTH * unit), line * len(lines) + 2 * pad
    screen.blit(rounded_panel((width, height), radius=round(14 * unit)), (margin, margin))
    size = round(_SIZE * unit)
    for index, (label, value) in enumerate(lines):
        middle = margin + pad + index * line + line // 2
        name = texts.render(label, size, colour=INK_SOFT)
        screen.blit(name, name.get_rect(midleft=(margin + pad, middle)))
        number = texts.fit(value, size, width - 3 * pad - name.get_width(), colour=INK)
        screen.blit(number, number.get_rect(midright=(margin + width - pad, middle)))
