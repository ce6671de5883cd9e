"""Habits of spacetimedb-sdk 0.7.0 that programs rely on, and a clear word where its bindings are of no more use."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.bindings.legacy import accept_list
from spacetimedb_sdk.errors import SchemaError
from spacetimedb_sdk.sats.algebraic_type import (
    I32,
    AlgebraicType,
    ArrayType,
    Element,
    ProductType,
    Ref,
    Typespace,
    option,
)
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.types import Identity
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Item, TickCount
from tests.codegen.golden.conformance.colour import Colour
from tests.codegen.golden.conformance.vector2 import Vector2
from tests.conformance.conformance_module import module
from tests.plugins.waiting import PATIENCE, until

ME = Identity(b"\xc2" * 32)
OLD_TABLE = """
from typing import List

from spacetimedb_sdk.spacetimedb_client import Identity, ReducerEvent, SpacetimeDBClient


class User:
    is_table_class = True
    primary_key = "identity"

    @classmethod
    def iter(cls):
        return SpacetimeDBClient.instance._get_table_cache("User").values()

    def __init__(self, data: List[object]):
        self.data = {"identity": Identity.from_string(data[0][0]), "name": data[1]}
"""


@pytest.fixture
def client() -> Iterator[SpacetimeDBClient]:
    with (
        Server(module, database="conformance") as server,
        SpacetimeDBClient.init(None, server.host, "conformance", False, bindings) as client,
    ):
        until(lambda: client.is_connected, client)
        client.subscriptions.add(["SELECT * FROM item"]).result(PATIENCE)
        yield client


def test_a_row_is_made_from_one_list_too() -> None:
    values: list[Any] = [1, "sword", Colour.Red, 3, ME, Vector2(1.0, 2.0)]
    assert Item(values) == Item(*values)  # type: ignore[call-arg, arg-type]
    assert Item(values).data["name"] == "sword"  # type: ignore[call-arg, arg-type]
    assert Item(*values).replace(level=4).level == 4
    with pytest.raises(TypeError):
        Item(values[:-1])  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize(
    ("column", "made_of"),
    [(ArrayType(I32), [1, 2]), (option(ArrayType(I32)), [1, 2]), (Ref(0), [1, 2]), (option(Ref(0)), [1, 2]), (I32, 1)],
)  # fmt: skip
def test_a_list_that_is_the_only_column_is_no_list_of_columns(column: AlgebraicType, made_of: Any) -> None:
    @dataclass
    class Only:
        value: Any

    accept_list(Only, ProductType((Element("value", column),)), Typespace((ArrayType(I32),)))
    assert Only(made_of).value == made_of
    assert Only(value=made_of).value == made_of
    if not isinstance(made_of, list):
        assert Only([made_of]).value == made_of


def test_the_four_hooks_of_old_bindings(client: SpacetimeDBClient) -> None:
    changed: list[str] = []
    told: list[str] = []
    client._register_row_update("Item", lambda row_op, old, new, event: changed.append(new.name))
    client._register_reducer("add_item", lambda caller, address, status, message, *args: told.append(args[0]))
    client._reducer_call("AddItem", "sword", Colour.Red, 3, Vector2(0.0, 0.0))
    until(lambda: told, client)
    assert changed == told == ["sword"]
    cached = client._get_table_cache("Item")
    assert [row.name for row in cached.values()] == ["sword"]
    cached.clear()
    assert len(client.db.item) == 1, "what a program does to the copy is its own affair"


def test_a_hook_acts_on_the_client_it_is_called_on(client: SpacetimeDBClient) -> None:
    told: list[str] = []
    host = client._core.link.request.address.netloc if client._core.link else ""
    with SpacetimeDBClient.init(None, host, "conformance", False, bindings) as other:
        until(lambda: other.is_connected, other)
        client._register_reducer("nothing", lambda caller, *_: told.append(str(caller)))
        client._reducer_call("nothing")
        other._reducer_call("nothing")
        until(lambda: told, client)
        assert told[0] == str(client.identity)


def test_handles_know_the_old_spelling(client: SpacetimeDBClient) -> None:
    assert client.db.TickCount is client.db.tick_count
    assert client.db.tick_count.where() == TickCount.where()
    with pytest.raises(AttributeError, match="no table 'Ticks'"):
        _ = client.db.Ticks


def test_hooks_name_what_there_is(client: SpacetimeDBClient) -> None:
    with pytest.raises(SchemaError, match=r"no table 'Weapon': there are .*item"):
        client._get_table_cache("Weapon")
    with pytest.raises(SchemaError, match="no reducer 'forge'"):
        client._reducer_call("forge", 1)


def test_old_bindings_import_and_a_client_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "old_bindings"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "user.py").write_text(OLD_TABLE)
    monkeypatch.syspath_prepend(tmp_path)
    user = importlib.import_module("old_bindings.user")
    assert user.User([[str(ME)], "Ann"]).data == {"identity": ME, "name": "Ann"}
    old = importlib.import_module("old_bindings")
    with pytest.raises(TypeError, match=r"generate --server .* needs no other change"):
        SpacetimeDBClient.init(None, "127.0.0.1:1", "chat", False, old)
