"""The type `Colour`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from enum import Enum


class Colour(Enum):
    Red = 0
    Green = 1
    Blue = 2
