"""Row lists into rows and keys, in slices, so that no step holds the interpreter lock for long.

100,000 rows decoded by one C-level loop freeze every other thread for tens of milliseconds; a slice takes about one.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from operator import attrgetter

from ...errors import DecodeError, SchemaMismatchError
from ...sats.bsatn.codec import RowCodec
from ...slices import DECODED_ROWS, Slices
from ..messages.row_lists import FixedSize, RowList, RowOffsets, may_share_rows
from ..outcomes import DecodedRows

__all__ = ["TableReader"]


class TableReader:
    """Decodes the rows of one table; `key` is the attribute of its primary key."""

    def __init__(self, table: str, codec: RowCodec, key: str | None) -> None:
        self.table = table
        self.codec = codec
        self._key_of = attrgetter(key) if key else None
        self._decode_keys = codec.keys_decoder(key) if key else None

    def keys_of(self, rows: list[object]) -> list[object]:
        """The keys of decoded rows: primary keys, or each row's bytes where the table has none."""
        return list(map(self._key_of or self.codec.encode, rows))

    def read(self, row_list: RowList, into: DecodedRows) -> Slices[None]:
        """Append the rows of `row_list`; yields between slices. SchemaMismatchError when they do not fit."""
        data = row_list.rows_data
        bounds = self._bounds(row_list)
        for first in range(0, len(bounds) - 1, DECODED_ROWS):
            if first:
                yield
            last = min(first + DECODED_ROWS, len(bounds) - 1)
            start, end = bounds[first], bounds[last]
            rows = self._rows(data[start:end] if end - start != len(data) else data, last - first)
            if len(rows) != last - first:
                raise SchemaMismatchError(self.table, f"{len(rows)} rows where {last - first} were announced")
            into.rows += rows
            if self._key_of is not None:
                into.keys += map(self._key_of, rows)
            else:
                into.keys += [
                    data[a:b] for a, b in zip(bounds[first:last], bounds[first + 1 : last + 1], strict=True)
                ]

    def read_keys(self, row_list: RowList, into: DecodedRows) -> Slices[None]:
        """Append the keys of rows that leave, decoding no more of them than their keys take."""
        bounds = self._bounds(row_list)
        data = row_list.rows_data
        if self._key_of is None:
            into.keys += [data[a:b] for a, b in pairwise(bounds)]
        elif self._decode_keys is None:
            rows = DecodedRows()
            yield from self.read(row_list, rows)
            into.keys += rows.keys
        else:
            try:
                into.keys += self._decode_keys(data)
            except (struct.error, DecodeError) as error:
                raise SchemaMismatchError(self.table, str(error)) from error

    def may_share_rows(self, deletes: RowList, inserts: RowList, *, same_keys: bool) -> bool:
        """False where it is certain that the lists, which have been read, have no row in common."""
        return may_share_rows(deletes, inserts, same_keys=same_keys)

    def _rows(self, data: bytes, count: int) -> list[object]:
        try:
            if not data:
                return [self.codec.decode(b"") for _ in range(count)]
            return self.codec.decode_rows(data)
        except DecodeError as error:
            raise SchemaMismatchError(self.table, str(error)) from error

    def _bounds(self, row_list: RowList) -> range | list[int]:
        """Where each row starts, and where the last one ends."""
        hint, length = row_list.size_hint, len(row_list.rows_data)
        if isinstance(hint, FixedSize):
            width = hint.value
            if width == self.codec.size == length == 0:
                # So 1.2.0 writes rows of no width, which are all equal: a table, being a set, holds one of them.
                return [0, 0]
            if not width or length % width or (self.codec.size is not None and self.codec.size != width):
                raise SchemaMismatchError(
                    self.table,
                    f"the server's rows have {width} bytes, the bindings' {self.codec.size or 'any number'}",
                )
            return range(0, length + 1, width)
        assert isinstance(hint, RowOffsets)
        offsets = [*hint.value, length]
        if any(a > b for a, b in pairwise(offsets)) or (hint.value and offsets[0]):
            raise SchemaMismatchError(self.table, "row offsets are out of order")
        if not hint.value and length:
            raise SchemaMismatchError(self.table, f"{length} bytes of rows without an offset")
        return offsets
