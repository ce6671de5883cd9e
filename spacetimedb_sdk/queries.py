"""Queries written as Python conditions over a row, typed by the row's own class (spec: sql.md sections 2 and 4).

    client.subscribe([Item.where(lambda item: (item.level >= 5) & (item.name != "o'clock"))])
    rows = client.sql(Item.where(lambda item: item.owner == SENDER)).result()

A `Query` is the text of its SQL: whatever takes a query as text takes it. The condition is called once, with a row that
records what is asked of it. `&` and `|` join comparisons, which need parentheses of their own; `and`, `or`, `not`, `in` and
`1 < x < 5` cannot be recorded and raise TypeError.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC
from typing import Any, Final, Generic, NoReturn, TypeVar

from .sats.algebraic_type import (
    BYTES,
    F32,
    F64,
    STRING,
    AlgebraicType,
    PrimitiveType,
    Typespace,
    special_name,
)
from .system.plain_text import LateText, close_to, listed
from .types import Address, Identity, Timestamp

__all__ = ["SENDER", "Query", "query"]

R = TypeVar("R")


class _Sender(Identity):
    """Stands for `:sender`, the identity of the client that asks."""

    def __init__(self) -> None:
        super().__init__(bytes(32))


SENDER: Final[Identity] = _Sender()


class Query(str, Generic[R]):
    """The SQL of a query whose rows are `R`."""

    __slots__ = ()


def query(
    table: str,
    typespace: Typespace,
    columns: dict[str, tuple[str, AlgebraicType]],
    condition: Callable[[Any], object] | None,
) -> Query[Any]:
    """`SELECT * FROM table [WHERE condition]`; `columns` are the names on the wire and the types, by attribute.

    TypeError for what SQL cannot ask, ValueError for a value that its column cannot hold.
    """
    text = f"SELECT * FROM {'.'.join(_quoted(part) for part in table.split('.'))}"
    if condition is None:
        return Query(text)
    found = condition(_Recorder(table, typespace, columns))
    if not isinstance(found, _Condition):
        raise TypeError(f"the condition of a query must compare columns of its row, it gave {found!r}")
    return Query(f"{text} WHERE {found.sql()}")


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


class _Condition:
    """Something that is true or false of a row."""

    def __init__(self, text: str, joined_by: str = "") -> None:
        self._text = text
        self._joined_by = joined_by

    def sql(self) -> str:
        return self._text

    def part_of(self, operator: str) -> str:
        """The text as an operand of `operator`."""
        return self.sql() if self._joined_by in ("", operator) else f"({self.sql()})"

    def __and__(self, other: object) -> _Condition:
        return self._joined("AND", other)

    def __or__(self, other: object) -> _Condition:
        return self._joined("OR", other)

    def _joined(self, operator: str, other: object) -> _Condition:
        if not isinstance(other, _Condition):
            raise TypeError(
                f"`&` and `|` join comparisons, each in parentheses; on the right stands {other!r}"
            )
        return _Condition(f"{self.part_of(operator)} {operator} {other.part_of(operator)}", operator)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a query cannot use `and`, `or`, `not`, `in` or a chain of comparisons: join comparisons with `&` and `|`, "
            "each in parentheses"
        )


class _Recorder:
    """The row that a condition is called with: its attributes are the columns."""

    def __init__(
        self, table: str, typespace: Typespace, columns: dict[str, tuple[str, AlgebraicType]]
    ) -> None:
        self._about = (table, typespace, columns)

    def __getattr__(self, name: str) -> _Column:
        table, typespace, columns = self._about
        if name not in columns:
            none = f"table {table} has no column {name!r}"
            raise AttributeError(
                LateText(lambda: f"{none}{close_to(name, columns)}: there are {listed(columns)}")
            )
        wire_name, type_ = columns[name]
        return _Column(wire_name, typespace.resolve(type_))


class _Column(_Condition):
    """A column; one of booleans is a condition by itself."""

    __hash__ = None  # type: ignore[assignment]  # equality makes a condition

    def __init__(self, name: str, type_: AlgebraicType) -> None:
        super().__init__(_quoted(name))
        self.name = name
        self.type = type_

    def sql(self) -> str:
        if self.type != PrimitiveType("Bool"):
            raise TypeError(f"column {self.name} is no condition by itself: compare it with something")
        return self._text

    def __eq__(self, other: object) -> Any:
        return self._compared("=", other)

    def __ne__(self, other: object) -> Any:
        return self._compared("<>", other)

    def __lt__(self, other: object) -> Any:
        return self._compared("<", other)

    def __le__(self, other: object) -> Any:
        return self._compared("<=", other)

    def __gt__(self, other: object) -> Any:
        return self._compared(">", other)

    def __ge__(self, other: object) -> Any:
        return self._compared(">=", other)

    def _compared(self, operator: str, other: object) -> _Condition:
        if isinstance(other, _Column):
            if other.type != self.type:
                raise TypeError(f"columns {self.name} and {other.name} are of different types")
            return _Condition(f"{self._text} {operator} {other._text}")  # noqa: SLF001 - another column
        return _Condition(f"{self._text} {operator} {_literal(self.name, self.type, other)}")


def _literal(column: str, type_: AlgebraicType, value: object) -> str:
    """`value` as it is written for a column of `type_`."""
    special = special_name(type_)
    match value:
        case _Sender() if special == "Identity" or type_ == BYTES:
            return ":sender"
        case Identity() if special == "Identity":
            return f"0x{value}"
        case Address() if special == "ConnectionId":
            return f"0x{value}"
        case Timestamp() if special == "Timestamp":
            return _text(_moment(column, value))
        case _ if special == "Uuid" and _is_uuid(value):
            return _text(str(value))
        case bytes() if type_ == BYTES:
            return f"0x{value.hex()}" if value else "''"
        case str() if type_ == STRING:
            return _text(value)
        case bool() if type_ == PrimitiveType("Bool"):
            return "true" if value else "false"
        case int() | float() if type_ in (F32, F64) and not isinstance(value, bool):
            return _number(column, float(value))
        case int() if (
            isinstance(type_, PrimitiveType) and type_.name[0] in "IU" and not isinstance(value, bool)
        ):
            return _integer(column, type_.name, value)
    raise TypeError(f"column {column} cannot be compared with {value!r} in a query")


def _is_uuid(value: object) -> bool:
    from uuid import UUID  # few modules have any

    return isinstance(value, UUID)


def _text(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def _integer(column: str, type_name: str, value: int) -> str:
    bits = int(type_name[1:])
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if type_name[0] == "I" else (0, (1 << bits) - 1)
    if not low <= value <= high:
        raise ValueError(f"column {column} is of type {type_name}, which cannot be {value}")
    return str(value)


def _number(column: str, value: float) -> str:
    """All digits, without an exponent: servers read `1e100` as a number near it, which no row equals."""
    if not math.isfinite(value):
        raise ValueError(f"column {column}: SQL has no word for {value}")
    shown = repr(value)
    mantissa, has_exponent, exponent = shown.partition("e")
    if not has_exponent:
        return shown
    decimals = max(len(mantissa.partition(".")[2]) - int(exponent), 0)
    return f"{value:.{decimals}f}"


def _moment(column: str, value: Timestamp) -> str:
    try:
        return value.to_datetime().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
    except (ValueError, OverflowError):
        raise ValueError(f"column {column}: {value!r} is in no year from 1 to 9999") from None
