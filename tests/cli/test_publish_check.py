"""`publish --check` says what `publish` would: also what servers of 1.x do not know. Only the interpreter is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from tests.cli.conftest import Run

MODULE = "tests.conformance.conformance_2x_module"


@pytest.fixture(autouse=True)
def nothing_to_find(mocker: MockerFixture) -> None:
    mocker.patch("spacetimedb_sdk.publishing.interpreter.find_interpreter")
    mocker.patch("spacetimedb_sdk.publishing.build.check_module", return_value=[])


def test_what_the_servers_asked_for_do_not_know_is_an_error(run: Run) -> None:
    shown = run("publish", "any", "--module", MODULE, "--check", "--abi", "1.x")
    assert shown.code == 1
    assert "servers of 1.x know neither views nor procedures, and this module has view " in shown.err
    assert "will work" not in shown.out


def test_where_no_generation_is_asked_for_it_is_a_remark(run: Run) -> None:
    shown = run("publish", "any", "--module", MODULE, "--check")
    assert shown.code == 0
    assert "servers of 1.x know neither views nor procedures" in shown.err
    assert "will work inside a database" in shown.out


def test_a_module_for_both_has_no_remark(run: Run) -> None:
    for abi in ([], ["--abi", "1.x"], ["--abi", "2.x"]):
        shown = run("publish", "any", "--module", "tests.conformance.conformance_module", "--check", *abi)
        assert (shown.code, shown.err) == (0, "")


def test_names_that_a_database_has_otherwise_are_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = (
        "from spacetimedb_sdk.module import Module, Row, column, u32\n"
        "module = Module('naming'{})\n"
        "@module.table()\nclass Item(Row):\n    item_id: u32 = column(primary_key=True)\n    hp2: u32\n"
        "    MP: u32 = column(name='mp2')\n    from_: u32\n"
        "@module.reducer\ndef r_ex2(ctx): ...\n"
        "@module.reducer(name='Own2')\ndef other(ctx): ...\n"
        "@module.reducer\ndef plain(ctx): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "naming_rules.py").write_text(rules.format(""))
    (tmp_path / "naming_kept.py").write_text(rules.format(", style='1.x'"))
    shown = run("publish", "any", "--module", "naming_rules", "--check")
    assert "as in every SpacetimeDB 2 module: reducer r_ex2 is r_ex_2, item.hp2 is hp_2 (" in shown.err
    assert "names are" not in run("publish", "any", "--module", "naming_kept", "--check").err


def test_types_that_servers_of_1_x_refuse_are_named_with_their_places(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "typed_rules.py").write_text(
        "import uuid\n"
        "from spacetimedb_sdk.module import Err, Module, Ok, Product, Row, Sum, column, u32\n"
        "module = Module('typed')\n"
        "@module.type\nclass Deep(Product):\n    keys: list[uuid.UUID | None]\n    plain: u32 | None\n"
        "@module.sum\nclass Found(Sum): ...\n"
        "@module.variant\nclass ByKey(Found):\n    value: uuid.UUID\n"
        "@module.table()\nclass Item(Row):\n    key: uuid.UUID = column(primary_key=True)\n"
        "    deep: Deep\n    found: Found\n    outcome: Ok[u32] | Err[str]\n"
        "@module.reducer\ndef take(ctx, deep: Deep, key: uuid.UUID): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    shown = run("publish", "any", "--module", "typed_rules", "--check", "--abi", "1.x")
    assert shown.code == 1
    places = shown.err.partition("in this module ")[2].partition(": publish it")[0].split(", ")
    assert sorted(places) == [
        "Deep.keys has a UUID",
        "Found.byKey is a UUID",
        "item.key is a UUID",
        "item.outcome is a result",
        "reducer take.key is a UUID",
    ]
    assert (
        "servers of 1.x know neither UUIDs nor results"
        in run("publish", "any", "--module", "typed_rules", "--check").err
    )
    newer = run("publish", "any", "--module", "typed_rules", "--check", "--abi", "2.x")
    assert (newer.code, newer.err) == (0, "")


def test_what_takes_rows_over_on_the_embedded_server_alone_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = (
        "from spacetimedb_sdk.module import Module, Row, column, u32\n"
        "module = Module('moving', style='1.x')\n"
        "@module.table({})\nclass Item(Row):\n    item_id: u32 = column(primary_key=True)\n    label: str{}\n{}"
    )
    monkeypatch.syspath_prepend(tmp_path)
    hook = "@module.on_migrate\ndef over(ctx, before): ...\n"
    (tmp_path / "moving_rules.py").write_text(
        rules.format("renamed_from='thing'", " = column(renamed_from='name')", hook)
    )
    (tmp_path / "staying_rules.py").write_text(rules.format("", "", ""))
    shown = run("publish", "any", "--module", "moving_rules", "--check")
    assert shown.code == 0
    assert (
        "what the embedded server does: @module.on_migrate, table item (renamed_from), item.label (renamed_from); it refuses"
        in shown.err
    )
    assert run("publish", "any", "--module", "staying_rules", "--check").err == ""
