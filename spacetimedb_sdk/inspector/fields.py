"""Fields: a form for any type, as a tree that a page shows and that gives the value which was filled in.

TextField    what is one text: numbers of any width, texts, bytes, identities, times
FlagField    yes or no
ChoiceField  a sum: one variant of several, an option or a result among them
ListField    an array
GroupField   a product

The parts of a sum or an array are made when they are asked for: types may contain themselves.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

from ..errors import SpacetimeDBException
from ..sats.algebraic_type import (
    BOOL,
    BYTES,
    AlgebraicType,
    ArrayType,
    PrimitiveType,
    ProductType,
    SumType,
    Typespace,
    is_unit,
    option_of,
    result_of,
    special_name,
)
from ..types import Address, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp

__all__ = [
    "ChoiceField",
    "Field",
    "FieldError",
    "FlagField",
    "GroupField",
    "ListField",
    "TextField",
    "make_field",
]

_I64 = 1 << 63


class FieldError(SpacetimeDBException):
    """What was filled in is no value of the field's type. The field keeps it as its `problem`."""


class _Texts:
    """How a text becomes a value: `read` raises ValueError with what is missing; `hint` says what it takes."""

    def __init__(self, read: Callable[[str], Any], hint: str, first: str = "") -> None:
        self.read, self.hint, self.first = read, hint, first


class TextField:
    """A value that is written as one text. `text` is what was filled in, `hint` what it takes."""

    def __init__(self, texts: _Texts, type_name: str) -> None:
        self._texts = texts
        self.type_name = type_name
        self.text = texts.first
        self.hint = texts.hint
        self.problem = ""

    def value(self) -> Any:
        """FieldError for what cannot be read."""
        self.problem = ""
        try:
            return self._texts.read(self.text)
        except (ValueError, OverflowError) as error:
            self.problem = str(error)
            raise FieldError(self.problem) from error


class FlagField:
    """Yes or no."""

    def __init__(self) -> None:
        self.on = False

    def value(self) -> bool:
        return self.on


class ChoiceField:
    """One variant of a sum: `names` are all of them, `chosen` the number of one, `inner` its field or None for a unit."""

    def __init__(self, type_: SumType, typespace: Typespace) -> None:
        self._type, self._typespace = type_, typespace
        self._wrap = _wrapper(type_, typespace)
        self.is_option = option_of(type_) is not None
        self.names = [str(variant.name) for variant in type_.variants]
        # Nothing, where there may be nothing.
        self.choose(1 if self.is_option else 0)

    def choose(self, chosen: int) -> None:
        """Take another variant; its field is a new one."""
        self.chosen = chosen
        self.inner: Field | None = None
        if self.names:
            payload = self._typespace.resolve(self._type.variants[chosen].type)
            self.inner = None if is_unit(payload) else make_field(payload, self._typespace)

    def value(self) -> Any:
        """FieldError for what its inner field cannot read."""
        if not self.names:
            raise FieldError("a sum without variants has no value")
        return self._wrap(self.chosen, () if self.inner is None else self.inner.value())


class ListField:
    """Any number of `items`, each a field of its own."""

    def __init__(self, element: AlgebraicType, typespace: Typespace) -> None:
        self._element, self._typespace = element, typespace
        self.items: list[Field] = []

    def add(self) -> None:
        """One more at the end."""
        self.items.append(make_field(self._element, self._typespace))

    def remove(self, field: Field) -> None:
        """Without this one."""
        self.items = [item for item in self.items if item is not field]

    def value(self) -> list[Any]:
        """FieldError for what one of its items cannot read."""
        return _all_values(self.items)


class GroupField:
    """Several fields with names: a product, or the arguments of a reducer."""

    def __init__(self, type_: ProductType, typespace: Typespace) -> None:
        self.parts: list[tuple[str, Field]] = [
            (element.name or str(index), make_field(element.type, typespace))
            for index, element in enumerate(type_.elements)
        ]

    def value(self) -> tuple[Any, ...]:
        """FieldError for what one of its fields cannot read."""
        return tuple(_all_values([field for _, field in self.parts]))


Field: TypeAlias = TextField | FlagField | ChoiceField | ListField | GroupField


