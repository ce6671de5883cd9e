"""Waiting view: words over the world while something is awaited: the connection, the way in."""

from __future__ import annotations

import pygame

from game.language import gettext
from game.match.session import SessionState
from game.presentation.palette import INK_SOFT

from ..app_context import AppContext
from ..arena_stage import ArenaStage
from ..ui.layout import menu_unit
from .view import SessionView

__all__ = ["WaitingView", "way_back"]

# Entering usually takes two ticks: words that short would only flicker.
_QUIET_SECONDS = 0.5


def way_back(context: AppContext) -> str:
    """How to give up waiting, on what the player has in the hands."""
    return gettext("B goes back") if context.uses_pad else gettext("Esc goes back")


class WaitingView(SessionView):
    """Shows the state of the session in a player's words."""

    def __init__(self, context: AppContext, stage: ArenaStage) -> None:
        super().__init__(context, stage)
        self._since: float | None = None

    def enter(self) -> None:
        self._since = None

    def update(self, now: float, elapsed: float) -> None:
        if self._since is None:
            self._since = now
        super().update(now, elapsed)

    def draw(self, screen: pygame.Surface) -> None:
        stage = self.stage
        state = stage.session.state
        quiet = self._since is None or stage.now - self._since < _QUIET_SECONDS
        if state is SessionState.ENTERING and quiet:
            stage.draw_world(screen)
            return
        stage.draw_world(screen, dim=0.55)
        unit = menu_unit(screen.get_size())
        middle = screen.get_height() / 2
        stage.draw_title(screen, gettext(state.value), y=middle - 20 * unit, size=round(52 * unit))
        stage.draw_text(
            screen, way_back(self.context), y=middle + 34 * unit, size=round(24 * unit), colour=INK_SOFT
        )
