"""From where a hand points to where a player wants to go."""

from __future__ import annotations

from math import hypot

__all__ = ["pointer_direction"]

_DEAD_ZONE = 0.03


def pointer_direction(pointer: tuple[float, float], window: tuple[int, int]) -> tuple[float, float]:
    """The direction of an Intent for a pointer at a pixel of a window of `window` pixels.

    The offset to the window's centre counts; at a third of the height the speed is full. The world's y grows
    upwards. Within 3 % of full speed the circle rests, so that one can rest at all.
    """
    width, height = window
    if height <= 0:
        return 0.0, 0.0
    reach = height / 3.0
    x = (pointer[0] - width / 2) / reach
    y = (height / 2 - pointer[1]) / reach
    length = hypot(x, y)
    if length < _DEAD_ZONE:
        return 0.0, 0.0
    if length > 1.0:
        return x / length, y / length
    return x, y
