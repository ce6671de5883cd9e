"""Loss view: the connection is lost, and the way back is looked for."""

from __future__ import annotations

from collections.abc import Callable

import pygame

from game.language import gettext
from game.presentation.palette import INK, INK_SOFT, WARNING

from ..app_context import AppContext
from ..arena_stage import ArenaStage
from ..ui.form import Form
from ..ui.layout import menu_unit
from ..ui.widgets import Button
from .view import SessionView

__all__ = ["LossView"]

# From then on the page asks whether there is still a world to come back to.
_LONG_SECONDS = 15.0


class LossView(SessionView):
    """An overlay over the last picture. Nothing needs to be pressed: the game goes on by itself."""

    def __init__(
        self, context: AppContext, stage: ArenaStage, *, leave: Callable[[], None], server: str
    ) -> None:
        super().__init__(context, stage)
        self._server = server
        self.form = Form((Button("Leave the world", leave),), on_back=leave, above=450.0, width=340.0)

    def handle(self, event: pygame.event.Event) -> None:
        super().handle(event)
        self.form.handle(event, self.stage.window)

    def draw(self, screen: pygame.Surface) -> None:
        stage = self.stage
        stage.draw_world(screen, dim=0.6)
        unit = menu_unit(screen.get_size())
        lost_at = stage.session.lost_at
        away = 0.0 if lost_at is None else stage.now - lost_at
        stage.draw_title(
            screen, gettext("Connection lost"), y=120 * unit, size=round(64 * unit), glow=WARNING
        )
        stage.draw_text(
            screen,
            gettext("Finding the way back to {server}...   {seconds:.0f} s").format(
                server=self._server, seconds=away
            ),
            y=190 * unit,
            size=round(28 * unit),
            colour=INK,
        )
        stage.draw_text(
            screen,
            gettext("Your place is kept: you go on where you were.")
            if away < _LONG_SECONDS
            else gettext("Is the host still playing? Is this computer still in the network?"),
            y=228 * unit,
            size=round(24 * unit),
            colour=INK_SOFT,
        )
        self.form.draw(screen, stage.texts, stage.now)
