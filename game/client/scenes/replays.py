"""Matches that are over: those that were recorded, and how the last life ended."""

from __future__ import annotations

import time
from functools import partial

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
    """A line for each recording, with its date, its length and its score."""

    title = "Replays"
    title_size = 64

    def __init__(self, context: AppContext, launcher: WorldPort) -> None:
        rows: list[Row] = []
        death = context.last_death
        if death is not None:
            length = clock(death.end - death.start)
            rows.append(Button("How your last run ended", self._watch_death, value=length, is_main=True))
        recordings = [self._button(recording) for recording in launcher.recordings()]
        record = Toggle(
            "Record my matches", context.preferences.record, lambda record: context.change(record=record)
        )
        # Above them: with twenty of them, below would be out of sight.
        rows += [record, *recordings]
        if not recordings:
            rows.append(Caption("No match is recorded yet"))
        rows.append(Button("Back", self._back))
        super().__init__(context, Form(rows, on_back=self._back, above=160.0, width=560.0, compact=True))
        if death is None and recordings:
            self.form.focus(recordings[0], context.window)

    def _button(self, recording: Recording) -> Button:
        date = time.strftime("%d %b %Y, %H:%M", time.localtime(recording.at))
        length = "?" if recording.length is None else clock(recording.length)
        score = "?" if recording.score is None else grouped(recording.score)
        return Button(date, partial(self._watch, recording, date), value=f"{length}   ·   score {score}")

    def _watch(self, recording: Recording, date: str) -> None:
        def scene(match: Match) -> ReplayScene:
            return ReplayScene(self.context, match, title=date)

        self.context.stack.push(OpeningScene(self.context, "Opening the match...", recording.open, scene))

    def _watch_death(self) -> None:
        if self.context.last_death is not None:
            self.context.stack.push(ReplayScene(self.context, self.context.last_death, title="How it ended"))

    def _back(self) -> None:
        self.context.stack.pop(self)
