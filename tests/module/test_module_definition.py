"""From declarations to the module definition."""

import enum
from typing import Any
from uuid import UUID

import pytest

from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.module import (
    Err,
    Identity,
    Module,
    Ok,
    Product,
    ReducerContext,
    Row,
    ScheduleAt,
    Some,
    Sum,
    ViewContext,
    column,
    f64,
    i32,
    index,
    u8,
    u64,
)
from spacetimedb_sdk.sats import algebraic_type as sats
from spacetimedb_sdk.sats.algebraic_type import ArrayType, Element, Ref, SumType, option, result
from spacetimedb_sdk.sats.schema.module_def import Lifecycle
from spacetimedb_sdk.standalone import Database


def test_every_kind_of_hint_has_its_type() -> None:
    module = Module("kinds")

    @module.enum
    class Colour(enum.Enum):
        DarkRed = 0
        Blue = 1

    @module.sum
    class Shape(Sum):
        pass

    @module.variant
    class Point(Shape):
        pass

    @module.variant(name="Round")
    class ShapeRound(Shape):
        value: f64

    @module.table
    class Everything(Row):
        key: u64 = column(primary_key=True)
        colour: Colour
        shape: Shape
        raw: bytes
        nested: Some[u8 | None] | None
        outcome: Ok[i32] | Err[str]
        grid: list[bytes]
        token: UUID

    definition = module.definition()
    (row,) = [item for item in definition.types if item.name == "Everything"]
    slot = definition.typespace.types[row.ref]
    assert isinstance(slot, sats.ProductType)
    types = {element.name: element.type for element in slot.elements}
    assert types["nested"] == option(option(sats.U8))
    assert types["outcome"] == result(sats.I32, sats.STRING)
    assert types["raw"] == sats.BYTES
    assert types["grid"] == ArrayType(ArrayType(sats.U8))
    assert types["token"] == sats.UUID
    assert definition.typespace.resolve(types["colour"]) == SumType(
        (Element("darkRed", sats.UNIT), Element("blue", sats.UNIT))
    )
    assert definition.typespace.resolve(types["shape"]) == SumType(
        (Element("point", sats.UNIT), Element("round", sats.F64))
    )
    assert getattr(Shape, "Round") is ShapeRound  # noqa: B009 - set at run time
    assert isinstance(types["shape"], Ref)


def test_names_and_visibility_follow_the_style() -> None:
    def define(style: Any) -> Module:
        module = Module("styles", style=style)

        @module.table(scheduled="Tick", name="Clock")
        class Clock(Row):
            scheduled_id: u64 = column(primary_key=True, auto_inc=True)
            scheduled_at: ScheduleAt

        @module.reducer(name="Tick")
        def tick(ctx: ReducerContext, timer: Clock) -> None:
            pass

        @module.client_connected
        def connect(ctx: ReducerContext) -> None:
            pass

        return module

    old, new = define("1.x").definition(), define("2.x").definition()
    assert [reducer.is_private for reducer in old.reducers] == [False, False]
    assert [reducer.is_private for reducer in new.reducers] == [True, True]
    assert [reducer.lifecycle for reducer in new.reducers] == [None, Lifecycle.ON_CONNECT]
    schedule = new.table("Clock").schedule
    assert schedule is not None
    assert (schedule.name, schedule.function_name, schedule.at_column) == ("Clock_sched", "Tick", 1)


def test_indexes_constraints_and_sequences_are_named_as_rust_names_them() -> None:
    module = Module("names")

    @module.table(public=True, indexes=[index("by_kind", "kind", "level")])
    class StockItem(Row):
        item_id: i32 = column(primary_key=True, auto_inc=True)
        name: str = column(unique=True)
        kind: u8
        level: i32 = column(index=True)

    table = module.definition().table("stock_item")
    assert [(item.name, item.accessor_name, item.columns) for item in table.indexes] == [
        ("stock_item_item_id_idx_btree", "item_id", (0,)),
        ("stock_item_kind_level_idx_btree", "by_kind", (2, 3)),
        ("stock_item_level_idx_btree", "level", (3,)),
        ("stock_item_name_idx_btree", "name", (1,)),
    ]
    assert [item.name for item in table.constraints] == ["stock_item_item_id_key", "stock_item_name_key"]
    assert [item.name for item in table.sequences] == ["stock_item_item_id_seq"]
    assert table.primary_key == 0
    assert table.is_public


