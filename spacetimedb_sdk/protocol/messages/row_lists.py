"""Lists of rows as every binary subprotocol carries them (spec: websocket.md section 3)."""

from __future__ import annotations

import struct
from functools import cache
from typing import TypeAlias

from ...records import record
from ...sats.algebraic_type import BYTES, U16, U64, ArrayType
from ...sats.bsatn.codec import Decode
from ...sats.bsatn.decoding import DecoderWriter
from ...sats.bsatn.keyed_rows import share_rows
from .message_types import MessageSpace, SumClass

__all__ = [
    "FixedSize",
    "RawRowList",
    "RawRows",
    "RowList",
    "RowOffsets",
    "RowSizeHint",
    "bind_row_lists",
    "may_share_rows",
]

# A RowList as a client reads it: the width of the rows, or where each of them starts, and the rows.
RawRows: TypeAlias = tuple[int | list[int], bytes]


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
    (width, first), (other_width, second) = one, other
    if not isinstance(width, int) or not isinstance(other_width, int):
        return True
    if not first or not second:
        return True  # rows of no width
    return bool(width == other_width) and share_rows(first, second, width, same_keys=same_keys)


def bind_row_lists(space: MessageSpace) -> None:
    """Give the messages of `space` these types."""
    space.sum(RowSizeHint, FixedSize=(FixedSize, U16), RowOffsets=(RowOffsets, ArrayType(U64)))
    space.product(size_hint=RowSizeHint, rows_data=BYTES)(RowList)


class RawRowList:
    """What a client's decoders read a RowList with, into RawRows. An object for each would take as long as the row of most
    transactions, and so would reading the parts of what comes before the rows one by one."""

    @staticmethod
    def __sats_written__(writer: DecoderWriter) -> str:
        writer.flush()
        hint, width, length, data, rows = map(writer.name, ("v", "v", "v", "s", "r"))
        # Of rows of one width; a list of others is no shorter, so that there are as many bytes.
        head = writer.constant("unpack", struct.Struct("<BHI").unpack_from)
        for line in (
            f"{hint}, {width}, {length} = {head}(buf, pos)",
            f"if {hint} == 0:",
            "    pos += 7",
            f"    {data} = buf[pos:pos + {length}]",
            f"    pos += {length}",
            f"    {rows} = {width}, {data}",
            "else:",
            f"    {rows}, pos = {writer.constant('read', _with_offsets)}(buf, pos)",
        ):
            writer.line(line)
        return rows


def _with_offsets(data: bytes, position: int) -> tuple[RawRows, int]:
    ((_, offsets), rows), end = _decoder()(data, position)
    return (offsets, rows), end


@cache
def _decoder() -> Decode:
    space = MessageSpace()
    bind_row_lists(space)
    return space.reshaped(space.unbound(RowSizeHint, RowList)).decoder(space.ref(RowList), "RowList")
