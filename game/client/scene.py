"""Scene: the base of everything that fills the window at a time."""

from __future__ import annotations

import pygame

__all__ = ["Scene"]


class Scene:
    """One of the things the window shows. Only `handle` and `update` change anything; `draw` never does.

    A scene that is an `is_overlay` is drawn over the one below it. While it `takes_text`, letters are no commands.
    """

    is_overlay = False
    # Whether it is the arena, and no menu: music calms in menus.
    is_in_arena = False

    @property
    def takes_text(self) -> bool:
        """Whether letters are text now."""
        return False

    def enter(self) -> None:
        """Become the scene on top, for the first time or again."""

    def close(self) -> None:
        """Leave the stack for good."""

    def handle(self, event: pygame.event.Event) -> None:
        """Take in one event of the window."""

    def follow(self, event: pygame.event.Event) -> None:
        """Take notice of an event that the scene on top takes."""

    def update(self, now: float, elapsed: float) -> None:
        """Go on to the time `now`, `elapsed` seconds after the call before. Covered scenes are updated too."""

    def draw(self, screen: pygame.Surface) -> None:
        """Draw the window."""
