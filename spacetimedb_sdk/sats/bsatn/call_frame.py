"""Writes the function that encodes a value in its place inside a message: what is before it, how long it is, what follows.

A game makes many calls of few reducers, and of each message only the request id and the arguments differ.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import TypeAlias

from ..algebraic_type import ProductType
from .encoding import EncoderWriter
from .layout import Layout

__all__ = ["CallFrameWriter", "write_call_frame"]

# From a tuple of arguments and a request id to the message.
CallFrameWriter: TypeAlias = Callable[[tuple[object, ...], int], bytes]

_LENGTH = struct.Struct("<I")


def write_call_frame(
    layout: Layout,
    environment: dict[str, object],
    params: ProductType,
    before: Sequence[bytes | None],
    after: Sequence[bytes | None],
) -> tuple[str, set[int]]:
    """The text of `write_call(v, request_id)`, and the slots whose encoders it calls.

    The message is `before`, the length of the arguments as a u32, the arguments `v`, `after`; None among the parts stands
    for the request id.
    """
    writer = EncoderWriter(layout, environment)
    if not params.elements:
        writer.line("() = v")
    width = layout.width(params) if layout.is_flat(params) else None
    start = _width(before)
    _put_parts(writer, before)
    writer.run.append(("I", "0" if width is None else str(width)))
    if width is None:
        writer.line(f"out = bytearray({writer.packed_run()})")
    writer.put(params, "v")
    if width is None:
        writer.flush()
        set_length = writer.constant("set_length", _LENGTH.pack_into)
        writer.line(f"{set_length}(out, {start}, len(out) - {start + _LENGTH.size})")
    _put_parts(writer, after)
    if width is None:
        writer.flush()
    writer.line("return bytes(out)" if width is None else f"return {writer.packed_run()}")
    return "\n".join(["def write_call(v, request_id):", *writer.lines]), writer.called


def _width(parts: Sequence[bytes | None]) -> int:
    return sum(_LENGTH.size if part is None else len(part) for part in parts)


def _put_parts(writer: EncoderWriter, parts: Sequence[bytes | None]) -> None:
    for part in parts:
        if part is None:
            writer.run.append(("I", "request_id"))
        else:
            writer.run.append((f"{len(part)}s", writer.constant("part", part)))
