"""The first thing a player sees."""

from __future__ import annotations

import pygame

from game.match.launcher_ports import WorldPort
from game.presentation.palette import ACCENT, INK_SOFT

from ..app_context import AppContext
from ..ui.form import Form
from ..ui.layout import menu_unit
from ..ui.widgets import Button
from .host import HostScene
from .join import JoinScene
from .menu import MenuScene
from .opening import OpeningScene
from .playing import PlayingScene
from .settings import SettingsScene

__all__ = ["TitleScene"]


class TitleScene(MenuScene):
    """Play, Host, Join, Watch, Settings, Quit. The focus is on Play: one press starts a world."""

    title = "BLACKHOLIO"
    title_size = 120
    hint = ""

    def __init__(self, context: AppContext, launcher: WorldPort) -> None:
        self._launcher = launcher
        form = Form(
            (
                Button("Play", self._play, is_main=True),
                Button("Host a world", self._host),
                Button("Join a world", self._join),
                Button("Watch", self._watch),
                Button("Settings", self._settings),
                Button("Quit", context.stack.clear),
            ),
            on_back=context.stack.clear,
            above=215.0,
            width=340.0,
        )
        super().__init__(context, form)

    def draw(self, screen: pygame.Surface) -> None:
        super().draw(screen)
        unit = menu_unit(screen.get_size())
        name = self.context.preferences.name
        backdrop = self.context.backdrop
        backdrop.draw_text(
            screen,
            "Eat what is smaller. Flee what is not.",
            y=172 * unit,
            size=round(28 * unit),
            colour=ACCENT,
        )
        if name:
            backdrop.draw_text(
                screen,
                f"Playing as {name}",
                y=screen.get_height() - 30 * unit,
                size=round(20 * unit),
                colour=INK_SOFT,
            )

    def _play(self) -> None:
        name = self.context.preferences.name
        self.context.stack.push(
            OpeningScene(
                self.context,
                "Starting a world...",
                lambda: self._launcher.alone(name),
                lambda world: PlayingScene(self.context, world),
            )
        )

    def _host(self) -> None:
        name = self.context.preferences.name
        self.context.stack.push(
            OpeningScene(
                self.context,
                "Opening a world for others...",
                lambda: self._launcher.hosted(name),
                lambda world: HostScene(self.context, world),
            )
        )

    def _join(self) -> None:
        self.context.stack.push(JoinScene(self.context, self._launcher))

    def _watch(self) -> None:
        self.context.stack.push(
            OpeningScene(
                self.context,
                "Starting a world...",
                lambda: self._launcher.alone(None, watch=True),
                lambda world: PlayingScene(self.context, world),
            )
        )

    def _settings(self) -> None:
        self.context.stack.push(SettingsScene(self.context))
