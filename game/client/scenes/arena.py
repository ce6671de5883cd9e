"""Playing."""

from __future__ import annotations

import pygame

from ..stage import Stage

__all__ = ["ArenaScene"]


class ArenaScene:
    """The arena with the own circles in the middle, the leaderboard and the own mass."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def enter(self) -> None:
        self._stage.input.drop_presses()

    def handle(self, event: pygame.event.Event) -> None:
        self._stage.input.feed(event, self._stage.window)

    def update(self, now: float, elapsed: float) -> None:
        self._stage.update(now, elapsed, self._stage.session.world.own.values())

    def draw(self, screen: pygame.Surface) -> None:
        self._stage.draw_world(screen)
        self._stage.draw_playing(screen)
