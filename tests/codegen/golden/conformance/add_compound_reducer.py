"""The reducer `add_compound`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from spacetimedb_sdk.types import Address, Identity, Some

from ._module import MODULE
from .colour import Colour
from .nothing import Nothing
from .shape import Shape
from .vector2 import Vector2

reducer_name = "add_compound"
_decode_args = partial(MODULE.decode_args, reducer_name)


def add_compound(
    maybe_number: int | None,
    maybe_text: str | None,
    maybe_maybe: Some[int | None] | None,
    maybe_vector: Vector2 | None,
    bytes: bytes,
    numbers: list[int],
    texts: list[str],
    colours: list[Colour],
    matrix: list[list[float]],
    position: Vector2,
    nothing: Nothing,
    shape: Shape,
    shapes: list[Shape],
) -> None:
    """Call `add_compound` through the ambient client."""
    MODULE.call_reducer(
        reducer_name,
        (
            maybe_number,
            maybe_text,
            maybe_maybe,
            maybe_vector,
            bytes,
            numbers,
            texts,
            colours,
            matrix,
            position,
            nothing,
            shape,
            shapes,
        ),
    )


def register_on_add_compound(
    callback: Callable[
        [
            Identity,
            Address | None,
            str,
            str,
            int | None,
            str | None,
            Some[int | None] | None,
            Vector2 | None,
            bytes,
            list[int],
            list[str],
            list[Colour],
            list[list[float]],
            Vector2,
            Nothing,
            Shape,
            list[Shape],
        ],
        object,
    ],
) -> None:
    """Call `callback(caller_identity, caller_address, status, message, *arguments)` after each run.

    Of runs by other clients v1 tells alone, and not with `light`: over v2 and v3 it is called for this client's own.
    """
    MODULE.register_on_reducer(reducer_name, callback)


def unregister_on_add_compound(callback: Callable[..., object]) -> None:
    """Take the callback back; one that is not registered is no error."""
    MODULE.unregister_on_reducer(reducer_name, callback)
