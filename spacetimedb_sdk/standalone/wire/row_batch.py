"""Rows on their way to clients: each protocol's form of them is made once, for the first client that needs it."""

from __future__ import annotations

import json
import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ..tables.datastore import TableChange
from ..tables.readable import SubscribableTable

__all__ = ["EMPTY_ROW_LIST", "QueryDelta", "RowBatch", "row_list"]

EMPTY_ROW_LIST = b"\x01" + bytes(8)
_U16_MAX = 0xFFFF
# How many rows are written before another client may be let in: some milliseconds' work.
_ROWS_PER_STEP = 500


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


def _row_list(parts: Sequence[bytes], sizes: set[int], offsets: array[int]) -> bytes:
    """The same of rows that lie back to back in `parts`."""
    if not parts:
        return EMPTY_ROW_LIST
    data = b"".join(parts)
    if len(sizes) == 1 and 0 < (size := next(iter(sizes))) <= _U16_MAX:
        return struct.pack("<BHI", 0, size, len(data)) + data
    if sys.byteorder == "big":
        offsets.byteswap()
    head = struct.pack("<BI", 1, len(offsets))
    return b"".join((head, offsets.tobytes(), struct.pack("<I", len(data)), data))


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
        self._bsatn: bytes | None = None
        self._json: bytes | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def bsatn(self) -> bytes:
        """A BsatnRowList."""
        if self._bsatn is None:
            encoded = self.store.encoded
            self._bsatn = row_list([encoded(row) for row in self.rows])
        return self._bsatn

    def json(self) -> bytes:
        """A JSON array of the rows' JSON texts, in UTF-8."""
        for _ in self.json_steps():
            pass
        assert self._json is not None
        return self._json

    def bsatn_steps(self) -> Iterator[None]:
        """Makes `bsatn` ready, step by step."""
        if self._bsatn is not None:
            return
        encoded = self.store.encoded
        parts: list[bytes] = []
        sizes: set[int] = set()
        offsets, position = array("Q"), 0
        for first in range(0, len(self.rows), _ROWS_PER_STEP):
            part = [encoded(row) for row in self.rows[first : first + _ROWS_PER_STEP]]
            for row in part:
                offsets.append(position)
                position += len(row)
            sizes.update(map(len, part))
            parts.append(b"".join(part))
            yield
        self._bsatn = _row_list(parts, sizes, offsets)

    def json_steps(self) -> Iterator[None]:
        """Makes `json` ready, step by step."""
        if self._json is not None:
            return
        parts: list[str] = []
        values = self._json_values()
        while texts := [_json(value) for value in islice(values, _ROWS_PER_STEP)]:
            parts.append(_json(texts)[1:-1])
            yield
        self._json = f"[{','.join(parts)}]".encode()

    def _json_values(self) -> Iterator[object]:
        stored = self.store.json_encoder(stored=True)
        if self._change is None:
            return map(stored, self.rows)
        changed = self.store.json_encoder(stored=False)
        known = {id(row) for rows in (self._change.deletes, self._change.inserts) for row in rows}
        return (changed(row) if id(row) in known else stored(row) for row in self.rows)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, eq=False)
class QueryDelta:
    """What one commit means to one query. The rows of an event table are inserts."""

    deletes: RowBatch
    inserts: RowBatch
