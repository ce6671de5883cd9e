"""Network sliders: under the network figures, turned by the mouse, by keys and by a gamepad, while the game goes on."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from game.language import N_, gettext
from game.presentation.net_dials import Dial
from game.presentation.palette import ACCENT, GRID, INK, INK_SOFT

from .render.hud import ui_unit
from .render.net_hud import net_hud_place
from .ui.panel import READABLE, rounded_panel
from .ui.text import TextCache

__all__ = ["NetSliders"]

_LINE, _SIZE, _PAD, _GAP = 26, 19, 12, 6
# The bar between label and value, as shares of the panel's width.
_BAR_LEFT, _BAR_WIDTH = 0.42, 0.33
_HINT = N_("Tab chooses, - and + change")
_HINT_SIZE = 15

# What the arena leaves free: arrows and the left stick steer there.
_KEYS = {
    pygame.K_MINUS: -1,
    pygame.K_KP_MINUS: -1,
    pygame.K_PLUS: 1,
    pygame.K_EQUALS: 1,
    pygame.K_KP_PLUS: 1,
}
_TURNS = {pygame.CONTROLLER_BUTTON_DPAD_LEFT: -1, pygame.CONTROLLER_BUTTON_DPAD_RIGHT: 1}
_CHOICES = {pygame.CONTROLLER_BUTTON_DPAD_UP: -1, pygame.CONTROLLER_BUTTON_DPAD_DOWN: 1}


class NetSliders:
    """One line for each dial. `lines` is how many network numbers stand above."""

    def __init__(self, dials: Sequence[Dial]) -> None:
        self.dials = tuple(dials)
        self.chosen = 0
        self._dragged = False

    def place(self, window: tuple[int, int], lines: int) -> pygame.Rect:
        """The panel, in pixels of a window of that size."""
        unit = ui_unit(window)
        above = net_hud_place(window, lines)
        height = round((_LINE * len(self.dials) + _HINT_SIZE + 2 * _PAD) * unit)
        return pygame.Rect(above.left, above.bottom + round(_GAP * unit), above.width, height)

    def bar(self, index: int, window: tuple[int, int], lines: int) -> pygame.Rect:
        """Where the bar of a dial is: its left end is nothing, its right end the most."""
        unit, panel = ui_unit(window), self.place(window, lines)
        middle = panel.top + round((_PAD + _LINE * (index + 0.5)) * unit)
        bar = pygame.Rect(0, 0, round(panel.width * _BAR_WIDTH), max(round(5 * unit), 3))
        bar.midleft = (panel.left + round(panel.width * _BAR_LEFT), middle)
        return bar

    def handle(self, event: pygame.event.Event, window: tuple[int, int], lines: int, *, keys: bool) -> bool:
        """Take in one event; whether it was for the sliders. Without `keys`, only the mouse's are."""
        if event.type in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION):
            return self._handle_mouse(event, window, lines)
        if not keys:
            return False
        if event.type == pygame.KEYDOWN:
            if event.key == pygame.K_TAB:
                self._choose(-1 if event.mod & pygame.KMOD_SHIFT else 1)
                return True
            return self._turn(_KEYS.get(event.key))
        if event.type == pygame.CONTROLLERBUTTONDOWN:
            if event.button in _CHOICES:
                self._choose(_CHOICES[event.button])
                return True
            return self._turn(_TURNS.get(event.button))
        return False

    def let_go(self) -> None:
        """Forget a drag: the sliders are not seen any more."""
        self._dragged = False

    def draw(self, screen: pygame.Surface, texts: TextCache, lines: int) -> None:
        """Draw them; changes nothing."""
        window = screen.get_size()
        unit, place = ui_unit(window), self.place(window, lines)
        screen.blit(rounded_panel(place.size, radius=round(14 * unit), alpha=READABLE), place)
        pad, size = round(_PAD * unit), round(_SIZE * unit)
        for index, dial in enumerate(self.dials):
            bar = self.bar(index, window, lines)
            chosen = index == self.chosen
            room = bar.left - place.left - 2 * pad
            name = texts.fit(gettext(dial.label), size, room, colour=ACCENT if chosen else INK_SOFT)
            screen.blit(name, name.get_rect(midleft=(place.left + pad, bar.centery)))
            value = texts.render(dial.shown, size, colour=INK)
            screen.blit(value, value.get_rect(midright=(place.right - pad, bar.centery)))
            pygame.draw.rect(screen, GRID, bar, border_radius=bar.height)
            filled = bar.copy()
            filled.width = round(bar.width * dial.share)
            pygame.draw.rect(screen, ACCENT, filled, border_radius=bar.height)
            pygame.draw.circle(screen, INK, (filled.right, bar.centery), round((7 if chosen else 5) * unit))
        hint = texts.fit(gettext(_HINT), round(_HINT_SIZE * unit), place.width - 2 * pad, colour=INK_SOFT)
        screen.blit(hint, hint.get_rect(midbottom=(place.centerx, place.bottom - pad // 2)))

    def _handle_mouse(self, event: pygame.event.Event, window: tuple[int, int], lines: int) -> bool:
        if event.type == pygame.MOUSEBUTTONUP:
            dragged, self._dragged = self._dragged, False
            return dragged
        if event.type == pygame.MOUSEBUTTONDOWN:
            place = self.place(window, lines)
            if event.button != 1 or not place.collidepoint(event.pos):
                return False
            rows = [self.bar(index, window, lines).centery for index in range(len(self.dials))]
            self.chosen = min(range(len(rows)), key=lambda index: abs(rows[index] - event.pos[1]))
            self._dragged = True
        if self._dragged:
            bar = self.bar(self.chosen, window, lines)
            self.dials[self.chosen].turn_to((event.pos[0] - bar.left) / bar.width)
        return self._dragged

    def _choose(self, by: int) -> None:
        self.chosen = (self.chosen + by) % len(self.dials)

    def _turn(self, by: int | None) -> bool:
        if by is not None:
            self.dials[self.chosen].turn(by)
        return by is not None
