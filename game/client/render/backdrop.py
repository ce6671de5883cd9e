"""Backdrop: space behind the arena. Nebulae, stars with depth, the grid that helps to judge speed, the arena's border."""

from __future__ import annotations

import random
from math import ceil, floor

import pygame

from game.presentation.camera import View
from game.presentation.palette import BORDER, GRID, NEBULAE, OUTSIDE, SPACE, Colour

__all__ = ["Backdrop"]

_SEED = 20
_GRID_STEP = 25.0
_GRID_MAJOR = 4
# Closer lines would be a haze; they get as much wider apart as the strong ones are.
_GRID_LEAST_PIXELS = 6.0
_PARALLAX_ROOM = 0.12
_MOST_PIXELS = 1280 * 720
_BORDER_GLOW = 28
_BORDER_ALPHA = 110
# Stars per million pixels, radius in pixels, brightness. The farthest ones are part of the sky.
_FAR_STARS = 170, 1.0, 105
# (share of the camera's movement in pixels per world unit, and as above)
_STAR_LAYERS = ((0.55, 80, 1.5, 165), (1.0, 26, 2.2, 235))
# How much lines of the grid are lighter than what is behind them, as a share of their colour.
_LINE, _MAJOR_LINE = 0.1, 0.23
# Of every byte its last two bits.
_TWO_BITS = bytes(byte & 3 for byte in range(256))


