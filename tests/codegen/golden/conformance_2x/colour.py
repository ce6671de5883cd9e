"""The type `Colour`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from enum import Enum


class Colour(Enum):
    red = 0
    green = 1
    blue = 2
