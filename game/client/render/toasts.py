"""News at the edge of the picture."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from game.presentation.news import Toast
from game.presentation.palette import ACCENT, INK

from ..ui.panel import READABLE, draw_ground, rounded_panel
from ..ui.text import TextCache
from .hud import ui_unit

__all__ = ["draw_toasts", "toasts_place"]

_SIZE, _HEIGHT, _LINE = 21, 27, 31
_MARGIN, _PAD = 16, 10
# Above the own mass, in units of layout from the lower edge.
_BOTTOM = 112
# Widths go in steps, or each name would ask for a panel of its own.
_STEP = 40


def toasts_place(window: tuple[int, int], count: int) -> pygame.Rect:
    """Where so many are, in pixels of a window of that size, as far as most of them reach."""
    unit = ui_unit(window)
    place = pygame.Rect(round(_MARGIN * unit), 0, round(200 * unit), round(_LINE * unit) * count)
    place.bottom = window[1] - round(_BOTTOM * unit)
    return place


def draw_toasts(
    screen: pygame.Surface,
    texts: TextCache,
    toasts: Sequence[Toast],
    now: float,
    *,
    fade: float = 0.0,
    below: int = 0,
) -> None:
    """Draw them in the lower left, the newest lowest; each fades before it goes, their grounds by `fade` 0..1.

    There are as many as there is room for `below` that pixel.
    """
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
        if bottom - height < below:
            return
        step = round(_STEP * unit)
        width = -(-(face.get_width() + 2 * pad) // step) * step
        place = pygame.Rect(round(_MARGIN * unit), bottom - height, width, height)
        if strength < 1.0:
            face = _faded(face, strength)
            ground = rounded_panel(place.size, radius=height // 3, alpha=READABLE)
            screen.blit(_faded(ground, strength * (1.0 - 0.7 * fade)), place)
        else:
            draw_ground(screen, place, radius=height // 3, fade=fade)
        screen.blit(face, face.get_rect(midleft=(place.left + pad, place.centery)))
        bottom -= round(_LINE * unit)


def _faded(surface: pygame.Surface, strength: float) -> pygame.Surface:
    faded = surface.copy()
    faded.set_alpha(round(255 * strength))
    return faded
