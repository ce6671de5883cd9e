"""Replays: matches that are over. Those that were recorded, and how the last life ended."""

from __future__ import annotations

import time
from functools import partial

import pygame

from game.language import N_, Verbatim, gettext
from game.match.launcher_ports import Recording, WorldPort
from game.match.replays.playback import Match

from ..app_context import AppContext
from ..render.seek_bar import clock
from ..ui.form import Form, Row
from ..ui.text import grouped
from ..ui.widgets import Button, Caption, Toggle
from .menu import MenuScene
from .opening import OpeningScene
from .replay import ReplayScene

__all__ = ["ReplaysScene"]


class ReplaysScene(MenuScene):
    """A line for each recording, with its date, its length and its score.

    One is deleted by Delete where the focus is on it, or by *Delete a match* and choosing it; either asks first.
    """

    title = N_("Replays")
    title_size = 64

    def __init__(self, context: AppContext, launcher: WorldPort) -> None:
        self._launcher = launcher
        self.context = context
        self._recordings = list(launcher.recordings())
        self._buttons: dict[Button, Recording] = {}
        self._is_deleting = False
        self._asked: Recording | None = None
        super().__init__(
            context, Form(self._rows(), on_back=self._back, above=160.0, width=560.0, compact=True)
        )
        if context.last_death is None and self._buttons:
            self.form.focus(next(iter(self._buttons)), context.window)

    def handle(self, event: pygame.event.Event) -> None:
        focused = self.form.focused
        recording = self._buttons.get(focused) if isinstance(focused, Button) else None
        if event.type == pygame.KEYDOWN and event.key == pygame.K_DELETE and recording is not None:
            self._ask(recording)
        else:
            super().handle(event)

    # -- what is shown -------------------------------------------------------------------------------------------------

    def _rows(self) -> list[Row]:
        self._buttons = {}
        if self._asked is not None:
            return [
                Caption(
                    Verbatim(
                        gettext("Delete the match of {date}? It cannot be brought back.").format(
                            date=_date(self._asked)
                        )
                    )
                ),
                Button("Delete it", partial(self._delete, self._asked)),
                Button("Keep it", self._back, is_main=True),
            ]
        self._buttons = {self._button(recording): recording for recording in self._recordings}
        if self._is_deleting:
            return [Caption("Which match is to be deleted?"), *self._buttons, Button("Back", self._back)]
        rows: list[Row] = []
        death = self.context.last_death
        if death is not None:
            length = clock(death.end - death.start)
            rows.append(
                Button("How your last run ended", self._watch_death, value=Verbatim(length), is_main=True)
            )
        record = self.context.preferences.record
        # Above them: with twenty of them, below would be out of sight.
        rows.append(Toggle("Record my matches", record, lambda record: self.context.change(record=record)))
        rows += self._buttons
        if self._recordings:
            rows.append(Button("Delete a match", self._choose))
        else:
            rows.append(Caption("No match is recorded yet"))
        rows.append(Button("Back", self._back))
        return rows

    def _button(self, recording: Recording) -> Button:
        date = _date(recording)
        length = "?" if recording.length is None else clock(recording.length)
        score = "?" if recording.score is None else grouped(recording.score)
        press = self._ask if self._is_deleting else self._watch
        value = gettext("{length}   ·   score {score}").format(length=length, score=score)
        return Button(Verbatim(date), partial(press, recording), value=Verbatim(value))

    def _show(self, *, is_deleting: bool = False, asked: Recording | None = None) -> None:
        self._is_deleting, self._asked = is_deleting, asked
        self.form.replace_rows(self._rows())
        # A key that is pressed twice deletes nothing.
        focus = self.form.focused if asked is None else self.form.widget("Keep it")
        self.form.focus(focus, self.context.window)

    # -- what is done --------------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        self._show(is_deleting=True)

    def _ask(self, recording: Recording) -> None:
        self._show(is_deleting=self._is_deleting, asked=recording)

    def _delete(self, recording: Recording) -> None:
        try:
            recording.delete()
        except Exception as error:  # noqa: BLE001 a port's errors are of any type, with a sentence for the player
            self.context.notify(str(error))
        self._recordings = list(self._launcher.recordings())
        self._show(is_deleting=self._is_deleting and bool(self._recordings))

    def _watch(self, recording: Recording) -> None:
        def scene(match: Match) -> ReplayScene:
            return ReplayScene(self.context, match, title=_date(recording))

        self.context.stack.push(OpeningScene(self.context, N_("Opening the match..."), recording.open, scene))

    def _watch_death(self) -> None:
        if self.context.last_death is not None:
            self.context.stack.push(
                ReplayScene(self.context, self.context.last_death, title=gettext("How it ended"))
            )

    def _back(self) -> None:
        if self._asked is not None:
            self._show(is_deleting=self._is_deleting)
        elif self._is_deleting:
            self._show()
        else:
            super()._back()


def _date(recording: Recording) -> str:
    at = time.localtime(recording.at)
    return gettext("{year}-{month:02}-{day:02}, {hour:02}:{minute:02}").format(
        year=at.tm_year, month=at.tm_mon, day=at.tm_mday, hour=at.tm_hour, minute=at.tm_min
    )
