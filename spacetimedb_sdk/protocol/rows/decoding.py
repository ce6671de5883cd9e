"""Row lists into rows and keys, in slices, so that no step holds the interpreter lock for long.

100,000 rows decoded by one C-level loop freeze every other thread for tens of milliseconds; a slice takes about one.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from operator import attrgetter
from typing import TypeAlias

from ...errors import DecodeError, SchemaMismatchError
from ...sats.bsatn.codec import BAD_BYTES, RowCodec
from ...sats.bsatn.keyed_rows import KeyedRows
from ...slices import DECODED_ROWS, Slices
from ..messages.row_lists import RawRows, may_share_rows
from ..outcomes import TableRows

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
        column = codec.key_column(key) if key else None
        self._decode_keys = column.values if column is not None else None
        keyed = KeyedRows(codec, key) if key else None
        self._read_keyed = keyed.read if keyed is not None else None
        self._read_change = keyed.read_change if keyed is not None else None
        # The width of rows that are as nearly all are: with a key which is found without decoding them, and of one width.
        # Where each of them begins need not be worked out then. 0 for others.
        self._even = (codec.size or 0) if self._read_change is not None else 0
        # Bytes of a list of those that is no longer than a slice.
        self._short = DECODED_ROWS * self._even

    def keys_of(self, rows: list[object]) -> list[object]:
        """The keys of decoded rows: primary keys, or each row's bytes where the table has none."""
        return list(map(self._key_of or self.codec.encode, rows))

    def changes(self, deletes: RawRows | None, inserts: RawRows | None) -> TableRows | Slices[TableRows]:
        """What leaves and what comes: at once where that is no more than a slice. SchemaMismatchError where it does not fit."""
        if deletes is not None and inserts is not None:
            (width, gone_in, first, last), (other_width, data, start, end) = deletes, inserts
            even, size = self._even, end - start
            # Of rows as nearly all are; an empty list says no width.
            if (
                even
                and (width == even or (width == [] and first == last))
                and (other_width == even or (other_width == [] and not size))
                and size <= self._short
                and not size % even
            ):
                try:
                    if size:
                        gone, keys, rows, may_repeat = self._read_change(
                            gone_in, first, last, data, start, end
                        )  # type: ignore[misc]  # there is one where rows are even
                    else:
                        gone, keys, rows, may_repeat = self._keys_of_even(gone_in[first:last]), [], [], False
                except (DecodeError, *BAD_BYTES):
                    pass  # it is said below, where the same is tried once more
                else:
                    # By position: by name it would take more than twice as long.
                    return TableRows(self.table, gone, keys, rows, may_repeat)
        left = [] if deletes is None else self.read_keys(deletes)
        come = TableRows(self.table) if inserts is None else self.read(inserts)
        if isinstance(left, list) and isinstance(come, TableRows):
            return self._joined(left, come, deletes, inserts)
        return self._rest(left, come, deletes, inserts)

    def _keys_of_even(self, data: bytes) -> list[object]:
        assert self._decode_keys is not None  # of rows that are even
        return self._decode_keys(data) if data else []

    def _rest(
        self,
        left: list[object] | Slices[list[object]],
        come: TableRows | Slices[TableRows],
        deletes: RawRows | None,
        inserts: RawRows | None,
    ) -> Slices[TableRows]:
        gone = left if isinstance(left, list) else (yield from left)
        rows = come if isinstance(come, TableRows) else (yield from come)
        return self._joined(gone, rows, deletes, inserts)

    def _joined(
        self, gone: list[object], come: TableRows, deletes: RawRows | None, inserts: RawRows | None
    ) -> TableRows:
        come.gone = gone
        come.may_repeat = (
            bool(gone and come.keys)
            and deletes is not None
            and inserts is not None
            and may_share_rows(deletes, inserts, same_keys=gone == come.keys)
        )
        return come

    def read(self, row_list: RawRows) -> TableRows | Slices[TableRows]:
        """The rows of `row_list`: at once where they are no more than a slice. SchemaMismatchError when they do not fit."""
        bounds, (_, data, start, end) = self._bounds(row_list), row_list
        if self._key_of is None:  # all of it becomes keys
            data, start = data[start:end], 0
        if len(bounds) > DECODED_ROWS + 1:
            return self._read_slices(data, start, bounds)
        return self._decoded(data, start, bounds) if len(bounds) > 1 else TableRows(self.table)

    def _read_slices(self, data: bytes, start: int, bounds: Bounds) -> Slices[TableRows]:
        whole = TableRows(self.table)
        for first in range(0, len(bounds) - 1, DECODED_ROWS):
            if first:
                yield
            rows = self._decoded(data, start, bounds[first : first + DECODED_ROWS + 1])
            whole.keys += rows.keys
            whole.rows += rows.rows
        return whole

    def _decoded(self, data: bytes, start: int, bounds: Bounds) -> TableRows:
        """The rows that begin and end at `bounds`, counted from `start` on; the same where rows have no key."""
        keys: list[object] | None = None
        first, last = start + bounds[0], start + bounds[-1]
        try:
            if first == last:
                rows = [self.codec.decode(b"") for _ in bounds[1:]]  # of no bytes, so of no key
            elif self._read_keyed is None:
                rows = self.codec.decode_rows(data, first, last)
            else:
                keys, rows = self._read_keyed(data, first, last)
        except DecodeError as error:
            raise SchemaMismatchError(self.table, str(error)) from error
        if len(rows) != len(bounds) - 1:
            raise SchemaMismatchError(self.table, f"{len(rows)} rows where {len(bounds) - 1} were announced")
        if keys is not None:
            return TableRows(self.table, [], keys, rows)
        return TableRows(self.table, [], [data[a:b] for a, b in pairwise(bounds)], rows)

    def read_keys(self, row_list: RawRows) -> list[object] | Slices[list[object]]:
        """The keys of rows that leave, decoding no more of them than their keys take; as `read` does."""
        bounds, (_, data, start, end) = self._bounds(row_list), row_list
        if self._key_of is None:
            data = data[start:end]
            return [data[a:b] for a, b in pairwise(bounds)]
        if self._decode_keys is None:
            rows = self.read(row_list)
            return rows.keys if isinstance(rows, TableRows) else _keys(rows)
        if start == end:
            return []
        try:
            return self._decode_keys(data[start:end])
        except (struct.error, DecodeError) as error:
            raise SchemaMismatchError(self.table, str(error)) from error

    def _bounds(self, row_list: RawRows) -> Bounds:
        """Where each row starts, and where the last one ends, from the first on."""
        hint, _, start, end = row_list
        length = end - start
        if isinstance(hint, int):
            width, expected = hint, self._width
            if width == expected == length == 0:
                # So 1.2.0 writes rows of no width, which are all equal: a table, being a set, holds one of them.
                return [0, 0]
            if not width or length % width or (expected is not None and expected != width):
                raise SchemaMismatchError(
                    self.table,
                    f"the server's rows have {width} bytes, the bindings' {expected or 'any number'}",
                )
            return range(0, length + 1, width)
        offsets = [*hint, length]
        if any(a > b for a, b in pairwise(offsets)) or (hint and offsets[0]):
            raise SchemaMismatchError(self.table, "row offsets are out of order")
        if not hint and length:
            raise SchemaMismatchError(self.table, f"{length} bytes of rows without an offset")
        return offsets


def _keys(rows: Slices[TableRows]) -> Slices[list[object]]:
    return (yield from rows).keys
