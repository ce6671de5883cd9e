"""Glow around large words."""

from __future__ import annotations

from functools import lru_cache

import pygame

from game.presentation.palette import Colour

from .text import TextCache, TextStyle

__all__ = ["glowing_title"]


@lru_cache(maxsize=8)
def glowing_title(
    texts: TextCache, text: str, size: int, width: int, *, colour: Colour, glow: Colour
) -> pygame.Surface:
    """One line no wider than `width` pixels, shaded from `colour` down to `glow`, in a halo of `glow`.

    The surface is larger than the letters on every side by half their height; treat it as read-only, it is shared.
    """
    reach = size // 2
    face = texts.fit(text, size, width - 2 * reach, colour=(255, 255, 255), style=TextStyle.PLAIN).copy()
    halo = texts.fit(text, size, width - 2 * reach, colour=glow, style=TextStyle.PLAIN)
    surface = pygame.Surface((face.get_width() + 2 * reach, face.get_height() + 2 * reach), pygame.SRCALPHA)
    surface.fill((*glow, 0))
    surface.blit(halo, (reach, reach))
    soft = surface.copy()
    # Down and up again is a blur; the tighter one keeps the letters' shapes, the wider one lights the space around.
    for divisor in (6, 12, 24):
        small = pygame.transform.smoothscale(
            surface, (max(4, surface.get_width() // divisor), max(4, surface.get_height() // divisor))
        )
        soft.blit(pygame.transform.smoothscale(small, surface.get_size()), (0, 0))
    soft.blit(_fading_edge(soft.get_size(), reach), (0, 0), special_flags=pygame.BLEND_RGBA_MULT)
    soft.set_alpha(150)
    result = pygame.Surface(surface.get_size(), pygame.SRCALPHA)
    result.fill((*glow, 0))
    result.blit(soft, (0, 0))
    face.blit(_gradient(face.get_size(), colour, glow), (0, 0), special_flags=pygame.BLEND_RGBA_MULT)
    result.blit(face, (reach, reach))
    return result.convert_alpha()


def _fading_edge(size: tuple[int, int], reach: int) -> pygame.Surface:
    """What has a halo end before its picture does: clear at the rim, and whole from `reach` pixels inside of it on."""
    edge = pygame.Surface(size, pygame.SRCALPHA)
    for inset in range(reach):
        edge.fill((255, 255, 255, 255 * inset // reach), edge.get_rect().inflate(-2 * inset, -2 * inset))
    edge.fill((255, 255, 255, 255), edge.get_rect().inflate(-2 * reach, -2 * reach))
    return edge


def _gradient(size: tuple[int, int], top: Colour, bottom: Colour) -> pygame.Surface:
    surface = pygame.Surface(size, pygame.SRCALPHA)
    for y in range(size[1]):
        # The upper half stays pure, the lower one leans towards the glow.
        share = max(0.0, 2.0 * y / size[1] - 1.0) * 0.8
        red, green, blue = (round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        surface.fill((red, green, blue, 255), (0, y, size[0], 1))
    return surface
