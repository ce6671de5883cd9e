"""The rows of each case, the same for every client, and what a source sends of them.

A value is worked out from the row's number and its version, so that every version of a row differs from the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["CASES", "Case", "Values", "row", "transactions"]

Values = tuple[int | float | bytes, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What is subscribed to first, and which transactions come after that: `count` of them, `size` rows each."""

    table: str
    rows: int
    count: int = 0
    size: int = 0
    one_by_one: bool = False
    blob_bytes: int = 0
    inserts: bool = False


CASES = {
    "rows_flat": Case("flat", 100_000),
    "rows_entity": Case("entity", 100_000),
    "updates_flat": Case("flat", 1_000, count=200, size=500),
    "updates_entity": Case("entity", 1_000, count=200, size=500),
    "single": Case("flat", 1_000, count=20_000, size=1),
    "call": Case("flat", 2, count=2_000, size=1, one_by_one=True),
    "big": Case("blob", 1, blob_bytes=32 << 20),
    "memory_flat": Case("flat", 100_000),
    "memory_entity": Case("entity", 100_000),
    "memory_mark": Case("mark", 100_000),
    "filter_1000": Case("flat", 1_000),
    "filter_100000": Case("flat", 100_000),
    "frame_one": Case("flat", 100_000),
    "frame_many": Case("flat", 0, count=500, size=200, inserts=True),
}
ROWS_PER_VALUE = 10


def row(case: Case, number: int, version: int) -> Values:
    """The columns of a row, nested ones flattened; `a` (or `mass`) is shared by ten rows, for `filter_by`."""
    shared = number // ROWS_PER_VALUE + version
    if case.table == "entity":
        return number + 1, number * 0.5, version + 0.25, shared
    if case.table == "blob":
        return number, bytes(case.blob_bytes)
    return number, shared, number * 0.5, version + 0.25


def transactions(case: Case) -> Iterator[tuple[list[Values], list[Values]]]:
    """(deletes, inserts) of each transaction after the subscription."""
    if case.inserts:
        for number in range(case.count):
            first = number * case.size
            yield [], [row(case, first + index, 0) for index in range(case.size)]
        return
    parts = max(case.rows // max(case.size, 1), 1)
    for number in range(case.count):
        first, version = number % parts * case.size, number // parts
        numbers = range(first, first + case.size)
        yield [row(case, n, version) for n in numbers], [row(case, n, version + 1) for n in numbers]
