"""Widgets: what menus are made of. One decides here and draws itself into the box it is given; it knows no window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import pygame

from game.language import N_, gettext
from game.presentation.palette import ACCENT, GRID, INK, INK_SOFT, PANEL, SPACE, Colour

from .panel import rounded_panel
from .text import TextCache, TextStyle

__all__ = ["Button", "Caption", "Choice", "Slider", "Toggle", "Widget", "draw_box"]

V = TypeVar("V")


class Widget:
    """A line of a menu: reacts to a press, to a step to the left or right, to text, and draws itself.

    `height` is in units of layout. What is written on it is kept in English, and drawn in the language of the moment.
    """

    can_focus = True
    takes_text = False
    # Whether left and right change a value, and so do not lead to the neighbour.
    takes_steps = False
    height = 50.0

    def __init__(self, label: str) -> None:
        self.label = label

    def press(self) -> None:
        """Return, a click, or the A button."""

    def step(self, by: int) -> None:
        """One step to the left (-1) or to the right (1)."""

    def point(self, share: float) -> None:
        """A click, or a drag, at a share 0..1 of the width."""
        self.press()

    def type(self, text: str) -> None:
        """Text from the keyboard."""

    def compose(self, text: str) -> None:
        """What an input method offers so far; empty when it has ended."""

    def edit(self, event: pygame.event.Event) -> bool:
        """A key that changes a text or moves in it; whether it was one."""
        return False

    def click(self, x: int, box: pygame.Rect, *, extend: bool) -> None:
        """A press of the button, or a drag (`extend`), at the pixel `x` of the window."""
        self.point((x - box.left) / box.width)

    def draw(
        self, screen: pygame.Surface, box: pygame.Rect, texts: TextCache, *, focused: bool, now: float
    ) -> None:
        """Draw into `box`; changes nothing."""


class Caption(Widget):
    """Words between the widgets."""

    can_focus = False
    height = 32.0

    def __init__(self, label: str, *, colour: Colour = INK_SOFT) -> None:
        super().__init__(label)
        self._colour = colour

    def draw(
        self, screen: pygame.Surface, box: pygame.Rect, texts: TextCache, *, focused: bool, now: float
    ) -> None:
        face = texts.fit(
            gettext(self.label), round(box.height * 0.78), box.width, colour=self._colour, smallest=0.6
        )
        screen.blit(face, face.get_rect(center=box.center))


class Button(Widget):
    """Does something when pressed; `value` is shown at the right, `is_main` marks what most people want."""

    def __init__(
        self, label: str, action: Callable[[], None], *, value: str = "", is_main: bool = False
    ) -> None:
        super().__init__(label)
        self.value = value
        self._action = action
        self._is_main = is_main

    def press(self) -> None:
        self._action()

    def draw(
        self, screen: pygame.Surface, box: pygame.Rect, texts: TextCache, *, focused: bool, now: float
    ) -> None:
        draw_box(screen, box, focused=focused, is_main=self._is_main)
        ink = SPACE if self._is_main else INK
        style = TextStyle.PLAIN if self._is_main else TextStyle.SHADOW
        size = round(box.height * 0.56)
        pad = round(box.height * 0.4)
        if not self.value:
            face = texts.fit(
                gettext(self.label), size, box.width - 2 * pad, colour=ink, style=style, smallest=0.5
            )
            screen.blit(face, face.get_rect(center=box.center))
            return
        _draw_pair(screen, box, texts, gettext(self.label), gettext(self.value), on_accent=self._is_main)


class Choice(Widget, Generic[V]):
    """One of several values; steps go round, a press takes the next one."""

    takes_steps = True

    def __init__(
        self, label: str, options: Sequence[tuple[V, str]], value: V, on_change: Callable[[V], None]
    ) -> None:
        super().__init__(label)
        self._options = tuple(options)
        values = [option for option, _ in self._options]
        self._index = values.index(value) if value in values else 0
        self._on_change = on_change

    @property
    def shown(self) -> str:
        """The chosen value as it is written."""
        return self._options[self._index][1]

    def show(self, value: V) -> None:
        """Have this value chosen, which was set elsewhere; one that is no option changes nothing."""
        self._index = next(
            (index for index, (option, _) in enumerate(self._options) if option == value), self._index
        )

    def press(self) -> None:
        self.step(1)

    def step(self, by: int) -> None:
        self._index = (self._index + by) % len(self._options)
        self._on_change(self._options[self._index][0])

    def draw(
        self, screen: pygame.Surface, box: pygame.Rect, texts: TextCache, *, focused: bool, now: float
    ) -> None:
        draw_box(screen, box, focused=focused)
        shown = gettext(self.shown)
        _draw_pair(screen, box, texts, gettext(self.label), f"‹  {shown}  ›" if focused else shown)


class Toggle(Choice[bool]):
    """On or off."""

    def __init__(self, label: str, value: bool, on_change: Callable[[bool], None]) -> None:
        super().__init__(label, ((False, N_("off")), (True, N_("on"))), value, on_change)


class Slider(Widget):
    """A share 0..1 in steps of a tenth."""

    takes_steps = True

    def __init__(self, label: str, value: float, on_change: Callable[[float], None]) -> None:
        super().__init__(label)
        self.value = value
        self._on_change = on_change

    def step(self, by: int) -> None:
        self._set(self.value + by / 10)

    def point(self, share: float) -> None:
        # The bar fills the right half, less the margin that every widget leaves.
        self._set((share - 0.5) / 0.46)

    def _set(self, value: float) -> None:
        value = round(min(max(value, 0.0), 1.0), 1)
        if value != self.value:
            self.value = value
            self._on_change(value)

    def draw(
        self, screen: pygame.Surface, box: pygame.Rect, texts: TextCache, *, focused: bool, now: float
    ) -> None:
        draw_box(screen, box, focused=focused)
        size = round(box.height * 0.5)
        pad = round(box.height * 0.4)
        face = texts.fit(gettext(self.label), size, box.width // 2 - pad, colour=INK)
        screen.blit(face, face.get_rect(midleft=(box.left + pad, box.centery)))
        bar = pygame.Rect(0, 0, round(box.width * 0.46), max(round(box.height * 0.16), 3))
        bar.midleft = (box.left + box.width // 2, box.centery)
        bar.width -= pad - round(box.width * 0.04)
        pygame.draw.rect(screen, GRID, bar, border_radius=bar.height)
        filled = bar.copy()
        filled.width = round(bar.width * self.value)
        pygame.draw.rect(screen, ACCENT, filled, border_radius=bar.height)
        pygame.draw.circle(screen, INK, (filled.right, bar.centery), round(box.height * 0.2))


def draw_box(screen: pygame.Surface, box: pygame.Rect, *, focused: bool, is_main: bool = False) -> None:
    """The ground of a widget."""
    panel = rounded_panel(
        box.size,
        radius=round(box.height * 0.28),
        colour=ACCENT if is_main else PANEL,
        alpha=240 if is_main else 225 if focused else 185,
        edge=INK if is_main else ACCENT if focused else GRID,
        edge_alpha=255 if focused else 60,
    )
    screen.blit(panel, box)
    if focused and is_main:
        # The bright button needs more than a brighter rim to stand out.
        pygame.draw.rect(screen, INK, box.inflate(6, 6), width=2, border_radius=round(box.height * 0.34))


def _draw_pair(
    screen: pygame.Surface,
    box: pygame.Rect,
    texts: TextCache,
    label: str,
    value: str,
    *,
    on_accent: bool = False,
) -> None:
    """A label at the left and a value at the right, neither over the other; dark where the box has the accent's colour."""
    size = round(box.height * 0.5)
    pad = round(box.height * 0.4)
    room = box.width - 3 * pad
    style = TextStyle.PLAIN if on_accent else TextStyle.SHADOW
    accent, ink = (SPACE, SPACE) if on_accent else (ACCENT, INK)
    right = texts.fit(value, size, room * 3 // 5, colour=accent, style=style, smallest=0.6)
    screen.blit(right, right.get_rect(midright=(box.right - pad, box.centery)))
    left = texts.fit(
        label, size, room - min(right.get_width(), room * 3 // 5), colour=ink, style=style, smallest=0.6
    )
    screen.blit(left, left.get_rect(midleft=(box.left + pad, box.centery)))
