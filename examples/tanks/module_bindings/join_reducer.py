"""The reducer `join`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from spacetimedb_sdk.types import Address, Identity

from ._module import MODULE

reducer_name = "join"
_decode_args = partial(MODULE.decode_args, reducer_name)


def join(name: str) -> None:
    """Call `join` through the ambient client."""
    MODULE.call_reducer(reducer_name, (name,))


def register_on_join(callback: Callable[[Identity, Address | None, str, str, str], object]) -> None:
    """Call `callback(caller_identity, caller_address, status, message, name)` after each run.

    Of runs by other clients v1 tells alone, and not with `light`: over v2 and v3 it is called for this client's own.
    """
    MODULE.register_on_reducer(reducer_name, callback)


def unregister_on_join(callback: Callable[..., object]) -> None:
    """Take the callback back; one that is not registered is no error."""
    MODULE.unregister_on_reducer(reducer_name, callback)
