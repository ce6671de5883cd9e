"""The procedure `mirror`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable

from ._module import MODULE
from .shape import Shape
from .vector2 import Vector2

procedure_name = "mirror"


def mirror(
    shape: Shape,
    maybe: Vector2 | None,
    callback: Callable[[list[Shape]], object] | None = None,
) -> None:
    """Call `mirror` through the ambient client, then `callback` with what it returned."""
    MODULE.call_procedure(procedure_name, shape, maybe, callback=callback)
