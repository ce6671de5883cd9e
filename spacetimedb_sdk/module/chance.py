"""Chance: the generators of random numbers behind `ctx.rng`, the same in every place that a module runs in, and the UUIDs that
are made of them, so that a run can be repeated."""

from __future__ import annotations

import random
from collections.abc import Iterator
from threading import Lock
from uuid import UUID

from ..types import Timestamp

__all__ = ["Chance", "uuid_v4", "uuid_v7"]

_WORD = (1 << 64) - 1
_VERSION_7 = 0x7 << 76
_VARIANT = 0b10 << 62


class Chance:
    """The generators of one database. Each transaction that asks gets its own, made of the seed, the transaction's timestamp
    and how many were made for that timestamp before: nothing else is known alike to an embedded server and to a real one.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        # A clock may be set back, and a moment come twice: counted is from the latest that there was.
        self._latest: int | None = None
        self._made = 0
        # Procedures run beside each other, and two must not be given the same numbers.
        self._lock = Lock()

    def generator(self, timestamp: Timestamp) -> random.Random:
        """A new generator for a transaction of that time."""
        moment = timestamp.micros
        with self._lock:
            latest = self._latest
            if latest is None or moment > latest:
                self._latest, self._made = moment, 0
            else:
                moment, self._made = latest, self._made + 1
            number = self._made
        # A number and no text, which would be hashed first: inside a database that takes as long as everything else here.
        return random.Random((self._seed & _WORD) << 128 | (moment & _WORD) << 64 | number)


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
