"""Watching a recorded match: pause, speed, whom to follow."""

from __future__ import annotations

import pygame

from game.match.launcher_ports import OpenWorld
from game.match.replay import MatchReplay
from game.match.session import SessionState
from game.presentation.palette import ACCENT
from spacetimedb_sdk import SpacetimeDBException

from ..app_context import AppContext
from ..ui.layout import menu_unit
from ..ui.navigation import Navigation, Navigator
from ..views.watching import WatchingView
from .playing import PlayingScene

__all__ = ["ReplayScene"]

_HINT = "Space: pause   ·   Up and down: speed   ·   Left and right: somebody else   ·   Esc: menu"


class ReplayScene(PlayingScene):
    """The world lives on the match's own time, which stands still while it is paused."""

    def __init__(self, context: AppContext, world: OpenWorld, replay: MatchReplay) -> None:
        super().__init__(context, world)
        self._replay = replay
        self._keys = Navigator()
        self._told: str | None = None
        view = self._views[SessionState.WATCHING]
        if isinstance(view, WatchingView):
            view.hint = _HINT

    @property
    def replay(self) -> MatchReplay:
        """What is watched."""
        return self._replay

    def handle(self, event: pygame.event.Event) -> None:
        move = self._keys.read(event)
        space = event.type == pygame.KEYDOWN and event.key == pygame.K_SPACE
        if space or move is Navigation.ACCEPT:
            self._replay.is_paused = not self._replay.is_paused
        elif move in (Navigation.UP, Navigation.DOWN):
            self._replay.faster(1 if move is Navigation.UP else -1)
        else:
            super().handle(event)

    def update(self, now: float, elapsed: float) -> None:
        covered = self._context.stack.top is not self
        passed = 0.0 if covered else self._replay.advance(elapsed)
        if self._replay.damage is not None and self._replay.damage != self._told:
            self._told = self._replay.damage
            self._context.tell(self._told)
        super().update(self._replay.position, passed)
        if self._replay.is_over and self._settings.headless:
            self._context.stack.clear()

    def _fail(self, error: SpacetimeDBException) -> None:
        # A line that is whole may still hold what no server says: what came before it stays on the screen.
        if self._state is SessionState.WATCHING:
            # Rows that came with it are whole.
            self.session.world.settle()
            self._replay.stop(str(error).splitlines()[0])
        else:
            super()._fail(error)

    def _has_ended(self) -> bool:
        # After such a line the session is lost, the picture is not.
        return self._state is not SessionState.WATCHING and super()._has_ended()

    def draw(self, screen: pygame.Surface) -> None:
        super().draw(screen)
        replay = self._replay
        state = "the end" if replay.is_over else "paused" if replay.is_paused else f"{replay.speed:g}×"
        text = f"{_clock(replay.position)} / {_clock(replay.length)}   {state}"
        unit = menu_unit(screen.get_size())
        self.stage.draw_text(screen, text, y=24 * unit, size=round(26 * unit), colour=ACCENT)
        width = screen.get_width()
        share = replay.position / replay.length if replay.length > 0 else 1.0
        screen.fill(ACCENT, (0, 0, round(width * share), max(round(4 * unit), 2)))


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
