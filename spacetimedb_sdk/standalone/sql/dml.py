"""INSERT, UPDATE and DELETE by the owner of a database (spec: sql.md section 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from ...errors import EncodeError
from ...types import Identity
from ..engine.database import Database
from ..errors import QueryError
from ..tables.table_store import TableStore
from .compiler import Catalog
from .literals import literal_value
from .parser import normalised
from .predicate import BoundColumn, PredicateWriter, Scope
from .relation import Moment, Relation
from .result import StatementResult
from .shape import sql_text

__all__ = ["Change", "compile_change"]

_ASSIGNED = "column/variable assignment expression"


@dataclass(frozen=True, slots=True)
class Change:
    """A change ready to run: `work` makes it, inside a transaction, and says how many rows it changed."""

    work: Callable[[], StatementResult]

    def run(self, database: Database, sender: Identity) -> StatementResult:
        """Makes the change as one transaction. QueryError for a value that does not fit its column; ReducerError for
        one that must be unique and is not."""
        results: list[StatementResult] = []
        try:
            database.change(lambda: results.append(self.work()), sender)
        except EncodeError as error:
            raise QueryError(str(error)) from None
        return results[0]


def compile_change(statement: exp.Expr, text: str, catalog: Catalog) -> Change:
    """The change that a parsed INSERT, UPDATE or DELETE makes. QueryError as SpacetimeDB words it."""
    allowed, compile_ = _CHANGES[type(statement)]
    if any(value for name, value in statement.args.items() if name not in allowed):
        raise QueryError(f"Unsupported: {normalised(text)}")
    return compile_(statement, text, catalog)


def _table(node: exp.Expr, catalog: Catalog) -> TableStore[object]:
    store = catalog.table(node)
    if not isinstance(store, TableStore):
        raise QueryError(f"`{store.name}` can only be read")
    return store


def _insert(statement: exp.Insert, text: str, catalog: Catalog) -> Change:
    target = statement.this
    names = target.expressions if isinstance(target, exp.Schema) else []
    into = target.this if isinstance(target, exp.Schema) else target
    if into.args.get("alias"):
        raise QueryError(
            "sql parser error: Expected SELECT, VALUES, or a subquery in the query body, found: AS"
        )
    store = _table(into, catalog)
    if statement.expression is None:
        raise QueryError(
            "sql parser error: Expected SELECT, VALUES, or a subquery in the query body, found: EOF"
        )
    if not isinstance(statement.expression, exp.Values):
        shown = sql_text(statement.expression)
        raise QueryError(f"Unsupported INSERT expression: {shown}")
    if len(names) != len(store.columns):
        raise QueryError(
            f"The number of fields ({len(names)}) in the INSERT does not match the number of columns "
            f"({len(store.columns)}) of the table `{store.name}`"
        )
    rows = [_row(store, values.expressions) for values in statement.expression.expressions]

    def work() -> StatementResult:
        before = store.count()
        for row in rows:
            store.insert(row)
        return StatementResult(inserted=len(rows) if store.is_event else store.count() - before)

    return Change(work)


def _row(store: TableStore[object], nodes: list[exp.Expr]) -> object:
    if len(nodes) != len(store.columns):
        raise QueryError(
            f"Inserting a row with {len(nodes)} values into `{store.name}` which has {len(store.columns)} fields"
        )
    pairs = zip(nodes, store.types.values(), strict=True)
    return store.row_class(
        *[literal_value(node, type_, store.typespace, stored="INSERT value") for node, type_ in pairs]
    )


def _matching(
    statement: exp.Expr, store: TableStore[object], catalog: Catalog
) -> Callable[[], Iterable[Any]]:
    scope = Scope()
    scope.add(store.name, store)
    writer = PredicateWriter(scope, catalog.sender)
    where = statement.args.get("where")
    if where is not None:
        writer.add(where.this)
    relation = Relation([store], [], [writer.filter_of(0)], None, writer.equalities, writer.comparisons)

    def found() -> list[object]:
        return [bound[0] for bound in relation.snapshot(Moment()) if bound is not None]

    return found


def _update(statement: exp.Update, text: str, catalog: Catalog) -> Change:
    if not statement.expressions:
        raise QueryError("sql parser error: Expected SET, found: EOF")
    if statement.this.args.get("alias"):
        raise QueryError(f"Unsupported: {normalised(text)}")
    store = _table(statement.this, catalog)
    scope = Scope()
    scope.add(store.name, store)
    values: dict[str, object] = {}
    for assignment in statement.expressions:
        if not isinstance(assignment, exp.EQ) or not isinstance(assignment.this, exp.Column):
            raise QueryError(f"Unsupported: {normalised(text)}")
        column = _assigned(scope, store, assignment)
        value = literal_value(assignment.expression, column.type, column.typespace, stored=_ASSIGNED)
        # As SpacetimeDB does, the first of several wins.
        values.setdefault(column.attribute, value)
    matching = _matching(statement, store, catalog)
    key = store.definition.primary_key
    in_place = key is not None and store.columns[key] not in values

    def work() -> StatementResult:
        rows = list(matching())
        changed = [row.replace(**values) for row in rows]
        if in_place:
            for row in changed:
                store.update(row)
        else:
            for row in rows:
                store.delete(row)
            for row in changed:
                store.insert(row)
        return StatementResult(updated=len(rows))

    return Change(work)


def _assigned(scope: Scope, store: TableStore[object], assignment: exp.EQ) -> BoundColumn:
    """The column that an assignment is to. QueryError where there is none, or where it gets no literal."""
    if assignment.this.table:
        raise QueryError(f"Multi-part names are not supported: {sql_text(assignment.this)}")
    try:
        return scope.column(assignment.this)
    except QueryError:
        name = assignment.this.name
        raise QueryError(f"`{store.name}` does not have a field `{name}`") from None


def _delete(statement: exp.Delete, text: str, catalog: Catalog) -> Change:
    if statement.this.args.get("alias"):
        raise QueryError(f"Unsupported table expression in DELETE: {sql_text(statement.this)}")
    store = _table(statement.this, catalog)
    matching = _matching(statement, store, catalog)

    def work() -> StatementResult:
        rows = list(matching())
        for row in rows:
            store.delete(row)
        return StatementResult(deleted=len(rows))

    return Change(work)


# What each statement may have, and who compiles it.
_CHANGES: dict[type[exp.Expr], tuple[frozenset[str], Callable[[Any, str, Catalog], Change]]] = {
    exp.Insert: (frozenset({"this", "expression"}), _insert),
    exp.Update: (frozenset({"this", "expressions", "where"}), _update),
    exp.Delete: (frozenset({"this", "where"}), _delete),
}
