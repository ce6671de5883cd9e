"""News at the edge of the picture."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from game.world.news import Toast
from game.world.palette import ACCENT, INK

from ..ui.text import TextCache
from .hud import ui_unit

__all__ = ["draw_toasts"]

_SIZE, _LINE = 21, 26
# Above the own mass, in units of layout from the lower edge.
_BOTTOM = 116


def draw_toasts(screen: pygame.Surface, texts: TextCache, toasts: Sequence[Toast], now: float) -> None:
    """Draw them in the lower left, the newest lowest; each fades before it goes."""
    unit = ui_unit(screen.get_size())
    y = screen.get_height() - round(_BOTTOM * unit)
    for toast in reversed(toasts):
        strength = toast.strength(now)
        if strength <= 0.0:
            continue
        face = texts.fit(
            toast.text, round(_SIZE * unit), screen.get_width() // 3, colour=ACCENT if toast.is_own else INK
        )
        if strength < 1.0:
            face = face.copy()
            face.set_alpha(round(255 * strength))
        screen.blit(face, face.get_rect(bottomleft=(round(18 * unit), y)))
        y -= round(_LINE * unit)
