"""Rows on their way to clients: each protocol's form of them is made once, for the first client that needs it."""

from __future__ import annotations

import json
import struct
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..tables.datastore import TableChange
from ..tables.long_rows import has_long_rows, is_long
from ..tables.readable import SubscribableTable
from .parts import Part

__all__ = ["EMPTY_ROW_LIST", "QueryDelta", "RowBatch", "row_list"]

EMPTY_ROW_LIST = b"\x01" + bytes(8)
_U16_MAX = 0xFFFF
# How many rows are written before another client may be let in: some milliseconds' work.
_ROWS_PER_STEP = 500
_TEXTS_PER_STEP = 100
# Rows that are longer together stay in pieces of about this length.
_PIECE_BYTES = 256 << 10


def row_list(rows: Sequence[bytes]) -> bytes:
    """BsatnRowList of encoded rows: a fixed size where all have the same, else their offsets (spec: websocket.md section 3)."""
    if not rows:
        return EMPTY_ROW_LIST
    data = b"".join(rows)
    size = len(rows[0])
    if 0 < size <= _U16_MAX and len(set(map(len, rows))) == 1:
        return struct.pack("<BHI", 0, size, len(data)) + data
    offsets, position = [], 0
    for row in rows:
        offsets.append(position)
        position += len(row)
    return struct.pack(f"<BI{len(offsets)}QI", 1, len(offsets), *offsets, len(data)) + data


def _row_list(pieces: Sequence[bytes], sizes: set[int], offsets: array[int]) -> Part:
    """The same of rows that lie back to back in `pieces`."""
    if not pieces:
        return EMPTY_ROW_LIST
    length = struct.pack("<I", sum(map(len, pieces)))
    if len(sizes) == 1 and 0 < (size := next(iter(sizes))) <= _U16_MAX:
        head = struct.pack("<BH", 0, size) + length
    else:
        if sys.byteorder == "big":
            offsets.byteswap()
        head = b"".join((struct.pack("<BI", 1, len(offsets)), offsets.tobytes(), length))
    return head + pieces[0] if len(pieces) == 1 else (head, *pieces)


class _Pieces:
    """What is written bit by bit, in pieces that are neither many nor long."""

    def __init__(self) -> None:
        self.done: list[bytes] = []
        self._last: list[bytes] = []
        self._size = 0

    def add(self, data: bytes) -> None:
        self._last.append(data)
        self._size += len(data)
        if self._size > _PIECE_BYTES:
            self.end()

    def end(self) -> list[bytes]:
        """All of them."""
        if self._last:
            self.done.append(b"".join(self._last))
            self._last, self._size = [], 0
        return self.done


class RowBatch:
    """Rows of one table. Those that `change` brought or took away were not read out of it, which v1.json shows (spec:
    sats-json.md section 3)."""

    __slots__ = ("_bsatn", "_change", "_json", "rows", "store")

    def __init__(
        self, store: SubscribableTable, rows: Sequence[object], change: TableChange | None = None
    ) -> None:
        self.store = store
        self.rows = rows
        self._change = change
        self._bsatn: Part | None = None
        self._json: Part | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def bsatn(self) -> Part:
        """A BsatnRowList."""
        if self._bsatn is None:
            encoded = self.store.encoded
            self._bsatn = row_list([encoded(row) for row in self.rows])
        return self._bsatn

    def json(self) -> Part:
        """A JSON array of the rows' JSON texts, in UTF-8."""
        for _ in self.json_steps():
            pass
        assert self._json is not None
        return self._json

    def bsatn_steps(self) -> Iterator[int]:
        """Makes `bsatn` ready, step by step: each says how many bytes it wrote."""
        if self._bsatn is not None:
            return
        encoded = self.store.encoded
        pieces = _Pieces()
        sizes: set[int] = set()
        offsets, position = array("Q"), 0
        for rows in self._parts(_ROWS_PER_STEP):
            part = [encoded(row) for row in rows]
            before = position
            for row in part:
                offsets.append(position)
                position += len(row)
            sizes.update(map(len, part))
            pieces.add(b"".join(part))
            yield position - before
        self._bsatn = _row_list(pieces.end(), sizes, offsets)

    def json_steps(self) -> Iterator[int]:
        """Makes `json` ready, step by step."""
        if self._json is not None:
            return
        pieces = _Pieces()
        value_of = self._json_encoder()
        opening = b"["
        for rows in self._parts(_TEXTS_PER_STEP):
            texts = [_json(value_of(row)) for row in rows]
            data = opening + _json(texts)[1:-1].encode()
            opening = b","
            pieces.add(data)
            yield len(data)
        pieces.add(b"]" if opening == b"," else b"[]")
        done = pieces.end()
        self._json = done[0] if len(done) == 1 else tuple(done)

    def _json_encoder(self) -> Callable[[object], object]:
        stored = self.store.json_encoder(stored=True)
        if self._change is None:
            return stored
        changed = self.store.json_encoder(stored=False)
        known = {id(row) for rows in (self._change.deletes, self._change.inserts) for row in rows}
        return lambda row: changed(row) if id(row) in known else stored(row)

    def _parts(self, count: int) -> Iterator[Sequence[object]]:
        """So many rows at a time; fewer where some of them may take long."""
        if not has_long_rows(self.store, self.rows):
            yield from (self.rows[first : first + count] for first in range(0, len(self.rows), count))
            return
        part: list[object] = []
        for row in self.rows:
            part.append(row)
            if len(part) == count or is_long(row):
                yield part
                part = []
        if part:
            yield part


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, eq=False)
class QueryDelta:
    """What one commit means to one query. The rows of an event table are inserts."""

    deletes: RowBatch
    inserts: RowBatch
