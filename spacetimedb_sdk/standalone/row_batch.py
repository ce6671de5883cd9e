"""Rows on their way to clients: each protocol's form of them is made once, by whoever needs it first."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .table_store import TableStore

__all__ = ["EMPTY_ROW_LIST", "QueryDelta", "RowBatch", "row_list"]

EMPTY_ROW_LIST = b"\x01" + bytes(8)
_U16_MAX = 0xFFFF


def row_list(rows: Sequence[bytes]) -> bytes:
    """BsatnRowList of encoded rows: a fixed size where all have the same, else their offsets (websocket.md section 3)."""
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


class RowBatch:
    """Rows of one table. `stored`: they were read out of it, which v1.json shows (spec: sats-json.md section 3)."""

    __slots__ = ("_bsatn", "_json", "rows", "store", "stored")

    def __init__(self, store: TableStore[Any], rows: Sequence[Any], *, stored: bool) -> None:
        self.store = store
        self.rows = rows
        self.stored = stored
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
        if self._json is None:
            encode = self.store.json_encoder(stored=self.stored)
            texts = [json.dumps(encode(row), ensure_ascii=False, separators=(",", ":")) for row in self.rows]
            self._json = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode()
        return self._json


@dataclass(frozen=True, slots=True, eq=False)
class QueryDelta:
    """What one commit means to one query. The rows of an event table are inserts."""

    deletes: RowBatch
    inserts: RowBatch
