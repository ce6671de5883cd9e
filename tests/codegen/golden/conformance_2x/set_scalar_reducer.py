"""The reducer `set_scalar`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from spacetimedb_sdk.types import Address, Identity, TimeDuration, Timestamp

from ._module import MODULE

reducer_name = "set_scalar"
_decode_args = partial(MODULE.decode_args, reducer_name)


def set_scalar(
    id: int,
    a_bool: bool,
    a_u8: int,
    a_u16: int,
    a_u64: int,
    a_u128: int,
    a_u256: int,
    a_i8: int,
    a_i16: int,
    a_i32: int,
    a_i64: int,
    a_i128: int,
    a_i256: int,
    a_f32: float,
    a_f64: float,
    a_string: str,
    an_identity: Identity,
    a_connection_id: Address,
    a_timestamp: Timestamp,
    a_duration: TimeDuration,
) -> None:
    """Call `set_scalar` through the ambient client."""
    MODULE.call_reducer(
        reducer_name,
        (
            id,
            a_bool,
            a_u8,
            a_u16,
            a_u64,
            a_u128,
            a_u256,
            a_i8,
            a_i16,
            a_i32,
            a_i64,
            a_i128,
            a_i256,
            a_f32,
            a_f64,
            a_string,
            an_identity,
            a_connection_id,
            a_timestamp,
            a_duration,
        ),
    )


def register_on_set_scalar(
    callback: Callable[
        [
            Identity,
            Address | None,
            str,
            str,
            int,
            bool,
            int,
            int,
            int,
            int,
            int,
            int,
            int,
            int,
            int,
            int,
            int,
            float,
            float,
            str,
            Identity,
            Address,
            Timestamp,
            TimeDuration,
        ],
        object,
    ],
) -> None:
    """Call `callback(caller_identity, caller_address, status, message, *arguments)` after each run.

    Of runs by other clients v1 tells alone, and not with `light`: over v2 and v3 it is called for this client's own.
    """
    MODULE.register_on_reducer(reducer_name, callback)


def unregister_on_set_scalar(callback: Callable[..., object]) -> None:
    """Take the callback back; one that is not registered is no error."""
    MODULE.unregister_on_reducer(reducer_name, callback)
