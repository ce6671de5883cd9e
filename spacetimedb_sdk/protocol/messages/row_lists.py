"""Lists of rows as every binary subprotocol carries them (spec: websocket.md section 3)."""

from __future__ import annotations

from typing import Any, TypeAlias

from ...records import record
from ...sats.algebraic_type import BYTES, U16, U64, ArrayType
from ...sats.bsatn.keyed_rows import share_rows
from .message_types import MessageSpace, SumClass

__all__ = [
    "FIXED_SIZE",
    "FixedSize",
    "RawRows",
    "RowList",
    "RowOffsets",
    "RowSizeHint",
    "bind_row_lists",
    "may_share_rows",
]

# A RowList as a client reads it, the hint as its tag and its value: ((FIXED_SIZE, 16), b"..."). An object for each would take
# as long as the row of most transactions.
RawRows: TypeAlias = tuple[tuple[int, Any], bytes]
FIXED_SIZE = 0


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


def may_share_rows(one: RawRows, other: RawRows, *, same_keys: bool) -> bool:
    """False where it is certain that the lists, which have been read, have no row in common.

    `same_keys`: row n of both has the same key.
    """
    ((hint, width), first), ((other_hint, other_width), second) = one, other
    if hint != FIXED_SIZE or other_hint != FIXED_SIZE:
        return True
    if not first or not second:
        return True  # rows of no width
    return bool(width == other_width) and share_rows(first, second, width, same_keys=same_keys)


def bind_row_lists(space: MessageSpace) -> None:
    """Give the messages of `space` these types."""
    space.sum(RowSizeHint, FixedSize=(FixedSize, U16), RowOffsets=(RowOffsets, ArrayType(U64)))
    space.product(size_hint=RowSizeHint, rows_data=BYTES)(RowList)
