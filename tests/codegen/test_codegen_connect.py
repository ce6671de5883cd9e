"""The typed clients of generated bindings, connected to an embedded server by the bindings themselves."""

from __future__ import annotations

import asyncio
import importlib
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from spacetimedb_sdk.codegen import generate
from spacetimedb_sdk.errors import ConnectError
from spacetimedb_sdk.handles import EventTableHandle, RowsHandle, TableHandle
from spacetimedb_sdk.module import Module, ReducerContext, Row, column, u32
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.standalone import Server
from tests.codegen.golden import conformance_2x as bindings
from tests.codegen.golden.conformance_2x.colour import Colour
from tests.codegen.golden.conformance_2x.vector2 import Vector2
from tests.conformance.conformance_2x_module import module
from tests.places import ROOT
from tests.plugins.waiting import PATIENCE, until

HERE = Vector2(1.0, 2.0)


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with Server(module, database="conformance-2x") as server:
        yield server.url


@pytest.fixture
def client(host: str) -> Iterator[bindings.Client]:
    with bindings.connect(host) as client:
        client.subscribe(["SELECT * FROM item", "SELECT * FROM note", "SELECT * FROM my_items"])
        until(lambda: client.is_connected, client)
        yield client


def test_a_client_that_knows_its_own_tables_reducers_and_procedures(client: bindings.Client) -> None:
    assert isinstance(client, SpacetimeDBClient)
    assert client.db is client.db
    assert client.reducers.add_item("sword", Colour.red, 3, HERE).result(PATIENCE).committed
    until(lambda: client.db.item.filter(name="sword"), client)
    (sword,) = client.db.item.filter(name="sword", level=3)
    assert client.db.item.find(item_id=sword.item_id) == sword
    assert sword in client.db.item.filter(owner=client.identity)
    assert not client.db.item.filter(owner=None), "no row belongs to a client that is not connected yet"
    assert client.procedures.add_numbers(2, 40).result(PATIENCE) == 42
    # What was written for the untyped client goes on with this one.
    assert bindings.Tables(client).item is client.db.item
    assert client.by_name.db.item is client.db.item
    assert client.views.my_items is client.db.my_items
    assert not hasattr(client.views, "item")


def test_a_client_that_is_not_awaited_says_how_it_is_had() -> None:
    connecting = bindings.connect_async("http://127.0.0.1:1")
    with pytest.raises(AttributeError, match=r"'db': write `client = await connect_async"):
        connecting.db  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="`async with connect_async"), connecting:  # type: ignore[attr-defined]
        pass
    with pytest.raises(ConnectError):
        asyncio.run(_awaited(connecting))


async def _awaited(connecting: Awaitable[object]) -> object:
    return await connecting


def test_callbacks_and_options_are_handed_on(host: str) -> None:
    said: list[str] = []
    client = bindings.connect(
        host,
        "conformance-2x",
        on_connect=lambda: said.append("connect"),
        on_identity=lambda _token, _who, _where: said.append("identity"),
        on_disconnect=lambda _reason: said.append("disconnect"),
        compression="gzip",
    )
    while "identity" not in said:
        client.update(timeout=PATIENCE)
    client.close()
    assert said == ["connect", "identity", "disconnect"]


def test_awaited_or_entered(host: str) -> None:
    async def play() -> None:
        client = await bindings.connect_async(host)
        async with bindings.connect_async(host) as other:
            assert other.is_connected
            assert await other.procedures.add_numbers(2, 40) == 42
        assert not other.is_connected
        assert (await client.reducers.write_note("hello")).committed
        await client.close()

    asyncio.run(play())


