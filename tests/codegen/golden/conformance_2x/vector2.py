"""The type `Vector2`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING


@dataclass(frozen=True, slots=True)
class Vector2:
    x: float
    y: float

    if TYPE_CHECKING:

        def replace(self, *, x: float = ..., y: float = ...) -> Vector2: ...
