"""The reducer `write_note`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from spacetimedb_sdk.types import Address, Identity

from ._module import MODULE

reducer_name = "write_note"
_decode_args = partial(MODULE.decode_args, reducer_name)


def write_note(text: str) -> None:
    """Call `write_note` through the ambient client."""
    MODULE.call_reducer(reducer_name, (text,))


def register_on_write_note(callback: Callable[[Identity, Address | None, str, str, str], object]) -> None:
    """Call `callback(caller_identity, caller_address, status, message, text)` after each run.

    Of runs by other clients v1 tells alone, and not with `light`: over v2 and v3 it is called for this client's own.
    """
    MODULE.register_on_reducer(reducer_name, callback)


def unregister_on_write_note(callback: Callable[..., object]) -> None:
    """Take the callback back; one that is not registered is no error."""
    MODULE.unregister_on_reducer(reducer_name, callback)
