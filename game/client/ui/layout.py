"""Layout: how large menus are in a window."""

from __future__ import annotations

__all__ = ["SMALLEST_HINT", "menu_unit"]

# Pixels: letters of Japanese could not be read in less.
SMALLEST_HINT = 14


def menu_unit(window: tuple[int, int]) -> float:
    """Pixels per unit of layout: 1 in a window 720 pixels high. Menus scroll before their words get too small to read."""
    return min(max(min(window[1] / 720, window[0] / 640), 0.58), 2.5)
