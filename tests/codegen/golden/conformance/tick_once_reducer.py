"""The reducer `tick_once`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from spacetimedb_sdk.types import Address, Identity

from ._module import MODULE

reducer_name = "tick_once"
_decode_args = partial(MODULE.decode_args, reducer_name)


def tick_once(label: str, delay_ms: int) -> None:
    """Call `tick_once` through the ambient client."""
    MODULE.call_reducer(reducer_name, (label, delay_ms))


def register_on_tick_once(callback: Callable[[Identity, Address | None, str, str, str, int], Any]) -> None:
    """Call `callback(caller_identity, caller_address, status, message, label, delay_ms)` after each run."""
    MODULE.register_on_reducer(reducer_name, callback)


def unregister_on_tick_once(callback: Callable[..., Any]) -> None:
    """Take the callback back; one that is not registered is no error."""
    MODULE.unregister_on_reducer(reducer_name, callback)
