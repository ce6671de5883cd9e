"""The hand's side of the one seam: events in, an `Intent` out.

Posted key events do not reach `pygame.key.get_pressed()`, and a key pressed between two looks is lost to it: so the
state of the input is our own, fed by events alone.
"""

from __future__ import annotations

import pygame

from game.world.intent import Intent
from game.world.steering import pointer_direction

__all__ = ["PlayerInput"]


class PlayerInput:
    """Where the pointer is, what was pressed since the last look, and whether the course is held."""

    def __init__(self, window: tuple[int, int]) -> None:
        self._pointer: tuple[float, float] = window[0] / 2, window[1] / 2
        self._held: tuple[float, float] | None = None
        self._split = False
        self._suicide = False
        self._respawn = False

    @property
    def is_held(self) -> bool:
        """Whether Q holds the course, so that the pointer is free."""
        return self._held is not None

    def feed(self, event: pygame.event.Event, window: tuple[int, int]) -> None:
        """Take in one event; `window` is the window's size in pixels."""
        if event.type == pygame.MOUSEMOTION:
            self._pointer = event.pos
        elif event.type == pygame.KEYDOWN and not getattr(event, "repeat", False):
            if event.key == pygame.K_SPACE:
                self._split = True
            elif event.key == pygame.K_s:
                self._suicide = True
            elif event.key == pygame.K_q:
                self._held = None if self._held is not None else pointer_direction(self._pointer, window)

    def ask_respawn(self) -> None:
        """Wish for a new life with the next intent."""
        self._respawn = True

    def take(self, window: tuple[int, int]) -> Intent:
        """The intent of this moment; presses are handed out once."""
        intent = Intent(
            direction=self._held if self._held is not None else pointer_direction(self._pointer, window),
            split=self._split,
            suicide=self._suicide,
            respawn=self._respawn,
        )
        self._split = self._suicide = self._respawn = False
        return intent

    def drop_presses(self) -> None:
        """Forget what was pressed where it meant nothing, and let go of a held course."""
        self._split = self._suicide = self._respawn = False
        self._held = None
