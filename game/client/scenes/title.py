"""Title scene: the first thing a player sees."""

from __future__ import annotations

from collections.abc import Callable

import pygame

from game.language import N_, Verbatim, gettext
from game.match.launcher_ports import OpenWorld, WorldPort
from game.presentation.palette import ACCENT, INK_SOFT

from ..app_context import AppContext
from ..scene import Scene
from ..ui.form import Form
from ..ui.layout import menu_unit
from ..ui.widgets import Button, Toggle, Widget
from .host import HostScene
from .join import JoinScene
from .menu import MenuScene
from .opening import OpeningScene
from .playing import PlayingScene
from .replays import ReplaysScene
from .settings import SettingsScene
from .world_setup import WorldSetupScene

__all__ = ["TitleScene"]


class TitleScene(MenuScene):
    """Play, Host, Join, Watch, Replays, Settings, Quit. The focus is on Play."""

    title = Verbatim("BLACKHOLIO")
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
                Button("Replays", self._replays),
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
            gettext("Eat what is smaller. Flee what is not."),
            y=172 * unit,
            size=round(28 * unit),
            colour=ACCENT,
        )
        if name:
            backdrop.draw_text(
                screen,
                gettext("Playing as {name}").format(name=name),
                y=screen.get_height() - 30 * unit,
                size=round(20 * unit),
                colour=INK_SOFT,
            )

    def _play(self) -> None:
        def start(name: str, bots: int, difficulty: str, rules: str) -> None:
            self._open(
                N_("Starting a world..."),
                lambda: self._launcher.alone(name, bots=bots, difficulty=difficulty, rules=rules),
                lambda world: PlayingScene(self.context, world),
            )

        self._ask(N_("A world of your own"), N_("Play"), start)

    def _host(self) -> None:
        context = self.context

        def start(name: str, bots: int, difficulty: str, rules: str) -> None:
            self._open(
                N_("Opening a world for others..."),
                lambda: self._launcher.hosted(
                    name, bots=bots, difficulty=difficulty, rules=rules, announce=context.preferences.announce
                ),
                lambda world: HostScene(self.context, world),
            )

        announces = Toggle(
            "Announce on the network",
            context.preferences.announce,
            lambda announce: context.change(announce=announce),
        )
        self._ask(N_("Host a world"), N_("Open the world"), start, announces)

    def _ask(self, title: str, go: str, start: Callable[[str, int, str, str], None], *more: Widget) -> None:
        rule_sets = self._launcher.rule_sets
        self.context.stack.push(
            WorldSetupScene(self.context, title, go, start, rule_sets=rule_sets, more=more)
        )

    def _open(self, words: str, opens: Callable[[], OpenWorld], then: Callable[[OpenWorld], Scene]) -> None:
        setup = self.context.stack.top
        opening = OpeningScene(self.context, words, opens, then)
        if isinstance(setup, WorldSetupScene):
            self.context.stack.replace(setup, opening)
        else:
            self.context.stack.push(opening)

    def _join(self) -> None:
        self.context.stack.push(JoinScene(self.context, self._launcher))

    def _watch(self) -> None:
        preferences = self.context.preferences
        self._open(
            N_("Starting a world..."),
            lambda: self._launcher.alone(
                None,
                watch=True,
                bots=max(preferences.bots, 6),
                difficulty=preferences.difficulty,
                rules=preferences.rules if preferences.rules in self._launcher.rule_sets else None,
            ),
            lambda world: PlayingScene(self.context, world),
        )

    def _replays(self) -> None:
        self.context.stack.push(ReplaysScene(self.context, self._launcher))

    def _settings(self) -> None:
        self.context.stack.push(SettingsScene(self.context))
