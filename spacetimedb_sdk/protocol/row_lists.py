"""Lists of rows as every binary subprotocol carries them (spec: websocket.md section 3)."""

from __future__ import annotations

from dataclasses import dataclass

from ..sats.algebraic_type import BYTES, U16, U64, ArrayType
from .message_types import MessageSpace, SumClass

__all__ = ["FixedSize", "RowList", "RowOffsets", "RowSizeHint", "bind_row_lists"]


class RowSizeHint(SumClass):
    """How `rows_data` is cut into rows."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class FixedSize(RowSizeHint):
    """Every row has `value` bytes."""

    value: int


@dataclass(frozen=True, slots=True)
class RowOffsets(RowSizeHint):
    """Where each row starts."""

    value: list[int]


@dataclass(frozen=True, slots=True)
class RowList:
    """BSATN rows back to back (the spec's BsatnRowList)."""

    size_hint: RowSizeHint
    rows_data: bytes


def bind_row_lists(space: MessageSpace) -> None:
    """Give the messages of `space` these types."""
    space.sum(RowSizeHint, FixedSize=(FixedSize, U16), RowOffsets=(RowOffsets, ArrayType(U64)))
    space.product(size_hint=RowSizeHint, rows_data=BYTES)(RowList)
