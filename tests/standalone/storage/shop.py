"""A shop whose database lives in a file: what the tests of storage keep, lose and find again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spacetimedb_sdk.module import (
    ConnectionId,
    Identity,
    Module,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    TimeDuration,
    Timestamp,
    column,
    i32,
    u64,
)
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.storage.commit_log import Storage

__all__ = ["LINK", "ME", "SECOND", "SHOP", "Life", "shop"]

ME = Identity.from_bytes(bytes(range(32)))
LINK = ConnectionId.from_string("0102030405060708090a0b0c0d0e0f10")
assert LINK is not None
SECOND = 1_000_000


def shop(*, changed: bool = False) -> Module:
    """A module of several kinds of tables; `changed` adds what fits to what is stored."""
    module = Module("shop", style="2.x")

    @module.table(public=True)
    class Item(Row):
        item_id: i32 = column(primary_key=True, auto_inc=True)
        name: str = column(unique=True)
        price: i32 = column(index=changed)

    @module.table
    class Tag(Row):
        text: str

    @module.table
    class Player(Row):
        identity: Identity = column(primary_key=True)
        online: bool

    @module.table(public=True, event=True)
    class Sold(Row):
        name: str

    @module.table(scheduled="close_shop")
    class Closing(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt

    if changed:

        @module.table
        class Extra(Row):
            text: str

    @module.init
    def init(ctx: ReducerContext) -> None:
        ctx.db[Tag].insert(Tag("opened"))

    @module.client_connected
    def connect(ctx: ReducerContext) -> None:
        player = ctx.db[Player].get(ctx.sender)
        if player is None:
            ctx.db[Player].insert(Player(ctx.sender, True))
        else:
            ctx.db[Player].update(player.replace(online=True))

    @module.client_disconnected
    def disconnect(ctx: ReducerContext) -> None:
        player = ctx.db[Player].get(ctx.sender)
        assert player is not None
        ctx.db[Player].update(player.replace(online=False))

    @module.reducer
    def add(ctx: ReducerContext, name: str, price: i32) -> None:
        ctx.db[Item].insert(Item(0, name, price))
        ctx.db[Tag].insert(Tag(f"added {name}"))
        ctx.db[Sold].insert(Sold(name))

    @module.reducer
    def reprice(ctx: ReducerContext, name: str, price: i32) -> None:
        item = ctx.db[Item].find(name=name)
        if item is None:
            raise ReducerError("no such item")
        ctx.db[Item].update(item.replace(price=price))

    @module.reducer
    def swap_names(ctx: ReducerContext, one: str, other: str) -> None:
        a, b = ctx.db[Item].find(name=one), ctx.db[Item].find(name=other)
        assert a is not None
        assert b is not None
        ctx.db[Item].delete(a)
        ctx.db[Item].update(b.replace(name=one))
        ctx.db[Item].insert(a.replace(name=other))

    @module.reducer
    def untag(ctx: ReducerContext, text: str) -> None:
        ctx.db[Tag].delete(Tag(text))

    @module.reducer
    def remove_all(ctx: ReducerContext) -> None:
        for item in ctx.db[Item].iter():
            ctx.db[Item].delete(item)

    @module.reducer
    def fail_after_adding(ctx: ReducerContext, name: str) -> None:
        ctx.db[Item].insert(Item(0, name, 0))
        raise ReducerError("changed my mind")

    @module.reducer
    def close_at(ctx: ReducerContext, at: Timestamp) -> None:
        ctx.db[Closing].insert(Closing(0, ScheduleAt.Time(at)))

    @module.reducer
    def close_every(ctx: ReducerContext, interval: TimeDuration) -> None:
        ctx.db[Closing].insert(Closing(0, ScheduleAt.Interval(interval)))

    @module.reducer
    def close_shop(ctx: ReducerContext, closing: Closing) -> None:
        ctx.db[Tag].insert(Tag(f"closed at {ctx.timestamp.micros}"))

    return module


SHOP = shop()


class Life:
    """A database in a file, ended and begun again at will; `now` is its clock."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.now = SECOND
        self.options = options
        self.begin()

    def begin(self, module: Module = SHOP) -> None:
        self.storage = Storage(self.path, **self.options)
        try:
            self.database = Database(module, clock=lambda: self.now, storage=self.storage)
        except BaseException:
            self.storage.abandon()
            raise

    def again(self, module: Module = SHOP) -> None:
        self.storage.close()
        self.begin(module)

    def call(self, reducer: str, *args: Any) -> None:
        self.database.call(reducer, *args, sender=ME)

    def table(self, name: str) -> list[tuple[Any, ...]]:
        store = self.database.datastore.stores[name]
        return sorted(tuple(getattr(row, column) for column in store.columns) for row in store.rows())

    def everything(self) -> dict[str, list[bytes]]:
        stores = self.database.datastore.stores.values()
        return {store.name: sorted(map(store.encoded, store.rows())) for store in stores}
