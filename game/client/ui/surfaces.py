"""Surfaces that are kept for the next frame, within bounds."""

from __future__ import annotations

from collections import OrderedDict
from math import inf
from typing import Generic, TypeVar

import pygame

__all__ = ["SurfaceCache", "tint"]

K = TypeVar("K")

_LEAST_WINDOW = (1280, 720)
_PIXEL_BYTES = 4


class SurfaceCache(Generic[K]):
    """Surfaces by key, of at most as many pixels together as `windows` windows have; the least recently used go first.

    The last one is kept however large it is. Pictures grow with the window that they are for: see `make_room`. Making one
    takes long beside drawing it: `has_made_enough` tells when those of this frame have as many pixels together as `a_frame`
    windows, so that what has a picture that will do for now waits for the next frame.
    """

    def __init__(self, windows: float, a_frame: float = inf) -> None:
        self._windows = windows
        self._a_frame = a_frame
        self._surfaces: OrderedDict[K, pygame.Surface] = OrderedDict()
        self._bytes = self._limit = self._made = 0
        self._most = self._enough = 0.0
        self.make_room(_LEAST_WINDOW)

    def __len__(self) -> int:
        return len(self._surfaces)

    def make_room(self, window: tuple[int, int]) -> None:
        """Keep what a window of that many pixels needs; one of 1280x720 at least."""
        width, height = window
        pixels = max(width * height, _LEAST_WINDOW[0] * _LEAST_WINDOW[1])
        self._limit = round(self._windows * pixels) * _PIXEL_BYTES
        self._most = self._enough = self._a_frame * pixels * _PIXEL_BYTES

    def begin_frame(self, share: float = 1.0) -> None:
        """What is made from now on is for the next frame, which should make no more than a `share` of what one may."""
        self._made = 0
        self._enough = self._most * share

    @property
    def has_made_enough(self) -> bool:
        """Whether this frame has made as much as one should."""
        return self._made >= self._enough

    def clear(self) -> None:
        """Keep nothing of what there is."""
        self._surfaces.clear()
        self._bytes = 0

    def get(self, key: K) -> pygame.Surface | None:
        surface = self._surfaces.get(key)
        if surface is not None:
            self._surfaces.move_to_end(key)
        return surface

    def keep(self, key: K, surface: pygame.Surface) -> pygame.Surface:
        """Keep a surface that `get` has not found; it comes back."""
        self._surfaces[key] = surface
        self._bytes += _size(surface)
        self._made += _size(surface)
        while self._bytes > self._limit and len(self._surfaces) > 1:
            _, old = self._surfaces.popitem(last=False)
            self._bytes -= _size(old)
        return surface


def tint(picture: pygame.Surface, colour: tuple[int, int, int], alpha: int = 255) -> None:
    """Multiply by a colour: with a picture of it, which takes a tenth of the time that a fill does."""
    colours = pygame.Surface(picture.get_size(), pygame.SRCALPHA)
    colours.fill((*colour, alpha))
    picture.blit(colours, (0, 0), special_flags=pygame.BLEND_RGBA_MULT)


def _size(surface: pygame.Surface) -> int:
    return surface.get_width() * surface.get_height() * _PIXEL_BYTES
