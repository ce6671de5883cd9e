"""How a server module is written in Python.

    from spacetimedb_sdk.module import Module, ReducerContext, ReducerError, Row, column, i32

    module = Module("quickstart")

    @module.table(public=True)
    class Person(Row):
        person_id: i32 = column(primary_key=True, auto_inc=True)
        name: str = column(unique=True)

    @module.reducer
    def add(ctx: ReducerContext, name: str) -> None:
        ctx.db[Person].insert(Person(person_id=0, name=name))

Rows are immutable: `person.replace(name="Bo")` is a changed copy, `ctx.db[Person].update(...)` stores it. The bases
`Row`, `Product` and `Sum` are what type checkers know the classes by; at run time the decorators do without them.
A list inside a row is part of it: store a changed copy, never change it in place.

Rows are found by their key, `get(key)`, by a unique column, `find(name="Bo")`, and by any columns and ranges of them,
`filter(team=2, score=Range(10, 20))` (10 to 19; `Between(10, 20)` has its 20, too), for which an index over those columns (`column(index=True)`, or
`@module.table(indexes=[index("by_team_and_score", "team", "score")])`) spares the reading of all others.

What lies in reach of something is found without looking at all pairs: `within_reach(rows, circles)`.

Type hints of columns, fields and parameters:

    i8 ... i256, u8 ... u256, f32, f64, bool, str        numbers as wide as their names say, text
    bytes, list[T]                                       Array(U8), Array(T); a list of u8 is bytes
    T | None                                             an option
    Some[T | None] | None                                an option of an option: `None`, `Some(None)` or `Some(value)`
    Ok[T] | Err[E]                                       a result
    Identity, ConnectionId, Timestamp, TimeDuration, ScheduleAt, uuid.UUID
    a class with @module.type                            a product
    an `enum.Enum` with @module.enum                     a plain enum: its values are 0, 1, 2 ... (@module.type does it, too)
    a class with @module.sum                             its variants are subclasses with @module.variant, with one
                                                         field `value` or none

A scheduled table runs a reducer for each of its rows:

    @module.table(scheduled="tick")
    class TickTimer(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt

    @module.reducer
    def tick(ctx: ReducerContext, timer: TickTimer) -> None: ...

    ctx.db[TickTimer].insert(TickTimer(scheduled_id=0, scheduled_at=ScheduleAt.Interval(TimeDuration(50_000))))

Views are rows that are computed for the client that looks, procedures answer their caller:

    @module.view(public=True)
    def my_entities(ctx: ViewContext) -> list[Entity]:
        return ctx.db[Entity].filter(owner=ctx.sender)

    @module.procedure
    def rename(ctx: ProcedureContext, name: str) -> u32:
        return ctx.with_tx(lambda tx: ...)

A procedure may ask other servers, `ctx.http.get("https://example.org/price").json()`, while no transaction is open.
"""

from ..errors import ModuleError
from ..types import Address, ConnectionId, Err, Identity, Ok, ScheduleAt, Some, TimeDuration, Timestamp
from .columns import Column, Index, column, index
from .context import (
    AnonymousViewContext,
    Between,
    ProcedureContext,
    Range,
    ReducerContext,
    ReducerError,
    StoredTables,
    Table,
    Tables,
    UniqueConstraintViolation,
    ViewContext,
)
from .hints import (
    f32,
    f64,
    i8,
    i16,
    i32,
    i64,
    i128,
    i256,
    u8,
    u16,
    u32,
    u64,
    u128,
    u256,
)
from .http import HttpRequest, HttpRequestError, HttpResponse, ProcedureHttp
from .module import Module
from .reach import within_reach
from .rows import Product, Row, Sum

__all__ = [
    "Address",
    "AnonymousViewContext",
    "Between",
    "Column",
    "ConnectionId",
    "Err",
    "HttpRequest",
    "HttpRequestError",
    "HttpResponse",
    "Identity",
    "Index",
    "Module",
    "ModuleError",
    "Ok",
    "ProcedureContext",
    "ProcedureHttp",
    "Product",
    "Range",
    "ReducerContext",
    "ReducerError",
    "Row",
    "ScheduleAt",
    "Some",
    "StoredTables",
    "Sum",
    "Table",
    "Tables",
    "TimeDuration",
    "Timestamp",
    "UniqueConstraintViolation",
    "ViewContext",
    "column",
    "f32",
    "f64",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "i256",
    "index",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "u256",
    "within_reach",
]
