"""Long rows: those that take so long to be written that others cannot wait for it.

Most rows are short, and what is long in the others is a text, which costs little to copy. A row with lists may hold a million
of them, and takes a second to be written as JSON.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ...module.rows import ENCODED
from ...sats.algebraic_type import U8, AlgebraicType, ArrayType, ProductType, Ref, SumType, Typespace
from .readable import ReadableTable

__all__ = ["about_length", "decoded", "has_long_rows", "is_long", "may_be_long"]

R = TypeVar("R")
# Of BSATN: as much are some ten thousand lists, or numbers.
_LONG = 64 << 10
_MANY = 10_000
_PLAIN = (int, float, str, bytes, type(None))


def may_be_long(table: ReadableTable) -> bool:
    """Whether rows of this table hold lists."""
    return any(_has_lists(type_, table.typespace, set()) for type_ in table.types.values())


def is_long(row: object) -> bool:
    """Whether one of such a table is long."""
    encoded: bytes | None = getattr(row, ENCODED, None)
    return _holds_many(row) if encoded is None else len(encoded) > _LONG


def decoded(decode: Callable[[bytes], R], data: bytes) -> R:
    """What `decode` makes of a row's bytes. While it makes much, the collector waits: with each of many new lists it would look
    through those before it, again and again."""
    if len(data) <= _LONG or not gc.isenabled():
        return decode(data)
    gc.disable()
    try:
        return decode(data)
    finally:
        gc.enable()


def about_length(row: object, encoded: Callable[[Any], bytes]) -> int:
    """How many bytes a row has: where it was never written, and that would take long, a guess that is too low."""
    return _LONG if getattr(row, ENCODED, None) is None and _holds_many(row) else len(encoded(row))


def _holds_many(row: object) -> bool:
    """The same of one that was never written: by what is in its lists, up to where that is too much."""
    left, open_ = _MANY, [row]
    while open_:
        value = open_.pop()
        if isinstance(value, list | tuple):
            left -= len(value)
            if left < 0:
                return True
            if value and not isinstance(value[0], _PLAIN):
                open_ += value
        elif isinstance(value, _PLAIN):
            continue
        else:
            fields = getattr(value, "__sats_fields__", ("value",))
            open_ += [getattr(value, field, None) for field in fields]
    return False


def has_long_rows(table: ReadableTable, rows: Iterable[object]) -> bool:
    """Whether some of the table's `rows` may be long."""
    return may_be_long(table) and any(map(is_long, rows))


def _has_lists(type_: AlgebraicType, typespace: Typespace, seen: set[int]) -> bool:
    match type_:
        case ArrayType(element):
            return element != U8
        case ProductType(elements):
            return any(_has_lists(element.type, typespace, seen) for element in elements)
        case SumType(variants):
            return any(_has_lists(variant.type, typespace, seen) for variant in variants)
        case Ref(index) if index not in seen:
            seen.add(index)
            return _has_lists(typespace.types[index], typespace, seen)
        case _:
            return False
