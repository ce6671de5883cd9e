"""The reducer `update_player_input`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from spacetimedb_sdk.types import Address, Identity

from ._module import MODULE
from .db_vector2 import DbVector2

reducer_name = "update_player_input"
_decode_args = partial(MODULE.decode_args, reducer_name)


def update_player_input(direction: DbVector2) -> None:
    """Call `update_player_input` through the ambient client."""
    MODULE.call_reducer(reducer_name, (direction,))


def register_on_update_player_input(
    callback: Callable[[Identity, Address | None, str, str, DbVector2], object],
) -> None:
    """Call `callback(caller_identity, caller_address, status, message, direction)` after each run.

    Of runs by other clients v1 tells alone, and not with `light`: over v2 and v3 it is called for this client's own.
    """
    MODULE.register_on_reducer(reducer_name, callback)


def unregister_on_update_player_input(callback: Callable[..., object]) -> None:
    """Take the callback back; one that is not registered is no error."""
    MODULE.unregister_on_reducer(reducer_name, callback)
