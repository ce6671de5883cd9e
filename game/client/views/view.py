"""Session view: what the playing scene shows, and takes in, in one state of its session."""

from __future__ import annotations

import pygame

from game.match.intent import Intent

from ..app_context import AppContext
from ..arena_stage import ArenaStage
from ..scene import Scene

__all__ = ["SessionView"]


class SessionView(Scene):
    """Shares the session and the stage of its playing scene."""

    def __init__(self, context: AppContext, stage: ArenaStage) -> None:
        self.context = context
        self.stage = stage

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.MOUSEWHEEL:
            self.stage.camera.zoom_by(event.y)
        self.stage.input.follow(event)

    def update(self, now: float, elapsed: float) -> None:
        self.stage.input.advance(now)
        self.stage.update(now, elapsed, self.stage.session.world.own.values())

    def intent(self) -> Intent:
        """What the player wants now."""
        return self.stage.input.take(self.stage.window)