def test_two_modules_share_the_classes_of_rows_and_types() -> None:
    one, two = Module("one"), Module("two")

    @one.enum
    @two.enum
    class Colour(enum.Enum):
        RED = 0

    @one.type
    @two.type
    class Place(Product):
        x: i32

    @one.sum
    @two.sum
    class Shape(Sum):
        pass

    @one.variant
    @two.variant
    class Dot(Shape):
        value: Place

    @one.table(name="thing")
    @two.table(name="item", public=True)
    @two.table(name="old_item")
    class Thing(Row):
        thing_id: i32 = column(primary_key=True, auto_inc=True)
        colour: Colour
        shape: Shape

    def keep(ctx: ReducerContext) -> None:
        for table in (ctx.db.thing,) if hasattr(ctx.db, "thing") else (ctx.db.item, ctx.db.old_item):
            table.insert(Thing(0, Colour.RED, Dot(Place(3))))

    one.reducer(keep)
    two.reducer(keep)
    for module, tables in ((one, ["thing"]), (two, ["item", "old_item"])):
        database = Database(module, clock=lambda: 1)
        database.call("keep", sender=Identity(bytes(32)))
        for table in tables:
            (row,) = getattr(database.datastore.tables, table).iter()
            assert row == Thing(1, Colour.RED, Dot(Place(3)))
            assert type(row) is Thing


def test_a_type_of_one_module_is_no_row_class_of_another() -> None:
    one, two = Module("one"), Module("two")

    @one.type
    class Place(Product):
        x: i32

    with pytest.raises(ModuleError, match="a Row class of its own"):
        two.table(Place)


def test_a_row_that_lacks_a_column_is_named() -> None:
    module = Module("rows")

    @module.table
    class Player(Row):
        name: str
        score: i32

    with pytest.raises(TypeError, match=r"^Player\(\) missing 1 required positional argument: 'score'"):
        Player("Bo")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"^Player\(\) got an unexpected keyword argument 'scor'"):
        Player(name="Bo", scor=3)  # type: ignore[call-arg]


def test_a_table_is_read_as_a_container_of_rows() -> None:
    module = Module("rows")

    @module.table
    class Player(Row):
        name: str = column(primary_key=True)
        score: i32

    with pytest.raises(KeyError, match=r"a table is ctx.db.player"):
        Database(module, clock=lambda: 1).datastore.tables["player"]  # type: ignore[index]
    seen: list[object] = []

    @module.reducer
    def look(ctx: ReducerContext) -> None:
        players = ctx.db[Player]
        assert players, "a table without rows is a table"
        players.insert(Player("Bo", 3))
        players.insert(Player("Ann", 4))
        seen.extend([len(players), *players])
        for column_name, message in (("scor", "has no column scor: it has name, score"), ("score", "filter")):
            with pytest.raises(TypeError, match=message):
                players.find(**{column_name: 3})

    Database(module, clock=lambda: 1).call("look", sender=Identity(bytes(32)))
    assert seen == [2, Player("Bo", 3), Player("Ann", 4)]


@pytest.mark.parametrize("first", ["table", "view"])
def test_a_view_called_as_another_is_refused_with_both_places(first: str) -> None:
    module = Module("rows")
    if first == "table":

        @module.table
        class Best(Row):
            name: str
    else:

        @module.view(name="best")
        def best_of_all(ctx: ViewContext) -> list[str]:
            return []

    with pytest.raises(ModuleError, match=r"'best' already, of '[Bb]est\w*' in line \d+ as of 'others' here"):

        @module.view(name="best")
        def others(ctx: ViewContext) -> list[str]:
            return []
