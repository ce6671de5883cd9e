"""Crates in Rust: what is written of a Python module, whose files they are, and what Rust cannot have."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from uuid import UUID

import pytest

from spacetimedb_sdk.cli import main
from spacetimedb_sdk.codegen.rust import PythonSource, RustCrate, RustError, generate_crate
from spacetimedb_sdk.module import (
    Err,
    Module,
    Ok,
    Product,
    ReducerContext,
    Row,
    ScheduleAt,
    Sum,
    column,
    i32,
    index,
    u64,
)
from spacetimedb_sdk.module.sources import docs_of, function_text, functions_of_module


def written(module: Module, folder: Path) -> RustCrate:
    functions = functions_of_module(module)
    return generate_crate(
        module.definition(),
        folder,
        module_name=module.name,
        sources={name: PythonSource(*function_text(function)) for name, function in functions.items()},
        docs=docs_of(module),
    )


def shop() -> Module:
    module = Module("shop")

    @module.type
    class Kind(Enum):
        TOOL = 0
        FOOD = 1

    @module.type
    class Place(Product):
        x: i32
        shelves: list[Kind | None]

    @module.table(name="old_item")
    @module.table(public=True, indexes=[index("by_kind_and_price", "kind", "price"), index("dear", "price")])
    class Item(Row):
        """What is sold."""

        item_id: u64 = column(primary_key=True, auto_inc=True)
        name: str = column(unique=True)
        kind: Kind = column(index=True)
        price: i32
        place: Place

    @module.table(scheduled="spoil")
    class Spoiling(Row):
        scheduled_id: u64 = column(primary_key=True, auto_inc=True)
        scheduled_at: ScheduleAt

    @module.init
    def begin(ctx: ReducerContext) -> None: ...

    @module.reducer
    def sell(ctx: ReducerContext, name: str, places: list[Place]) -> None:
        """Sell `name`.

        It is gone then.
        """
        # There is one of each.
        item = ctx.db[Item].find(name=name)
        if item is not None:
            ctx.db[Item].delete(item)

    @module.reducer(name="type")
    def kind_of(ctx: ReducerContext) -> None:
        pass

    @module.reducer
    def spoil(ctx: ReducerContext, timer: Spoiling) -> None:
        pass

    return module


def test_tables_have_their_keys_indexes_and_timers(tmp_path: Path) -> None:
    written(shop(), tmp_path)
    tables = (tmp_path / "src" / "tables.rs").read_text()
    assert (
        """/// What is sold.
#[spacetimedb::table(name = item, public, index(name = by_kind_and_price, btree(columns = [kind, price])), \
index(name = dear, btree(columns = [price])))]
#[spacetimedb::table(name = old_item)]
#[derive(Clone, Debug)]
pub struct Item {
    #[primary_key]
    #[auto_inc]
    pub item_id: u64,
    #[unique]
    pub name: String,
    #[index(btree)]
    pub kind: Kind,
    pub price: i32,
    pub place: Place,
}"""
        in tables
    )
    assert "#[spacetimedb::table(name = spoiling, scheduled(crate::reducers::spoil))]" in tables
    types = (tmp_path / "src" / "types.rs").read_text()
    assert (
        "pub enum Kind {\n    tool,\n    food,\n}" in types
        or "pub enum Kind {\n    TOOL,\n    FOOD,\n}" in types
    )
    assert "pub shelves: Vec<Option<Kind>>," in types


def test_reducers_fail_until_they_are_written_with_their_python_beside_them(tmp_path: Path) -> None:
    written(shop(), tmp_path)
    reducers = (tmp_path / "src" / "reducers.rs").read_text()
    assert (
        """/// Sell `name`.
