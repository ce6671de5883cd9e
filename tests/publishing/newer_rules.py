"""A module with what servers of 2.x know beyond those of 1.x: an event table, views, a procedure."""

from __future__ import annotations

from spacetimedb_sdk.module import (
    AnonymousViewContext,
    HttpRequest,
    HttpRequestError,
    Identity,
    Module,
    ProcedureContext,
    ReducerContext,
    ReducerError,
    Row,
    ViewContext,
    column,
    i32,
    u64,
)

module = Module("newer")


@module.table(public=True)
class Mark(Row):
    id: u64 = column(primary_key=True, auto_inc=True)
    owner: Identity = column(index=True)
    weight: i32


@module.table(public=True, event=True)
class Ping(Row):
    weight: i32


@module.reducer
def put(ctx: ReducerContext, weight: i32) -> None:
    ctx.db[Mark].insert(Mark(id=0, owner=ctx.sender, weight=weight))
    ctx.db[Ping].insert(Ping(weight))


@module.procedure
def weigh(ctx: ProcedureContext, more: i32) -> i32:
    def work(tx: ReducerContext) -> int:
        tx.db[Mark].insert(Mark(id=0, owner=tx.sender, weight=more))
        if more < 0:
            raise ValueError(more)
        return sum(mark.weight for mark in tx.db[Mark].iter())

    return ctx.with_tx(work)


@module.procedure
def ask(ctx: ProcedureContext, uri: str) -> str:
    try:
        answer = ctx.http.send(HttpRequest(uri, "POST", headers={"X-A": "1"}, body="asked", timeout=1.5))
    except HttpRequestError as error:
        return f"no answer: {error}"
    return f"{answer.status} {answer.header('content-type')} {answer.text()}"


@module.view(public=True)
def mine(ctx: ViewContext) -> list[Mark]:
    return ctx.db[Mark].filter(owner=ctx.sender)


@module.view(public=True)
def heaviest(ctx: AnonymousViewContext) -> Mark | None:
    return max(ctx.db[Mark].iter(), key=lambda mark: mark.weight, default=None)


@module.view(public=True)
def verdict(ctx: AnonymousViewContext) -> Mark | None:
    """Fails by the heaviest mark, in three ways."""
    weight = max((mark.weight for mark in ctx.db[Mark].iter()), default=0)
    if weight == 13:
        raise ReducerError("there is no verdict on 13")
    if weight > 13:
        raise ValueError(weight)
    if weight > 10:
        eval("weight")  # left out of the file
    return None
