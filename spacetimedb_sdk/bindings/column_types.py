"""Column types: which columns a table has and which values each can hold.

Handles refuse a question that could find nothing, and rows a change that no server would take, before anything is looked up.
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from typing import Any

from ..ranges import Between, Range
from ..sats.algebraic_type import (
    BYTES,
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    Ref,
    Typespace,
    option_of,
    result_of,
    special_name,
)
from ..sats.bsatn.explain import choices
from ..system.plain_text import close_to
from ..types import Address, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp

__all__ = ["ColumnTypes"]

_SPECIAL: dict[str, type] = {
    "ConnectionId": Address,
    "Identity": Identity,
    "ScheduleAt": ScheduleAt,
    "TimeDuration": TimeDuration,
    "Timestamp": Timestamp,
}
# Numbers of other libraries register with `numbers`, and equal Python's own.
_PRIMITIVES: dict[str, tuple[type, ...]] = {
    "Bool": (bool,),
    "F32": (float, int, numbers.Real),
    "F64": (float, int, numbers.Real),
    "String": (str,),
}
_INTEGER: tuple[type, ...] = (int, numbers.Integral)


class ColumnTypes:
    """The columns of one table. `met` has the types already found to fit, by column: most values need no more than a look."""

    def __init__(
        self,
        table: str,
        columns: Mapping[str, AlgebraicType],
        typespace: Typespace,
        classes: Mapping[int, Any],
    ) -> None:
        self._table = table
        self._held = {name: _held(type_, typespace, classes) for name, type_ in columns.items()}
        self.met = {name: set(held) for name, held in self._held.items()}

    def check(self, what: str, values: tuple[object, ...], columns: Mapping[str, object]) -> None:
        """TypeError, naming the columns, unless `columns` are columns of the table and values they can hold.

        `what` is what was called; ranges are judged by their ends. `values`, given by position, are refused.
        """
        if values:
            raise TypeError(f"{what} takes columns of {self._table} by name: {', '.join(self.met)}")
        for name, value in columns.items():
            met = self.met.get(name)
            if met is None:
                raise TypeError(
                    f"{self._table} has no column {name}{close_to(name, self.met)}: {what} takes {', '.join(self.met)}"
                )
            if type(value) not in met:
                self._check_value(what, name, value)

    def _check_value(self, what: str, name: str, value: object) -> None:
        if what == "filter" and isinstance(value, Between | Range):
            ends = (value.low, value.high) if isinstance(value, Between) else (value.start, value.stop)
            for end in ends:
                if end is not None and type(end) not in self.met[name]:
                    self._check_value("the range", name, end)
            return
        if value is None and what != "replace" and self._held[name][0] in (Identity, Address):
            return  # what a client is called before it is connected: no row is its own
        if not isinstance(value, self._held[name]):
            fitting = " or ".join(_shown(held) for held in self._held[name] if held.__module__ != "numbers")
            raise TypeError(
                f"{what}: column {name} of {self._table} holds {fitting}, not {value!r}{choices(self._held[name][0], value)}"
            )
        self.met[name].add(type(value))


def _shown(held: type) -> str:
    return "None" if held is type(None) else held.__name__


def _held(type_: AlgebraicType, typespace: Typespace, classes: Mapping[int, Any]) -> tuple[type, ...]:
    """The classes whose instances a column of the type can hold; a tuple stands for a product everywhere."""
    if isinstance(type_, Ref) and type_.index in classes:
        bound: type = classes[type_.index]
        is_product = isinstance(typespace.types[type_.index], ProductType)
        return (bound, tuple) if is_product else (bound,)
    type_ = typespace.resolve(type_)
    special = special_name(type_)
    inner = option_of(type_)
    if special == "Uuid":
        from uuid import UUID  # few modules have any

        return (UUID,)
    if special is not None:
        return (_SPECIAL[special],)
    if inner is not None:
        is_nested = option_of(typespace.resolve(inner)) is not None
        return (*((Some,) if is_nested else _held(inner, typespace, classes)), type(None))
    if result_of(type_) is not None:
        return (Ok, Err)
    if type_ == BYTES:
        return (bytes, bytearray)
    match type_:
        case PrimitiveType(name):
            return _PRIMITIVES.get(name, _INTEGER)
        case ArrayType():
            return (list, tuple)
        case _:  # a product or sum without a name
            return (tuple,)
