"""Order of a column's values: what equals and sorts in Python as they do on a server."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from enum import Enum
from typing import Any

from ..types import Address, Identity, TimeDuration, Timestamp
from .algebraic_type import F32, F64, AlgebraicType

__all__ = ["comparable", "float_key", "orderable"]

_F32 = struct.Struct("<f")


def orderable(value: object) -> Any:
    """What sorts as `value` does on a server: enums by their tags, the special types by what they hold."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Identity, Address)):
        return value.data
    if isinstance(value, (Timestamp, TimeDuration)):
        return value.micros
    return value


def _float_order(value: Any) -> Any:
    """Floats in SpacetimeDB's order: NaN equals itself and comes last, -0.0 is 0.0. None stays what it is, and what is no
    number equals none."""
    if value is None or not isinstance(value, (int, float)):
        return value
    return (True, 0.0) if math.isnan(value) else (False, value + 0.0)


def _f32_order(value: Any) -> Any:
    """The same for what an f32 column keeps of a value."""
    if value is None or not isinstance(value, (int, float)):
        return value
    try:
        return _float_order(_F32.unpack(_F32.pack(value))[0])
    except OverflowError:  # beyond every f32: the row will be refused when it is encoded, a bound need not be
        return _float_order(math.copysign(math.inf, value))


_FLOATS: dict[AlgebraicType, Callable[[object], object]] = {F32: _f32_order, F64: _float_order}


def float_key(type_: AlgebraicType) -> Callable[[object], object] | None:
    """From a value of a column of floats to what equals it where it does on a server; None for all other types, whose values
    do so themselves."""
    return _FLOATS.get(type_)


def comparable(type_: AlgebraicType) -> Callable[[object], object]:
    """From a value of a column of that type to what equals and sorts as it does on a server."""
    return _FLOATS.get(type_, orderable)
