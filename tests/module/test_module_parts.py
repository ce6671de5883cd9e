"""Parts of a module: what is declared apart and included."""

import enum

import pytest

from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.module import (
    Module,
    ReducerContext,
    Row,
    StoredTables,
    Sum,
    column,
    f64,
    u64,
)
from spacetimedb_sdk.standalone import Database


def _part() -> Module:
    part = Module("part")

    @part.enum
    class Mood(enum.Enum):
        Calm = 0

    @part.table(public=True)
    class Guest(Row):
        guest_id: u64 = column(primary_key=True)
        mood: Mood

    @part.reducer
    def greet(ctx: ReducerContext, guest_id: u64) -> None:
        ctx.db[Guest].insert(Guest(guest_id=guest_id, mood=Mood.Calm))

    @part.init
    def begin(ctx: ReducerContext) -> None:
        pass

    return part


def test_a_part_is_included_as_if_it_were_declared_there() -> None:
    part = _part()
    modules = Module("one"), Module("other")
    for module in modules:
        module.include(part)

        @module.reducer
        def leave(ctx: ReducerContext) -> None:
            pass

    # What comes to the part later, and to one of them, is in no other.
    @modules[1].table
    class Extra(Row):
        key: u64 = column(primary_key=True)

    assert {each.name for each in modules[0].definition().reducers} == {"begin", "greet", "leave"}
    assert set(modules[0].tables) == {"guest"}
    assert set(modules[1].tables) == {"guest", "extra"}
    assert "leave" not in part.reducers
    guest = part.tables["guest"].row_class
    databases = [Database(module, clock=lambda: 1) for module in modules]
    for number, database in enumerate(databases, start=1):
        database.call("greet", number, sender=database.identity)
    assert [[row.guest_id for row in each.rows(guest)] for each in databases] == [[1], [2]]


def test_variants_that_come_later_are_those_of_the_part_alone() -> None:
    part, module = Module("part"), Module("whole")

    @part.sum
    class Shape(Sum):
        pass

    @part.variant
    class Point(Shape):
        pass

    module.include(part)

    @part.variant
    class Line(Shape):
        value: f64

    assert [name for name, _ in module.types[Shape].variants or ()] == ["Point"]
    assert [name for name, _ in part.types[Shape].variants or ()] == ["Point", "Line"]


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ("table", "both have a table or view 'guest'"),
        ("reducer", "both have a reducer, procedure or view 'greet'"),
        ("lifecycle", "both have a reducer for init"),
        ("hook", "both have an on_migrate hook"),
        ("style", "of another style"),
    ],
)
def test_a_part_that_does_not_fit_is_refused_and_changes_nothing(mistake: str, message: str) -> None:
    part = _part()
    module = Module("whole", style="1.x" if mistake == "style" else "2.x")
    if mistake == "table":

        @module.table(name="guest")
        class Visitor(Row):
            key: u64 = column(primary_key=True)
    elif mistake == "reducer":

        @module.reducer
        def greet(ctx: ReducerContext) -> None:
            pass
    elif mistake == "lifecycle":

        @module.init
        def start(ctx: ReducerContext) -> None:
            pass
    elif mistake == "hook":
        for each in (part, module):

            @each.on_migrate
            def move(ctx: ReducerContext, before: StoredTables) -> None:
                pass

    before = set(module.tables), set(module.reducers)
    with pytest.raises(ModuleError, match=message) as caught:
        module.include(part)
    assert caught.value.file == __file__
    assert (set(module.tables), set(module.reducers)) == before
