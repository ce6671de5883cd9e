"""Form: a column of widgets with a focus, for keyboard, mouse and gamepad alike. It scrolls where the window is too low."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pygame

from game.presentation.palette import ACCENT

from .layout import menu_unit
from .navigation import Navigation, Navigator
from .text import TextCache
from .text_field import TextField
from .widgets import Slider, Widget

__all__ = ["Form"]

WIDTH = 460.0

_GAP = 9.0
_COMPACT = 0.76
_COMPACT_FROM = 0.75

Row = Widget | tuple[Widget, ...]


class Form:
    """Widgets one below the other; a tuple of widgets shares a row.

    `above` and `below` are units of layout that it leaves free in the window; a `compact` one has lower rows.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        *,
        on_back: Callable[[], None] = lambda: None,
        above: float = 200.0,
        below: float = 60.0,
        width: float = WIDTH,
        compact: bool = False,
    ) -> None:
        self._rows = [row if isinstance(row, tuple) else (row,) for row in rows]
        self._on_back = on_back
        self._above, self._below, self._width = above, below, width
        self._compact = compact
        self._navigator = Navigator()
        self._dragged: Widget | None = None
        self._scroll = 0
        self._window: tuple[int, int] | None = None
        self.focused: Widget = next(each for row in self._rows for each in row if each.can_focus)

    @property
    def takes_text(self) -> bool:
        """Whether letters are text now, and no commands."""
        return self.focused.takes_text

    def widget(self, label: str) -> Widget:
        """The widget with that label. KeyError if there is none."""
        for row in self._rows:
            for each in row:
                if each.label == label:
                    return each
        raise KeyError(label)

    def replace_rows(self, rows: Sequence[Row]) -> None:
        """Show other widgets; the focus stays where it is, or goes to the one with the same label, else to the first."""
        before = self.focused
        self._rows = [row if isinstance(row, tuple) else (row,) for row in rows]
        focusable = [each for row in self._rows for each in row if each.can_focus]
        if before not in focusable:
            self.focused = next((each for each in focusable if each.label == before.label), focusable[0])
        self._dragged = None

    def places(self, window: tuple[int, int]) -> list[tuple[Widget, pygame.Rect]]:
        """Where each widget that can be seen is, in pixels of a window of that size."""
        unit = menu_unit(window)
        gap = self._gap(unit)
        y, rows = self._visible(window, self._scroll)
        width = min(round(self._width * unit), max(window[0] - 2 * gap, 20))
        left = (window[0] - width) // 2
        placed: list[tuple[Widget, pygame.Rect]] = []
        for row in rows:
            share = (width - gap * (len(row) - 1)) / len(row)
            height = self._height(row, unit)
            for column, each in enumerate(row):
                x = left + round(column * (share + gap))
                placed.append((each, pygame.Rect(x, y, round(share), height)))
            y += height + gap
        return placed

    def handle(self, event: pygame.event.Event, window: tuple[int, int]) -> None:
        """Take in one event."""
        if event.type in (pygame.MOUSEMOTION, pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            self._handle_mouse(event, window)
        elif event.type == pygame.MOUSEWHEEL:
            self._scroll = min(max(self._scroll - event.y, 0), self._furthest(window))
        elif event.type == pygame.TEXTINPUT:
            self.focused.type(event.text)
        elif event.type == pygame.TEXTEDITING:
            self.focused.compose(event.text)
        elif event.type == pygame.KEYDOWN and self.takes_text and self.focused.edit(event):
            pass
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_SPACE and not self.takes_text:
            self.focused.press()
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_TAB:
            self._go_on(-1 if event.mod & pygame.KMOD_SHIFT else 1, window)
        else:
            move = self._navigator.read(event)
            if move is not None:
                self._navigate(move, window)

    def draw(self, screen: pygame.Surface, texts: TextCache, now: float) -> None:
        """Draw every widget that can be seen; changes nothing."""
        places = self.places(screen.get_size())
        for each, box in places:
            each.draw(screen, box, texts, focused=each is self.focused, now=now)
        reach = max(places[0][1].height // 8, 3)
        if min(self._scroll, self._furthest(screen.get_size())) > 0:
            _draw_arrow(screen, (screen.get_width() // 2, places[0][1].top - 2 * reach), reach, -1)
        if places[-1][0] not in self._rows[-1]:
            _draw_arrow(screen, (screen.get_width() // 2, places[-1][1].bottom + 2 * reach), reach, 1)

    def update(self, window: tuple[int, int]) -> None:
        """Keep the focus in sight when the window has another size than before."""
        if window != self._window:
            self._window = window
            self.focus(self.focused, window)

    def focus(self, widget: Widget, window: tuple[int, int]) -> None:
        """Put the focus on `widget` and scroll to it."""
        self.focused = widget
        row = next(index for index, each in enumerate(self._rows) if widget in each)
        if row < self._scroll:
            # The captions above the first widget are worth seeing too.
            self._scroll = row if any(each.can_focus for above in self._rows[:row] for each in above) else 0
        while self._scroll < row and self._rows[row] not in self._visible(window, self._scroll)[1]:
            self._scroll += 1

    # -- layout ------------------------------------------------------------------------------------------------

    def _gap(self, unit: float) -> int:
        return max(round(_GAP * self._row_unit(unit)), 1)

    def _height(self, row: tuple[Widget, ...], unit: float) -> int:
        return round(max(each.height for each in row) * self._row_unit(unit))

    def _row_unit(self, unit: float) -> float:
        # Small windows scroll: words of half their size could not be read.
        return unit * _COMPACT if self._compact and unit >= _COMPACT_FROM else unit

    def _visible(self, window: tuple[int, int], scroll: int) -> tuple[int, list[tuple[Widget, ...]]]:
        """The pixel at which the first row begins, and the rows there is room for when `scroll` are passed."""
        unit = menu_unit(window)
        gap = self._gap(unit)
        room = window[1] - (self._above + self._below) * unit
        rows: list[tuple[Widget, ...]] = []
        used = 0
        for row in self._rows[min(scroll, self._furthest(window)) :]:
            used += self._height(row, unit) + gap
            if rows and used - gap > room:
                used -= self._height(row, unit) + gap
                break
            rows.append(row)
        top = min(self._above * unit, max(window[1] - used, 0))
        spare = min(max((room - used) / 2, 0), 60 * unit)
        return round(top + spare), rows

    def _furthest(self, window: tuple[int, int]) -> int:
        """How many rows may be passed, so that the last ones still fill the room."""
        unit = menu_unit(window)
        gap = self._gap(unit)
        room = window[1] - (self._above + self._below) * unit + gap
        for index in range(len(self._rows) - 1, -1, -1):
            room -= self._height(self._rows[index], unit) + gap
            if room < 0:
                return min(index + 1, len(self._rows) - 1)
        return 0

    # -- inside ------------------------------------------------------------------------------------------------

    def _handle_mouse(self, event: pygame.event.Event, window: tuple[int, int]) -> None:
        if event.type == pygame.MOUSEBUTTONUP:
            self._dragged = None
            return
        if event.type == pygame.MOUSEMOTION and tuple(event.rel) == (0, 0):
            # A window that opens under a resting pointer is sent where that is: no choice of the player's.
            return
        places = self.places(window)
        if self._dragged is not None and event.type == pygame.MOUSEMOTION:
            for each, box in places:
                if each is self._dragged:
                    each.click(event.pos[0], box, extend=True)
            return
        for each, box in places:
            if each.can_focus and box.collidepoint(event.pos):
                self.focused = each
                if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
                    if isinstance(each, Slider | TextField):
                        self._dragged = each
                    each.click(event.pos[0], box, extend=bool(pygame.key.get_mods() & pygame.KMOD_SHIFT))
                return

    def _navigate(self, move: Navigation, window: tuple[int, int]) -> None:
        row, column = next(
            (index, each.index(self.focused)) for index, each in enumerate(self._rows) if self.focused in each
        )
        match move:
            case Navigation.BACK:
                self._on_back()
            case Navigation.ACCEPT:
                self.focused.press()
            case Navigation.UP | Navigation.DOWN:
                by = -1 if move is Navigation.UP else 1
                if any(each.takes_steps for each in self._rows[row]):
                    # Left and right are for their values: up and down lead through both columns.
                    self._go_on(by, window)
                    return
                for distance in range(1, len(self._rows) + 1):
                    other = self._rows[(row + by * distance) % len(self._rows)]
                    found = other[min(column, len(other) - 1)]
                    if by < 0 and found.takes_steps:
                        found = other[-1]
                    if found.can_focus:
                        self.focus(found, window)
                        return
            case Navigation.LEFT | Navigation.RIGHT:
                by = -1 if move is Navigation.LEFT else 1
                if len(self._rows[row]) > 1 and not self.focused.takes_steps:
                    self.focus(self._rows[row][(column + by) % len(self._rows[row])], window)
                else:
                    self.focused.step(by)

    def _go_on(self, by: int, window: tuple[int, int]) -> None:
        """Put the focus on the next widget (1) or the one before (-1), as they are read; round at the ends."""
        widgets = [each for row in self._rows for each in row if each.can_focus]
        self.focus(widgets[(widgets.index(self.focused) + by) % len(widgets)], window)


def _draw_arrow(screen: pygame.Surface, tip: tuple[int, int], reach: int, direction: int) -> None:
    """There is more above (-1) or below (1)."""
    x, y = tip
    corners = ((x - 2 * reach, y), (x + 2 * reach, y), (x, y + direction * reach))
    pygame.draw.polygon(screen, ACCENT, corners)
