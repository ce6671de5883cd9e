"""Pictures compared with committed ones."""

from __future__ import annotations

import os
from pathlib import Path

import pygame

__all__ = ["assert_like_golden", "pixels"]

GOLDEN = Path(__file__).parent / "golden"
# pygame-ce brings another SDL, which blends the soft edges of run-length encoded pictures otherwise.
TOLERANCE = 16 if getattr(pygame, "IS_CE", False) else 2


def pixels(surface: pygame.Surface) -> bytes:
    return pygame.image.tobytes(surface, "RGB")


def assert_like_golden(
    surface: pygame.Surface, name: str, scratch: Path, *, apart_from: pygame.mask.Mask | None = None
) -> None:
    """Every channel of every pixel, `apart_from` some, is within `TOLERANCE` of `golden/NAME.png`.

    A difference leaves both pictures side by side in `scratch`. With BLACKHOLIO_WRITE_GOLDEN=1 in the environment the
    picture becomes the golden one: look at it before it is committed.
    """
    path = GOLDEN / f"{name}.png"
    if os.environ.get("BLACKHOLIO_WRITE_GOLDEN") == "1":
        pygame.image.save(surface, str(path))
    golden = pygame.image.load(str(path)).convert()
    assert golden.get_size() == surface.get_size()
    if apart_from is not None:
        for picture in (golden, surface):
            apart_from.to_surface(picture, setcolor=(0, 0, 0), unsetcolor=None)
    worst = max(abs(ours - theirs) for ours, theirs in zip(pixels(surface), pixels(golden), strict=True))
    if worst > TOLERANCE:
        width, height = surface.get_size()
        both = pygame.Surface((2 * width, height))
        both.blit(golden, (0, 0))
        both.blit(surface, (width, 0))
        place = scratch / f"{name}-golden-and-drawn.png"
        pygame.image.save(both, str(place))
        raise AssertionError(f"{name}: a channel differs by {worst}, {TOLERANCE} is allowed; see {place}")
