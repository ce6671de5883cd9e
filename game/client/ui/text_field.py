"""Text field: a line of text to write into; caret, selection, clipboard, and what an input method composes."""

from __future__ import annotations

from collections.abc import Callable

import pygame

from game.language import gettext
from game.presentation.palette import ACCENT, GRID, INK, INK_SOFT

from . import clipboard
from .text import TextCache, printable
from .widgets import Widget, draw_box

__all__ = ["TextField"]

_CARET_SECONDS = 0.53
_COMMAND = pygame.KMOD_CTRL | pygame.KMOD_META


class TextField(Widget):
    """Takes text at its caret. `accepts` filters letters; `on_done` is what Return does.

    What lies between `anchor` and `caret` is selected. `composition` is what an input method has not yet decided upon.
    """

    takes_text = True

    def __init__(
        self,
        label: str,
        value: str,
        *,
        longest: int,
        placeholder: str = "",
        accepts: Callable[[str], bool] = str.isprintable,
        on_change: Callable[[str], None] = lambda value: None,
        on_done: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(label)
        self._value = value[:longest]
        self.caret = self.anchor = len(self._value)
        self.composition = ""
        self._longest = longest
        self._placeholder = placeholder
        self._accepts = accepts
        self._on_change = on_change
        self._on_done = on_done

    @property
    def value(self) -> str:
        """What is written; setting it puts the caret at its end and is no change of the player's."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        self._value = value[: self._longest]
        self.caret = self.anchor = len(self._value)

    @property
    def selected(self) -> str:
        """The selected part."""
        return self._value[min(self.caret, self.anchor) : max(self.caret, self.anchor)]

    def press(self) -> None:
        self._on_done()

    def type(self, text: str) -> None:
        self.composition = ""
        typed = "".join(letter for letter in printable(text) if self._accepts(letter))
        start, end = sorted((self.caret, self.anchor))
        if start == 0:
            typed = typed.lstrip()
        typed = typed[: self._longest - (len(self._value) - (end - start))]
        self._put(self._value[:start] + typed + self._value[end:], start + len(typed))

    def compose(self, text: str) -> None:
        self.composition = printable(text)[: self._longest]

    def edit(self, event: pygame.event.Event) -> bool:
        if self.composition:
            # These keys choose among what the input method offers.
            return True
        command = bool(event.mod & _COMMAND)
        match event.key:
            case pygame.K_BACKSPACE | pygame.K_DELETE:
                self._erase(-1 if event.key == pygame.K_BACKSPACE else 1, by_word=command)
            case pygame.K_LEFT | pygame.K_RIGHT:
                self._move(self._beside(-1 if event.key == pygame.K_LEFT else 1, by_word=command), event.mod)
            case pygame.K_HOME:
                self._move(0, event.mod)
            case pygame.K_END:
                self._move(len(self._value), event.mod)
            case pygame.K_a if command:
                self.anchor, self.caret = 0, len(self._value)
            case pygame.K_c | pygame.K_x if command:
                if self.selected:
                    clipboard.copy(self.selected)
                    if event.key == pygame.K_x:
                        self.type("")
            case pygame.K_v if command:
                self.type(clipboard.paste())
            case pygame.K_INSERT if event.mod & pygame.KMOD_SHIFT:
                self.type(clipboard.paste())
            case _:
                return False
        return True

    def click(self, x: int, box: pygame.Rect, *, extend: bool) -> None:
        """Put the caret under the pixel `x`; with `extend` the selection reaches to there."""
        left, room, size = self._room(box)
        texts = TextCache()
        target = x - left + self._scroll(texts, room, size)
        carets = texts.carets(self._value, size)
        self.caret = min(range(len(carets)), key=lambda index: abs(carets[index] - target))
        if not extend:
            self.anchor = self.caret

    def draw(
        self, screen: pygame.Surface, box: pygame.Rect, texts: TextCache, *, focused: bool, now: float
    ) -> None:
        draw_box(screen, box, focused=focused)
        left, room, size = self._room(box)
        if self.label:
            label = texts.fit(gettext(self.label), size, box.width // 3, colour=INK_SOFT)
            screen.blit(label, label.get_rect(midleft=(box.left + round(box.height * 0.4), box.centery)))
        shown = self._value[: self.caret] + self.composition + self._value[self.caret :]
        if not shown:
            face = texts.fit(gettext(self._placeholder), size, room, colour=INK_SOFT, smallest=0.6)
            screen.blit(face, face.get_rect(midleft=(left, box.centery)))
        scroll = self._scroll(texts, room, size)
        before = screen.get_clip()
        screen.set_clip(pygame.Rect(left - 4, box.top, room + 8, box.height).clip(before))
        height = round(size * 1.1)
        if focused and self.selected:
            carets = texts.carets(self._value, size)
            first, last = sorted((self.caret, self.anchor))
            start, end = min(carets[first : last + 1]), max(carets[first : last + 1])
            mark = pygame.Rect(left - scroll + start, box.centery - height // 2, end - start, height)
            pygame.draw.rect(screen, GRID, mark, border_radius=3)
        if shown:
            face = texts.render(shown, size, colour=INK)
            screen.blit(face, face.get_rect(midleft=(left - scroll, box.centery)))
        carets = texts.carets(shown, size)
        composed = self.caret + len(self.composition)
        end = carets[composed]
        if self.composition:
            begin = min(carets[self.caret : composed + 1])
            reach = max(carets[self.caret : composed + 1]) - begin
            screen.fill(ACCENT, (left - scroll + begin, box.centery + height // 2, reach, 2))
        if focused and now % (2 * _CARET_SECONDS) < _CARET_SECONDS:
            x = left - scroll + end + (1 if shown else -3)
            screen.fill(ACCENT, (x, box.centery - size // 2, max(2, size // 14), size))
        screen.set_clip(before)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _room(self, box: pygame.Rect) -> tuple[int, int, int]:
        """Where the text begins, how much room it has, and its size, in pixels."""
        pad = round(box.height * 0.4)
        left = box.left + (box.width * 3 // 8 if self.label else pad)
        return left, box.right - pad - left, round(box.height * 0.5)

    def _scroll(self, texts: TextCache, room: int, size: int) -> int:
        """Pixels of the text that are beyond the left end, so that the caret is seen."""
        shown = self._value[: self.caret] + self.composition + self._value[self.caret :]
        return max(texts.carets(shown, size)[self.caret + len(self.composition)] - room, 0)

    def _beside(self, by: int, *, by_word: bool) -> int:
        """Where the caret is one letter, or one word, to the left (-1) or right (1)."""
        at = min(max(self.caret + by, 0), len(self._value))
        while (
            by_word
            and 0 < at < len(self._value)
            and not (self._value[at - 1].isspace() and not self._value[at].isspace())
        ):
            at += by
        return at

    def _move(self, to: int, mod: int) -> None:
        if mod & pygame.KMOD_SHIFT:
            self.caret = to
        elif self.selected and abs(to - self.caret) == 1:
            # An arrow leaves a selection at its end on that side.
            self.caret = self.anchor = (min if to < self.caret else max)(self.caret, self.anchor)
        else:
            self.caret = self.anchor = to

    def _erase(self, by: int, *, by_word: bool) -> None:
        if not self.selected:
            self.anchor = self._beside(by, by_word=by_word)
        start, end = sorted((self.caret, self.anchor))
        self._put(self._value[:start] + self._value[end:], start)

    def _put(self, value: str, caret: int) -> None:
        self.caret = self.anchor = min(caret, len(value))
        if value != self._value:
            self._value = value
            self._on_change(value)
