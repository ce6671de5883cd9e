"""Sprites: what is new is made over several frames, and what stands in meanwhile is not seen to."""

from __future__ import annotations

import pygame
import pytest
from pytest_mock import MockerFixture

from game.client.render.sprites import SpriteCache
from game.presentation.relation import Relation

RED, BLUE = (200, 60, 60), (60, 60, 200)


@pytest.fixture
def sprites() -> SpriteCache:
    pygame.display.set_mode((1280, 720))
    return SpriteCache()


def spend(sprites: SpriteCache) -> None:
    """Ask for so many new sprites that the next one has to wait."""
    for red in range(256):
        if sprites._sprites.has_made_enough:
            return
        sprites.circle(50.0, (red, 1, 1))


def test_a_size_that_is_new_waits_for_a_frame_that_has_time(sprites: SpriteCache) -> None:
    sprites.begin_frame()
    small = sprites.circle(40.0, RED)
    spend(sprites)
    assert sprites.circle(42.0, RED) is small
    sprites.begin_frame()
    large = sprites.circle(42.0, RED)
    assert large.get_width() > small.get_width()


def test_nothing_stands_in_for_another_colour_outline_or_size(sprites: SpriteCache) -> None:
    sprites.begin_frame()
    near = sprites.circle(40.0, RED)
    spend(sprites)
    others = [
        sprites.circle(40.0, BLUE),
        sprites.circle(40.0, RED, Relation.DANGER),
        sprites.circle(58.0, RED),
        sprites.circle(40.0, RED, shape=(1.1, 0.9)),
    ]
    assert near not in others


def test_a_zoom_makes_few_sprites_in_each_frame(sprites: SpriteCache) -> None:
    """Forty circles whose sizes all change: each frame makes what it may, and one sprite more at the most."""
    colours = [(50 + number, 90, 120) for number in range(40)]
    sizes = [40.0 + 4.0 * frame / 30 for frame in range(30)]
    for colour in colours:
        sprites.circle(sizes[0], colour)
    largest = round(2 * 44 * 1.2) ** 2 * 4
    for number, size in enumerate(sizes):
        is_busy = number % 3 == 0
        most = round(1280 * 720 * (0.01 if is_busy else 0.04)) * 4
        sprites.begin_frame(is_busy=is_busy)
        for colour in colours:
            sprite = sprites.circle(size, colour)
            assert sprite.get_width() == pytest.approx(2 * size * 1.2, rel=0.08)
        assert sprites._sprites._made <= most + largest


def test_without_halos_the_same_things_shine_less_far(sprites: SpriteCache) -> None:
    def lit(surface: pygame.Surface) -> int:
        return pygame.mask.from_surface(surface, threshold=10).count()

    glowing, food = sprites.circle(50.0, RED), sprites.food(12.0, RED)
    sprites.has_halos = False
    plain, small = sprites.circle(50.0, RED), sprites.food(12.0, RED)
    assert lit(plain) < lit(glowing)
    assert plain.get_at(plain.get_rect().center) == glowing.get_at(glowing.get_rect().center)
    assert small.get_width() < food.get_width()
    assert small.get_at(small.get_rect().center) == food.get_at(food.get_rect().center)
    sprites.has_halos = True
    assert lit(sprites.circle(50.0, RED)) == lit(glowing)


def test_the_masters_are_drawn_once_for_all_worlds(sprites: SpriteCache, mocker: MockerFixture) -> None:
    drawn = mocker.spy(pygame.draw, "circle")
    another = SpriteCache()
    assert another.circle(50.0, RED).get_size() == sprites.circle(50.0, RED).get_size()
    assert drawn.call_count == 0


def test_what_one_world_paints_is_not_seen_in_another(sprites: SpriteCache) -> None:
    sprites.circle(50.0, RED)
    sprites.food(12.0, RED)
    blue = SpriteCache().circle(50.0, BLUE)
    assert blue.get_at(blue.get_rect().center).b > blue.get_at(blue.get_rect().center).r
