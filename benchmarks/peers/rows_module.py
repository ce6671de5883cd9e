"""The tables of the benchmark; `rows_bindings` is generated from it."""

from __future__ import annotations

from spacetimedb_sdk.module import Module, Product, ReducerContext, Row, column, f32, i32, u32

__all__ = ["module"]

module = Module("rows")


@module.type
class DbVector2(Product):
    x: f32
    y: f32


@module.table(public=True)
class Flat(Row):
    """Four numbers."""

    id: u32 = column(primary_key=True)
    a: i32
    x: f32
    y: f32


@module.table(public=True)
class Entity(Row):
    """Blackholio's entity, with its nested vector."""

    entity_id: i32 = column(primary_key=True)
    position: DbVector2
    mass: i32


@module.table(public=True)
class Mark(Row):
    """Four numbers without a key."""

    id: u32
    a: i32
    x: f32
    y: f32


@module.table(public=True)
class Blob(Row):
    id: u32 = column(primary_key=True)
    data: bytes


@module.reducer
def go(ctx: ReducerContext) -> None:
    """Asks the source for what comes next."""


@module.reducer
def move(ctx: ReducerContext, id: u32, a: i32, x: f32, y: f32) -> None:
    """Four numbers to encode."""
    flat = ctx.db[Flat].get(id)
    if flat is not None:
        ctx.db[Flat].update(flat.replace(a=a, x=x, y=y))
