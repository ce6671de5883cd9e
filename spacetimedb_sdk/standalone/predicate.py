"""From a parsed WHERE to a Python function over a row (spec: sql.md sections 2 and 4)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlglot import exp

from ..sats.algebraic_type import BOOL, BYTES, STRING, AlgebraicType, PrimitiveType, Ref, special_name
from ..types import Address, Identity, Timestamp
from .errors import QueryError
from .table_store import TableStore

__all__ = ["PredicateWriter"]

_OPERATORS: dict[Any, str] = {
    exp.EQ: "==",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_F32 = struct.Struct("<f")
_COMPARABLE = frozenset({"Identity", "ConnectionId", "Timestamp", "Uuid"})


def _f32(value: float) -> float:
    """The nearest f32, as a column of that type holds it on the wire."""
    try:
        rounded: float = _F32.unpack(_F32.pack(value))[0]
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    return rounded


class PredicateWriter:
    """Compiles the conditions on one table, called `name` in the query, for `sender`."""

    def __init__(self, store: TableStore[Any], name: str, sender: Identity) -> None:
        self.names_sender = False
        self._store = store
        self._name = name
        self._sender = sender
        self._constants: dict[str, Any] = {"f32": _f32}
        self._attributes = dict(zip(store.types, store.columns, strict=True))

    def compile(self, condition: Any) -> Callable[[Any], bool]:
        """QueryError for what the subset has no place for; RecursionError for what is nested too deeply."""
        source = self._condition(condition)
        # The source holds attribute names of the row class, operators and names of constants, nothing of the query.
        try:
            predicate: Callable[[Any], bool] = eval(f"lambda row: {source}", self._constants)
        except (SyntaxError, MemoryError):  # how Python's own parser speaks of too many parentheses
            raise RecursionError from None
        return predicate

    def _condition(self, node: Any) -> str:
        if isinstance(node, exp.Paren):
            return f"({self._condition(node.this)})"
        if isinstance(node, (exp.And, exp.Or)):
            word = " and " if isinstance(node, exp.And) else " or "
            return f"({word.join(self._condition(part) for part in node.flatten(unnest=False))})"
        if isinstance(node, exp.Binary) and type(node) in _OPERATORS:
            return self._comparison(node, _OPERATORS[type(node)])
        if isinstance(node, exp.Boolean):
            return str(bool(node.this))
        if isinstance(node, exp.Column):
            source, type_ = self._column(node)
            if type_ != BOOL:
                raise QueryError(f"Unexpected type: (expected) Bool != {_type_name(type_)} (inferred)")
            return source
        raise QueryError(f"Unsupported expression: {node.sql(dialect='postgres')}")

    def _comparison(self, node: exp.Binary, operator: str) -> str:
        left, right = _unwrap(node.left), _unwrap(node.right)
        column = left if isinstance(left, exp.Column) else right
        if not isinstance(column, exp.Column):
            raise QueryError("Cannot resolve type for literal expression")
        _, type_ = self._column(column)
        if not _comparable(type_):
            shown = node.sql(dialect="postgres")
            raise QueryError(f"Invalid binary operator for type `{_type_name(type_)}`: {shown}")
        first, second = self._operand(left, type_), self._operand(right, type_)
        if special_name(type_) in ("Identity", "ConnectionId"):
            first, second = f"{first}.data", f"{second}.data"
        elif type_ == PrimitiveType("F32"):
            first, second = f"f32({first})", f"f32({second})"
        return f"{first} {operator} {second}"

    def _column(self, node: exp.Column) -> tuple[str, AlgebraicType]:
        if node.table and node.table != self._name:
            raise QueryError(f"`{node.table}` is not in scope")
        for canonical, attribute in self._attributes.items():
            if node.name in (canonical, attribute):
                return f"row.{attribute}", self._store.types[canonical]
        raise QueryError(f"`{node.name}` is not in scope")

    def _operand(self, node: Any, type_: AlgebraicType) -> str:
        if isinstance(node, exp.Column):
            source, found = self._column(node)
            if found != type_:
                raise QueryError(
                    f"Unexpected type: (expected) {_type_name(type_)} != {_type_name(found)} (inferred)"
                )
            return source
        if isinstance(node, (exp.Placeholder, exp.Parameter)) and node.name == "sender":
            if special_name(type_) != "Identity":
                raise QueryError(f"Unexpected type: (expected) {_type_name(type_)} != Identity (inferred)")
            self.names_sender = True
            return self._constant(self._sender)
        if isinstance(node, exp.Boolean):
            if type_ != BOOL:
                raise QueryError(f"Unexpected type: (expected) Bool != {_type_name(type_)} (inferred)")
            return self._constant(bool(node.this))
        return self._constant(_literal(node, type_))

    def _constant(self, value: Any) -> str:
        name = f"c{len(self._constants)}"
        self._constants[name] = value
        return name


def _unwrap(node: Any) -> Any:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _type_name(type_: AlgebraicType) -> str:
    return special_name(type_) or (f"&{type_.index}" if isinstance(type_, Ref) else repr(type_))


def _comparable(type_: AlgebraicType) -> bool:
    return isinstance(type_, PrimitiveType) or type_ == BYTES or special_name(type_) in _COMPARABLE


def _literal(node: Any, type_: AlgebraicType) -> Any:
    """The value a literal has as `type_`: literals are typed by the column they meet."""
    sign = ""
    while isinstance(node, exp.Neg):
        sign, node = ("" if sign else "-"), node.this
    if isinstance(node, exp.HexString):
        text, is_hex = str(node.this), True
    elif isinstance(node, exp.Literal):
        text, is_hex = sign + str(node.this), False
    else:
        raise QueryError(f"Unsupported expression: {node.sql(dialect='postgres')}")
    try:
        return _parse_literal(text, is_hex, type_)
    except (ValueError, InvalidOperation, OverflowError):
        shown = f"0x{text}" if is_hex else text
        raise QueryError(
            f"The literal expression `{shown}` cannot be parsed as type `{_type_name(type_)}`"
        ) from None


def _parse_literal(text: str, is_hex: bool, type_: AlgebraicType) -> Any:
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
    raise ValueError(f"there are no literals of {_type_name(type_)}")


def _integer(text: str, name: str) -> int:
    number = Decimal(text)
    bits = int(name[1:])
    lowest, highest = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if name[0] == "I" else (0, 2**bits - 1)
    if not lowest <= number <= highest or number != number.to_integral_value():
        raise ValueError(f"{text} does not fit {name}")
    return int(number)
