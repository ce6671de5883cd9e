"""Lists of rows as every binary subprotocol carries them (spec: websocket.md section 3)."""

from __future__ import annotations

import struct
from typing import TypeAlias

from ...records import record
from ...sats.algebraic_type import BYTES, U16, U64, ArrayType
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

# A RowList as a client reads it: the width of the rows, or where each of them starts, and where the rows begin and end in a
# message, which may be large: they are read where they are.
RawRows: TypeAlias = tuple[int | list[int], bytes, int, int]


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
    (width, data, start, end), (other_width, other_data, other_start, other_end) = one, other
    if not isinstance(width, int) or not isinstance(other_width, int):
        return True
    if start == end or other_start == other_end:
        return True  # rows of no width
    if width != other_width:
        return False
    return share_rows(data[start:end], other_data[other_start:other_end], width, same_keys=same_keys)


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
        hint, width, length, end, rows = map(writer.name, ("v", "v", "v", "v", "r"))
        # Of rows of one width, as nearly all are; a list of others is no shorter, so that there are as many bytes.
        head = writer.constant("unpack", struct.Struct("<BHI").unpack_from)
        number, several = writer.constant("unpack", struct.Struct("<I").unpack_from), writer.name("l")
        for line in (
            f"{hint}, {width}, {length} = {head}(buf, pos)",
            f"if {hint} == 0:",
            "    pos += 7",
            f"    {rows} = {width}",
            f"elif {hint} == 1:",
            f"    {several}, = {number}(buf, pos + 1)",
            "    pos += 5",
            f"    if {several} > (len(buf) - pos) // 8: raise too_long({several}, {writer.where!r})",
            f"    {rows} = list(unpack(f'<{{{several}}}Q', buf, pos)) if {several} else []",
            f"    pos += {several} * 8",
            f"    {length}, = {number}(buf, pos)",
            "    pos += 4",
            f"else: raise bad_tag({hint}, {writer.where!r})",
            f"{end} = pos + {length}",
            f"{rows} = {rows}, buf, pos, {end}",
            f"pos = {end}",
        ):
            writer.line(line)
        return rows
