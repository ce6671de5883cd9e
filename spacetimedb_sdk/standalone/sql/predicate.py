"""From a parsed WHERE to Python functions over rows (spec: sql.md sections 2 and 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from ...sats.algebraic_type import (
    BOOL,
    BYTES,
    STRING,
    AlgebraicType,
    PrimitiveType,
    Typespace,
    special_name,
)
from ...types import Identity
from ..errors import QueryError
from ..tables.readable import ReadableTable
from .literals import is_sender, literal_value, mismatch, nearest_f32, type_name, unreadable, unwrapped
from .shape import sql_text

__all__ = ["Between", "BoundColumn", "Equality", "PredicateWriter", "Scope", "incomparable", "is_comparable"]

_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "==",
    exp.NEQ: "!=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_F32 = PrimitiveType("F32")
_FLOATS = (_F32, PrimitiveType("F64"))
_COMPARABLE = frozenset({"Identity", "ConnectionId", "Timestamp", "Uuid"})


@dataclass(frozen=True, slots=True)
class BoundColumn:
    """A column of the query's table number `source`: its place there, its attribute in rows, its type."""

    source: int
    index: int
    name: str
    attribute: str
    type: AlgebraicType
    typespace: Typespace = field(repr=False, compare=False)

    @property
    def type_name(self) -> str:
        """The type as errors speak of it."""
        return type_name(self.type, self.typespace)


@dataclass(frozen=True, slots=True)
class Equality:
    """A `column = literal` that every row of the result fulfils. Never on a float: those are rounded when compared."""

    column: BoundColumn
    value: object


@dataclass(frozen=True, slots=True)
class Between:
    """Numbers between which the column is in every row of the result, both included; None where there is no bound."""

    column: BoundColumn
    least: Any = None
    most: Any = None

    def within(self, other: Between) -> Between:
        """Where both hold."""
        least = [bound for bound in (self.least, other.least) if bound is not None]
        most = [bound for bound in (self.most, other.most) if bound is not None]
        return Between(self.column, max(least, default=None), min(most, default=None))


class Scope:
    """The tables of a query, each under its alias or its name."""

    def __init__(self) -> None:
        self.stores: list[ReadableTable] = []
        self._names: dict[str, int] = {}

    def add(self, name: str, store: ReadableTable) -> None:
        if name in self._names:
            raise QueryError(f"Duplicate name `{name}`")
        self._names[name] = len(self.stores)
        self.stores.append(store)

    def source(self, name: str) -> int:
        """The number of the table called so."""
        number = self._names.get(name)
        if number is None:
            raise QueryError(f"`{name}` is not in scope")
        return number

    def columns(self, source: int) -> Iterator[BoundColumn]:
        """All columns of a table, in order."""
        store = self.stores[source]
        for index, (name, attribute) in enumerate(zip(store.types, store.columns, strict=True)):
            yield BoundColumn(source, index, name, attribute, store.types[name], store.typespace)

    def column(self, node: exp.Column) -> BoundColumn:
        """The column a node names. QueryError where there is none, or where it must be qualified and is not."""
        table = f"{node.args['db'].name}.{node.table}" if node.args.get("db") else node.table
        if not table and len(self.stores) > 1:
            raise QueryError("Names must be qualified when using joins")
        for column in self.columns(self.source(table) if table else 0):
            if node.name in (column.name, column.attribute):
                return column
        raise QueryError(f"`{node.name}` is not in scope")


@dataclass(frozen=True, slots=True)
class _Part:
    """A condition as Python's text, the tables it is about, and the variables it reads, each with the expression of a row's
    f32 as columns of that type hold it."""

    sources: frozenset[int]
    text: str
    rounded: dict[str, str]


