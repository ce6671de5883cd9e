"""The reducer `tick_once`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from spacetimedb_sdk.types import Address, Identity

from ._module import MODULE

reducer_name = "tick_once"
_decode_args = partial(MODULE.decode_args, reducer_name)


def tick_once(label: str, delay_ms: int) -> None:
    """Call `tick_once` through the ambient client."""
    MODULE.call_reducer(reducer_name, (label, delay_ms))


def register_on_tick_once(callback: Callable[[Identity, Address | None, str, str, str, int], object]) -> None:
    """Call `callback(caller_identity, caller_address, status, message, label, delay_ms)` after each run.

    Of runs by other clients v1 tells alone, and not with `light`: over v2 and v3 it is called for this client's own.
    """
    MODULE.register_on_reducer(reducer_name, callback)


def unregister_on_tick_once(callback: Callable[..., object]) -> None:
    """Take the callback back; one that is not registered is no error."""
    MODULE.unregister_on_reducer(reducer_name, callback)
