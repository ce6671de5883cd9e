"""Row lists into rows and keys, in slices, so that no step holds the interpreter lock for long.

100,000 rows decoded by one C-level loop freeze every other thread for tens of milliseconds; a slice takes about one.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from operator import attrgetter
from typing import TypeAlias

from ...errors import DecodeError, SchemaMismatchError
from ...sats.bsatn.codec import RowCodec
from ...slices import DECODED_ROWS, Slices
from ..messages.row_lists import FixedSize, RowList, RowOffsets, may_share_rows
from ..outcomes import DecodedRows

__all__ = ["TableReader"]

# Where each row of a list begins, and where the last one ends.
Bounds: TypeAlias = range | list[int]


class TableReader:
    """Decodes the rows of one table; `key` is the attribute of its primary key."""

    def __init__(self, table: str, codec: RowCodec, key: str | None) -> None:
        self.table = table
        self.codec = codec
        self._key_of = attrgetter(key) if key else None
        self._width = codec.size
        # The width of rows that are as nearly all are: with a key, and of one width. Where each of them begins need not be
        # worked out then. 0 for others.
        self._even = (codec.size or 0) if key else 0
        # Bytes of a list of those that is no longer than a slice.
        self._short = DECODED_ROWS * self._even
        self._decode_keys = codec.keys_decoder(key) if key else None

    def keys_of(self, rows: list[object]) -> list[object]:
        """The keys of decoded rows: primary keys, or each row's bytes where the table has none."""
        return list(map(self._key_of or self.codec.encode, rows))

    def read(self, row_list: RowList) -> DecodedRows | Slices[DecodedRows]:
        """The rows of `row_list`: at once where they are no more than a slice. SchemaMismatchError when they do not fit."""
        data, hint, even = row_list.rows_data, row_list.size_hint, self._even
        if (
            0 < len(data) <= self._short
            and isinstance(hint, FixedSize)
            and hint.value == even
            and not len(data) % even
        ):
            return self._decoded(data, data, None)
        bounds = self._bounds(row_list)
        if len(bounds) > DECODED_ROWS + 1:
            return self._read_slices(data, bounds)
        return self._decoded(data, data, bounds) if len(bounds) > 1 else DecodedRows([], [])

    def _read_slices(self, data: bytes, bounds: Bounds) -> Slices[DecodedRows]:
        whole = DecodedRows([], [])
        for first in range(0, len(bounds) - 1, DECODED_ROWS):
            if first:
                yield
            part = bounds[first : first + DECODED_ROWS + 1]
            rows = self._decoded(data, data[part[0] : part[-1]], part)
            whole.keys += rows.keys
            whole.rows += rows.rows
        return whole

    def _decoded(self, data: bytes, part: bytes, bounds: Bounds | None) -> DecodedRows:
        """The rows of `part`, which begin and end at `bounds` in `data`; None where that need not be said."""
        try:
            rows = (
                self.codec.decode_rows(part) if part else [self.codec.decode(b"") for _ in (bounds or ())[1:]]
            )
        except DecodeError as error:
            raise SchemaMismatchError(self.table, str(error)) from error
        if bounds is not None and len(rows) != len(bounds) - 1:
            raise SchemaMismatchError(self.table, f"{len(rows)} rows where {len(bounds) - 1} were announced")
        if self._key_of is not None:
            return DecodedRows([*map(self._key_of, rows)], rows)
        return DecodedRows([data[a:b] for a, b in pairwise(bounds or ())], rows)

    def read_keys(self, row_list: RowList) -> list[object] | Slices[list[object]]:
        """The keys of rows that leave, decoding no more of them than their keys take; as `read` does."""
        data, hint, even = row_list.rows_data, row_list.size_hint, self._even
        bounds: Bounds = []
        if not (even and isinstance(hint, FixedSize) and hint.value == even and not len(data) % even):
            bounds = self._bounds(row_list)
        if self._key_of is None:
            return [data[a:b] for a, b in pairwise(bounds)]
        if self._decode_keys is None:
            rows = self.read(row_list)
            return rows.keys if isinstance(rows, DecodedRows) else _keys(rows)
        if not data:
            return []
        try:
            return self._decode_keys(data)
        except (struct.error, DecodeError) as error:
            raise SchemaMismatchError(self.table, str(error)) from error

    may_share_rows = staticmethod(may_share_rows)

    def _bounds(self, row_list: RowList) -> Bounds:
        """Where each row starts, and where the last one ends."""
        hint, length = row_list.size_hint, len(row_list.rows_data)
        if isinstance(hint, FixedSize):
            width, expected = hint.value, self._width
            if width == expected == length == 0:
                # So 1.2.0 writes rows of no width, which are all equal: a table, being a set, holds one of them.
                return [0, 0]
            if not width or length % width or (expected is not None and expected != width):
                raise SchemaMismatchError(
                    self.table,
                    f"the server's rows have {width} bytes, the bindings' {expected or 'any number'}",
                )
            return range(0, length + 1, width)
        assert isinstance(hint, RowOffsets)
        offsets = [*hint.value, length]
        if any(a > b for a, b in pairwise(offsets)) or (hint.value and offsets[0]):
            raise SchemaMismatchError(self.table, "row offsets are out of order")
        if not hint.value and length:
            raise SchemaMismatchError(self.table, f"{length} bytes of rows without an offset")
        return offsets


def _keys(rows: Slices[DecodedRows]) -> Slices[list[object]]:
    return (yield from rows).keys
