"""Toasts: news at the edge of the picture."""

from __future__ import annotations

from functools import lru_cache

import pygame

from game.presentation.news import Toast
from game.presentation.palette import ACCENT, INK

from ..ui.panel import READABLE, draw_ground, rounded_panel
from ..ui.text import TextCache
from .hud import ui_unit

__all__ = ["draw_toasts", "toast_places", "toasts_place"]

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
    toasts: tuple[Toast, ...],
    now: float,
    *,
    fade: float = 0.0,
    below: int = 0,
) -> None:
    """Draw them in the lower left, the newest lowest; each fades before it goes, their grounds by `fade` 0..1.

    There are as many as there is room for `below` that pixel.
    """
    pad = round(_PAD * ui_unit(screen.get_size()))
    for toast, face, place in _placed(screen.get_size(), texts, toasts, now, below):
        strength, radius = toast.strength(now), place.height // 3
        if strength < 1.0:
            face = _faded(face, strength)
            ground = rounded_panel(place.size, radius=radius, alpha=READABLE)
            screen.blit(_faded(ground, strength * (1.0 - 0.7 * fade)), place)
        else:
            draw_ground(screen, place, radius=radius, fade=fade)
        screen.blit(face, face.get_rect(midleft=(place.left + pad, place.centery)))


def toast_places(
    window: tuple[int, int], texts: TextCache, toasts: tuple[Toast, ...], now: float, *, below: int = 0
) -> list[pygame.Rect]:
    """Where each is that can be seen, in pixels: no name is written there."""
    return [place for _, _, place in _placed(window, texts, toasts, now, below)]


# Twice a frame, with the same answer: where no name is to be written, and for the news themselves.
@lru_cache(maxsize=1)
def _placed(
    window: tuple[int, int], texts: TextCache, toasts: tuple[Toast, ...], now: float, below: int
) -> list[tuple[Toast, pygame.Surface, pygame.Rect]]:
    unit = ui_unit(window)
    pad, height, step = round(_PAD * unit), round(_HEIGHT * unit), round(_STEP * unit)
    bottom = window[1] - round(_BOTTOM * unit)
    placed: list[tuple[Toast, pygame.Surface, pygame.Rect]] = []
    for toast in reversed(toasts):
        if toast.strength(now) <= 0.0:
            continue
        if bottom - height < below:
            break
        face = texts.fit(
            toast.text, round(_SIZE * unit), window[0] // 3, colour=ACCENT if toast.is_own else INK
        )
        width = -(-(face.get_width() + 2 * pad) // step) * step
        placed.append((toast, face, pygame.Rect(round(_MARGIN * unit), bottom - height, width, height)))
        bottom -= round(_LINE * unit)
    return placed


def _faded(surface: pygame.Surface, strength: float) -> pygame.Surface:
    faded = surface.copy()
    faded.set_alpha(round(255 * strength))
    return faded
