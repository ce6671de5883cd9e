"""What readers of rows are given: bytes, and where in them the rows begin and end."""

from __future__ import annotations

__all__ = ["whole", "within"]

# What would be read as texts and lists that are too long, as tags that do not exist, or as small numbers.
_BEFORE, _AFTER = b"\xff\1\0\xfe\xff", b"\1\0\0\0\xff\xff\0"


def whole(data: bytes) -> tuple[bytes, int, int]:
    """Rows that are all there is."""
    return data, 0, len(data)


def within(data: bytes) -> tuple[bytes, int, int]:
    """Rows in the midst of a message."""
    return _BEFORE + data + _AFTER, len(_BEFORE), len(_BEFORE) + len(data)
