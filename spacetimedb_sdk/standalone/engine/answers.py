"""Answers of procedures: encoded only as far as there is room for them.

What a procedure returns may be far longer than the memory it takes: a list may hold one long text a million times.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import islice
from typing import Self

from ...errors import SpacetimeDBException
from ...sats.bsatn.codec import Codec
from ..answer_slots import LONG_ANSWER_BYTES

__all__ = ["AnswerOverLimit", "Room", "encoded_answer", "json_answer"]

# In the thread that makes an answer, of which there are so many bytes by now: returns when there is room for a long one.
# AnswerOverLimit, or NoAnswerSlot.
Room = Callable[[int], None]
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
# Longer ones take some milliseconds to write as JSON.
_LONG = 128 << 10
_TEXTS_PER_PIECE = 10_000
# An encoder appends each list, text and run of numbers by itself; to be written as JSON each becomes an object.
_SHOWN_BYTES = 64


class AnswerOverLimit(SpacetimeDBException):
    """An answer has more bytes than one may have (`longest`)."""

    def __init__(self, longest: int) -> None:
        super().__init__(longest)
        self.longest = longest

    def __str__(self) -> str:
        return f"the answer is longer than {self.longest >> 20} MiB: return less, or in several calls"


class _Growing(bytearray):
    """What an encoder appends to, which asks for room as it grows; each time counts as so many bytes more."""

    def __init__(self, room: Room, each: int) -> None:
        super().__init__()
        self._room = room
        self._each = each
        self._more = 0
        self._look_at = LONG_ANSWER_BYTES

    def __iadd__(self, more: bytes, /) -> Self:  # type: ignore[misc, override]  # encoders append bytes alone
        self._more += self._each
        size = len(self) + len(more) + self._more
        if size > self._look_at:
            self._room(size)
            self._look_at = size + LONG_ANSWER_BYTES
        return super().__iadd__(more)


def encoded_answer(codec: Codec, value: object, room: Room, *, as_json: bool) -> bytes:
    """BSATN of `value`, with room for it `as_json` too. EncodeError where it is none of that type."""
    out = _Growing(room, _SHOWN_BYTES if as_json else 0)
    codec.encode_into(out, value)
    return bytes(out)


def json_answer(shown: object, size: int, room: Room) -> tuple[bytes, ...]:
    """The JSON of `shown`, whose BSATN is `size` bytes, in pieces."""
    if size <= _LONG:
        return (_JSON.encode(shown).encode(),)
    # In many steps: written in one, no other thread would have the interpreter meanwhile.
    texts = _JSON.iterencode(shown)
    pieces, written = [], 0
    while piece := "".join(islice(texts, _TEXTS_PER_PIECE)).encode():
        pieces.append(piece)
        written += len(piece)
        if written > LONG_ANSWER_BYTES:
            room(written)
    return tuple(pieces)
