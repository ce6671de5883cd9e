"""The type `Tint`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .colour import Colour


@dataclass(frozen=True, slots=True)
class Tint:
    colour: Colour
    alpha: int | None

    if TYPE_CHECKING:

        def replace(self, *, colour: Colour = ..., alpha: int | None = ...) -> Tint: ...
