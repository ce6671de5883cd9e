"""The type `Shape`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from spacetimedb_sdk.bindings import GeneratedSum, bind_variants

from .tint import Tint
from .vector2 import Vector2


class Shape(GeneratedSum):
    """One of its variants, such as `Shape.Empty()`; works in `match`."""

    __slots__ = ()
    Empty: TypeAlias = "ShapeEmpty"
    Circle: TypeAlias = "ShapeCircle"
    Polygon: TypeAlias = "ShapePolygon"
    Label: TypeAlias = "ShapeLabel"
    Tinted: TypeAlias = "ShapeTinted"


@dataclass(frozen=True, slots=True)
class ShapeEmpty(Shape):
    pass


@dataclass(frozen=True, slots=True)
class ShapeCircle(Shape):
    value: float


@dataclass(frozen=True, slots=True)
class ShapePolygon(Shape):
    value: list[Vector2]


@dataclass(frozen=True, slots=True)
class ShapeLabel(Shape):
    value: str


@dataclass(frozen=True, slots=True)
class ShapeTinted(Shape):
    value: Tint


bind_variants(
    Shape,
    Empty=ShapeEmpty,
    Circle=ShapeCircle,
    Polygon=ShapePolygon,
    Label=ShapeLabel,
    Tinted=ShapeTinted,
)
