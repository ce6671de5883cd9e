"""From a parsed SELECT to the relation behind it: its tables, joins and conditions (spec: sql.md sections 2 and 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from ...types import Identity
from ..errors import QueryError
from ..tables.readable import ReadableTable
from .literals import mismatch
from .parser import lists_tables, normalised
from .predicate import Equality, PredicateWriter, Scope, incomparable, is_comparable
from .relation import Filter, FilteredTable, Join, Relation
from .shape import sql_text

__all__ = ["Catalog", "Compiled", "check_clauses", "compile_relation"]

_ORDERING = frozenset({"order", "offset", "fetch", "locks"})
_ALLOWED = frozenset({"expressions", "from", "from_", "where", "joins", "kind", "limit"})


class Catalog:
    """The tables that `sender` can see: public ones, for the owner private ones too."""

    def __init__(
        self,
        stores: Mapping[str, ReadableTable],
        sender: Identity,
        *,
        is_owner: bool,
        unknown_table: str,
        row_limit: int | None,
    ) -> None:
        self.sender = sender
        self._row_limit = row_limit
        self._stores = stores
        self._is_owner = is_owner
        self._unknown_table = unknown_table

    def check_row_limit(self, relation: Relation) -> None:
        """QueryError where others than the owner ask for more rows than the owner allows."""
        if self._row_limit is None or self._is_owner:
            return
        rows = relation.estimate()
        if rows > self._row_limit:
            raise QueryError(f"Estimated cardinality ({rows} rows) exceeds limit ({self._row_limit} rows)")

    def table(self, node: exp.Expr) -> ReadableTable:
        """The table a node names. QueryError where there is none, in the same words where it is private."""
        if not isinstance(node, exp.Table) or not isinstance(node.this, exp.Identifier):
            raise QueryError(f"Unsupported FROM expression: {sql_text(node)}")
        plain = {"this", "alias", "db"}
        if any(value for name, value in node.args.items() if name not in plain) or (
            node.args.get("alias") and node.args["alias"].args.get("columns")
        ):
            raise QueryError(f"Unsupported FROM expression: {sql_text(node)}")
        name = f"{node.db}.{node.name}" if node.args.get("db") else node.name
        store = self._stores.get(name) or next(
            (store for store in self._stores.values() if store.definition.source_name == name), None
        )
        if store is None or not (store.definition.is_public or self._is_owner):
            raise QueryError(self._unknown_table.format(name))
        return store


@dataclass(frozen=True, slots=True)
class Compiled:
    """`names_sender`: the result depends on who asks, by `:sender` or because a table of it is the owner's alone."""

    scope: Scope
    relation: Relation
    names_sender: bool


def check_clauses(select: exp.Select, text: str, *, allow_limit: bool) -> None:
    """QueryError for a SELECT with clauses that SpacetimeDB has not."""
    present = {name for name, value in select.args.items() if value}
    if present & _ORDERING or ("limit" in present and not allow_limit):
        raise QueryError(f"Unsupported: {normalised(text)}")
    if present - _ALLOWED:
        # SpacetimeDB words it so for subscriptions, and like the above elsewhere.
        raise QueryError(f"Unsupported{'' if allow_limit else ' SELECT'}: {normalised(text)}")
    if not present & {"from", "from_"}:
        raise QueryError("A FROM clause is required")
    plain = [
        join for join in select.args.get("joins") or () if len([v for v in join.args.values() if v]) == 1
    ]
    if plain and lists_tables(text):
        raise QueryError("Implicit joins are not supported")


def compile_relation(select: exp.Select, catalog: Catalog) -> Compiled:
    """The tables, joins and conditions of `select`. QueryError as SpacetimeDB words it."""
    source: Any = select.args.get("from_") or select.args.get("from")
    scope = Scope()
    _add_table(scope, source.this, catalog)
    writer = PredicateWriter(scope, catalog.sender)
    joins = []
    for join in select.args.get("joins") or ():
        _check_join(join)
        _add_table(scope, join.this, catalog)
        condition = join.args.get("on")
        if condition is not None:
            joins.append(_join(scope, condition))
    where = select.args.get("where")
    if where is not None:
        writer.add(where.this)
    numbers = range(len(scope.stores))
    filtered = {
        number: store for number, store in enumerate(scope.stores) if isinstance(store, FilteredTable)
    }
    relation = Relation(
        [filtered[number].store if number in filtered else scope.stores[number] for number in numbers],
        joins,
        [_shown(filtered.get(number), writer.filter_of(number)) for number in numbers],
        writer.residual(),
        # Those that the text says come first: they are thought to say more.
        [
            *writer.equalities,
            *(found for number in filtered for found in _equalities(filtered[number], number)),
        ],
        writer.comparisons,
        list(writer.ranges.values()),
        list(filtered.values()),
    )
    private = any(not store.definition.is_public for store in scope.stores)
    return Compiled(scope, relation, writer.names_sender or private)


def _shown(table: FilteredTable | None, keep: Filter | None) -> Filter | None:
    """What rows must fulfil that the client sees and the text asks for."""
    shows = table.shows if table is not None else None
    if shows is None or keep is None:
        return shows or keep
    return lambda row: shows(row) and keep(row)


def _equalities(table: FilteredTable, source: int) -> list[Equality]:
    """What holds for all that the client sees of a table that is number `source` of a query."""
    return [replace(found, column=replace(found.column, source=source)) for found in table.equalities]


def _add_table(scope: Scope, node: exp.Expr, catalog: Catalog) -> None:
    store = catalog.table(node)
    assert isinstance(node, exp.Table)
    scope.add(node.alias or (f"{node.db}.{node.name}" if node.args.get("db") else node.name), store)


def _check_join(join: exp.Join) -> None:
    if (
        join.args.get("side")
        or join.args.get("method")
        or join.args.get("kind") not in (None, "", "INNER", "CROSS")
    ):
        raise QueryError("Non-inner joins are not supported")
    if join.args.get("using") or join.args.get("match_condition"):
        raise QueryError("Non-inner joins are not supported")


def _join(scope: Scope, condition: exp.Expr) -> Join:
    if not isinstance(condition, exp.EQ):
        raise QueryError("Non-inner joins are not supported")
    one, other = condition.left, condition.right
    if not isinstance(one, exp.Column) or not isinstance(other, exp.Column):
        raise QueryError("Non-inner joins are not supported")
    left, right = scope.column(one), scope.column(other)
    if left.type != right.type:
        raise mismatch(right.type_name, left.type_name)
    if not is_comparable(left.type):
        raise incomparable("=", left)
    newest = len(scope.stores) - 1
    if left.source == right.source or newest not in (left.source, right.source):
        raise QueryError(f"Unsupported JOIN condition: {sql_text(condition)}")
    return Join(left, right)
