"""Gamepads: opened when they are plugged in, so that SDL tells their buttons and sticks as events."""

from __future__ import annotations

import logging

import pygame
from pygame._sdl2 import controller

__all__ = ["Gamepads", "by_gamepad"]

# Of 32767.
_TILTED = 16_000
log = logging.getLogger(__name__)


def by_gamepad(event: pygame.event.Event) -> bool | None:
    """Whether a gamepad did that, and not a keyboard or a mouse; None for what no hand did."""
    if event.type == pygame.CONTROLLERBUTTONDOWN:
        return True
    if event.type == pygame.CONTROLLERAXISMOTION:
        # A stick at rest trembles.
        return True if abs(event.value) > _TILTED else None
    if event.type in (pygame.KEYDOWN, pygame.MOUSEBUTTONDOWN):
        return False
    if event.type == pygame.MOUSEMOTION:
        return False if tuple(event.rel) != (0, 0) else None
    return None


class Gamepads:
    """All gamepads that are plugged in; SDL knows their layouts, so A is A on every one of them."""

    def __init__(self) -> None:
        self._open: dict[int, controller.Controller] = {}
        controller.init()
        for index in range(controller.get_count()):
            self._add(index)

    def handle(self, event: pygame.event.Event) -> None:
        """Open what is plugged in, forget what is pulled out."""
        if event.type == pygame.CONTROLLERDEVICEADDED:
            self._add(event.device_index)
        elif event.type == pygame.CONTROLLERDEVICEREMOVED:
            self._open.pop(event.instance_id, None)

    def close(self) -> None:
        """Let go of all of them."""
        self._open.clear()
        controller.quit()

    def _add(self, index: int) -> None:
        try:
            if not controller.is_controller(index):
                return
            pad = controller.Controller(index)
            self._open[pad.as_joystick().get_instance_id()] = pad
        except pygame.error as error:
            log.warning("gamepad %d cannot be used: %s", index, error)
