"""Pictures that are kept: those in use stay, and all together stay within what the window needs."""

from __future__ import annotations

import pygame
import pytest

from game.client.ui.surfaces import SurfaceCache


@pytest.fixture
def kept() -> SurfaceCache[str]:
    """As much as a window has pixels; three pictures of a third each fill it."""
    cache: SurfaceCache[str] = SurfaceCache(1.0)
    for name in "abc":
        cache.keep(name, pygame.Surface((1280, 240)))
    return cache


def names(cache: SurfaceCache[str]) -> str:
    return "".join(name for name in "abcdefgh" if cache.get(name) is not None)


def test_what_was_used_least_recently_goes_first(kept: SurfaceCache[str]) -> None:
    assert kept.get("a") is not None
    kept.keep("d", pygame.Surface((1280, 240)))
    assert names(kept) == "acd"


def test_a_large_one_takes_the_place_of_many_and_gives_it_back(kept: SurfaceCache[str]) -> None:
    kept.keep("d", pygame.Surface((1280, 2000)))
    assert names(kept) == "d"
    for name in "efgh":
        kept.keep(name, pygame.Surface((1280, 240)))
    assert names(kept) == "fgh"


def test_a_larger_window_has_room_for_more_and_a_tiny_one_for_as_much(kept: SurfaceCache[str]) -> None:
    kept.make_room((2560, 1440))
    for name in "defgh":
        kept.keep(name, pygame.Surface((1280, 240)))
    assert len(kept) == 8
    kept.make_room((64, 64))
    kept.keep("i", pygame.Surface((1, 1)))
    assert len(kept) == 3
