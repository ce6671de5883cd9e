"""A module whose tables have visibility filters, for clients who make much of them."""

from __future__ import annotations

from spacetimedb_sdk.module import Module, ReducerContext, Row, column, u32

module = Module("hostile")


@module.table(public=True)
class Item(Row):
    id: u32 = column(primary_key=True)
    level: u32 = column(index=True)


@module.table(public=True)
class Part(Row):
    id: u32 = column(primary_key=True)
    item: u32 = column(index=True)


@module.reducer
def nothing(ctx: ReducerContext) -> None:
    """What the victim calls."""


@module.reducer
def fill(ctx: ReducerContext, count: u32, levels: u32) -> None:
    """That many items, spread over the levels, with a part each."""
    for number in range(count):
        ctx.db[Item].insert(Item(number, number % levels))
        ctx.db[Part].insert(Part(number, number))


module.client_visibility_filter("SELECT * FROM item WHERE id >= 0")
module.client_visibility_filter(
    "SELECT part.* FROM part JOIN item ON part.item = item.id WHERE item.level < 1000"
)
