"""Chance: the generators of random numbers behind `ctx.rng`, the same in every place that a module runs in."""

from __future__ import annotations

import random
from threading import Lock

from ..types import Timestamp

__all__ = ["Chance"]

_WORD = (1 << 64) - 1


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
