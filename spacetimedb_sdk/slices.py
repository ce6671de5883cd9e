"""Slices of work: long work as a generator that yields between parts short enough for a frame, or for another thread.

100,000 rows in one C-level loop hold the interpreter lock for tens of milliseconds, in which nothing is drawn; a slice
holds it for about one. The work itself says where it may stop; the one who runs it decides whether it does.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeAlias, TypeVar

__all__ = ["DECODED_MESSAGES", "DECODED_ROWS", "MERGED_ROWS", "READ_TEXTS", "Slices", "run", "run_until"]

T = TypeVar("T")

# What yields between slices, and returns its result.
Slices: TypeAlias = Generator[None, None, T]

# How much a slice has, by what is done with it: each takes a millisecond at the most.
DECODED_MESSAGES = 100
DECODED_ROWS = 500
READ_TEXTS = 200  # of JSON
MERGED_ROWS = 1000


def run(work: Slices[T], between: Callable[[], object] | None = None) -> T:
    """Do all of `work` at once; its result. `between` is called before each slice."""
    while True:
        if between is not None:
            between()
        try:
            next(work)
        except StopIteration as done:
            result: T = done.value
            return result


def run_until(work: Slices[object], deadline: float, now: Callable[[], float]) -> bool:
    """Do slices of `work` until it is `deadline` by `now`, at least one; whether it is done."""
    return all(now() < deadline for _ in work)
