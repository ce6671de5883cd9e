"""The type `Colour`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from spacetimedb_sdk.bindings import GeneratedEnum


class Colour(GeneratedEnum):
    red = 0
    green = 1
    blue = 2
