"""Menu: what all menus have. A title, a few words, a column of widgets, over the drifting arena."""

from __future__ import annotations

import pygame

from game.language import N_, gettext
from game.presentation.palette import ACCENT, INK_SOFT, WARNING
from game.presentation.sound_cues import Cue, Sound

from ..app_context import AppContext
from ..scene import Scene
from ..ui.form import Form
from ..ui.layout import SMALLEST_HINT, menu_unit
from ..ui.paragraph import draw_paragraph

__all__ = ["MenuScene"]

_HINT = N_("Arrows or mouse to choose   ·   Return to confirm   ·   Esc to go back")
_PAD_HINT = N_("Stick or pad to choose   ·   A to confirm   ·   B to go back")
_DIM = 0.5
_DIM_OVERLAY = 0.62


class MenuScene(Scene):
    """A scene with a `form`. Those who derive from it make the form and say what to do on Escape.

    `title` and `hint` are kept in English, and drawn in the language of the moment; `words` are drawn as they are.
    """

    title = ""
    title_size = 72
    words = ""
    hint = _HINT
    is_warning = False

    def __init__(self, context: AppContext, form: Form) -> None:
        self.context = context
        self.form = form

    @property
    def takes_text(self) -> bool:
        return self.form.takes_text

    def handle(self, event: pygame.event.Event) -> None:
        before = self.form.focused
        self.form.handle(event, self.context.window)
        if self.form.focused is not before:
            self.context.audio.play((Cue(Sound.FOCUS),))
        elif _is_press(event):
            self.context.audio.play((Cue(Sound.PRESS),))

    def update(self, now: float, elapsed: float) -> None:
        self.form.update(self.context.window)
        if not self.is_overlay and self.context.stack.top is self:
            self.context.update_backdrop(now, elapsed)

    def _back(self) -> None:
        """Leave this scene, for the one below it."""
        self.context.stack.pop(self)

    def draw(self, screen: pygame.Surface) -> None:
        backdrop = self.context.backdrop
        if self.is_overlay:
            backdrop.dim(screen, _DIM_OVERLAY)
        else:
            backdrop.draw_world(screen, dim=_DIM, names=False)
        unit = menu_unit(screen.get_size())
        backdrop.draw_title(
            screen,
            gettext(self.title),
            y=100 * unit,
            size=round(self.title_size * unit),
            glow=WARNING if self.is_warning else ACCENT,
        )
        self.form.draw(screen, backdrop.texts, self.context.now)
        if self.words:
            draw_paragraph(screen, backdrop.texts, self.words, top=round(150 * unit), unit=unit)
        room_for_hint = screen.get_height() > 300
        if self.hint and room_for_hint:
            backdrop.draw_text(
                screen,
                gettext(_PAD_HINT if self.hint == _HINT and self.context.uses_pad else self.hint),
                y=screen.get_height() - 30 * unit,
                size=max(round(20 * unit), SMALLEST_HINT),
                colour=INK_SOFT,
            )


def _is_press(event: pygame.event.Event) -> bool:
    if event.type == pygame.KEYDOWN:
        return event.key in (pygame.K_RETURN, pygame.K_KP_ENTER, pygame.K_ESCAPE)
    if event.type == pygame.CONTROLLERBUTTONDOWN:
        return event.button in (pygame.CONTROLLER_BUTTON_A, pygame.CONTROLLER_BUTTON_B)
    return bool(event.type == pygame.MOUSEBUTTONDOWN and event.button == 1)
