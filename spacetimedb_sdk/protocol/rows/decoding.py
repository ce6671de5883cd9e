"""Row lists into rows and keys, in slices, so that no step holds the interpreter lock for long.

100,000 rows decoded by one C-level loop freeze every other thread for tens of milliseconds; a slice takes about one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise
from operator import attrgetter
from typing import TypeAlias

from ...errors import DecodeError, SchemaMismatchError
from ...sats.bsatn.codec import RowCodec
from ...slices import DECODED_ROWS
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

    def read(self, row_list: RowList, into: DecodedRows) -> Iterable[None]:
        """Append the first slice of `row_list`; the rest is appended between the pauses of what is returned.

        SchemaMismatchError when the rows do not fit.
        """
        data, hint, even = row_list.rows_data, row_list.size_hint, self._even
        if (
            0 < len(data) <= self._short
            and isinstance(hint, FixedSize)
            and hint.value == even
            and not len(data) % even
        ):
            self._append(data, data, None, into)
            return ()
        bounds = self._bounds(row_list)
        if len(bounds) > DECODED_ROWS + 1:
            return self._read_slices(data, bounds, into)
        if len(bounds) > 1:
            self._append(data, data, bounds, into)
        return ()  # of most messages: a generator would cost as much as a row

    def _read_slices(self, data: bytes, bounds: Bounds, into: DecodedRows) -> Iterator[None]:
        for first in range(0, len(bounds) - 1, DECODED_ROWS):
            if first:
                yield
            part = bounds[first : first + DECODED_ROWS + 1]
            self._append(data, data[part[0] : part[-1]], part, into)

    def _append(self, data: bytes, part: bytes, bounds: Bounds | None, into: DecodedRows) -> None:
        """Append the rows of `part`, which begin and end at `bounds` in `data`; None where that need not be said."""
        try:
            rows = (
                self.codec.decode_rows(part) if part else [self.codec.decode(b"") for _ in (bounds or ())[1:]]
            )
        except DecodeError as error:
            raise SchemaMismatchError(self.table, str(error)) from error
        if bounds is not None and len(rows) != len(bounds) - 1:
            raise SchemaMismatchError(self.table, f"{len(rows)} rows where {len(bounds) - 1} were announced")
        into.rows += rows
        if self._key_of is not None:
            into.keys += map(self._key_of, rows)
        else:
            into.keys += [data[a:b] for a, b in pairwise(bounds or ())]

    def read_keys(self, row_list: RowList, into: DecodedRows) -> Iterable[None]:
        """Append the keys of rows that leave, decoding no more of them than their keys take; in slices as `read` does."""
        data, hint, even = row_list.rows_data, row_list.size_hint, self._even
        bounds: Bounds = []
        if not (even and isinstance(hint, FixedSize) and hint.value == even and not len(data) % even):
            bounds = self._bounds(row_list)
        if self._key_of is None:
            into.keys += [data[a:b] for a, b in pairwise(bounds)]
        elif self._decode_keys is None:
            return self._read_rows_for_keys(row_list, into)
        elif data:
            try:
                into.keys += self._decode_keys(data)
            except (struct.error, DecodeError) as error:
                raise SchemaMismatchError(self.table, str(error)) from error
        return ()

    def _read_rows_for_keys(self, row_list: RowList, into: DecodedRows) -> Iterator[None]:
        rows = DecodedRows()
        yield from self.read(row_list, rows)
        into.keys += rows.keys

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
