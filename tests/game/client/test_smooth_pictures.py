"""Pictures that are drawn large and scaled down: none ends abruptly, or in steps."""

from __future__ import annotations

import pygame
import pytest

from game.client.render.arena import crown_picture
from game.client.ui.glow import glowing_title
from game.client.ui.text import TextCache
from game.presentation.palette import ACCENT, CROWN, INK


@pytest.fixture
def canvas() -> pygame.Surface:
    return pygame.display.set_mode((320, 180))


@pytest.mark.parametrize("size", [16, 33, 60, 150])
def test_the_halo_of_a_title_ends_within_its_picture(canvas: pygame.Surface, size: int) -> None:
    title = glowing_title(TextCache(), "Pause", size, 1280, colour=INK, glow=ACCENT)
    inside = title.get_rect().inflate(-2, -2)
    assert title.subsurface(inside).get_bounding_rect(1).size != (0, 0)
    assert inside.contains(title.get_bounding_rect(1))


@pytest.mark.parametrize("side", [9, 14, 60])
def test_a_crown_is_smooth(canvas: pygame.Surface, side: int) -> None:
    crown = crown_picture(side)
    size = crown.get_size()
    alphas = [crown.get_at((x, y)).a for x in range(size[0]) for y in range(size[1])]
    assert sum(20 < alpha < 235 for alpha in alphas) > side
    inside = crown.get_at((crown.get_width() // 2, round(crown.get_height() * 0.75)))
    assert all(abs(ours - gold) < 6 for ours, gold in zip(inside[:3], CROWN, strict=True))
