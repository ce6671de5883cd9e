"""The literals of SQL: each is typed by the column it meets (spec: sql.md section 4)."""

from __future__ import annotations

import re
import struct
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from uuid import UUID

from sqlglot import exp

from ...sats.algebraic_type import (
    BOOL,
    BYTES,
    STRING,
    AlgebraicType,
    ArrayType,
    Element,
    PrimitiveType,
    ProductType,
    SumType,
    Typespace,
    special_name,
)
from ...types import Address, Identity, Timestamp
from ..errors import QueryError
from .shape import sql_text

__all__ = ["is_sender", "literal_value", "mismatch", "nearest_f32", "type_name", "unreadable", "unwrapped"]

_F32 = struct.Struct("<f")
# Exponents that fit 64 bits, as the parser of numbers there bounds them; and RFC 3339 in the forms it takes. Python's own
# readers take spaces, digits of other scripts and more of ISO 8601.
_DIGITS = r"[0-9](?:_?[0-9])*"
_NUMBER = re.compile(rf"[+-]?(?:{_DIGITS}\.?(?:{_DIGITS})?|\.{_DIGITS})(?:[eE][+-]?[0-9]{{1,18}})?")
_HEX = re.compile(r"(?:0x)?((?:[0-9a-fA-F]{2})*)")
_RFC_3339 = re.compile(
    r"([0-9]{4})(-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:)([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# The calendar repeats after so many years: Python's begins with the year 1.
_CYCLE_YEARS = 400
_CYCLE_MICROS = 146_097 * 86_400 * 1_000_000
_ARITHMETIC: dict[type[exp.Expr], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}


def nearest_f32(value: float) -> float:
    """The nearest f32, as a column of that type holds it on the wire."""
    try:
        rounded: float = _F32.unpack(_F32.pack(value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    return rounded


def type_name(type_: AlgebraicType, typespace: Typespace) -> str:
    """The type as errors speak of it: `I32`, `Array<U8>`, `(x: F32, y: F32)`, `(some: I32 | none: ())`."""
    found = typespace.resolve(type_)
    if isinstance(found, ArrayType):
        return f"Array<{type_name(found.element, typespace)}>"
    if isinstance(found, ProductType):
        return f"({', '.join(_named(item, typespace) for item in found.elements)})"
    if isinstance(found, SumType):
        return f"({' | '.join(_named(item, typespace) for item in found.variants)})"
    return repr(found)


def _named(element: Element, typespace: Typespace) -> str:
    return f"{element.name}: {type_name(element.type, typespace)}"


def mismatch(expected: str, inferred: str) -> QueryError:
    return QueryError(f"Unexpected type: (expected) {expected} != {inferred} (inferred)")


def unreadable(literal: str, shown_type: str) -> QueryError:
    return QueryError(f"The literal expression `{literal}` cannot be parsed as type `{shown_type}`")


def unwrapped(node: exp.Expr) -> exp.Expr:
    """The node inside any number of parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def is_sender(node: exp.Expr) -> bool:
    """Whether this is `:sender`."""
    return isinstance(node, exp.Placeholder) and node.name == "sender"


def literal_value(
    node: exp.Expr, type_: AlgebraicType, typespace: Typespace, *, stored: str | None = None
) -> object:
    """The value of a literal as `type_`. QueryError for what is no literal, or none of that type.

    For what is to be stored, text is for String columns alone; `stored` is what errors call it.
    """
    if isinstance(node, exp.Boolean):
        if type_ != BOOL:
            raise mismatch("Bool", type_name(type_, typespace))
        return bool(node.this)
    shown = sql_text(node)
    sign = ""
    if isinstance(node, exp.Neg):
        sign, node = "-", node.this
    if isinstance(node, exp.HexString):
        text, is_hex = str(node.this), True
    elif isinstance(node, exp.Literal) and not (sign and node.is_string):
        text, is_hex = sign + str(node.this), False
    else:
        raise _no_literal(node, shown, stored)
    if stored and isinstance(node, exp.Literal) and node.is_string != (type_ == STRING):
        if node.is_string:
            raise mismatch("String", type_name(type_, typespace))
        if type_ == STRING and text[0] in "+-":
            raise QueryError(f"Unsupported {stored}: {text}")
    try:
        return _parse(text, is_hex, type_)
    except (ValueError, InvalidOperation, OverflowError):
        raise unreadable(text, type_name(type_, typespace)) from None


def _no_literal(node: exp.Expr, shown: str, stored: str | None) -> QueryError:
    if isinstance(node, (exp.Null, exp.Placeholder, exp.Parameter)) and not shown.startswith("@"):
        return QueryError(f"Unsupported literal expression: {shown}")
    if stored is not None:
        return QueryError(f"Unsupported {stored}: {shown}")
    operator = _ARITHMETIC.get(type(node))
    if operator is not None:
        return QueryError(f"Unsupported binary operator: {operator}")
    return QueryError(f"Unsupported expression: {shown}")


def _parse(text: str, is_hex: bool, type_: AlgebraicType) -> object:
    if type_ == BYTES:
        return _bytes(text)
    special = special_name(type_)
    if special == "Identity":
        return Identity.from_string(_bytes(text).hex())
    if special == "ConnectionId":
        return Address(_bytes(text))
    if is_hex:
        raise ValueError("a hex literal is no number")
    if type_ == STRING:
        return text
    if special == "Timestamp":
        return _timestamp(text)
    if special == "Uuid":
        return UUID(text)
    if isinstance(type_, PrimitiveType) and type_.name[0] in "IU":
        return _integer(text, type_.name)
    if isinstance(type_, PrimitiveType) and type_.name[0] == "F":
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{text} is no number")
        return nearest_f32(float(text)) if type_.name == "F32" else float(text)
    raise ValueError("a type without literals")


def _bytes(text: str) -> bytes:
    found = _HEX.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is no hex")
    return bytes.fromhex(found[1])


def _timestamp(text: str) -> Timestamp:
    found = _RFC_3339.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is no date of RFC 3339")
    year, middle, seconds, fraction, sign, hours, minutes = found.groups()
    # A leap second is the one after it.
    leap = seconds == "60"
    early = int(year) <= _CYCLE_YEARS
    moment = datetime.fromisoformat(
        f"{int(year) + early * _CYCLE_YEARS:04}{middle.upper()}{'59' if leap else seconds}"
    )
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    zone = timezone(-offset if sign == "-" else offset)
    micros = (moment.replace(tzinfo=zone) - _EPOCH) // _MICROSECOND + int((fraction or "0").ljust(6, "0")[:6])
    return Timestamp(micros - early * _CYCLE_MICROS + leap * 1_000_000)


def _integer(text: str, name: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text} is no number")
    number = Decimal(text)
    bits = int(name[1:])
    lowest, highest = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if name[0] == "I" else (0, 2**bits - 1)
    if not lowest <= number <= highest:
        raise ValueError(f"{text} does not fit {name}")
    # to_integral_value() is exact, which int() of a Decimal with a giant exponent would not be cheaply.
    if number != number.to_integral_value():
        raise ValueError(f"{text} is no whole number")
    places = number.as_tuple().exponent
    if bits > 128 and isinstance(places, int) and places < 0:
        # As SpacetimeDB: with digits behind the point it is none, whatever they are.
        raise ValueError(f"{text} has a point")
    return int(number)
