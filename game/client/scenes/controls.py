"""Controls: which key and which button does what."""

from __future__ import annotations

from collections.abc import Callable

import pygame

from game.language import N_, Verbatim, gettext
from game.match.settings import DEFAULT_KEYS, DEFAULT_PAD, Action, rebound, rebound_key
from game.presentation.words.key_names import button_beside_keys, key_name

from ..app_context import AppContext
from ..ui.form import Form, Row
from ..ui.widgets import Button
from .menu import MenuScene

__all__ = ["ControlsScene"]

ACTION_NAMES = {
    Action.UP: N_("Up"),
    Action.DOWN: N_("Down"),
    Action.LEFT: N_("Left"),
    Action.RIGHT: N_("Right"),
    Action.SPLIT: N_("Split"),
    Action.EJECT: N_("Eject mass"),
    Action.HOLD: N_("Hold the course"),
    Action.END_RUN: N_("End this run"),
    Action.PAUSE: N_("Pause"),
    Action.MUTE: N_("Mute"),
    Action.NET_HUD: N_("Network numbers"),
    Action.FULL_SCREEN: N_("Full screen"),
    Action.SCREENSHOT: N_("Screenshot"),
}


class ControlsScene(MenuScene):
    """Two actions on a line. After a press the next key, or button of a gamepad, is bound to it.

    An action has two keys at the most. A key that something else has goes to the new action.
    """

    title = N_("Keys and buttons")
    title_size = 56

    def __init__(self, context: AppContext, *, is_overlay: bool = False) -> None:
        self.is_overlay = is_overlay
        self.waiting_for: Action | None = None
        self._rows = {action: Button(name, self._asker(action)) for action, name in ACTION_NAMES.items()}
        buttons = list(self._rows.values())
        rows: list[Row] = [
            *(tuple(buttons[first : first + 2]) for first in range(0, len(buttons), 2)),
            (Button("Reset to defaults", self._reset), Button("Back", self._back, is_main=True)),
        ]
        super().__init__(
            context, Form(rows, on_back=self._back, above=140.0, below=50.0, width=700.0, compact=True)
        )
        self._show()

    @property
    def takes_text(self) -> bool:
        # A key that is to be bound must not do what it does elsewhere.
        return True

    def handle(self, event: pygame.event.Event) -> None:
        action = self.waiting_for
        if action is None:
            super().handle(event)
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_ESCAPE and action is not Action.PAUSE:
            # Who has changed their mind has no other key to say so; it is the way to the menu in any case.
            self._bound()
        elif event.type == pygame.KEYDOWN:
            keys = rebound_key(self.context.preferences.keys, action, pygame.key.name(event.key))
            self._bound(keys=keys)
        elif event.type == pygame.CONTROLLERBUTTONDOWN:
            self._bound(pad=rebound(self.context.preferences.pad, action, event.button))
        elif event.type == pygame.MOUSEBUTTONDOWN:
            self._bound()

    def _asker(self, action: Action) -> Callable[[], None]:
        def ask() -> None:
            self.waiting_for = action
            self._show()

        return ask

    def _bound(self, **change: object) -> None:
        self.waiting_for = None
        if change:
            self.context.change(**change)
        self._show()

    def _reset(self) -> None:
        self.context.change(keys=DEFAULT_KEYS, pad=DEFAULT_PAD)
        self._show()

    def _show(self) -> None:
        preferences = self.context.preferences
        for action, row in self._rows.items():
            button = preferences.pad.get(action)
            bound = [key_name(key) for key in preferences.keys.get(action, ())]
            if button is not None:
                bound.append(button_beside_keys(button))
            row.value = gettext(" or ").join(bound) or gettext("none")
            if action is self.waiting_for:
                row.value = gettext("press...")
            row.value = Verbatim(row.value)
        self.hint = (
            N_("Press the key or the button that you want   ·   Esc or a click leaves it as it is")
            if self.waiting_for is not None
            else N_("Return, then the key or the button that you want")
        )
