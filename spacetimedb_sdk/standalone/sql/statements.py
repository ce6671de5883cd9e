"""SQL over HTTP: SELECT with columns, COUNT and LIMIT, changes by the owner, SET and SHOW (spec: sql.md section 3)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from functools import partial

from sqlglot import exp

from ...sats.algebraic_type import (
    BOOL,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    I128,
    STRING,
    U8,
    U16,
    U32,
    U64,
    U128,
    AlgebraicType,
    Element,
    SumType,
    Typespace,
)
from ...sats.json.encoding import JsonEncoder, json_encoder
from ...types import Identity
from ..answer_slots import LONG_ANSWER_BYTES
from ..engine.database import Database
from ..errors import QueryError
from ..tables.long_rows import is_long, may_be_long
from ..tables.readable import ReadableTable
from ..turns import Share
from .allowance import MAX_RESULT_ROWS, Allowance, aside_if_long
from .compiler import Catalog, Compiled, check_clauses, compile_relation
from .dml import compile_change
from .literals import literal_value, mismatch
from .parser import check_length, normalised, parse_statement
from .predicate import BoundColumn
from .relation import ROWS_PER_STEP, Moment, Relation
from .result import RowTexts, StatementResult, resolved
from .shape import sql_text
from .system_tables import system_tables
from .visibility import VisibleTables

__all__ = ["StatementRunner"]

# Possessive throughout: no text makes them go back.
_SET = re.compile(r"\s*+SET\s++(\w++)\s*+(?:=|TO\b)\s*+([^\s;]++)\s*+;?\s*+\Z", re.IGNORECASE)
_SHOW = re.compile(r"\s*+SHOW\s++(\w++)\s*+;?\s*+\Z", re.IGNORECASE)
# As many as most tables have: what a step of the search allows for.
_COLUMNS_PER_STEP = 8
# What a variable of SpacetimeDB can hold.
_NAMED = {"Bool": BOOL, "I8": I8, "U8": U8, "I16": I16, "U16": U16, "I32": I32, "U32": U32}
_NAMED |= {"I64": I64, "U64": U64, "I128": I128, "U128": U128, "F32": F32, "F64": F64, "String": STRING}
_VARIABLE = SumType(tuple(Element(name, type_) for name, type_ in _NAMED.items()))
_U64_TAG = list(_NAMED).index("U64")


class StatementRunner:
    """Runs the statements of HTTP requests on `database`, of which each client may read what is `visible` to it."""

    def __init__(self, database: Database, visible: VisibleTables) -> None:
        self._database = database
        self._system_tables = system_tables(database)
        self._visible = visible

    async def run(self, text: str, sender: Identity, share: Share) -> StatementResult:
        """What came of the one statement of `text`, for the client of that `share`. QueryError for what is refused; ReducerError where a change is
        (a unique column's value that is taken)."""
        check_length(text)
        variable = self._variable(text, sender)
        if variable is not None:
            return variable
        foreign = None if sender == self._database.owner else self._not_owner(sender)
        statement = await aside_if_long(
            text, share, lambda: parse_statement(text, empty="Empty SQL query", no_change=foreign)
        )
        if isinstance(statement, exp.Select):
            await self._room_for(statement, share)
            catalog = self._catalog(sender, self._visible.stores(sender))
            return await self._select(statement, text, catalog, share)
        self._check_owner(sender)
        catalog = self._catalog(sender, self._database.datastore.stores)
        change = await aside_if_long(text, share, lambda: compile_change(statement, text, catalog))
        return change.run(self._database, sender)

    async def _room_for(self, select: exp.Select, share: Share) -> None:
        """Waits for a slot where all rows of a large table are asked for. Others' length shows when they are made."""
        if any(select.args.get(clause) for clause in ("where", "joins", "limit")) or select.find(exp.Count):
            return
        stores = self._database.datastore.stores
        named = [stores.get(table.name) for table in select.find_all(exp.Table)]
        size = sum(store.about_bytes() for store in named if store is not None)
        if size > LONG_ANSWER_BYTES:
            await share.slot(size)

    def _catalog(self, sender: Identity, stores: Mapping[str, ReadableTable]) -> Catalog:
        database = self._database
        return Catalog(
            {**self._system_tables, **stores},
            sender,
            is_owner=sender == database.owner,
            unknown_table=database.compatibility.unknown_table,
            row_limit=database.row_limit,
        )

    def _not_owner(self, sender: Identity) -> str:
        return self._database.compatibility.foreign_change.format(sender)

    def _check_owner(self, sender: Identity) -> None:
        if sender != self._database.owner:
            raise QueryError(self._not_owner(sender))

    # Variables

    def _variable(self, text: str, sender: Identity) -> StatementResult | None:
        show = _SHOW.match(text)
        assign = None if show else _SET.match(text)
        found = show or assign
        if found is None:
            return None
        if found[1] != "row_limit":
            raise QueryError(f"{found[1]} is not a valid system variable")
        if assign is not None:
            self._check_owner(sender)
            self._database.row_limit = _row_limit(assign[2])
            return StatementResult(inserted=1)
        limit = self._database.row_limit
        rows = [] if limit is None else [b"[[%d,%d]]" % (_U64_TAG, limit)]
        return StatementResult((Element("value", _VARIABLE),), rows)

    # SELECT

    async def _select(self, select: exp.Select, text: str, catalog: Catalog, share: Share) -> StatementResult:
        check_clauses(select, text, allow_limit=True)
        compiled = await aside_if_long(text, share, lambda: compile_relation(select, catalog))
        limit = _limit(select, text)
        counted = _counted(select)
        if counted is None:
            columns = _projection(select, compiled)
            encoders = [self._encoder(column.type) for _, column in columns]
        allowance = Allowance(share)
        await self._visible.found(compiled.relation.stores, allowance)
        catalog.check_row_limit(compiled.relation)
        if counted is not None:
            count = 0
            async for _row in _found(compiled.relation, allowance, 0):
                count += 1
            return StatementResult((Element(counted, U64),), [b"[%d]" % count][:limit])
        rows = RowTexts()
        places = [(column.source, column.attribute) for _, column in columns]
        slow = [source for source, store in enumerate(compiled.scope.stores) if may_be_long(store)]

        def text_of(bound: tuple[object, ...]) -> str:
            values = [
                encode(getattr(bound[source], attribute))
                for encode, (source, attribute) in zip(encoders, places, strict=True)
            ]
            return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

        if limit != 0:
            async for bound in _found(compiled.relation, allowance, len(columns)):
                if slow and any(is_long(bound[source]) for source in slow):
                    text = await allowance.aside(partial(text_of, bound))
                else:
                    text = text_of(bound)
                written = rows.add(text)
                if written:
                    await allowance.checkpoint(written)
                if rows.count == limit:
                    break
                if rows.count > MAX_RESULT_ROWS:
                    raise QueryError(f"The result exceeds {MAX_RESULT_ROWS} rows: add a LIMIT")
        typespace = self._database.definition.typespace
        elements = tuple(Element(name, resolved(typespace, column.type)) for name, column in columns)
        return StatementResult(elements, rows.pieces())

    def _encoder(self, type_: AlgebraicType) -> JsonEncoder:
        return json_encoder(self._database.datastore.space, type_, positional=True)


async def _found(relation: Relation, allowance: Allowance, columns: int) -> AsyncIterator[tuple[object, ...]]:
    """The rows of a relation as it was at the first step, giving way to others again and again: the sooner the more
    `columns` of them are written, and the same one may be asked for thousands of times."""
    step = max(ROWS_PER_STEP // (1 + relation.comparisons + columns // _COLUMNS_PER_STEP), 1)
    for number, bound in enumerate(relation.snapshot(Moment()), 1):
        if bound is not None:
            yield bound
        if number % step == 0:
            await allowance.checkpoint()


def _row_limit(literal: str) -> int:
    if literal.lower() in ("true", "false"):
        raise mismatch("U64", "Bool")
    if literal.startswith("'"):
        raise mismatch("U64", "String")
    if not literal[0].isdigit() and literal[0] != ".":
        raise QueryError(f"Unsupported column/variable assignment expression: {literal}")
    return _u64(literal)


def _limit(select: exp.Select, text: str) -> int | None:
    limit = select.args.get("limit")
    if limit is None:
        return None
    count = limit.expression
    if isinstance(count, exp.Var) and count.name.upper() == "ALL":
        return None
    if not isinstance(count, exp.Literal) or count.is_string or str(count.this)[0] in "+-":
        raise QueryError(f"Unsupported: {normalised(text)}")
    return _u64(str(count.this))


def _u64(literal: str) -> int:
    """The number a literal stands for."""
    number = literal_value(exp.Literal.number(literal), U64, Typespace(()))
    assert isinstance(number, int)
    return number


def _counted(select: exp.Select) -> str | None:
    """The column name of `COUNT(*) AS n`, None where columns are asked for."""
    for projection in select.expressions:
        function = projection.this if isinstance(projection, exp.Alias) else projection
        if not isinstance(function, exp.Func):
            continue
        if not isinstance(function, exp.Count) or not isinstance(function.this, exp.Star):
            shown = sql_text(function, normalize_functions=False)
            raise QueryError(f"Unsupported aggregate function: {shown}")
        if not isinstance(projection, exp.Alias):
            raise QueryError("Aggregate expressions must have column aliases")
        if len(select.expressions) > 1:
            raise QueryError("Unsupported projection expression: COUNT(*)")
        return projection.alias
    return None


def _projection(select: exp.Select, compiled: Compiled) -> list[tuple[str, BoundColumn]]:
    """The columns asked for, by the names they get."""
    scope = compiled.scope
    first = select.expressions[0] if select.expressions else None
    star = first.this if isinstance(first, exp.Column) else first
    if isinstance(star, exp.Star):
        if len(select.expressions) > 1 or any(star.args.values()):
            raise QueryError("Mixed wildcard projections are not supported")
        if isinstance(first, exp.Column):
            return [(column.name, column) for column in scope.columns(scope.source(first.table))]
        if len(scope.stores) > 1:
            raise QueryError("SELECT * is not supported for joins")
        return [(column.name, column) for column in scope.columns(0)]
    columns: dict[str, BoundColumn] = {}
    for projection in select.expressions:
        node = projection.this if isinstance(projection, exp.Alias) else projection
        if not isinstance(node, exp.Column) or isinstance(node.this, exp.Star):
            raise QueryError(f"Unsupported projection expression: {sql_text(node)}")
        column = scope.column(node)
        name = projection.alias if isinstance(projection, exp.Alias) else column.name
        if name in columns:
            raise QueryError(f"Duplicate name `{name}`")
        columns[name] = column
    if not columns:
        raise QueryError(f"Unsupported SELECT: {sql_text(select)}")
    return list(columns.items())
