"""Draws the window's icon: `python game/assets/make_icon.py` writes `game/assets/icon.png`."""

from __future__ import annotations

from pathlib import Path

import pygame

SIZE = 64
OVERSAMPLING = 4
NIGHT, RIM, FOOD = (14, 16, 38), (255, 214, 120), ((98, 205, 255), (255, 122, 168), (124, 232, 150))


def icon() -> pygame.Surface:
    """A glowing circle among its food, drawn large and smoothed down."""
    side = SIZE * OVERSAMPLING
    large = pygame.Surface((side, side), pygame.SRCALPHA)
    pygame.draw.circle(large, NIGHT, (side // 2, side // 2), side // 2)
    middle = (round(side * 0.46), round(side * 0.54))
    for step in range(40):
        share = step / 39
        colour = tuple(round(a + (b - a) * share) for a, b in zip((255, 150, 60), (120, 50, 20), strict=True))
        pygame.draw.circle(large, colour, middle, round(side * 0.3 * (1 - share * 0.9)))
    pygame.draw.circle(large, RIM, middle, round(side * 0.3), width=round(side * 0.03))
    for colour, (x, y) in zip(FOOD, ((0.78, 0.3), (0.62, 0.16), (0.84, 0.62)), strict=True):
        pygame.draw.circle(large, colour, (round(side * x), round(side * y)), round(side * 0.055))
    return pygame.transform.smoothscale(large, (SIZE, SIZE))


if __name__ == "__main__":
    pygame.image.save(icon(), Path(__file__).with_name("icon.png"))
