"""Names and types a schema may hold and Python may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pytest

from spacetimedb_sdk.codegen import fingerprint, generate, public_part, render
from spacetimedb_sdk.codegen.names import (
    IMPORTED_NAMES,
    attribute,
    pascal,
    python_name,
    snake,
)
from spacetimedb_sdk.codegen.plan import make_plan
from spacetimedb_sdk.errors import SchemaError
from spacetimedb_sdk.sats.algebraic_type import I32, Element, ProductType, Typespace
from spacetimedb_sdk.sats.schema.module_def import ModuleDef, ReducerDef, TableDef, ViewDef
from spacetimedb_sdk.system.file_names import WINDOWS_DEVICES
from spacetimedb_sdk.types import (
    Address,
    ConnectionId,
    Err,
    Identity,
    Ok,
    ScheduleAt,
    Some,
    TimeDuration,
    Timestamp,
)
from tests.codegen.strange_module import EXPR, PRIVATE, STRANGE, table


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LoggedOutUser", "logged_out_user"),
        ("DbVector2", "db_vector2"),
        ("HTTPServer", "http_server"),
        ("already_snake", "already_snake"),
        ("a__b", "a__b"),
    ],
)
def test_snake(name: str, expected: str) -> None:
    assert snake(name) == expected


def test_pascal_keeps_capitals() -> None:
    assert pascal("logged_out_user") == "LoggedOutUser"
    assert pascal("DbVector2") == "DbVector2"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("from", "from_"),
        ("x", "x"),
        ("my-column", "my_column_"),
        ("2d", "_2d_"),
        ("__x", "x_"),
        ("größe", "größe"),
    ],
)
def test_what_python_cannot_use_ends_in_an_underscore(name: str, expected: str) -> None:
    assert python_name(name) == expected


def test_reserved_names_end_in_an_underscore() -> None:
    assert attribute("Iter", {"iter"}) == "iter_"


@pytest.fixture
def strange(tmp_path: Path, import_package: Callable[[Path, str], ModuleType]) -> ModuleType:
    generate(STRANGE, tmp_path / "strange_bindings", module_name="strange")
    return import_package(tmp_path / "strange_bindings", "strange_bindings")


def test_a_row_type_shared_by_tables_is_their_common_base(strange: ModuleType) -> None:
    assert issubclass(strange.User, strange.UserRow)
    assert issubclass(strange.LoggedOutUser, strange.UserRow)
    assert not issubclass(strange.LoggedOutUser, strange.User)
    assert strange.User.primary_key == strange.LoggedOutUser.primary_key == "id"
    assert issubclass(strange.MyUsers, strange.UserRow), "a view has rows as a table has"


def test_a_row_type_of_another_name_is_the_base_of_the_table(strange: ModuleType) -> None:
    assert strange.Thing.__mro__[1] is strange.ThingOfMany


def test_columns_keep_their_names_on_the_wire(strange: ModuleType) -> None:
    columns = (
        *("id", "from_", "iter_", "data_", "str", "list", "cls", "filter_by_id_", "owner_id", "owner_id_"),
        *("colour", "my_column_", "secret_"),
    )
    assert strange.UserRow.__slots__ == columns
    user = strange.User(
        1,
        "Bo",
        2,
        b"\x01",
        "s",
        ["l"],
        3,
        4,
        Identity(bytes(32)),
        Identity(bytes(range(32))),
        strange.Colour.Red,
        5,
        6,
    )
    bindings = strange.MODULE
    codec = bindings.space.row_codec(bindings.tables["user"].row, strange.User)
    assert codec.decode(codec.encode(user)) == user
    wire_names = [element.name for element in bindings.typespace.types[bindings.tables["user"].row].elements]
    assert wire_names[1:3] == ["from", "iter"]
    assert user.from_ == "Bo"
    assert user.data["from_"] == "Bo"
    assert callable(strange.User.filter_by_from)
    assert callable(strange.User.filter_by_id)


def test_every_kind_of_type_round_trips(strange: ModuleType) -> None:
    bindings = strange.MODULE
    tree = strange.Tree(1, [strange.Tree(2, [])])
    expression = strange.Expr.Add(strange.Pair(strange.Expr.Num(1), strange.Expr.Not(strange.Expr.Zero())))
    thing = strange.Thing(
        UUID(int=5),
        None,
        Some(None),
        Ok(tree),
        tree,
        expression,
        strange.Shape.Circle(strange.ShapeCircle(1.5)),
        strange.Address_("Main Street"),
        ConnectionId(bytes(range(16))),
        Timestamp(1),
        TimeDuration(2),
        ScheduleAt.Time(Timestamp(3)),
        [strange.Colour.None_, strange.Colour.value_],
        [b"a", b""],
        (1, "one"),
        strange.Class(255),
    )
    codec = bindings.space.row_codec(bindings.tables["thing"].row, strange.Thing)
    assert codec.decode(codec.encode(thing)) == thing
    failed = thing.replace(
        outcome=Err("no"), maybe_maybe=Some("x"), when=ScheduleAt.Interval(TimeDuration(9))
    )
    assert codec.decode(codec.encode(failed)) == failed
    assert strange.Address_ is not Address


def test_reducers_with_awkward_names(strange: ModuleType) -> None:
    assert sorted(strange.MODULE.reducers) == ["SayHello", "import", "list", "shop.buy", "user"]
    assert strange.say_hello_reducer.reducer_name == "SayHello"
    assert callable(strange.import_)
    assert callable(strange.list_)
    assert strange.user_reducer.reducer_name == "user"


def test_procedures_with_awkward_names(strange: ModuleType) -> None:
    assert sorted(strange.MODULE.procedures) == ["Handles", "self", "shop.quote"]
    assert strange.handles_procedure.procedure_name == "Handles"
    assert list(signature(strange.self).parameters) == [
        *("self_", "callback_", "procedure_name_", "handles", "callback")
    ]
    assert list(signature(strange.Procedures.self).parameters) == [
        *("self", "self_", "callback_", "procedure_name_", "handles")
    ]


def test_a_type_without_a_name_that_holds_itself_gets_one(strange: ModuleType) -> None:
    (chain,) = [cls for name, cls in vars(strange).items() if name.startswith("Type")]
    codec = strange.MODULE.args_codec("import")
    value = (chain(chain(chain(None))),)
    assert codec.decode(codec.encode(value)) == value


def test_what_a_submodule_holds_bears_its_name(strange: ModuleType) -> None:
    assert strange.MODULE.tables["shop.offer"].source_name == "shop_offer"
    offer = strange.ShopOffer(7, strange.ShopUser("Bo"))
    bindings = strange.MODULE
    codec = bindings.space.row_codec(bindings.tables["shop.offer"].row, strange.ShopOffer)
    assert codec.decode(codec.encode(offer)) == offer
    assert strange.shop_buy_reducer.reducer_name == "shop.buy"
    assert strange.shop_quote_procedure.procedure_name == "shop.quote"


def test_views_have_the_keys_that_the_module_gives_them(strange: ModuleType) -> None:
    tables = strange.MODULE.tables
    assert (tables["my_users"].primary_key, tables["my_users"].unique) == ("id", ("id",))
    assert (tables["my_pairs"].primary_key, tables["my_pairs"].unique) == (None, ()), "a key of two columns"
    assert tables["my_trees"].primary_key is None
    assert tables["thing_query"].primary_key == "thing_id", "the query builder's views keep the table's key"


def test_what_is_private_is_left_out(strange: ModuleType) -> None:
    assert not {"Hidden", "Private", "tick", "init", "later"} & set(strange.__all__)
    assert strange.MODULE.tables["class"].is_event


def test_the_fingerprint_is_that_of_the_public_part() -> None:
    grown = replace(STRANGE, tables=(*STRANGE.tables, table("diary", PRIVATE, is_public=False)))
    shuffled = replace(STRANGE, tables=STRANGE.tables[::-1], types=STRANGE.types[::-1])
    changed = replace(STRANGE, tables=STRANGE.tables[1:])
    assert (
        fingerprint(grown)
        == fingerprint(shuffled)
        == fingerprint(public_part(STRANGE))
        == fingerprint(STRANGE)
    )
    assert fingerprint(changed) != fingerprint(STRANGE)


@pytest.mark.parametrize(
    ("definition", "complaint"),
    [
        (replace(STRANGE, tables=(table("t", 99),)), "beyond|no product"),
        (
            replace(STRANGE, views=(ViewDef("v", "v", True, True, STRANGE.reducers[1].params, I32),)),
            "view 'v'",
        ),
        (replace(STRANGE, tables=(table("e", EXPR),)), "'e'"),
    ],
)
def test_definitions_that_cannot_be(definition: ModuleDef, complaint: str) -> None:
    with pytest.raises(SchemaError, match=complaint):
        render(definition, module_name="bad")


@pytest.mark.parametrize("name", ["con", "aux", "nul", "prn", "com1", "lpt9", "Con", "NUL"])
def test_every_file_is_one_that_windows_can_have(name: str) -> None:
    row = ProductType((Element("id", I32),))
    table = TableDef(name, name, 0, 0, (), (), (), None, is_public=True)
    reducer = ReducerDef(name, name, ProductType(()))
    definition = ModuleDef(Typespace((row,)), (), (table,), (reducer,))
    plan = make_plan(definition, module_name="odd", sdk="spacetimedb_sdk")
    stems = [plan.tables[0].stem, plan.reducers[0].stem, *(item.stem for item in plan.types)]
    assert not {stem.lower() for stem in stems} & WINDOWS_DEVICES
    assert plan.tables[0].stem == f"{name.lower()}_"


@pytest.mark.parametrize("name", sorted(IMPORTED_NAMES | {"connect", "connect_async", "client", "bind"}))
def test_no_file_hides_what_its_package_calls(
    name: str, tmp_path: Path, import_package: Callable[[Path, str], ModuleType]
) -> None:
    row = ProductType((Element("id", I32),))
    definition = ModuleDef(
        Typespace((row,)),
        (),
        (TableDef(name, name, 0, 0, (), (), (), None, is_public=True),),
        (
            ReducerDef(f"{name}_reducer", f"{name}_reducer", ProductType(())),
            ReducerDef(name, name, ProductType(())),
        ),
    )
    package = f"hiding_{name.lower()}"
    generate(definition, tmp_path / package, module_name="hiding")
    bindings = import_package(tmp_path / package, package)
    assert list(bindings.MODULE.tables) == [name]
    assert callable(bindings.connect) or callable(bindings.connect_)
