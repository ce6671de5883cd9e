"""New UUIDs for reducers and procedures: made of the context's chance and time, so that a run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import UUID

from ..types import Timestamp

__all__ = ["uuid_v4", "uuid_v7"]

_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


def uuid_v4(rng: random.Random) -> UUID:
    """One of chance alone."""
    return UUID(bytes=rng.randbytes(16), version=4)


def uuid_v7(rng: random.Random, moment: Timestamp, numbers: Iterator[int]) -> UUID:
    """One that sorts after those before it, as SpacetimeDB makes it: 48 bits of milliseconds, 31 bits that count within
    one run, 31 bits of chance. ValueError for a moment before 1970."""
    if moment.micros < 0:
        raise ValueError(f"a UUID of version 7 tells a time after 1970, which {moment} is not")
    milliseconds = (moment.micros // 1000) & ((1 << 48) - 1)
    number = next(numbers) & 0x7FFF_FFFF
    high, low = number >> 23, number & 0x7F_FFFF  # 8 bits before the variant, 23 after it
    value = milliseconds << 80 | _VERSION_7 | high << 64 | _VARIANT | low << 33 | rng.getrandbits(31)
    return UUID(int=value)
