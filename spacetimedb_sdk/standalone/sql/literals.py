"""The literals of SQL: each is typed by the column it meets (spec: sql.md section 4)."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
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
    return isinstance(node, (exp.Placeholder, exp.Parameter)) and node.name == "sender"


def literal_value(
    node: exp.Expr, type_: AlgebraicType, typespace: Typespace, *, stored: bool = False
) -> object:
    """The value of a literal as `type_`. QueryError for what is no literal, or none of that type.

    For what is to be `stored`, text is for String columns alone.
    """
    if isinstance(node, exp.Boolean):
        if type_ != BOOL:
            raise mismatch("Bool", type_name(type_, typespace))
        return bool(node.this)
    shown = ":sender" if is_sender(node) else sql_text(node)
    sign = ""
    while isinstance(node, exp.Neg):
        sign, node = ("" if sign else "-"), node.this
    if isinstance(node, exp.HexString):
        text, is_hex = str(node.this), True
    elif isinstance(node, exp.Literal) and not (sign and node.is_string):
        text, is_hex = sign + str(node.this), False
    else:
        raise _no_literal(node, shown, stored)
    if stored and isinstance(node, exp.Literal) and node.is_string and type_ != STRING:
        raise mismatch("String", type_name(type_, typespace))
    try:
        return _parse(text, is_hex, type_)
    except (ValueError, InvalidOperation, OverflowError):
        raise unreadable(text, type_name(type_, typespace)) from None


def _no_literal(node: exp.Expr, shown: str, stored: bool) -> QueryError:
    operator = _ARITHMETIC.get(type(node))
    if operator is not None and not stored:
        return QueryError(f"Unsupported binary operator: {operator}")
    literal = stored or isinstance(node, exp.Null)
    return QueryError(f"Unsupported {'literal ' if literal else ''}expression: {shown}")


def _parse(text: str, is_hex: bool, type_: AlgebraicType) -> object:
    if type_ == BYTES:
        return bytes.fromhex(text.removeprefix("0x"))
    special = special_name(type_)
    if special == "Identity":
        return Identity.from_string(text)
    if special == "ConnectionId":
        return Address(bytes.fromhex(text.removeprefix("0x")))
    if is_hex:
        raise ValueError("a hex literal is no number")
    if type_ == STRING:
        return text
    if special == "Timestamp":
        moment = datetime.fromisoformat(text)
        return Timestamp.from_datetime(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if special == "Uuid":
        return UUID(text)
    if isinstance(type_, PrimitiveType) and type_.name[0] in "IU":
        return _integer(text, type_.name)
    if isinstance(type_, PrimitiveType) and type_.name[0] == "F":
        return float(text)
    raise ValueError("a type without literals")


def _integer(text: str, name: str) -> int:
    number = Decimal(text)
    bits = int(name[1:])
    lowest, highest = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if name[0] == "I" else (0, 2**bits - 1)
    if not lowest <= number <= highest:
        raise ValueError(f"{text} does not fit {name}")
    # to_integral_value() is exact, which int() of a Decimal with a giant exponent would not be cheaply.
    if number != number.to_integral_value():
        raise ValueError(f"{text} is no whole number")
    return int(number)
