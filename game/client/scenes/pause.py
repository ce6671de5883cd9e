"""Pause: the player rests. A world in which others may be goes on; one's own stands still."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from game.language import N_, Verbatim
from game.presentation.palette import ACCENT

from ..app_context import AppContext
from ..ui.form import Form, Row
from ..ui.widgets import Button, Caption, Widget
from .menu import MenuScene
from .settings import SettingsScene

__all__ = ["PauseScene"]


class PauseScene(MenuScene):
    """Over the game. `leave` takes the player out of the world, which `is_held` meanwhile, or goes on; `lines` say how to invite others, `rules` what is
    played by. `players` is there for who hosts: it shows who plays.
    """

    is_overlay = True
    title = N_("Pause")
    hint = ""

    def __init__(
        self,
        context: AppContext,
        *,
        leave: Callable[[], None],
        is_held: bool = False,
        lines: Callable[[], Sequence[str]] = tuple,
        rules: Callable[[], Sequence[str]] = tuple,
        players: Callable[[], None] | None = None,
    ) -> None:
        self._lines, self._rules = lines, rules
        rows: list[Widget] = [
            Caption("The world waits for you") if is_held else Caption("The world goes on while you rest"),
            Button("Resume", self._back, is_main=True),
            Button("Settings", lambda: context.stack.push(SettingsScene(context, is_overlay=True))),
            *([] if players is None else [Button("Players", players)]),
            Button("Leave the world", leave),
            Button("Quit the game", context.stack.clear),
        ]
        self._rows: list[Row] = [*rows]
        if lines() and len(rows) % 2 == 0:
            # Side by side, so that what a friend waits for is seen in a low window too.
            self._rows = [*rows[:2], *zip(rows[2::2], rows[3::2], strict=True)]
        width = 480.0 if lines() or rules() else 360.0
        super().__init__(context, Form(self._all_rows(), on_back=self._back, above=140.0, width=width))

    def enter(self) -> None:
        # They are sentences already, and the settings may have brought another language.
        self.form.replace_rows(self._all_rows())

    def _all_rows(self) -> list[Row]:
        return [
            *self._rows,
            # First what is asked for by a friend who waits: in a low window the last lines are out of sight.
            *(Caption(Verbatim(line), colour=ACCENT) for line in self._lines()),
            *(Caption(Verbatim(line)) for line in self._rules()),
        ]
