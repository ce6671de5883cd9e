"""Gamepads: opened when they are plugged in, so that SDL tells their buttons and sticks as events."""

from __future__ import annotations

import logging

import pygame
from pygame._sdl2 import controller

__all__ = ["Gamepads"]

log = logging.getLogger(__name__)


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
