"""The type `Tint`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass

from .colour import Colour


@dataclass(frozen=True, slots=True)
class Tint:
    colour: Colour
    alpha: int | None