def make_field(type_: AlgebraicType, typespace: Typespace) -> Field:
    """The field for values of the type."""
    type_ = typespace.resolve(type_)
    special = special_name(type_) or ""
    if special in _SPECIAL:
        return TextField(_SPECIAL[special], special)
    if type_ == BYTES:
        return TextField(_BYTES, "Bytes")
    if type_ == BOOL:
        return FlagField()
    match type_:
        case PrimitiveType(name):
            return TextField(_primitive(name), name)
        case ArrayType(element):
            return ListField(element, typespace)
        case SumType():
            return ChoiceField(type_, typespace)
        case ProductType():
            return GroupField(type_, typespace)
        case _:  # resolve() leaves no reference
            raise AssertionError(type_)


def _all_values(fields: list[Field]) -> list[Any]:
    """The values of all, so that each field which has a problem tells it; then the first problem."""
    values, problem = [], None
    for field in fields:
        try:
            values.append(field.value())
        except FieldError as error:
            problem = problem or error
    if problem is not None:
        raise problem
    return values


def _wrapper(type_: SumType, typespace: Typespace) -> Callable[[int, Any], Any]:
    """From tag and payload to what the codecs of a space without classes take for the variant."""
    inner = option_of(type_)
    if inner is not None:
        is_nested = option_of(typespace.resolve(inner)) is not None
        return lambda tag, payload: None if tag else Some(payload) if is_nested else payload
    if result_of(type_) is not None:
        return lambda tag, payload: Err(payload) if tag else Ok(payload)
    if special_name(type_) == "ScheduleAt":
        return lambda tag, payload: (ScheduleAt.Time if tag else ScheduleAt.Interval)(payload)
    return lambda tag, payload: (tag, payload)


def _primitive(name: str) -> _Texts:
    if name == "String":
        return _Texts(str, "")
    if name in ("F32", "F64"):
        return _Texts(_float32 if name == "F32" else _float64, "a number, such as 1.5", "0")
    bits = int(name[1:])
    low, high = (0, 2**bits - 1) if name[0] == "U" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    bounds = (
        f"{low:,} to {high:,}" if bits <= 64 else f"{low and f'-2^{bits - 1}'} to 2^{bits - (low < 0)} - 1"
    )

    def read(text: str) -> int:
        try:
            number = int(text.strip().replace(",", ""), 0 if text.strip().lower().startswith("0x") else 10)
        except ValueError:
            raise ValueError(f"a whole number from {bounds}, not {_quoted(text)}") from None
        if not low <= number <= high:
            raise ValueError(f"a {name} is {bounds}")
        return number

    return _Texts(read, f"a whole number, {bounds}", "0")


def _float64(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"a number, not {_quoted(text)}") from None


def _float32(text: str) -> float:
    number = _float64(text)
    try:
        struct.pack("<f", number)
    except OverflowError:
        raise ValueError(f"{text.strip()} is beyond what an F32 holds (3.4e38)") from None
    return number


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        raise ValueError(f"hex digits, two for each byte, not {_quoted(text)}") from None


def _timestamp(text: str) -> Timestamp:
    text = text.strip()
    if text.lower() == "now":
        return Timestamp.from_datetime(datetime.now(UTC))
    if text.lstrip("-").isdecimal():
        return Timestamp(_i64(int(text)))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"a time such as 2026-01-31T12:00:00Z, microseconds since 1970, or now, not {_quoted(text)}"
        ) from None
    return Timestamp.from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _duration(text: str) -> TimeDuration:
    seconds = _float64(text)
    if not math.isfinite(seconds):
        raise ValueError(f"a number of seconds, not {_quoted(text)}")
    return TimeDuration(_i64(round(seconds * 1_000_000)))


def _i64(micros: int) -> int:
    if not -_I64 <= micros < _I64:
        raise ValueError("too far away: a time is microseconds in an I64")
    return micros


def _uuid(text: str) -> UUID:
    try:
        return UUID(text.strip())
    except ValueError:
        raise ValueError(f"a UUID has 32 hex digits, {_quoted(text)} is none") from None


def _quoted(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…") if text.strip() else "nothing"


_BYTES = _Texts(_bytes, "hex digits, two for each byte")
_SPECIAL: dict[str, _Texts] = {
    "Identity": _Texts(Identity.from_string, "64 hex digits"),
    "ConnectionId": _Texts(
        lambda text: Address(bytes.fromhex(str(Address.from_string(text) or "00" * 16))), "32 hex digits"
    ),
    "Timestamp": _Texts(_timestamp, "2026-01-31T12:00:00Z, in UTC, or now", "now"),
    "TimeDuration": _Texts(_duration, "seconds", "1"),
    "Uuid": _Texts(_uuid, "32 hex digits, with or without hyphens"),
}
