"""The SQL of subscriptions and one-off queries (spec: sql.md section 2): `SELECT [t.]* FROM t [JOIN ...] [WHERE ...]`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from ...types import Identity
from ..errors import QueryError
from ..tables.readable import SubscribableTable
from .compiler import Catalog, Compiled, check_clauses, compile_relation
from .parser import MAX_SQL_LENGTH, normalised, parse_statement
from .query import JoinOnce, JoinQuery, Query, TableQuery
from .relation import FilteredTable, is_indexed
from .shape import sql_text

__all__ = ["Query", "compile_query", "is_all_tables", "normalised"]

_ALL_TABLES = ["select", "*", "from", "*"]
# As SpacetimeDB: changes of a join of more are not worked out.
_MAX_TABLES = 2


def is_all_tables(text: str) -> bool:
    """Whether this is `SELECT * FROM *`, in any case and spacing."""
    return len(text) <= MAX_SQL_LENGTH and normalised(text).lower().split() == _ALL_TABLES


def compile_query(
    text: str,
    stores: Mapping[str, SubscribableTable],
    sender: Identity,
    *,
    unknown_table: str,
    is_owner: bool = False,
    row_limit: int | None = None,
    once: bool = False,
) -> Query:
    """The query of `text`, asked by `sender`. QueryError as SpacetimeDB words it; `unknown_table` is its text for a
    table that is missing or, unless the owner asks, private. `row_limit` bounds what others may ask for. A query that is
    answered `once` may join as many tables as it likes, by any columns: no changes of it are worked out."""
    refused = "Unsupported: Non-SELECT queries"
    select = parse_statement(text, empty="SubscriptionError: Empty string", no_change=refused)
    if not isinstance(select, exp.Select):
        raise QueryError(refused)
    check_clauses(select, text, allow_limit=False)
    joined = len(select.args.get("joins") or ())
    if joined >= _MAX_TABLES and not once:
        raise QueryError(f"Invalid number of tables in subscription: {joined + 1}")
    catalog = Catalog(stores, sender, is_owner=is_owner, unknown_table=unknown_table, row_limit=row_limit)
    compiled = compile_relation(select, catalog)
    projected = _projected(select, compiled)
    is_light = joined < _MAX_TABLES and _has_indexes(compiled)
    if not is_light and not once:
        raise QueryError("Subscriptions require indexes on join columns")
    relation = compiled.relation
    sources = [_itself(stores[source.name]) for source in relation.stores]
    catalog.check_row_limit(relation)
    if len(sources) == 1:
        return TableQuery(normalised(text), relation, sources[0], names_sender=compiled.names_sender)
    if any(store.is_event for number, store in enumerate(sources) if number != projected):
        raise QueryError("Unsupported: event tables cannot be looked up by a join")
    make = JoinQuery if is_light else JoinOnce
    return make(normalised(text), relation, sources, projected, names_sender=compiled.names_sender)


def _itself(store: SubscribableTable) -> SubscribableTable:
    return store.store if isinstance(store, FilteredTable) else store


def _projected(select: exp.Select, compiled: Compiled) -> int:
    """Which table's rows are returned."""
    if not select.expressions:
        raise QueryError(f"Unsupported SELECT: {sql_text(select)}")
    projection, *more = select.expressions
    source = None
    if isinstance(projection, exp.Column) and isinstance(projection.this, exp.Star):
        source = compiled.scope.source(projection.table)
        projection = projection.this
    if more or not isinstance(projection, exp.Star) or any(projection.args.values()):
        raise QueryError(
            "Column projections are not supported in subscriptions; Subscriptions must return a table type"
        )
    if len(compiled.relation.stores) == 1:
        return 0
    if source is None:
        raise QueryError("SELECT * is not supported for joins")
    return source


def _has_indexes(compiled: Compiled) -> bool:
    """Whether changes of the join can be worked out from the changed rows alone."""
    relation = compiled.relation
    return len(relation.joins) + 1 == len(relation.stores) and all(
        is_indexed(relation.stores[column.source], column)
        for join in relation.joins
        for column in (join.left, join.right)
    )