class PredicateWriter:
    """Collects the conditions of a query for `sender`: what concerns one table becomes that table's filter."""

    def __init__(self, scope: Scope, sender: Identity) -> None:
        self.names_sender = False
        self.equalities: list[Equality] = []
        self.ranges: dict[BoundColumn, Between] = {}
        self.comparisons = 0
        self._scope = scope
        self._sender = sender
        self._constants: dict[str, object] = {"f32": nearest_f32}
        self._used: set[int] = set()
        self._rounded: dict[str, str] = {}
        self._parts: list[_Part] = []

    def add(self, condition: exp.Expr) -> None:
        """One more condition. QueryError for what the subset has no place for."""
        try:
            for part in _conjuncts(condition):
                self._used, self._rounded = set(), {}
                text = self._condition(part)
                self._parts.append(_Part(frozenset(self._used), text, self._rounded))
                self._note_equality(part)
                self._note_range(part)
        except RecursionError:
            raise QueryError("Recursion limit exceeded, the expression is nested too deeply") from None

    def filter_of(self, source: int) -> Callable[[object], bool] | None:
        """What rows of that table must fulfil by themselves; None where that is nothing."""
        alone = {frozenset({source}), frozenset()} if source == 0 else {frozenset({source})}
        found: Callable[[object], bool] | None = self._function(
            [part for part in self._parts if part.sources in alone], [source]
        )
        return found

    def residual(self) -> Callable[..., bool] | None:
        """What rows of several tables must fulfil together: a function of one row of each table."""
        together = [part for part in self._parts if len(part.sources) > 1]
        found: Callable[..., bool] | None = self._function(together, range(len(self._scope.stores)))
        return found

    def _function(self, parts: list[_Part], sources: Sequence[int]) -> Any:
        if not parts:
            return None
        params = ", ".join(f"r{number}" for number in sources)
        # Once for a row, not for each comparison: of those there may be thousands. None is never what comes of it.
        rounded = {name: text for part in parts for name, text in part.rounded.items()}
        steps = [f"({name} := {text}) is not None" for name, text in rounded.items()]
        steps += [part.text for part in parts]
        # The source holds attribute names of row classes, operators and names of constants, nothing of the query.
        try:
            return eval(f"lambda {params}: {' and '.join(steps)}", self._constants)
        except (
            SyntaxError,
            MemoryError,
            RecursionError,
        ):  # how Python's parser speaks of too many parentheses
            raise QueryError("Recursion limit exceeded, the expression is nested too deeply") from None

    def _note_equality(self, part: exp.Expr) -> None:
        part = unwrapped(part)
        if not isinstance(part, exp.EQ):
            return
        sides = unwrapped(part.left), unwrapped(part.right)
        columns = [side for side in sides if isinstance(side, exp.Column)]
        if len(columns) == 1:
            column = self._scope.column(columns[0])
            (other,) = [side for side in sides if side is not columns[0]]
            if column.type not in _FLOATS:
                self.equalities.append(Equality(column, self._value(other, column)))

    def _note_range(self, part: exp.Expr) -> None:
        part = unwrapped(part)
        if not isinstance(part, (exp.LT, exp.LTE, exp.GT, exp.GTE)):
            return
        sides = unwrapped(part.left), unwrapped(part.right)
        columns = [side for side in sides if isinstance(side, exp.Column)]
        if len(columns) != 1:
            return
        column = self._scope.column(columns[0])
        if not isinstance(column.type, PrimitiveType) or column.type.name[0] not in "IUF":
            return
        (other,) = [side for side in sides if side is not columns[0]]
        bound: Any = self._value(other, column)
        is_most = isinstance(part, (exp.LT, exp.LTE)) is (sides[0] is columns[0])
        found = Between(column, most=bound) if is_most else Between(column, least=bound)
        self.ranges[column] = found.within(self.ranges.get(column, found))

    def _condition(self, node: exp.Expr) -> str:
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
            column = self._column(node)
            if column.type != BOOL:
                raise mismatch(column.type_name, "Bool")
            return f"r{column.source}.{column.attribute}"
        if isinstance(node, (exp.Literal, exp.HexString)):
            raise unreadable(str(node.this), "Bool")
        raise QueryError(f"Unsupported expression: {sql_text(node)}")

    def _comparison(self, node: exp.Binary, operator: str) -> str:
        self.comparisons += 1
        left, right = unwrapped(node.left), unwrapped(node.right)
        if _is_condition(left, right) or _is_condition(right, left):
            return f"({self._condition(left)}) {operator} ({self._condition(right)})"
        named = left if isinstance(left, exp.Column) else right
        if not isinstance(named, exp.Column):
            raise QueryError("Cannot resolve type for literal expression")
        column = self._column(named)
        first, second = self._operand(left, column), self._operand(right, column)
        type_ = column.type
        if not is_comparable(type_):
            shown = "=" if operator == "==" else "<>" if operator == "!=" else operator
            raise incomparable(shown, column)
        if special_name(type_) in ("Identity", "ConnectionId"):
            first, second = f"{first}.data", f"{second}.data"
        return f"{first} {operator} {second}"

    def _column(self, node: exp.Column) -> BoundColumn:
        column = self._scope.column(node)
        self._used.add(column.source)
        return column

    def _operand(self, node: exp.Expr, compared: BoundColumn) -> str:
        if isinstance(node, exp.Column):
            column = self._column(node)
            if column.type != compared.type:
                raise mismatch(column.type_name, compared.type_name)
            value = f"r{column.source}.{column.attribute}"
            if column.type != _F32:
                return value
            name = f"f{column.source}_{column.index}"
            self._rounded[name] = f"f32({value})"
            return name
        name = f"c{len(self._constants)}"
        # A literal of an f32 is rounded already.
        self._constants[name] = self._value(node, compared)
        return name

    def _value(self, node: exp.Expr, column: BoundColumn) -> object:
        if not is_sender(node):
            return literal_value(node, column.type, column.typespace)
        self.names_sender = True
        if special_name(column.type) == "Identity":
            return self._sender
        if column.type == BYTES:
            return self._sender.data
        if column.type == STRING:
            return str(self._sender)
        raise unreadable(str(self._sender), column.type_name)


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions that must all hold."""
    inner = unwrapped(node)
    if isinstance(inner, exp.And):
        for part in inner.flatten(unnest=False):
            yield from _conjuncts(part)
    else:
        yield node


def _is_condition(node: exp.Expr, other: exp.Expr) -> bool:
    """Whether this is true or false by itself, whatever it is compared with: `true` is a literal to a column."""
    if isinstance(node, exp.Boolean):
        return not isinstance(other, exp.Column)
    return isinstance(node, (exp.And, exp.Or)) or type(node) in _OPERATORS


def incomparable(operator: str, column: BoundColumn) -> QueryError:
    return QueryError(f"Invalid binary operator `{operator}` for type `{column.type_name}`")


def is_comparable(type_: AlgebraicType) -> bool:
    """Whether values of this type can be compared by SQL."""
    return isinstance(type_, PrimitiveType) or type_ == BYTES or special_name(type_) in _COMPARABLE
