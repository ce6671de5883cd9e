"""Attacks: messages within the limits that are much work, each on a socket of its own, and how many answers they get."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from spacetimedb_sdk.protocol.messages import v2

__all__ = ["ATTACKS", "Attack"]

JOIN = "SELECT a.* FROM item a JOIN item b ON a.level = b.level"


@dataclass(frozen=True, slots=True)
class Attack:
    """`frames` of v3, answered by `answers` messages. `rows`: how many items there are, over a hundred levels."""

    name: str
    frames: Callable[[], list[bytes]]
    answers: int
    rows: int = 1_000


def _encoded(*messages: v2.ClientMessage) -> bytes:
    return b"".join(map(v2.CLIENT_MESSAGE.encode, messages))


def _subscribe(number: int, *texts: str) -> v2.Subscribe:
    return v2.Subscribe(number, v2.QuerySetId(number), list(texts))


def _short(count: int) -> list[str]:
    return [f"SELECT * FROM item WHERE id = {number}" for number in range(count)]


def _long_text() -> str:
    return "SELECT * FROM item WHERE " + " OR ".join(f"level = {number}" for number in range(1_999))


def _empty_lists(count: int) -> bytes:
    return struct.pack("<I", count) + bytes(4 * count)


ATTACKS = [
    Attack(
        "arguments of a million lists",
        lambda: [_encoded(v2.CallReducer(1, 0, "take", _empty_lists(1_000_000)))],
        1,
    ),
    Attack(
        "a frame of 20,000 calls",
        lambda: [_encoded(*[v2.CallReducer(1, 0, "nothing", b"")] * 20_000)],
        20_000,
    ),
    Attack(
        "a set of 100,000 equal texts",
        lambda: [_encoded(_subscribe(1, *["SELECT * FROM item"] * 100_000))],
        1,
    ),
    Attack("a set of 40,000 queries", lambda: [_encoded(_subscribe(1, *_short(40_000)))], 1),
    Attack("a set of 2,000 queries", lambda: [_encoded(_subscribe(1, *_short(2_000)))], 1),
    Attack(
        "a join of 10,000 rows with a hundred partners each",
        lambda: [_encoded(v2.OneOffQuery(1, JOIN))],
        1,
        10_000,
    ),
    Attack("a subscription of that join", lambda: [_encoded(_subscribe(1, JOIN))], 1, 10_000),
    Attack("600 sets", lambda: [_encoded(_subscribe(n, text)) for n, text in enumerate(_short(600), 1)], 600),
    Attack("texts of 2,000 comparisons", lambda: [_encoded(*[v2.OneOffQuery(1, _long_text())] * 3)], 3),
]
