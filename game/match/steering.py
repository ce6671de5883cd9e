"""Steering: from where a hand points to where a player wants to go."""

from __future__ import annotations

from math import hypot

__all__ = ["keys_direction", "pointer_direction", "stick_direction"]

# Share of the reach in which a pointer rests: a hand never holds still on the very pixel.
_DEAD_ZONE = 0.03
# Worn sticks rest a little off their middle, and not all of them reach their rim.
_STICK_DEAD_ZONE = 0.18
_STICK_FULL = 0.95


def pointer_direction(pointer: tuple[float, float], window: tuple[int, int]) -> tuple[float, float]:
    """The direction of an Intent for a pointer at a pixel of a window of `window` pixels.

    The offset to the window's centre counts; at a third of the height, or of the width where that is less, the speed is
    full. The world's y grows upwards. Within 3 % of full speed the circle rests, so that one can rest at all.
    """
    width, height = window
    reach = min(width, height) / 3.0
    if reach <= 0:
        return 0.0, 0.0
    x = (pointer[0] - width / 2) / reach
    y = (height / 2 - pointer[1]) / reach
    length = hypot(x, y)
    if length < _DEAD_ZONE:
        return 0.0, 0.0
    if length > 1.0:
        return x / length, y / length
    return x, y


def stick_direction(x: float, y: float) -> tuple[float, float]:
    """The direction of an Intent for a stick tilted by `x`, `y` (-1..1, y downwards, as gamepads tell it).

    What is left of the tilt beyond the dead zone counts from 0, so that slow movement is possible too.
    """
    length = hypot(x, y)
    if length <= _STICK_DEAD_ZONE:
        return 0.0, 0.0
    speed = min((length - _STICK_DEAD_ZONE) / (_STICK_FULL - _STICK_DEAD_ZONE), 1.0)
    return x / length * speed, -y / length * speed


def keys_direction(*, left: bool, right: bool, up: bool, down: bool) -> tuple[float, float]:
    """The direction of an Intent for held direction keys: full speed, opposite keys cancel each other."""
    x, y = float(right) - float(left), float(up) - float(down)
    length = hypot(x, y)
    return (x / length, y / length) if length else (0.0, 0.0)
