"""The pictures of a walk through the game: each screen is waited for, and kept, in the usual window and in the smallest."""

from __future__ import annotations

from pathlib import Path

import pygame

from game.client.ui.form import Form
from game.client.ui.text import TextCache
from game.client.ui.widgets import Button, Widget
from game.client.window import SMALLEST
from tests.game.client.screens import WINDOW
from tests.window.newcomer import Newcomer, box_of, is_like
from tests.window.pages import Pages

__all__ = ["Album"]

# Pictures that differ from the one before, after which a screen that moves is the new one at its new size.
_FRAMES = 6
# A bright button lets a sixteenth of what is behind it through, another one more.
_TOLERANCE = 40


class Album:
    """A newcomer's eyes on forms: `pages` says how each has to look, button by button."""

    def __init__(self, newcomer: Newcomer, folder: Path, pages: Pages) -> None:
        self.newcomer = newcomer
        self.pages = pages
        self._folder = folder
        self._count = 0
        self._size = WINDOW
        folder.mkdir(parents=True)

    # -- hand --------------------------------------------------------------------------------------------------

    def keys(self, *names: str) -> None:
        """Press keys, one after the other, each long enough for a frame."""
        for name in names:
            self.newcomer.xserver.keys(name)

    def press(self, page: str, label: str, *, fresh: bool = False) -> None:
        """Click on a widget, once it is there; `fresh` where the page has just been opened."""
        form = self.pages.form(page, fresh=fresh)
        self._until(form, label, f"{label} on {page}")
        self.newcomer.click(form, label)
        form.focused = form.widget(label)

    def hover(self, page: str, label: str) -> None:
        """Move the pointer over a widget, once it is there, which gives it the focus."""
        form = self.pages.form(page)
        self._until(form, label, f"{label} on {page}")
        self.newcomer.xserver.point(*box_of(form, label).center)

    # -- eyes --------------------------------------------------------------------------------------------------

    def see(self, name: str, focus: str, *, page: str | None = None) -> None:
        """Wait for the page with the focus on one of its widgets, and keep both pictures of it."""
        form = self.pages.form(page or name)
        for size in (WINDOW, SMALLEST):
            self._resize(size)
            form.update(size)
            form.focus(form.widget(focus), size)
            self._until(form, focus, name, focused=True)
            self._keep(name)
        self._resize(WINDOW)
        form.update(WINDOW)
        self._until(form, focus, name, focused=True)

    def see_motion(self, name: str) -> None:
        """Keep both pictures of a screen that moves, which others than forms do."""
        for size in (WINDOW, SMALLEST):
            self._resize(size)
            self._let_frames_pass(name)
            self._keep(name)
        self._resize(WINDOW)
        self._let_frames_pass(name)

    def until_gone(self, page: str, label: str) -> None:
        """Wait until that widget is not there."""
        form = self.pages.form(page)
        self.newcomer.until(lambda: not self._shows(form, label), f"an end of {page}")

    # -- inside ------------------------------------------------------------------------------------------------

    def _keep(self, name: str) -> None:
        if self._size == WINDOW:
            self._count += 1
        small = "" if self._size == WINDOW else "-small"
        picture = self.newcomer.xserver.picture().subsurface((0, 0), self._size)
        pygame.image.save(picture, str(self._folder / f"{self._count:02}-{name}{small}.png"))

    def _resize(self, size: tuple[int, int]) -> None:
        if size != self._size:
            self._size = size
            self.newcomer.resize(size)

    def _until(self, form: Form, label: str, what: str, *, focused: bool | None = None) -> None:
        self.newcomer.until(lambda: self._shows(form, label, focused=focused), what)

    def _shows(self, form: Form, label: str, *, focused: bool | None = None) -> bool:
        """Whether the widget is where the form has it in this window, drawn with the focus or without it, or either way."""
        widget, box = form.widget(label), box_of(form, label, self._size)
        picture = self.newcomer.xserver.picture()
        for has_focus in (True, False) if focused is None else (focused,):
            expected = pygame.Surface(WINDOW)
            widget.draw(expected, box, TextCache(), focused=has_focus, now=0.0)
            if is_like(picture, expected, _fixed_part(widget, box, focused), tolerance=_TOLERANCE):
                return True
        return False

    def _let_frames_pass(self, name: str) -> None:
        outside = pygame.Rect(self._size[0], 0, WINDOW[0] - self._size[0], WINDOW[1])
        seen: list[bytes] = []

        def has_moved() -> bool:
            picture = self.newcomer.xserver.picture()
            if (
                outside.width
                and pygame.mask.from_threshold(picture.subsurface(outside), (0, 0, 0), (1, 1, 1)).count()
                < outside.width * outside.height
            ):
                return False
            now = pygame.image.tobytes(picture.subsurface((0, 0), self._size), "RGB")
            if not seen or seen[-1] != now:
                seen.append(now)
            return len(seen) > _FRAMES

        self.newcomer.until(has_moved, name)


def _fixed_part(widget: Widget, box: pygame.Rect, focused: bool | None) -> pygame.Rect:
    """What of a widget is always the same: its value, at the right, is the player's or the world's.

    The focus is seen by the lines above and below.
    """
    inner = box.inflate(-24, -12 if focused is None else 0)
    if not isinstance(widget, Button) or widget.value:
        inner.width = inner.width * 2 // 5
    return inner
