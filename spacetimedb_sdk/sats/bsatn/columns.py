"""One column out of many rows of one width, without the rest of them (spec: bsatn.md section 2)."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from typing import Any

from ...errors import DecodeError
from .layout import Leaf

__all__ = ["column_decoder", "made_column_decoder"]


def column_decoder(leaf: Leaf, start: int, row_width: int) -> Callable[[bytes], list[Any]]:
    """From rows of `row_width` bytes back to back to the values of the plain leaf `start` bytes into each.

    DecodeError for data that is no whole number of rows.
    """
    if sys.byteorder == "little" and not (start % leaf.width or row_width % leaf.width):
        first, step = start // leaf.width, row_width // leaf.width
        code: Any = leaf.code

        one = struct.Struct(f"<{start}x{code}").unpack_from

        def column(data: bytes) -> list[Any]:
            if len(data) == row_width:  # of most transactions: a view costs four times as much as one value
                return [*one(data)]
            _check_whole(data, row_width)
            # A view of what memory holds already takes a third of the time of unpacking.
            cells: memoryview[object] = memoryview(data).cast(code)
            return cells[first::step].tolist()

        return column
    unpack = struct.Struct(f"<{start}x{leaf.code}{row_width - start - leaf.width}x").iter_unpack

    def unpacked(data: bytes) -> list[Any]:
        try:
            return [value for (value,) in unpack(data)]
        except struct.error as error:
            raise DecodeError(str(error)) from error

    return unpacked


def made_column_decoder(
    decode: Callable[[bytes], Any], width: int, start: int, row_width: int
) -> Callable[[bytes], list[Any]]:
    """The same of values of `width` bytes that `decode` makes of them."""

    def column(data: bytes) -> list[Any]:
        # A row that is cut off may have its key still: it would count as one.
        _check_whole(data, row_width)
        return [decode(data[at : at + width]) for at in range(start, len(data), row_width)]

    return column


def _check_whole(data: bytes, row_width: int) -> None:
    if len(data) % row_width:
        raise DecodeError(f"{len(data)} bytes are no whole number of rows of {row_width}")
