"""Mistakes in declarations: named with file, line and remedy."""

import enum
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.module import (
    Module,
    Product,
    ReducerContext,
    Row,
    ScheduleAt,
    Sum,
    ViewContext,
    column,
    f32,
    i32,
    index,
    u8,
    u64,
)


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


def _list_of_bytes(module: Module) -> None:
    @module.table
    class Thing(Row):
        a: list[list[u8]] | None


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


def _same_columns_twice(module: Module) -> None:
    @module.table(indexes=[index("by_colour", "colour")])
    class Thing(Row):
        colour: i32 = column(index=True)


def _two_columns_called_as_one(module: Module) -> None:
    @module.table(indexes=[index("by_place", "x", "y")])
    class Thing(Row):
        x: i32
        y: i32
        x_y: i32 = column(index=True)


def _one_column_twice(module: Module) -> None:
    @module.table(indexes=[index("by_colour", "colour", "colour")])
    class Thing(Row):
        colour: i32


def _odd_index(module: Module) -> None:
    @module.table(indexes=[index("by colour", "colour")])
    class Thing(Row):
        colour: i32


def _one_name_for_two_indexes(module: Module) -> None:
    @module.table
    class Fruit(Row):
        bowl_size: i32 = column(index=True)

    @module.table
    class FruitBowl(Row):
        size: i32 = column(index=True)


def _view_called_as_a_reducer(module: Module) -> None:
    @module.table
    class Thing(Row):
        size: i32

    @module.reducer
    def things(ctx: ReducerContext) -> None:
        pass

    @module.view(name="things")
    def shown(ctx: ViewContext) -> list[Thing]:
        return []


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
        (_list_of_bytes, "a list of u8 is written bytes, which its values are"),
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
        (_same_columns_twice, "two indexes over the same columns"),
        (
            _two_columns_called_as_one,
            "would both be called 'thing_x_y_idx_btree': give a column another name=",
        ),
        (_one_column_twice, "each column is in it once"),
        (_odd_index, "its name is of letters, digits and _"),
        (_one_name_for_two_indexes, "would both be called 'fruit_bowl_size_idx_btree'"),
        (_view_called_as_a_reducer, "there is a procedure, reducer or view 'things' already"),
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
