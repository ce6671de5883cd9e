"""The module behind the recordings of 2.8.3: that of 1.2.0, with an event table, UUIDs, results, views and procedures."""

from __future__ import annotations

from uuid import UUID

from spacetimedb_sdk.module import (
    AnonymousViewContext,
    Err,
    Identity,
    Module,
    Ok,
    ProcedureContext,
    ReducerContext,
    ReducerError,
    Row,
    ViewContext,
    column,
    i64,
    u8,
    u32,
)
from tests.conformance import conformance_module as base
from tests.conformance.conformance_module import Item, Note, Presence, Shape, ShapeLabel, Vector2

module = Module("conformance_2x", style="2.x")
# The same source was built twice: the same declarations, under the rules of 2.x.
module._types.update(base.module.types)
module._tables.update(base.module.tables)
module._reducers.update(base.module.reducers)


@module.table(public=True, event=True)
class Announcement(Row):
    """Stores nothing: its rows reach subscribers once, as events."""

    from_: Identity
    text: str
    urgency: u8


@module.reducer
def announce(ctx: ReducerContext, text: str, urgency: u8) -> None:
    ctx.db[Announcement].insert(Announcement(ctx.sender, text, urgency))


@module.reducer
def announce_thrice(ctx: ReducerContext, text: str) -> None:
    for urgency in range(3):
        ctx.db[Announcement].insert(Announcement(ctx.sender, text, urgency))
    ctx.db[Note].insert(Note(author=ctx.sender, text=text))


@module.reducer
def announce_and_fail(ctx: ReducerContext, text: str) -> None:
    ctx.db[Announcement].insert(Announcement(ctx.sender, text, 9))
    raise ReducerError("announced and failed")


@module.table(public=True)
class Token(Row):
    id: UUID = column(primary_key=True)
    label: str
    outcome: Ok[u32] | Err[str]


@module.reducer
def add_token(ctx: ReducerContext, id: UUID, label: str, outcome: Ok[u32] | Err[str]) -> None:
    ctx.db[Token].insert(Token(id, label, outcome))


@module.view(public=True)
def my_items(ctx: ViewContext) -> list[Item]:
    return ctx.db[Item].filter(owner=ctx.sender)


@module.view(public=True)
def my_presence(ctx: ViewContext) -> Presence | None:
    return ctx.db[Presence].get(ctx.sender)


@module.view(public=True)
def sword(ctx: AnonymousViewContext) -> Item | None:
    return ctx.db[Item].find(name="sword")


@module.procedure
def add_numbers(ctx: ProcedureContext, left: i64, right: i64) -> i64:
    return left + right


@module.procedure
def mirror(ctx: ProcedureContext, shape: Shape, maybe: Vector2 | None) -> list[Shape]:
    return [shape, ShapeLabel("none" if maybe is None else "some")]


@module.procedure
def write_note_slowly(ctx: ProcedureContext, text: str) -> u32:
    def write(tx: ReducerContext) -> int:
        tx.db[Note].insert(Note(author=ctx.sender, text=text))
        return tx.db[Note].count()

    return ctx.with_tx(write)


@module.procedure
def crash_procedure(ctx: ProcedureContext) -> None:
    raise RuntimeError("boom")
