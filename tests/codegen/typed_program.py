"""What the type checker must know of generated bindings; each `type: ignore` is an error it must find."""

from __future__ import annotations

from typing import Any, assert_type

from spacetimedb_sdk.bindings import Rows
from spacetimedb_sdk.handles import ReducerCall, Request, TableHandle
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
    for token in module.Token.iter():
        assert_type(token.outcome, Ok[int] | Err[str])
    for presence in module.MyPresence.iter():
        assert_type(presence.last_seen, Timestamp)
    module.Announcement.filter_by_text("x")  # type: ignore[attr-defined]
    Item.filter_by_item_id("one")  # type: ignore[arg-type]


def tables(client: SpacetimeDBClient) -> None:
    db = module.Tables(client)
    assert_type(db.item, TableHandle[Item])
    assert_type(db.item.find(item_id=1), Item | None)
    assert_type(db.sword.iter(), Rows[module.Sword])
    db.item.on_update(lambda old, new, _event: new.level - old.level)
    db.item.on_insert(lambda item, _event: item.nothing)  # type: ignore[attr-defined]
    db.no_such_table  # type: ignore[attr-defined]


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
