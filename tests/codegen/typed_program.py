"""What the type checker must know of generated bindings; each `type: ignore` is an error it must find."""

from __future__ import annotations

from typing import Any, assert_type

from spacetimedb_sdk.bindings import Rows
from spacetimedb_sdk.handles import Between, ReducerCall, Request, TableHandle
from spacetimedb_sdk.queries import SENDER, Query
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.types import Err, Identity, Ok, Timestamp
from tests.codegen.golden import conformance_2x as module
from tests.codegen.golden.conformance_2x.colour import Colour
from tests.codegen.golden.conformance_2x.item import Item
from tests.codegen.golden.conformance_2x.shape import Shape
from tests.codegen.golden.conformance_2x.vector2 import Vector2


def rows() -> None:
    assert_type(Item.iter(), Rows[Item])
    assert_type(Item.filter_by_item_id(1), Item | None)
    assert_type(Item.filter_by_kind(Colour.red), Rows[Item])
    assert_type(module.MyItems.iter(), Rows[module.MyItems])
    for item in Item.iter():
        assert_type(item.kind, Colour)
        assert_type(item.owner, Identity)
        assert_type(item.replace(level=2), Item)
        item.level = 3  # type: ignore[misc]
        item.replace(levl=2)  # type: ignore[call-arg]
        item.replace(level="2")  # type: ignore[arg-type]
    for token in module.Token.iter():
        assert_type(token.outcome, Ok[int] | Err[str])
    for presence in module.MyPresence.iter():
        assert_type(presence.last_seen, Timestamp)
    module.Announcement.filter_by_text("x")  # type: ignore[attr-defined]
    Item.filter_by_item_id("one")  # type: ignore[arg-type]


def tables(client: SpacetimeDBClient) -> None:
    db = module.Tables(client)
    item_table: TableHandle[Item] = db.item
    assert_type(item_table.find(item_id=1), Item | None)
    assert_type(db.item.find(item_id=1), Item | None)
    assert_type(db.item.find(name="sword"), Item | None)
    db.item.find(itm_id=1)  # type: ignore[call-overload]
    db.item.find(level=1)  # type: ignore[call-overload]
    db.item.find(item_id="x")  # type: ignore[call-overload]
    assert_type(db.item.filter(kind=Colour.red, level=Between(1, 5)), Rows[Item])
    db.item.filter(level="x")  # type: ignore[arg-type]
    db.item.filter(levl=1)  # type: ignore[call-arg]
    assert_type(db.sword.iter(), Rows[module.Sword])
    db.item.on_update(lambda old, new, _event: new.level - old.level)
    db.item.on_insert(lambda item, _event: item.nothing)  # type: ignore[attr-defined]
    db.no_such_table  # type: ignore[attr-defined]
    assert_type(db.my_items.filter(name="sword"), Rows[module.MyItems])
    db.my_items.on_update(print)  # type: ignore[attr-defined]
    db.my_items.find(item_id=1)  # type: ignore[attr-defined]
    db.note.on_update(print)  # type: ignore[attr-defined]
    db.announcement.on_insert(lambda announced, _event: announced.text.upper())
    db.announcement.iter()  # type: ignore[attr-defined]
    db.announcement.on_delete(print)  # type: ignore[attr-defined]


def connected() -> None:
    client = module.connect("localhost:3000", token=None, reconnect=True)
    assert_type(client, module.Client)
    untyped: SpacetimeDBClient = client
    untyped.update()
    assert_type(client.db, module.Tables)
    assert_type(client.db.item.find(item_id=1), Item | None)
    assert_type(client.reducers.nothing(), ReducerCall)
    assert_type(client.procedures.add_numbers(2, 40), Request[int])
    with module.connect(database="other", tls=True) as other:
        assert_type(other, module.Client)
    module.connect(recconect=True)  # type: ignore[call-arg]
    module.connect(timeout="5")  # type: ignore[arg-type]
    module.connect(on_identity=lambda token: token)  # type: ignore[arg-type,misc]
    client.db.itm  # type: ignore[attr-defined]
    assert_type(client.views, module.Views)
    assert_type(client.views.my_items.iter(), Rows[module.MyItems])
    client.views.item  # type: ignore[attr-defined]
    client.reducers.add_itm  # type: ignore[attr-defined]


async def connected_async() -> None:
    client = await module.connect_async("localhost:3000")
    assert_type(client, module.AsyncClient)
    assert_type(client.db.my_items.iter(), Rows[module.MyItems])
    assert_type(client.views.my_items.iter(), Rows[module.MyItems])
    assert_type(await client.procedures.add_numbers(2, 40), int)
    async with module.connect_async(on_connect=lambda _token, who: str(who)) as other:
        assert_type(other, module.AsyncClient)


async def queries(client: SpacetimeDBClient) -> None:
    query = Item.where(lambda item: (item.level > 3) & (item.owner == SENDER))
    assert_type(query, Query[Item])
    assert_type(client.sql(query).result(), list[Item])
    assert_type(await client.sql(module.Tables(client).item.where()), list[Item])
    client.subscribe([query, "SELECT * FROM note"])
    Item.where(lambda item: item.nothing > 3)  # type: ignore[attr-defined]
    Item.where(lambda item: item.level > "3")  # type: ignore[operator]


async def calls(client: SpacetimeDBClient) -> None:
    reducers = module.Reducers(client)
    assert_type(reducers.add_item("sword", Colour.red, 3, Vector2(0.0, 1.0)), ReducerCall)
    assert_type((await reducers.nothing()).committed, bool)
    reducers.add_item("sword")  # type: ignore[call-arg]
    reducers.add_item("sword", "red", 3, Vector2(0.0, 1.0))  # type: ignore[arg-type]
    reducers.tick  # type: ignore[attr-defined]
    procedures = module.Procedures(client)
    assert_type(procedures.add_numbers(2, 40), Request[int])
    assert_type(await procedures.mirror(Shape.circle(2.5), None), list[Shape])
    procedures.add_numbers(2)  # type: ignore[call-arg]
    module.add_numbers(2, 40, callback=on_sum)
    module.add_numbers(2, 40, callback=on_text)  # type: ignore[arg-type]


def on_sum(total: int) -> Any:
    return total


def on_text(text: str) -> Any:
    return text
