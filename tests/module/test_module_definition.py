"""From declarations to the module definition, and the mistakes that are named with file and line."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
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
    f32,
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
        grid: list[list[u8]]
        token: UUID

    definition = module.definition()
    (row,) = [item for item in definition.types if item.name == "Everything"]
    slot = definition.typespace.types[row.ref]
    assert isinstance(slot, sats.ProductType)
    types = {element.name: element.type for element in slot.elements}
    assert types["nested"] == option(option(sats.U8))
    assert types["outcome"] == result(sats.I32, sats.STRING)
    assert types["raw"] == sats.BYTES
    assert types["grid"] == ArrayType(ArrayType(sats.U8))  # which is a list of bytes on the wire
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


def _plain_int(module: Module) -> None:
    @module.table
    class Thing(Row):
        size: int


def _two_keys(module: Module) -> None:
    @module.table
    class Thing(Row):
        a: i32 = column(primary_key=True)
        b: i32 = column(primary_key=True)


def _auto_text(module: Module) -> None:
    @module.table
    class Thing(Row):
        a: str = column(primary_key=True, auto_inc=True)


def _key_of_lists(module: Module) -> None:
    @module.table
    class Thing(Row):
        a: list[i32] = column(unique=True)


def _unknown_index_column(module: Module) -> None:
    @module.table(indexes=[index("by_colour", "colour")])
    class Thing(Row):
        a: i32


def _undecorated(module: Module) -> None:
    class Inner:
        pass

    @module.table
    class Thing(Row):
        a: Inner


def _no_such_target(module: Module) -> None:
    @module.table(scheduled="tick")
    class Timer(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt


def _timer_without_time(module: Module) -> None:
    @module.table(scheduled="tick")
    class Timer(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)


def _wrong_target(module: Module) -> None:
    @module.table(scheduled="tick")
    class Timer(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt

    @module.reducer
    def tick(ctx: ReducerContext) -> None:
        pass


def _twice(module: Module) -> None:
    @module.table(name="thing")
    class One(Row):
        a: i32

    @module.table(name="thing")
    class Two(Row):
        a: i32


def _no_hint(module: Module) -> None:
    @module.reducer
    def act(ctx: ReducerContext, amount) -> None:  # type: ignore[no-untyped-def]
        pass


def _first_is_no_context(module: Module) -> None:
    @module.reducer
    def act(amount: i32, other: i32) -> None:
        pass


def _other_context(module: Module) -> None:
    @module.procedure
    def act(ctx: ReducerContext) -> None:
        pass


def _default_argument(module: Module) -> None:
    @module.reducer
    def act(ctx: ReducerContext, amount: i32 = 5) -> None:
        pass


def _answers(module: Module) -> None:
    @module.reducer  # type: ignore[type-var]
    def act(ctx: ReducerContext) -> i32:
        return 5


def _key_of_floats(module: Module) -> None:
    @module.table
    class Thing(Row):
        a: f32 = column(primary_key=True)


def _no_context(module: Module) -> None:
    @module.reducer
    def act() -> None:
        pass


def _waiting(module: Module) -> None:
    @module.reducer  # type: ignore[type-var]
    async def act(ctx: ReducerContext) -> None:
        pass


def _odd_enum(module: Module) -> None:
    @module.type
    class Colour(enum.Enum):
        RED = "red"


def _odd_enum_by_its_own_name(module: Module) -> None:
    @module.enum
    class Colour(enum.Enum):
        RED = 1


def _no_enum(module: Module) -> None:
    @module.enum
    class Colour:  # type: ignore[type-var]
        red: u8


def _two_inits(module: Module) -> None:
    @module.init
    def one(ctx: ReducerContext) -> None:
        pass

    @module.init
    def two(ctx: ReducerContext) -> None:
        pass


def _two_fields(module: Module) -> None:
    @module.sum
    class Shape(Sum):
        pass

    @module.variant
    class Box(Shape):
        width: i32
        height: i32


def _foreign_base(module: Module) -> None:
    @module.type
    class Extended(Path):
        pass


def _taken_field(module: Module) -> None:
    @module.type
    class Thing(Product):
        replace: i32  # type: ignore[assignment]


def _unknown_name(module: Module) -> None:
    @module.table
    class Thing(Row):
        a: "NotThere"  # type: ignore[name-defined]  # noqa: F821


def _number_of_another_language(module: Module) -> None:
    @module.table
    class Thing(Row):
        a: "uint32"  # type: ignore[name-defined]  # noqa: F821


def _misspelled_index_column(module: Module) -> None:
    @module.table(indexes=[index("by_colour", "colur")])
    class Thing(Row):
        colour: i32


def _undecorated_enum(module: Module) -> None:
    class Colour(enum.Enum):
        RED = 0

    @module.table
    class Thing(Row):
        colour: Colour


def _decorator_of_a_function(module: Module) -> None:
    @module.reducer
    @module.table
    class Thing(Row):  # type: ignore[type-var]
        a: i32


def _method(module: Module) -> None:
    class Game:
        @module.reducer
        def start(self, ctx: ReducerContext) -> None:
            pass


def _column_without_a_type(module: Module) -> None:
    @module.table
    class Thing(Row):
        thing_id = column(primary_key=True)
        a: i32


def _dataclass_below(module: Module) -> None:
    @module.table
    @dataclass
    class Thing(Row):  # type: ignore[misc]
        a: i32


def _dataclass_above(module: Module) -> None:
    @dataclass
    @module.table
    class Thing(Row):  # type: ignore[misc]
        a: i32


def _own_constructor(module: Module) -> None:
    @module.table
    class Thing(Row):
        a: i32

        def __init__(self) -> None:
            pass


def _mistyped_target(module: Module) -> None:
    @module.table(scheduled="tik")
    class Timer(Row):
        scheduled_id: u64 = column(primary_key=True)
        scheduled_at: ScheduleAt

    @module.reducer
    def tick(ctx: ReducerContext, timer: Timer) -> None:
        pass


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (_undecorated_enum, "decorate the class with @module.enum"),
        (_decorator_of_a_function, "Thing is a class: take the decorator away"),
        (_method, "is a method of .*Game: write it as a function"),
        (_column_without_a_type, "column 'thing_id' has no type"),
        (_dataclass_below, "take @dataclass away"),
        (_dataclass_above, "take @dataclass away"),
        (_own_constructor, "__init__ would never be called"),
        (_mistyped_target, "did you mean tick: there is tick"),
        (_plain_int, "how wide the integer"),
        (_two_keys, "2 primary keys"),
        (_auto_text, "only an integer"),
        (_key_of_lists, "no key or index"),
        (_unknown_index_column, "there is no column colour"),
        (_undecorated, "decorate the class with @module.type"),
        (_no_such_target, "which the module does not have"),
        (_timer_without_time, "scheduled_at: ScheduleAt"),
        (_wrong_target, "timer: Timer"),
        (_twice, "a table 'thing' already"),
        (_no_hint, "give parameter 'amount' a type hint"),
        (_no_context, "ctx: ReducerContext"),
        (
            _first_is_no_context,
            "its first parameter is the context, `ctx: ReducerContext`, which 'amount' is not",
        ),
        (_other_context, "`ctx: ProcedureContext`"),
        (_default_argument, "'amount' has a default, but callers send every argument"),
        (_answers, "what answers its caller is a @module.procedure"),
        (_key_of_floats, "an index that is not unique may be over f32"),
        (_waiting, "cannot wait"),
        (_odd_enum, "0, 1, 2"),
        (_odd_enum_by_its_own_name, "0, 1, 2"),
        (_no_enum, "decorate it with @module.type"),
        (_two_inits, "is the init reducer already"),
        (_two_fields, "one field, `value`"),
        (_foreign_base, "may derive from Product only: write all its fields into it"),
        (_taken_field, "call the field otherwise"),
        (_unknown_name, "names nothing"),
        (_number_of_another_language, "'uint32' names nothing, did you mean u32: import or define it"),
        (_misspelled_index_column, "there is no column colur, did you mean colour"),
    ],
)
def test_mistakes_name_their_place_and_the_remedy(mistake: Callable[[Module], None], message: str) -> None:
    module = Module("mistaken")

    def load() -> None:
        mistake(module)
        module.definition()

    with pytest.raises(ModuleError, match=message) as caught:
        load()
    first = mistake.__code__.co_firstlineno
    assert caught.value.file == __file__
    assert caught.value.line is not None
    assert first < caught.value.line < first + 20


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
