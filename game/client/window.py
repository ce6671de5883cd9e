"""The window: its size, full screen, vertical sync, and pictures of it."""

from __future__ import annotations

import logging
import os
import time
from pathlib import Path

import pygame

from game.match.settings import Preferences

__all__ = ["WINDOW", "Window", "prepare_environment"]

log = logging.getLogger(__name__)

WINDOW = (1280, 720)

_ICON = Path(__file__).parents[2] / "assets" / "icon.png"


def prepare_environment(*, headless: bool) -> None:
    """Tell SDL what it reads once, at its start."""
    if headless:
        os.environ["SDL_VIDEODRIVER"] = "dummy"
        os.environ["SDL_AUDIODRIVER"] = "dummy"
    # Windows would otherwise scale the picture itself, and blur it.
    os.environ.setdefault("SDL_WINDOWS_DPI_AWARENESS", "permonitorv2")


class Window:
    """pygame's one window. `apply` brings it to what the player prefers."""

    def __init__(self, preferences: Preferences) -> None:
        pygame.display.set_caption("Blackholio")
        pygame.display.set_icon(pygame.image.load(_ICON))
        self._windowed = WINDOW
        self._mode: tuple[bool, bool] | None = None
        self.apply(preferences)

    @property
    def surface(self) -> pygame.Surface:
        """What is drawn upon."""
        return pygame.display.get_surface()

    @property
    def size(self) -> tuple[int, int]:
        """Pixels."""
        return self.surface.get_size()

    def apply(self, preferences: Preferences) -> None:
        """Switch full screen and vertical sync; nothing happens when they are as they were."""
        mode = preferences.full_screen, preferences.vsync
        if mode == self._mode:
            return
        if self._mode is not None and not self._mode[0]:
            self._windowed = self.size
        self._mode = mode
        flags = pygame.FULLSCREEN if preferences.full_screen else pygame.RESIZABLE
        size = (0, 0) if preferences.full_screen else self._windowed
        if preferences.vsync:
            try:
                # pygame waits for the screen only where it scales; the picture then keeps the size it began with.
                pygame.display.set_mode(self._windowed, flags | pygame.SCALED, vsync=1)
            except pygame.error as error:
                log.warning("this screen knows no vertical sync: %s", error)
            else:
                return
        pygame.display.set_mode(size, flags)

    def keep_picture(self) -> str:
        """Write the last frame as a PNG into the player's pictures, else the working folder; says where it is."""
        pictures = Path.home() / "Pictures"
        folder = pictures if pictures.is_dir() else Path.cwd()
        path = folder / time.strftime("blackholio-%Y%m%d-%H%M%S.png")
        try:
            pygame.image.save(self.surface, str(path))
        except (pygame.error, OSError) as error:
            return f"The picture cannot be written to {path}: {error}"
        return f"Picture kept: {path}"
