"""Navigation: keys, buttons and the stick of a gamepad as the few moves that a menu knows."""

from __future__ import annotations

from enum import Enum

import pygame

__all__ = ["Navigation", "Navigator"]


class Navigation(Enum):
    """One move in a menu."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"
    ACCEPT = "accept"
    BACK = "back"


_KEYS = {
    pygame.K_UP: Navigation.UP,
    pygame.K_DOWN: Navigation.DOWN,
    pygame.K_LEFT: Navigation.LEFT,
    pygame.K_RIGHT: Navigation.RIGHT,
    pygame.K_RETURN: Navigation.ACCEPT,
    pygame.K_KP_ENTER: Navigation.ACCEPT,
    pygame.K_ESCAPE: Navigation.BACK,
    pygame.K_AC_BACK: Navigation.BACK,
}
_BUTTONS = {
    pygame.CONTROLLER_BUTTON_DPAD_UP: Navigation.UP,
    pygame.CONTROLLER_BUTTON_DPAD_DOWN: Navigation.DOWN,
    pygame.CONTROLLER_BUTTON_DPAD_LEFT: Navigation.LEFT,
    pygame.CONTROLLER_BUTTON_DPAD_RIGHT: Navigation.RIGHT,
    pygame.CONTROLLER_BUTTON_A: Navigation.ACCEPT,
    pygame.CONTROLLER_BUTTON_START: Navigation.ACCEPT,
    pygame.CONTROLLER_BUTTON_B: Navigation.BACK,
    pygame.CONTROLLER_BUTTON_BACK: Navigation.BACK,
}
_STICK = {
    pygame.CONTROLLER_AXIS_LEFTX: (Navigation.LEFT, Navigation.RIGHT),
    pygame.CONTROLLER_AXIS_LEFTY: (Navigation.UP, Navigation.DOWN),
}
# A stick is tilted from here on, and level again below: between them it keeps what it was, so that no tremble moves twice.
_TILTED = 0.6
_LEVEL = 0.35


class Navigator:
    """Reads events. A stick makes one move each time it is tilted, and another only after it was let go."""

    def __init__(self) -> None:
        self._tilted: set[int] = set()

    def read(self, event: pygame.event.Event) -> Navigation | None:
        """The move an event stands for, if any."""
        if event.type == pygame.KEYDOWN:
            if event.key == pygame.K_TAB:
                return Navigation.UP if getattr(event, "mod", 0) & pygame.KMOD_SHIFT else Navigation.DOWN
            return _KEYS.get(event.key)
        if event.type == pygame.CONTROLLERBUTTONDOWN:
            return _BUTTONS.get(event.button)
        if event.type == pygame.CONTROLLERAXISMOTION and event.axis in _STICK:
            return self._read_stick(event.axis, event.value / 32767.0)
        return None

    def _read_stick(self, axis: int, value: float) -> Navigation | None:
        if abs(value) < _LEVEL:
            self._tilted.discard(axis)
        elif abs(value) > _TILTED and axis not in self._tilted:
            self._tilted.add(axis)
            low, high = _STICK[axis]
            return low if value < 0 else high
        return None
