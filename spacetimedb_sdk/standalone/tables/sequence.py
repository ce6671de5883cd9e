"""Sequences: the numbers an auto-increment column gives its rows, those that are taken left out."""

from __future__ import annotations

from collections.abc import Callable

from ...sats.algebraic_type import AlgebraicType, PrimitiveType

# As SpacetimeDB counts: in an i128, whatever the column's type.
_LAST_NUMBER = (1 << 127) - 1


def next_number(
    state: list[int], type_: AlgebraicType, rows: int, is_taken: Callable[[int], bool]
) -> int | None:
    """The next number of a column of integers, kept in `state` as well. None where every number of the type is taken.

    After the highest number of its type a column begins anew, at the lowest, with those that no row has. `rows` is how
    many rows there are.
    """
    assert isinstance(type_, PrimitiveType)
    bits, signed = int(type_.name[1:]), type_.name[0] == "I"
    for _ in range(rows + 3):  # as many may be taken, 0 says "number me", one is free
        state[0] = state[0] + 1 if state[0] < _LAST_NUMBER else 1
        number = state[0]
        if number < 1 << (bits - signed):
            return number
        number &= (1 << bits) - 1
        if signed and number >> (bits - 1):
            number -= 1 << bits
        if number and not is_taken(number):
            return number
    return None