def test_bindings_that_write_connecting_out_go_on_connecting(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they were generated before the SDK had `Connect`: programs keep them until their module changes."""
    older = tmp_path / "bindings_written_out"
    shutil.copytree(Path(bindings.__file__).parent, older, ignore=shutil.ignore_patterns("__pycache__"))
    text = (ROOT / "tests/codegen/data/connect_written_out.py.txt").read_text(encoding="utf-8")
    (older / "_connect.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    package: Any = importlib.import_module(older.name)

    async def play() -> None:
        async with package.connect_async(host) as client:
            assert await client.procedures.add_numbers(2, 40) == 42

    with package.connect(host) as client:
        until(lambda: client.is_connected, client)
        assert client.procedures.add_numbers(2, 40).result(PATIENCE) == 42
    asyncio.run(play())


def test_a_database_there_is_none_of(host: str) -> None:
    async def play() -> None:
        with pytest.raises(ConnectError):
            await bindings.connect_async(host, "nothing")

    asyncio.run(play())


def test_the_scheme_says_whether_there_is_tls(host: str) -> None:
    with pytest.raises(ValueError, match="make them agree"):
        bindings.connect(host, tls=True)


@pytest.mark.parametrize(
    ("ask", "refusal"),
    [
        (lambda db: db.item.find(itm_id=1), "find(item_id=...) or find(name=...), not by itm_id"),
        (lambda db: db.item.find(level=1), "not by level; filter takes any column"),
        (lambda db: db.item.find(), "not by position"),
        (lambda db: db.item.find(1), "not by position"),
        (lambda db: db.item.find(item_id="one"), "column item_id of item holds int, not 'one'"),
        (lambda db: db.item.find(item_id=None), "column item_id of item holds int, not None"),
        (lambda db: db.item.filter(levl=1), "item has no column levl, did you mean level: filter takes item_id,"),
        (lambda db: db.item.filter(kind="red"), "column kind of item holds Colour, not 'red'"),
        (lambda db: db.item.filter(3), "filter takes columns of item by name"),
        (lambda db: db.item.filter(level=bindings_range("a")), "the range: column level of item holds int, not 'a'"),
    ],
)  # fmt: skip
def test_a_question_that_could_find_nothing_is_refused(
    client: bindings.Client, ask: Callable[[Any], Any], refusal: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(refusal)):
        ask(client.db)


def bindings_range(low: Any) -> Any:
    from spacetimedb_sdk.handles import Between

    return Between(low, None)


def test_a_row_changes_by_its_columns_alone(client: bindings.Client) -> None:
    row = bindings.Item(1, "axe", Colour.red, 3, client.identity, HERE)  # type: ignore[arg-type]
    assert row.replace(level=4).level == 4
    with pytest.raises(
        TypeError, match="item has no column levl, did you mean level: replace takes item_id,"
    ):
        row.replace(levl=4)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="column level of item holds int, not 'high'"):
        row.replace(level="high")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="by name"):
        row.replace(4)  # type: ignore[call-arg]


def test_an_option_there_is_none_of(host: str) -> None:
    with pytest.raises(TypeError, match="there is no option recconect, did you mean reconnect: there are"):
        bindings.connect(host, recconect=True)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="option timeout is float, not '5'"):
        SpacetimeDBClient.init(None, host, "conformance-2x", False, bindings, timeout="5")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("table", "kind", "name", "why"),
    [
        ("my_items", RowsHandle, "on_update", "without a primary key a changed row comes to on_delete and on_insert; give the view primary_key="),
        ("my_items", RowsHandle, "find", "no column is unique, use filter"),
        ("note", RowsHandle, "remove_on_update", "without a primary key"),
        ("announcement", EventTableHandle, "iter", "an event table keeps no rows"),
        ("announcement", EventTableHandle, "on_delete", "its events come to on_insert"),
        ("item", TableHandle, "on_updated", "has no on_updated"),
    ],
)  # fmt: skip
def test_handles_offer_what_their_tables_can(
    client: bindings.Client, table: str, kind: type, name: str, why: str
) -> None:
    handle = getattr(client.db, table)
    assert type(handle) is kind
    assert not hasattr(handle, name)
    with pytest.raises(AttributeError, match=why):
        getattr(handle, name)


def test_what_the_module_calls_so_keeps_its_name(
    tmp_path: Path, import_package: Callable[[Path, str], ModuleType]
) -> None:
    named = Module("named")

    @named.table(public=True)
    class Client(Row):
        client_id: u32 = column(primary_key=True)

    @named.reducer
    def connect(ctx: ReducerContext) -> None:
        pass

    generate(named.definition(), tmp_path, module_name="named")
    package = import_package(tmp_path, "named_bindings")
    assert package.Client(1).client_id == 1
    assert package.connect.__module__ == "named_bindings.connect_reducer"
    with pytest.raises(ConnectError):
        package.connect_("127.0.0.1:1").update(timeout=PATIENCE)
    assert issubclass(package.Client_, SpacetimeDBClient)
    with pytest.raises(AttributeError, match="no attribute 'Clients'"):
        package.Clients


def test_no_client_is_loaded_before_it_is_asked_for() -> None:
    script = (
        "import sys, module_bindings\n"
        "assert 'spacetimedb_sdk.spacetimedb_client' not in sys.modules\n"
        "module_bindings.Client\n"
        "assert 'spacetimedb_sdk.spacetimedb_async_client' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
