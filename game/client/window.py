"""The window: its size, full screen, vertical sync, and pictures of it."""

from __future__ import annotations

import logging
import os
import time
import warnings
from importlib.resources import files
from pathlib import Path

import pygame

from game.language import gettext
from game.match.settings import Preferences

__all__ = ["SMALLEST", "WINDOW", "DisplayError", "Window", "open_display", "prepare_environment"]

log = logging.getLogger(__name__)

WINDOW = (1280, 720)
SMALLEST = (640, 360)
# What SDL falls back to where no display answers: pictures in memory.
_UNSEEN = ("offscreen", "dummy", "evdev")

# A resource, no path: the game may lie in a zip file.
_ICON = files("game") / "assets" / "icon.png"


def prepare_environment(*, headless: bool) -> None:
    """Tell SDL what it reads once, at its start."""
    if headless:
        os.environ["SDL_VIDEODRIVER"] = "dummy"
        os.environ["SDL_AUDIODRIVER"] = "dummy"
    # Windows would otherwise scale the picture itself, and blur it.
    os.environ.setdefault("SDL_WINDOWS_DPI_AWARENESS", "permonitorv2")


class DisplayError(OSError):
    """There is nothing to open a window on; the text is one sentence with the remedy."""


def open_display() -> None:
    """Start SDL's video. DisplayError where there is no screen: SDL would draw where nothing is shown."""
    wanted = os.environ.get("SDL_VIDEODRIVER")
    remedy = "start it on a desktop, or with --headless to play without a window"
    try:
        pygame.display.init()
    except pygame.error as error:
        raise DisplayError(f"no window can be opened ({error}): {remedy}") from error
    driver = pygame.display.get_driver()
    if driver in _UNSEEN and driver != wanted:
        pygame.display.quit()
        raise DisplayError(f"no window can be opened (this computer shows no display): {remedy}")


def _first_size() -> tuple[int, int]:
    """`WINDOW`, or as much of it as the screen has room for: what is beyond its edge could not be reached."""
    width, height = WINDOW
    if pygame.display.get_driver() not in _UNSEEN:
        screen = pygame.display.get_desktop_sizes()[0]
        width, height = min(width, screen[0]), min(height, screen[1])
    return max(width, SMALLEST[0]), max(height, SMALLEST[1])


class Window:
    """pygame's one window. `apply` brings it to what the player prefers."""

    def __init__(self, preferences: Preferences) -> None:
        pygame.display.set_caption("Blackholio")
        with _ICON.open("rb") as icon:
            pygame.display.set_icon(pygame.image.load(icon, "icon.png"))
        self._windowed = _first_size()
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
        if self._mode is not None and self._mode[1]:
            # What scales goes before another comes: pygame-ce keeps it where both scale, and draws past the new size.
            pygame.display.set_mode(self._windowed, pygame.RESIZABLE)
        self._mode = mode
        flags = pygame.FULLSCREEN if preferences.full_screen else pygame.RESIZABLE
        size = (0, 0) if preferences.full_screen else self._windowed
        if preferences.vsync:
            try:
                # pygame waits for the screen only where it scales; the picture then keeps the size it began with.
                with warnings.catch_warnings():
                    # Where it scales slowly, pygame says so to the terminal: the player sees it in the frame's time.
                    warnings.filterwarnings("ignore", message="no fast renderer")
                    pygame.display.set_mode(self._windowed, flags | pygame.SCALED, vsync=1)
            except pygame.error as error:
                log.warning("this screen knows no vertical sync: %s", error)
            else:
                return
        try:
            pygame.display.set_mode(size, flags)
        except pygame.error as error:
            raise DisplayError(f"no window of {size[0]}x{size[1]} can be opened ({error})") from error

    def hold_smallest(self, size: tuple[int, int]) -> None:
        """Be no smaller than `SMALLEST`, after the window was drawn to `size`: less could not be read."""
        wanted = max(size[0], SMALLEST[0]), max(size[1], SMALLEST[1])
        if wanted != tuple(size) and self._mode == (False, False):
            pygame.display.set_mode(wanted, pygame.RESIZABLE)

    def keep_picture(self) -> str:
        """Write the last frame as a PNG into the player's pictures, else the working folder; says where it is."""
        pictures = Path.home() / "Pictures"
        folder = pictures if pictures.is_dir() else Path.cwd()
        path = folder / time.strftime("blackholio-%Y%m%d-%H%M%S.png")
        try:
            pygame.image.save(self.surface, str(path))
        except (pygame.error, OSError) as error:
            return gettext("The screenshot cannot be written to {path}: {reason}").format(
                path=path, reason=error
            )
        return gettext("Screenshot: {path}").format(path=path)
