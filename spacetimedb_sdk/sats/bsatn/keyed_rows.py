"""Rows with their keys: those that come to a table with a primary key, and those that leave it as well."""

from __future__ import annotations

import struct
from collections.abc import Callable
from operator import attrgetter
from typing import TypeAlias

from .accelerated import accelerated
from .codec import RowCodec

__all__ = ["KeyedRows", "ReadChange", "ReadKeyed", "share_rows"]

# The keys of rows that lie back to back in bytes, from one position to another, and those rows.
ReadKeyed: TypeAlias = Callable[[bytes, int, int], tuple[list[object], list[object]]]
# From rows that leave and rows that come, each given as those, all of one width: the keys of those that leave, the keys of those
# that come, those rows, and False where it is certain that none of them leaves as well.
ReadChange: TypeAlias = Callable[
    [bytes, int, int, bytes, int, int], tuple[list[object], list[object], list[object], bool]
]


class KeyedRows:
    """How the rows of one table are read. `read_change` is None where the key of a row cannot be read without the rest of it.

    `read` raises DecodeError, `read_change` BAD_BYTES as well. `field` is the attribute that has the key.
    """

    __slots__ = ("read", "read_change")

    def __init__(self, codec: RowCodec, field: str) -> None:
        column, key = codec.key_column(field), codec.space.fields_of(codec.type_).index(field)
        key_of, width, rows_of = attrgetter(field), codec.size, codec.rows_reader
        decode_one = codec.row_reader

        def read(data: bytes, start: int, end: int) -> tuple[list[object], list[object]]:
            rows = codec.decode_rows(data, start, end)
            return [*map(key_of, rows)], rows

        self.read: ReadKeyed = accelerated(
            lambda compiled: compiled.KeyedReader(codec.plan(compiled), key, read), read
        )
        self.read_change: ReadChange | None = None
        if column is None or not width:
            return
        decode_keys, has_same_keys = column.values, column.is_same

        def read_change(
            gone_in: bytes, first: int, last: int, come_in: bytes, start: int, end: int
        ) -> tuple[list[object], list[object], list[object], bool]:
            gone, come = gone_in[first:last], come_in[start:end]
            left = decode_keys(gone) if gone else []
            if len(come) == width:  # by hand, here and below: most small transactions change one row
                row, _ = decode_one(come, 0)
                keys, rows = [key_of(row)], [row]
                if len(gone) == width:
                    return left, keys, rows, gone == come
            else:
                rows = rows_of(come, 0, len(come))
                # In most large transactions each row that leaves comes back changed: then keys are read once. Not the same list: who
                # joins the rows of several queries makes each of them longer.
                keys = [*left] if has_same_keys(gone, come) else [*map(key_of, rows)]
            return left, keys, rows, bool(gone) and share_rows(gone, come, width, same_keys=left == keys)

        self.read_change = accelerated(
            lambda compiled: compiled.ChangeReader(codec.plan(compiled), key, read_change), read_change
        )


def share_rows(first: bytes, second: bytes, width: int, *, same_keys: bool) -> bool:
    """Whether two lists of rows of `width` bytes, back to back, have a row in common; it may be true where none has.

    With `same_keys` row n of both has the same key, so only rows at the same place can be equal: one difference of all the
    bytes mostly shows that none is, at a third of the price of looking up each row.
    """
    if len(first) == width == len(second):
        return first == second
    if same_keys and len(first) == len(second):
        difference = int.from_bytes(first, "little") ^ int.from_bytes(second, "little")
        if bytes(width) not in difference.to_bytes(len(first), "little"):
            return False
    rows = struct.Struct(f"{width}s")
    return not set(rows.iter_unpack(first)).isdisjoint(rows.iter_unpack(second))
