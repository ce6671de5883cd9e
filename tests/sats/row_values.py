"""Whether decoded values are the same to the last bit: of equal types, floats by their bits, objects by their slots."""

from __future__ import annotations

import struct
from enum import Enum

__all__ = ["same"]


def same(left: object, right: object) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, float) and isinstance(right, float):
        return struct.pack("<d", left) == struct.pack("<d", right)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Enum):
        return left is right
    slots = [name for cls in type(left).__mro__ for name in getattr(cls, "__slots__", ())]
    slots = [name for name in slots if hasattr(left, name)]
    if slots:
        return all(same(getattr(left, name), getattr(right, name)) for name in slots)
    return left == right
