"""The reducer `add_token`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from spacetimedb_sdk.types import Address, Err, Identity, Ok

from ._module import MODULE

reducer_name = "add_token"
_decode_args = partial(MODULE.decode_args, reducer_name)


def add_token(id: UUID, label: str, outcome: Ok[int] | Err[str]) -> None:
    """Call `add_token` through the ambient client."""
    MODULE.call_reducer(reducer_name, (id, label, outcome))


def register_on_add_token(
    callback: Callable[[Identity, Address | None, str, str, UUID, str, Ok[int] | Err[str]], object],
) -> None:
    """Call `callback(caller_identity, caller_address, status, message, id, label, outcome)` after each run.

    Of runs by other clients v1 tells alone, and not with `light`: over v2 and v3 it is called for this client's own.
    """
    MODULE.register_on_reducer(reducer_name, callback)


def unregister_on_add_token(callback: Callable[..., object]) -> None:
    """Take the callback back; one that is not registered is no error."""
    MODULE.unregister_on_reducer(reducer_name, callback)
