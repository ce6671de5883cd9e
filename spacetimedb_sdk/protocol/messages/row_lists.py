"""Lists of rows as every binary subprotocol carries them (spec: websocket.md section 3)."""

from __future__ import annotations

import struct

from ...records import record
from ...sats.algebraic_type import BYTES, U16, U64, ArrayType
from .message_types import MessageSpace, SumClass

__all__ = ["FixedSize", "RowList", "RowOffsets", "RowSizeHint", "bind_row_lists", "may_share_rows"]


class RowSizeHint(SumClass):
    """How `rows_data` is cut into rows."""

    __slots__ = ()


@record(frozen=False)
class FixedSize(RowSizeHint):
    """Every row has `value` bytes."""

    value: int


@record(frozen=False)
class RowOffsets(RowSizeHint):
    """Where each row starts."""

    value: list[int]


@record(frozen=False)
class RowList:
    """BSATN rows back to back (the spec's BsatnRowList)."""

    size_hint: RowSizeHint
    rows_data: bytes


def may_share_rows(one: RowList, other: RowList, *, same_keys: bool) -> bool:
    """False where it is certain that the lists, which have been read, have no row in common.

    With `same_keys` row n of both has the same key, so only rows at the same place can be equal: one difference of all the
    bytes mostly shows that none is, at a third of the price of looking up each row.
    """
    hint, other_hint = one.size_hint, other.size_hint
    if not isinstance(hint, FixedSize) or not isinstance(other_hint, FixedSize):
        return True
    first, second, width = one.rows_data, other.rows_data, hint.value
    if len(first) == width == len(second) == other_hint.value:
        return first == second
    if not first or not second:
        return True  # rows of no width
    if width != other_hint.value:
        return False
    if same_keys and len(first) == len(second):
        difference = int.from_bytes(first, "little") ^ int.from_bytes(second, "little")
        if bytes(width) not in difference.to_bytes(len(first), "little"):
            return False
    rows = struct.Struct(f"{width}s")
    return not set(rows.iter_unpack(first)).isdisjoint(rows.iter_unpack(second))


def bind_row_lists(space: MessageSpace) -> None:
    """Give the messages of `space` these types."""
    space.sum(RowSizeHint, FixedSize=(FixedSize, U16), RowOffsets=(RowOffsets, ArrayType(U64)))
    space.product(size_hint=RowSizeHint, rows_data=BYTES)(RowList)