///
/// It is gone then.
#[spacetimedb::reducer]
pub fn sell(ctx: &ReducerContext, name: String, places: Vec<Place>) -> Result<(), String> {
    // # There is one of each.
    // item = ctx.db[Item].find(name=name)
    // if item is not None:
    //     ctx.db[Item].delete(item)
    Err("sell is not written in Rust yet".into())
}"""
        in reducers
    )
    assert (
        "#[spacetimedb::reducer(init)]\npub fn begin(ctx: &ReducerContext) -> Result<(), String> {"
        in reducers
    )
    assert '#[spacetimedb::reducer(name = "type")]\npub fn type_reducer(' in reducers


def test_what_the_author_has_written_stays_and_the_rest_is_written_anew(tmp_path: Path) -> None:
    crate = written(shop(), tmp_path)
    assert {path.name for path in crate.written} == {
        "Cargo.toml",
        "lib.rs",
        "tables.rs",
        "types.rs",
        "reducers.rs",
    }
    (tmp_path / "src" / "reducers.rs").write_text("// all mine\n")
    (tmp_path / "src" / "tables.rs").write_text((tmp_path / "src" / "types.rs").read_text())
    again = written(shop(), tmp_path)
    assert {path.name for path in again.written} == {"tables.rs", "types.rs"}
    assert {path.name for path in again.kept} == {"Cargo.toml", "lib.rs", "reducers.rs"}
    assert (tmp_path / "src" / "reducers.rs").read_text() == "// all mine\n"
    assert "pub struct Item" in (tmp_path / "src" / "tables.rs").read_text()


def test_the_command_names_what_servers_of_1x_do_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["generate", "--lang", "rust", "--module", "tests.publishing.newer_rules"]
    assert main([*command, "--out", str(tmp_path / "newer")]) == 0
    said = capsys.readouterr()
    assert "5 files" in said.out
    for left_out in ("event table ping", "view mine", "view heaviest", "procedure weigh"):
        assert f"left out: {left_out}" in said.err
    assert "Ping" not in (tmp_path / "newer" / "src" / "tables.rs").read_text()
    assert "// The procedure `weigh` needs" in (tmp_path / "newer" / "src" / "reducers.rs").read_text()
    (tmp_path / "newer" / "src" / "types.rs").write_text("// mine\n")
    assert main([*command, "--out", str(tmp_path / "newer")]) == 1
    assert "types.rs was not generated" in capsys.readouterr().err


def test_clients_in_rust_are_the_official_tool_s(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["generate", "--lang", "rust", "--bin-path", "x.wasm", "--out", str(tmp_path)]) == 2
    assert "spacetime generate --lang rust" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("hint", "said"),
    [(UUID, "has.it is a UUID"), (Ok[i32] | Err[str], "has.it is a type without a name")],
)
def test_types_that_rust_lacks_are_named(hint: object, said: str, tmp_path: Path) -> None:
    module = Module("lacking")

    class Has:
        pass

    Has.__annotations__ = {"it": hint}
    module.table(Has)
    with pytest.raises(RustError, match=said.replace("has", "Has")):
        written(module, tmp_path)
    assert not list(tmp_path.iterdir()), "nothing is written by halves"


@pytest.mark.parametrize("name", ["type", "match", "self"])
def test_names_that_rust_has_for_itself_are_named(name: str, tmp_path: Path) -> None:
    module = Module("keywords", style="1.x")

    @module.table
    class Thing(Row):
        it: i32 = column(name=name)

    with pytest.raises(RustError, match=f"{name!r}, which is no name in Rust"):
        written(module, tmp_path)


def test_types_called_as_rust_s_own_are_called_otherwise_in_the_code_alone(tmp_path: Path) -> None:
    module = Module("vec")

    @module.sum
    class Option(Sum):
        pass

    @module.variant
    class Some(Option):
        value: i32

    @module.table
    class Vec(Row):
        it: Option

    written(module, tmp_path)
    assert (
        '#[sats(name = "Vec")]\npub struct VecType {\n    pub it: OptionType,'
        in (tmp_path / "src" / "tables.rs").read_text()
    )
    assert '#[sats(name = "Option")]\npub enum OptionType {' in (tmp_path / "src" / "types.rs").read_text()


def test_bodies_are_read_whatever_stands_above_them() -> None:
    def one_line(ctx: ReducerContext) -> None: print("x")  # fmt: skip  # noqa: T201

    def documented_alone(ctx: ReducerContext) -> None:
        """Nothing more."""

    assert function_text(one_line)[1].startswith('print("x")')
    assert function_text(documented_alone) == ("Nothing more.", "")
    assert function_text(len)[1] == ""
