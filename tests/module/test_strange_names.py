"""Columns, fields and parameters of any name: those Python keeps for itself, and those that generated code has, too."""

from __future__ import annotations

import copy
import enum
import keyword
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.module import Module, Product, ReducerContext, Row, column, i32
from spacetimedb_sdk.module.names import RESERVED_FIELDS
from spacetimedb_sdk.standalone import Database

USED_INSIDE = [
    "missing", "cls", "self", "made", "twin", "real", "obj", "other", "value", "row", "key", "name", "data", "index",
    "default_x", "hash", "type", "list", "int", "str", "columns", "column", "unique_column", "changes", "iter", "find",
    "filter", "blank", "build", "rows", "buf", "pos", "end", "out", "v", "v1", "p1", "unpack", "mro", "env", "scope",
]  # fmt: skip
names = st.one_of(st.sampled_from(USED_INSIDE), st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)).filter(
    lambda name: not keyword.iskeyword(name) and name not in RESERVED_FIELDS
)


def table_of(fields: list[str]) -> tuple[Module, Any]:
    module = Module("strange", style="1.x")
    annotations: dict[str, Any] = {"row_id_of_all": i32, **dict.fromkeys(fields, i32)}
    body = {"__annotations__": annotations, "row_id_of_all": column(primary_key=True), "__module__": __name__}
    return module, module.table(public=True)(type("Strange", (Row,), body))


@given(st.lists(names, min_size=1, max_size=6, unique=True))
def test_a_column_may_be_called_anything(fields: list[str]) -> None:
    module, table = table_of(fields)
    row = table(1, **{name: place for place, name in enumerate(fields)})
    assert [getattr(row, name) for name in fields] == list(range(len(fields)))
    for name in fields:
        changed = row.replace(**{name: 77})
        assert [getattr(changed, other) for other in fields if other != name] == [
            getattr(row, other) for other in fields if other != name
        ]
        assert getattr(changed, name) == 77
        assert changed != row
    assert copy.copy(row) == row
    assert hash(row) == hash(row.replace())
    database = Database(module, clock=lambda: 0)
    rows = database.datastore.tables[table]
    database.change(lambda: rows.insert(row), database.owner)
    for name in fields:
        assert rows.filter(**{name: getattr(row, name)}) == [row]
    store = database.datastore.stores["strange"]
    assert store.decode_rows(store.encoded(row)) == [row]
    assert [element.name for element in store.definition.columns(store.typespace)] == [
        "row_id_of_all",
        *fields,
    ]


def test_an_underscore_stands_for_nothing_after_a_word_python_keeps() -> None:
    module = Module("mail")

    @module.type
    class Envelope(Product):
        class_: i32
        replace_: i32

    @module.table(public=True)
    class Letter(Row):
        from_: str = column(primary_key=True)
        import_: Envelope
        odd: i32 = column(name="__odd__", default=3)
        length_: i32 = column(default=0)

    @module.reducer
    def send(ctx: ReducerContext, from_: str, class_: i32) -> None:
        ctx.db[Letter].insert(Letter(from_=from_, import_=Envelope(class_=class_, replace_=4)))

    definition = module.definition()
    (letter,) = definition.tables
    assert [element.name for element in letter.columns(definition.typespace)] == [
        "from", "import", "__odd__", "length",
    ]  # fmt: skip
    assert [element.name for element in definition.reducers[0].params.elements] == ["from", "class"]
    assert letter.constraints[0].name == "letter_from_key"
    database = Database(module, clock=lambda: 0)
    database.call("send", "Ann", 5, sender=database.owner)
    (row,) = database.rows(Letter)
    assert row == Letter("Ann", Envelope(5, 4), 3, 0)
    assert row.replace(from_="Bo").from_ == "Bo"


def test_names_that_cannot_be_are_refused_with_the_way_out() -> None:
    module = Module("refused")
    with pytest.raises(
        ModuleError, match=r"'replace' is taken, call the field otherwise: replace_ or .*column\(name"
    ):

        @module.type
        class Changed(Product):
            replace: i32  # type: ignore[assignment]

    with pytest.raises(ModuleError, match=r"Python hides '__secret' in a class: .*column\(name='__secret'\)"):

        @module.table
        class Hidden(Row):
            __secret: i32

    with pytest.raises(ModuleError, match="'two words' is no name of a column"):

        @module.table
        class Spaced(Row):
            a: i32 = column(name="two words")

    @module.table
    class Doubled(Row):
        from_: i32
        source: i32 = column(name="from")

    with pytest.raises(ModuleError, match="two fields that the database calls 'from'"):
        module.definition()


def test_functions_are_called_what_their_author_chose() -> None:
    from spacetimedb_sdk.module import AnonymousViewContext, ProcedureContext

    module = Module("chosen")

    @module.table(public=True)
    class Thing(Row):
        a: i32 = column(primary_key=True)

    @module.view(public=True, name="everything")
    def shown(ctx: AnonymousViewContext) -> list[Thing]:
        return list(ctx.db[Thing].iter())

    @module.procedure(name="import")
    def load(ctx: ProcedureContext, from_: i32) -> i32:
        return from_

    @module.reducer(name="load")
    def other(ctx: ReducerContext) -> None: ...

    definition = module.definition()
    assert [view.name for view in definition.views] == ["everything"]
    assert [(item.name, item.params.elements[0].name) for item in definition.procedures] == [
        ("import", "from")
    ]
    with pytest.raises(ModuleError, match="procedure, reducer or view 'load' already"):

        @module.procedure(name="load")
        def again(ctx: ProcedureContext) -> None: ...


def colliding_columns(module: Module) -> None:
    @module.table
    class Item(Row):
        x1: i32
        x_1: i32


def colliding_cases(module: Module) -> None:
    @module.table
    class Item(Row):
        name: i32
        Name: i32


def colliding_tables(module: Module) -> None:
    @module.table
    class Item1(Row):
        x: i32

    @module.table
    class Item_1(Row):
        x: i32


def colliding_reducers(module: Module) -> None:
    @module.reducer
    def add1(ctx: ReducerContext) -> None: ...

    @module.reducer
    def add_1(ctx: ReducerContext) -> None: ...


def colliding_variants(module: Module) -> None:
    @module.type
    class Colour(enum.Enum):
        RED_1 = 0
        Red1 = 1

    @module.table
    class Item(Row):
        colour: Colour


@pytest.mark.parametrize(
    ("mistake", "both"),
    [
        (colliding_columns, ("'x1'", "'x_1'")),
        (colliding_cases, ("'name'", "'Name'")),
        (colliding_tables, ("'Item1'", "'Item_1'")),
        (colliding_reducers, ("'add1'", "'add_1'")),
        (colliding_variants, ("'RED_1'", "'Red1'")),
    ],
)
def test_names_that_become_one_are_refused_with_both(
    mistake: Callable[[Module], None], both: tuple[str, str]
) -> None:
    module = Module("collides", style="2.x")

    def load() -> None:
        mistake(module)
        module.definition()

    with pytest.raises(ModuleError) as caught:
        load()
    assert all(name in str(caught.value) for name in both)
    assert caught.value.file == __file__
    assert caught.value.line is not None
    assert caught.value.line > mistake.__code__.co_firstlineno
