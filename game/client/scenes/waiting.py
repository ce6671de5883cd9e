"""Words over the world while something is awaited: the connection, the way in, the end after a lost connection."""

from __future__ import annotations

import pygame

from game.world.palette import ACCENT, INK_SOFT, WARNING
from game.world.session import SessionState

from ..render.hud import ui_unit
from ..stage import Stage

__all__ = ["WaitingScene"]

# Entering usually takes two ticks: words that short would only flicker.
_QUIET_SECONDS = 0.5


class WaitingScene:
    """Shows the state of the session in a player's words."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._since: float | None = None

    def enter(self) -> None:
        self._since = None

    def handle(self, event: pygame.event.Event) -> None:
        # The pointer keeps steering while the arena opens.
        if event.type == pygame.MOUSEMOTION:
            self._stage.input.feed(event, self._stage.window)

    def update(self, now: float, elapsed: float) -> None:
        if self._since is None:
            self._since = now
        self._stage.update(now, elapsed, self._stage.session.world.own.values())

    def draw(self, screen: pygame.Surface) -> None:
        stage = self._stage
        state = stage.session.state
        entering = state is SessionState.ENTERING
        if entering and (self._since is None or stage.now - self._since < _QUIET_SECONDS):
            stage.draw_world(screen)
            return
        lost = state is SessionState.LOST
        stage.draw_world(screen, dim=0.55)
        unit = ui_unit(screen.get_size())
        middle = screen.get_height() / 2
        stage.draw_title(
            screen, state.value, y=middle - 20 * unit, size=round(52 * unit), glow=WARNING if lost else ACCENT
        )
        hint = "Start the game again to return to your place   ·   ESC leaves" if lost else "ESC leaves"
        stage.draw_text(screen, hint, y=middle + 34 * unit, size=round(24 * unit), colour=INK_SOFT)
