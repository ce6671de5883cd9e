"""The SQL of subscriptions and one-off queries (spec: sql.md section 2): `SELECT * FROM t [WHERE ...]`, no joins.

sqlglot parses; what is allowed becomes the source of one Python function over a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from ..types import Identity
from .datastore import TableChange
from .errors import QueryError
from .predicate import PredicateWriter
from .table_store import TableStore

__all__ = ["Query", "compile_query", "is_all_tables", "normalised"]

_ALL_TABLES = re.compile(r"select\s+\*\s+from\s+\*\s*;?\s*\Z", re.IGNORECASE)
_FIRST_WORD = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(\S+)", re.DOTALL)
_STATEMENTS = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "TRUNCATE"}
    | {"SET", "SHOW", "WITH", "VALUES", "EXPLAIN", "MERGE", "GRANT", "REVOKE"}
)
_DML = (exp.Insert, exp.Update, exp.Delete)
_ORDERING = frozenset({"order", "limit", "offset", "fetch", "locks"})
_ALLOWED = frozenset({"expressions", "from", "from_", "where", "joins", "kind"})


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled query over one table; without a `predicate` every row matches."""

    text: str
    store: TableStore[Any]
    predicate: Callable[[Any], bool] | None
    names_sender: bool

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables it reads."""
        return (self.store.name,)

    @property
    def equality(self) -> tuple[int, Any] | None:
        return None

    def select(self, rows: list[Any]) -> list[Any]:
        """Those of `rows` that match, in their order."""
        return rows if self.predicate is None else list(filter(self.predicate, rows))

    def rows(self) -> list[Any]:
        """All rows that match now."""
        return self.select(self.store.rows())

    def delta(self, changes: Mapping[str, TableChange]) -> tuple[list[Any], list[Any]]:
        """The rows that `changes`, by table, take away and bring."""
        change = changes[self.store.name]
        return self.select(change.deletes), self.select(change.inserts)


def is_all_tables(text: str) -> bool:
    """Whether this is `SELECT * FROM *`, in any case and spacing."""
    return _ALL_TABLES.match(text.strip()) is not None


def normalised(text: str) -> str:
    """The text by which queries are told apart."""
    return text.strip().removesuffix(";").rstrip()


def compile_query(
    text: str, stores: Mapping[str, TableStore[Any]], sender: Identity, *, unknown_table: str
) -> Query:
    """The query of `text`, asked by `sender`. QueryError as SpacetimeDB words it; `unknown_table` is its text for a
    table that is missing or private."""
    select = _parse(text)
    _check_clauses(select, text)
    source: Any = select.args.get("from_") or select.args.get("from")
    table = source.this
    if not isinstance(table, exp.Table) or table.args.get("db"):
        raise QueryError(unknown_table.format(table.sql()))
    store = stores.get(table.name)
    if store is None or not store.definition.is_public:
        raise QueryError(unknown_table.format(table.name))
    name = table.alias or table.name
    _check_projection(select, name)
    where = select.args.get("where")
    if where is None:
        return Query(normalised(text), store, None, False)
    writer = PredicateWriter(store, name, sender)
    try:
        predicate = writer.compile(where.this)
    except RecursionError:
        raise QueryError("Recursion limit exceeded, the expression is nested too deeply") from None
    return Query(normalised(text), store, predicate, writer.names_sender)


def _parse(text: str) -> exp.Select:
    first = _FIRST_WORD.match(text)
    if first is None:
        raise QueryError("SubscriptionError: Empty string")
    word = first[1].rstrip(";")
    if word.upper() not in _STATEMENTS:
        line = text.count("\n", 0, first.start(1)) + 1
        column = first.start(1) - (text.rfind("\n", 0, first.start(1)) + 1) + 1
        found = re.match(r"\w+|.", word)
        raise QueryError(
            f"sql parser error: Expected an SQL statement, found: {found[0] if found else word} "
            f"at Line: {line}, Column {column}"
        )
    try:
        statements = [
            statement for statement in sqlglot.parse(text, read="postgres") if statement is not None
        ]
    except (ParseError, TokenError) as error:
        details = getattr(error, "errors", None)
        reason = details[0]["description"] if details else str(error).splitlines()[0]
        raise QueryError(f"sql parser error: {reason}") from None
    except RecursionError:
        raise QueryError("sql parser error: recursion limit exceeded") from None
    if len(statements) != 1:
        raise QueryError("Multiple SQL statements are not supported")
    statement = statements[0]
    if isinstance(statement, _DML):
        raise QueryError("Unsupported: Non-SELECT queries")
    if not isinstance(statement, exp.Select):
        raise QueryError(f"Unsupported: {normalised(text)}")
    return statement


def _check_clauses(select: exp.Select, text: str) -> None:
    present = {name for name, value in select.args.items() if value}
    if present & _ORDERING:
        raise QueryError(f"Unsupported: {normalised(text)}")
    if present - _ALLOWED or not present & {"from", "from_"}:
        raise QueryError(f"Unsupported SELECT: {normalised(text)}")
    if "joins" in present:
        raise QueryError(f"Unsupported: joins are not part of this server's SQL: {normalised(text)}")


def _check_projection(select: exp.Select, name: str) -> None:
    (projection, *more) = select.expressions
    if isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
        if projection.table != name:
            raise QueryError(f"`{projection.table}` is not in scope")
        projection = projection.this
    if more or not isinstance(projection, exp.Star):
        raise QueryError(
            "Column projections are not supported in subscriptions; Subscriptions must return a table type"
        )
