"""Writes the shortest function from a value to its BSATN: one `struct` call where the value is flat, no buffer, no name.

Its failures are the bare ones of `struct` and of attributes: who calls it asks the codec then, which says what does not fit.
"""

from __future__ import annotations

from typing import Any

from ..algebraic_type import AlgebraicType, Ref
from .encoding import EncoderWriter
from .layout import Layout

__all__ = ["write_packer"]


def write_packer(
    layout: Layout, environment: dict[str, Any], type_: AlgebraicType, before: bytes
) -> tuple[str, set[int]]:
    """The text of `pack(v)`, which returns `before` and the BSATN of `v`, and the slots whose encoders it calls."""
    writer = EncoderWriter(layout, environment)
    writer.run += [("B", str(byte)) for byte in before]
    is_flat = layout.is_flat(type_)
    if not is_flat:
        writer.line(f"out = bytearray({writer.packed_run()})")
    if isinstance(type_, Ref) and layout.leaf(type_) is None:
        writer.slot(type_, "v")
    else:
        writer.put(type_, "v")
    if is_flat:
        writer.line(f"return {writer.packed_run()}")
    else:
        writer.flush()
        writer.line("return bytes(out)")
    return "\n".join(["def pack(v):", *writer.lines]), writer.called
