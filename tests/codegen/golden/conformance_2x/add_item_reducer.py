"""The reducer `add_item`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from spacetimedb_sdk.types import Address, Identity

from ._module import MODULE
from .colour import Colour
from .vector2 import Vector2

reducer_name = "add_item"
_decode_args = partial(MODULE.decode_args, reducer_name)


def add_item(name: str, kind: Colour, level: int, position: Vector2) -> None:
    """Call `add_item` through the ambient client."""
    MODULE.call_reducer(reducer_name, (name, kind, level, position))


def register_on_add_item(
    callback: Callable[[Identity, Address | None, str, str, str, Colour, int, Vector2], object],
) -> None:
    """Call `callback(caller_identity, caller_address, status, message, *arguments)` after each run.

    Of runs by other clients v1 tells alone, and not with `light`: over v2 and v3 it is called for this client's own.
    """
    MODULE.register_on_reducer(reducer_name, callback)


def unregister_on_add_item(callback: Callable[..., object]) -> None:
    """Take the callback back; one that is not registered is no error."""
    MODULE.unregister_on_reducer(reducer_name, callback)
