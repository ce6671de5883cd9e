"""Parts of a message: bytes, or of what is long the pieces that it is made of, which many messages may share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

__all__ = ["Part", "joined", "pieces_of", "separated", "size_of"]

# The pieces of a long one are never put together: each time would take as long as to copy it, for each client.
Part: TypeAlias = bytes | tuple[bytes, ...]


def joined(parts: Sequence[Part]) -> Part:
    """One part after the other."""
    try:
        return b"".join(parts)  # type: ignore[arg-type]  # nearly always: what fails is long
    except TypeError:
        return tuple(_gathered(parts))


def separated(separator: bytes, parts: Sequence[Part]) -> Part:
    """One part after the other, with `separator` between them."""
    between: list[Part] = []
    for part in parts:
        between += (separator, part)
    return joined(between[1:])


def pieces_of(part: Part) -> tuple[bytes, ...]:
    return part if isinstance(part, tuple) else (part,)


def size_of(part: Part) -> int:
    """How many bytes it has."""
    return len(part) if isinstance(part, bytes) else sum(map(len, part))


def _gathered(parts: Iterable[Part]) -> Iterable[bytes]:
    short: list[bytes] = []
    for part in parts:
        if isinstance(part, bytes):
            short.append(part)
            continue
        if short:
            yield b"".join(short)
            short = []
        yield from part
    if short:
        yield b"".join(short)
