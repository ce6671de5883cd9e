"""News at the edge of the picture."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from game.presentation.news import Toast
from game.presentation.palette import ACCENT, INK

from ..ui.panel import READABLE, rounded_panel
from ..ui.text import TextCache
from .hud import ui_unit

__all__ = ["draw_toasts"]

_SIZE, _HEIGHT, _LINE = 21, 27, 31
_MARGIN, _PAD = 16, 10
# Above the own mass, in units of layout from the lower edge.
_BOTTOM = 112
# Widths go in steps, or each name would ask for a panel of its own.
_STEP = 40


def draw_toasts(screen: pygame.Surface, texts: TextCache, toasts: Sequence[Toast], now: float) -> None:
    """Draw them in the lower left, the newest lowest; each fades before it goes."""
    unit = ui_unit(screen.get_size())
    pad, height = round(_PAD * unit), round(_HEIGHT * unit)
    bottom = screen.get_height() - round(_BOTTOM * unit)
    for toast in reversed(toasts):
        strength = toast.strength(now)
        if strength <= 0.0:
            continue
        face = texts.fit(
            toast.text, round(_SIZE * unit), screen.get_width() // 3, colour=ACCENT if toast.is_own else INK
        )
        step = round(_STEP * unit)
        width = -(-(face.get_width() + 2 * pad) // step) * step
        ground = rounded_panel((width, height), radius=height // 3, alpha=READABLE)
        place = ground.get_rect(bottomleft=(round(_MARGIN * unit), bottom))
        if strength < 1.0:
            face, ground = _faded(face, strength), _faded(ground, strength)
        screen.blit(ground, place)
        screen.blit(face, face.get_rect(midleft=(place.left + pad, place.centery)))
        bottom -= round(_LINE * unit)


def _faded(surface: pygame.Surface, strength: float) -> pygame.Surface:
    faded = surface.copy()
    faded.set_alpha(round(255 * strength))
    return faded