class Backdrop:
    """Everything behind the circles, for windows of one size."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._space = _nebulae(size)
        self._layers = [
            (depth, _star(radius, brightness), _scatter(size, density, seed))
            for seed, (depth, density, radius, brightness) in enumerate(_STAR_LAYERS, 1)
        ]
        width, height = size
        density, radius, brightness = _FAR_STARS
        far = _star(radius, brightness)
        self._space.blits([(far, place) for place in _scatter(self._space.get_size(), density, 0)], False)
        thick = max(round(height / 900), 1)
        self._lines_across = [_line((width, thick), share) for share in (_LINE, _MAJOR_LINE)]
        self._lines_down = [_line((thick, height), share) for share in (_LINE, _MAJOR_LINE)]
        self._glow_across = _glow((width, 2 * _BORDER_GLOW + 1))
        self._glow_corner = _corner_glow()
        self._glow_down = _glow((2 * _BORDER_GLOW + 1, height))

    def draw(self, screen: pygame.Surface, view: View, world_size: float, *, motion: bool = True) -> None:
        """Draw everything behind the circles; without `motion` the sky keeps its place."""
        width, height = self.size
        room_x, room_y = (side * _PARALLAX_ROOM for side in self.size)
        share_x = min(max(view.x / world_size, 0.0), 1.0) if motion else 0.5
        share_y = min(max(1.0 - view.y / world_size, 0.0), 1.0) if motion else 0.5
        screen.blit(self._space, (-round(room_x * share_x), -round(room_y * share_y)))
        arena = _arena_on_screen(view, world_size)
        inside = arena.clip(screen.get_rect())
        for outside in _around(inside, width, height):
            screen.fill(OUTSIDE, outside)
        for depth, sprite, places in self._layers:
            shift_x, shift_y = (view.x * depth, -view.y * depth) if motion else (0.0, 0.0)
            screen.blits(
                [
                    (sprite, ((x - shift_x) % (width + 8) - 4, (y - shift_y) % (height + 8) - 4))
                    for x, y in places
                ],
                False,
            )
        self._draw_grid(screen, view, world_size)
        if inside.size != self.size:
            self._draw_border(screen, arena, inside)

    def _draw_grid(self, screen: pygame.Surface, view: View, world_size: float) -> None:
        left, right, bottom, top = view.bounds()
        low_x, low_y = max(left, 0.0), max(bottom, 0.0)
        high_x, high_y = min(right, world_size), min(top, world_size)
        if low_x >= high_x or low_y >= high_y:
            return
        x0, y1 = view.to_screen(low_x, low_y)
        x1, y0 = view.to_screen(high_x, high_y)
        step = _GRID_STEP
        while step * view.scale < _GRID_LEAST_PIXELS:
            step *= _GRID_MAJOR
        add = pygame.BLEND_RGB_ADD
        lines: list[tuple[pygame.Surface, tuple[int, int], tuple[int, int, int, int], int]] = []
        for index in range(ceil(low_x / step), floor(high_x / step) + 1):
            x, _ = view.to_screen(index * step, 0.0)
            line = self._lines_down[index % _GRID_MAJOR == 0]
            lines.append((line, (round(x), round(y0)), (0, 0, line.get_width(), round(y1 - y0)), add))
        for index in range(ceil(low_y / step), floor(high_y / step) + 1):
            _, y = view.to_screen(0.0, index * step)
            line = self._lines_across[index % _GRID_MAJOR == 0]
            lines.append((line, (round(x0), round(y)), (0, 0, round(x1 - x0), line.get_height()), add))
        screen.blits(lines, False)

    def _draw_border(self, screen: pygame.Surface, arena: pygame.Rect, inside: pygame.Rect) -> None:
        width, height = self.size
        reach = _BORDER_GLOW
        for x in (arena.left, arena.right):
            if -reach <= x <= width + reach and inside.height > 0:
                screen.blit(self._glow_down, (x - reach, inside.top), (0, 0, 2 * reach + 1, inside.height))
            for y, row in ((arena.top - reach, 0), (arena.bottom, reach)):
                column = 0 if x == arena.left else reach
                corner = (column, row, reach, reach)
                screen.blit(self._glow_corner, (x - reach + column, y), corner)
        for y in (arena.top, arena.bottom):
            if -reach <= y <= height + reach and inside.width > 0:
                screen.blit(self._glow_across, (inside.left, y - reach), (0, 0, inside.width, 2 * reach + 1))
        pygame.draw.rect(screen, BORDER, arena.inflate(4, 4), 3, border_radius=3)


def _arena_on_screen(view: View, world_size: float) -> pygame.Rect:
    left, top = (round(pixel) for pixel in view.to_screen(0.0, world_size))
    right, bottom = (round(pixel) for pixel in view.to_screen(world_size, 0.0))
    return pygame.Rect(left, top, right - left, bottom - top)


def _around(inside: pygame.Rect, width: int, height: int) -> list[tuple[int, int, int, int]]:
    """The up to four parts of the window outside the arena."""
    if inside.width <= 0 or inside.height <= 0:
        return [(0, 0, width, height)]
    parts = [
        (0, 0, width, inside.top),
        (0, inside.bottom, width, height - inside.bottom),
        (0, inside.top, inside.left, inside.height),
        (inside.right, inside.top, width - inside.right, inside.height),
    ]
    return [part for part in parts if part[2] > 0 and part[3] > 0]


def _nebulae(size: tuple[int, int]) -> pygame.Surface:
    """Soft clouds over the window and the room it is shifted in, dithered against banding."""
    chance = random.Random(_SEED)
    full = tuple(round(side * (1.0 + _PARALLAX_ROOM)) + 2 for side in size)
    small = pygame.Surface((160, 90))
    small.fill(SPACE)
    for index in range(11):
        colour = NEBULAE[index % len(NEBULAE)]
        strength = chance.uniform(0.35, 0.85)
        reach = chance.uniform(20, 48)
        centre = chance.uniform(0, 160), chance.uniform(0, 90)
        cloud = pygame.Surface((160, 90))
        for ring in range(40):
            share = ring / 39
            level = strength * share**2
            shade = tuple(round(part * level) for part in colour)
            pygame.draw.circle(cloud, shade, centre, reach * (1.0 - share))
        small.blit(cloud, (0, 0), special_flags=pygame.BLEND_RGB_ADD)
    space = pygame.transform.smoothscale(small, (full[0], full[1])).convert()
    grains, grey = bytearray(3 * 256 * 256), chance.randbytes(256 * 256).translate(_TWO_BITS)
    for part in range(3):
        grains[part::3] = grey
    noise = pygame.image.frombuffer(grains, (256, 256), "RGB")
    for x in range(0, full[0], 256):
        for y in range(0, full[1], 256):
            space.blit(noise, (x, y), special_flags=pygame.BLEND_RGB_ADD)
    return space


def _star(radius: float, brightness: int) -> pygame.Surface:
    side = 4 * ceil(radius) + 1
    large = pygame.Surface((side * 4, side * 4), pygame.SRCALPHA)
    large.fill((220, 230, 255, 0))
    for ring in range(12):
        share = ring / 11
        alpha = round(brightness * share**2)
        pygame.draw.circle(
            large, (220, 230, 255, alpha), (side * 2, side * 2), radius * 8 * (1.0 - share) + 1
        )
    star = pygame.transform.smoothscale(large, (side, side)).convert_alpha()
    star.set_alpha(255, pygame.RLEACCEL)
    return star


def _scatter(size: tuple[int, int], density: int, seed: int) -> list[tuple[float, float]]:
    chance = random.Random(_SEED + seed)
    # A large window shows the same sky larger, not more of it: stars would take more time than the match.
    pixels = min(size[0] * size[1], _MOST_PIXELS)
    count = round(pixels * density / 1_000_000)
    return [(chance.uniform(0, size[0] + 8), chance.uniform(0, size[1] + 8)) for _ in range(count)]


def _line(size: tuple[int, int], share: float) -> pygame.Surface:
    """A line of the grid, to be added to what is behind it."""
    line = pygame.Surface(size).convert()
    line.fill(tuple(round(part * share) for part in GRID))
    return line


def _glow(size: tuple[int, int], colour: Colour = BORDER) -> pygame.Surface:
    surface = pygame.Surface(size, pygame.SRCALPHA)
    for offset in range(2 * _BORDER_GLOW + 1):
        nearness = 1.0 - abs(offset - _BORDER_GLOW) / _BORDER_GLOW
        strip = (offset, 0, 1, size[1]) if size[0] == 2 * _BORDER_GLOW + 1 else (0, offset, size[0], 1)
        surface.fill((*colour, round(_BORDER_ALPHA * nearness**2)), strip)
    return surface.convert_alpha()


def _corner_glow() -> pygame.Surface:
    """The glow around a point; a quarter of it closes the gap between two borders that meet."""
    side = 2 * _BORDER_GLOW
    surface = pygame.Surface((side, side), pygame.SRCALPHA)
    surface.fill((*BORDER, 0))
    for distance in range(_BORDER_GLOW, 0, -1):
        nearness = 1.0 - distance / _BORDER_GLOW
        pygame.draw.circle(
            surface, (*BORDER, round(_BORDER_ALPHA * nearness**2)), (_BORDER_GLOW, _BORDER_GLOW), distance
        )
    return surface.convert_alpha()
