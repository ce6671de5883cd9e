"""Watching view: the camera follows one player, and goes to the next one at a press."""

from __future__ import annotations

import pygame

from game.language import N_, gettext
from game.match.settings import Action
from game.match.shown import mass_by_player
from game.presentation.leaderboard import nameless
from game.presentation.palette import INK, INK_SOFT

from ..app_context import AppContext
from ..arena_stage import ArenaStage
from ..ui.layout import SMALLEST_HINT, menu_unit
from ..ui.navigation import Navigation, Navigator
from .view import SessionView

__all__ = ["WatchingView"]

_HINT = N_("Left and right: somebody else   ·   Return: join in   ·   Esc: menu")
_PAD_HINT = N_("Left and right: somebody else   ·   A: join in   ·   Start: menu")


class WatchingView(SessionView):
    """Left and right choose whom to watch; Return or the split key joins in. At first the biggest is watched."""

    def __init__(self, context: AppContext, stage: ArenaStage) -> None:
        super().__init__(context, stage)
        self._navigator = Navigator()
        self._watched: int | None = None
        self._is_chosen = False

    @property
    def watched(self) -> int | None:
        """The player who is watched, while there is one."""
        players = self._players()
        # In a recorded match there is an own player, who may come after others and come back; else the biggest one is
        # worth watching, and to the end.
        own = self.stage.session.player_id
        if own in players and not (self._is_chosen and self._watched in players):
            return own
        return self._watched if self._watched in players else players[0] if players else None

    def enter(self) -> None:
        self._watched, self._is_chosen = None, False

    def handle(self, event: pygame.event.Event) -> None:
        super().handle(event)
        move = self._navigator.read(event)
        clicked = event.type == pygame.MOUSEBUTTONDOWN and event.button == 1
        if move is Navigation.ACCEPT or self.stage.input.action(event) is Action.SPLIT:
            self.stage.session.join(self.stage.now, self.context.preferences.name)
        elif move in (Navigation.LEFT, Navigation.UP):
            self.go(-1)
        elif move in (Navigation.RIGHT, Navigation.DOWN) or clicked:
            self.go(1)

    def update(self, now: float, elapsed: float) -> None:
        watched = self.watched
        self._is_chosen = self._is_chosen and watched == self._watched
        self._watched = watched
        circles = [
            circle for circle in self.stage.session.world.circles.values() if circle.player_id == watched
        ]
        self.stage.update(now, elapsed, circles if watched is not None else ())

    def draw(self, screen: pygame.Surface) -> None:
        stage = self.stage
        stage.draw_world(screen)
        stage.draw_around(screen)
        unit = menu_unit(screen.get_size())
        bottom = screen.get_height()
        stage.draw_text(
            screen, self.caption, y=bottom - 66 * unit, size=round(34 * unit), colour=INK, on_ground=True
        )
        size = max(round(21 * unit), SMALLEST_HINT)
        stage.draw_text(
            screen,
            gettext(_PAD_HINT if self.context.uses_pad else _HINT),
            y=bottom - 30 * unit,
            size=size,
            colour=INK_SOFT,
            on_ground=True,
        )

    @property
    def caption(self) -> str:
        """Who is watched, in words."""
        watched = self.watched
        if watched is None:
            return gettext("Nobody plays at the moment")
        name = self.stage.session.world.names.get(watched) or nameless()
        return gettext("Watching {name}").format(name=name)

    def _players(self) -> list[int]:
        """Who has circles, the heaviest first."""
        masses = mass_by_player(self.stage.session.world.circles.values())
        return sorted(masses, key=lambda player_id: (-masses[player_id], player_id))

    def go(self, by: int) -> None:
        """Watch the next player (1), or the one before (-1)."""
        players = sorted(self._players())
        watched = self.watched
        if watched is not None:
            self._is_chosen = True
            self._watched = players[(players.index(watched) + by) % len(players)]
