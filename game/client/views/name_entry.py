"""Name entry: the question for a name, over the living arena."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pygame

from game.language import N_, Verbatim, gettext
from game.match.session import MAX_NAME_LENGTH
from game.match.settings import Action
from game.presentation.palette import ACCENT, INK_SOFT, WARNING
from game.presentation.words.key_names import button_name, key_name

from ..app_context import AppContext
from ..arena_stage import ArenaStage
from ..ui.form import Form
from ..ui.layout import menu_unit
from ..ui.text_field import TextField
from ..ui.widgets import Button
from .view import SessionView

__all__ = ["NameEntryView"]


class NameEntryView(SessionView):
    """Return or a click on Play enters, as "Player" where no name is typed; one that is, is remembered."""

    def __init__(self, context: AppContext, stage: ArenaStage, *, leave: Callable[[], None]) -> None:
        super().__init__(context, stage)
        self._field = TextField(
            Verbatim(""), "", longest=MAX_NAME_LENGTH, placeholder=N_("Your name"), on_done=self._play
        )
        self.form = Form(
            (self._field, Button("PLAY", self._play, is_main=True), Button("Back", leave)),
            on_back=leave,
            above=300.0,
            width=420.0,
        )

    @property
    def takes_text(self) -> bool:
        return self.form.takes_text

    @property
    def name(self) -> str:
        """What is typed so far."""
        return self._field.value

    def enter(self) -> None:
        if not self._field.value:
            session = self.stage.session
            known = session.name or session.known_name or self.context.preferences.name or ""
            self._field.value = known[:MAX_NAME_LENGTH]
        self.form.focus(self._field, self.stage.window)
        pygame.key.start_text_input()

    def handle(self, event: pygame.event.Event) -> None:
        super().handle(event)
        self.form.handle(event, self.stage.window)

    def update(self, now: float, elapsed: float) -> None:
        self.stage.update(now, elapsed, ())
        self.form.update(self.stage.window)

    def draw(self, screen: pygame.Surface) -> None:
        stage = self.stage
        unit = menu_unit(screen.get_size())
        stage.draw_world(screen, dim=0.5, names=False)
        stage.draw_title(screen, "BLACKHOLIO", y=120 * unit, size=round(120 * unit))
        notice = stage.session.notice
        stage.draw_text(
            screen,
            gettext(notice or stage.session.state.value),
            y=250 * unit,
            size=round(30 * unit),
            colour=WARNING if notice else ACCENT,
        )
        self.form.draw(screen, stage.texts, stage.now)
        preferences = self.context.preferences
        pad: Mapping[Action, int] = preferences.pad if self.context.uses_pad else {}

        def on(action: Action) -> str:
            return button_name(pad[action]) if action in pad else _first(preferences.keys, action)

        stage.draw_text(
            screen,
            gettext(
                "Move with the mouse, keys or a gamepad   ·   {split} splits   ·   {end}, held, ends a run   ·   "
                "{hold} holds the course"
            ).format(
                split=on(Action.SPLIT),
                end=on(Action.END_RUN),
                hold=on(Action.HOLD),
            ),
            y=screen.get_height() - 40 * unit,
            size=round(21 * unit),
            colour=INK_SOFT,
        )

    def _play(self) -> None:
        self.stage.session.enter(self.context.chosen_name(self._field.value), self.stage.now)


def _first(keys: Mapping[Action, tuple[str, ...]], action: Action) -> str:
    key = next(iter(keys.get(action, ())), None)
    return gettext("no key") if key is None else key_name(key)
