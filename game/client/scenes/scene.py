"""What every scene can do."""

from __future__ import annotations

from typing import Protocol

import pygame

__all__ = ["Scene"]


class Scene(Protocol):
    """One of the things the window shows. Only `handle` and `update` change anything; `draw` never does."""

    def enter(self) -> None:
        """Become the scene that is on."""

    def handle(self, event: pygame.event.Event) -> None:
        """Take in one event of the window."""

    def update(self, now: float, elapsed: float) -> None:
        """Go on to the time `now`, `elapsed` seconds after the call before."""

    def draw(self, screen: pygame.Surface) -> None:
        """Draw the whole window."""
