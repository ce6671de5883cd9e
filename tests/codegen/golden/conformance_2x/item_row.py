"""The type `ItemRow`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacetimedb_sdk.types import Identity

from .colour import Colour
from .vector2 import Vector2


@dataclass(frozen=True, slots=True)
class ItemRow:
    item_id: int
    name: str
    kind: Colour
    level: int
    owner: Identity
    position: Vector2

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            item_id: int = ...,
            name: str = ...,
            kind: Colour = ...,
            level: int = ...,
            owner: Identity = ...,
            position: Vector2 = ...,
        ) -> ItemRow: ...
