"""`verify_schema`: a database of another module is told from the right one before a row of it is decoded."""

from __future__ import annotations

import asyncio
import importlib
import json
from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import pytest

from spacetimedb_sdk import SpacetimeDBAsyncClient, SpacetimeDBClient
from spacetimedb_sdk.client.schema_check import check_schema
from spacetimedb_sdk.codegen import generate
from spacetimedb_sdk.errors import ConnectError, HttpError, SchemaMismatchError, SpacetimeDBException
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Module, ReducerContext, Row, column, i32, u32
from spacetimedb_sdk.sats.algebraic_type import F64, ArrayType, Element, ProductType, Ref, Typespace
from spacetimedb_sdk.sats.schema.module_def import ModuleDef
from spacetimedb_sdk.sats.schema.versions import read_schema
from spacetimedb_sdk.standalone import Server
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden import conformance_2x as newer
from tests.conformance.conformance_module import module
from tests.places import RECORDINGS, SCHEMAS
from tests.plugins.imports import importable
from tests.plugins.waiting import PATIENCE, until
from tests.transport.raw_server import RawConnection, RawServer

DEFINITIONS = {
    9: RECORDINGS / "server-2.8.3" / "schema.v9.json",
    10: SCHEMAS / "conformance_2x.v10.json",
}
other = Module("other", style="1.x")


@other.table(public=True)
class Item(Row):
    """A table of the same name and of another shape."""

    id: u32 = column(primary_key=True)
    label: str


def test_the_right_database_is_connected_to(embedded: str) -> None:
    with SpacetimeDBClient.init(None, embedded, "conformance", False, bindings, verify_schema=True) as client:
        until(lambda: client.is_connected, client)
        assert client.reducers.nothing().result(PATIENCE).committed


def test_another_module_is_refused_before_anything_is_asked_of_it() -> None:
    connected: list[bool] = []
    with Server(other, database="conformance") as server:
        client = SpacetimeDBClient(bindings)
        client.set_callbacks(on_connect=lambda: connected.append(True))
        client.connect(None, server.host, "conformance", False, verify_schema=True)
        with pytest.raises(SchemaMismatchError, match="regenerate them") as caught:
            client.update(timeout=PATIENCE)
    assert caught.value.table in bindings.MODULE.tables
    assert not connected


def test_the_async_client_refuses_it_too() -> None:
    async def run(host: str) -> None:
        client = SpacetimeDBAsyncClient(bindings)
        await client.run(None, host, "conformance", False, None, verify_schema=True)

    with Server(other, database="conformance") as server, pytest.raises(SchemaMismatchError):
        asyncio.run(run(server.host))


swapped = Module("swapped", style="1.x")


@swapped.table(public=True, name="point")
class SwappedPoint(Row):
    """Columns of one width in another order than in `points`: every byte of it decodes, into something else."""

    id: u32 = column(primary_key=True)
    y: i32
    x: i32


points = Module("points", style="1.x")


@points.table(public=True)
class Point(Row):
    """What the bindings are made from."""

    id: u32 = column(primary_key=True)
    x: i32
    y: i32


@points.reducer
def absent_there(_ctx: ReducerContext) -> None:
    """A reducer that the other module has none of."""


fewer = Module("fewer", style="1.x")


@fewer.table(public=True, name="point")
class SamePoint(Row):
    """The same table in a module without the reducer."""

    id: u32 = column(primary_key=True)
    x: i32
    y: i32


@pytest.fixture(scope="module")
def of_points(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("bindings")
    generate(points.definition(), folder / "points_bindings", module_name="points")
    with importable(folder, "points_bindings"):
        yield importlib.import_module("points_bindings")


@pytest.mark.parametrize("protocol", ["v1", "v1.json", "v2", "v3"])
def test_columns_that_changed_places_are_refused_unasked(of_points: ModuleType, protocol: str) -> None:
    with Server(swapped, database="points") as server:
        client = SpacetimeDBClient.init(None, server.host, "points", False, of_points, protocol=protocol)
        with pytest.raises(SchemaMismatchError, match=r"'point' .*a row has \(id, y, x\) on the server"):
            client.update(timeout=PATIENCE)


def test_a_server_that_does_not_tell_its_schema_is_a_warning(
    caplog: pytest.LogCaptureFixture, of_points: ModuleType
) -> None:
    def behave(connection: RawConnection) -> None:
        connection.welcome()
        connection.until_gone()

    with RawServer(behave) as server:
        client = SpacetimeDBClient.init(None, server.host, "points", False, of_points)
        until(lambda: client.is_connected, client)
        client.close()
    (record,) = caplog.records
    assert "'points' was not compared with the bindings (the server does not tell it)" in record.message


def test_who_says_so_is_not_asked(of_points: ModuleType) -> None:
    with (
        Server(swapped, database="points") as server,
        SpacetimeDBClient.init(None, server.host, "points", False, of_points, verify_schema=False) as client,
    ):
        until(lambda: client.is_connected, client)


def test_what_is_not_there_misreads_nothing(of_points: ModuleType) -> None:
    """The server refuses a call of what it does not have: no reason to connect with nothing at all."""
    with Server(fewer, database="points") as server:
        with SpacetimeDBClient.init(None, server.host, "points", False, of_points) as client:
            until(lambda: client.is_connected, client)
        strict = SpacetimeDBClient.init(None, server.host, "points", False, of_points, verify_schema=True)
        with pytest.raises(SchemaMismatchError, match="no such reducer"):
            strict.update(timeout=PATIENCE)


def test_no_server_is_still_no_server() -> None:
    client = SpacetimeDBClient.init(None, "127.0.0.1:1", "conformance", False, bindings, verify_schema=True)
    with pytest.raises(ConnectError, match="nothing listens"):
        client.update(timeout=PATIENCE)


def with_column(name: str, column: Element) -> ModuleDef:
    """The module with one column of `item` put in place of the one called `name`."""
    definition = module.definition()
    (table,) = (table for table in definition.tables if table.name == "item")
    types = list(definition.typespace.types)
    row = types[table.row_ref]
    assert isinstance(row, ProductType)
    types[table.row_ref] = ProductType(tuple(column if e.name == name else e for e in row.elements))
    return replace(definition, typespace=Typespace(tuple(types)))


def test_what_differs_is_named() -> None:
    check_schema(bindings.MODULE, module.definition())
    with pytest.raises(SchemaMismatchError, match="level of a row is F64 on the server") as caught:
        check_schema(bindings.MODULE, with_column("level", Element("level", F64)))
    assert caught.value.table == "item"
    with pytest.raises(SchemaMismatchError, match=r"a row has \(.*rank.*\) on the server"):
        check_schema(bindings.MODULE, with_column("level", Element("rank", F64)))


def test_a_missing_table_is_named() -> None:
    whole = module.definition()
    tables = tuple(replace(t, is_public=t.name != "item" and t.is_public) for t in whole.tables)
    with pytest.raises(SchemaMismatchError, match=r"'item' .*no such public table"):
        check_schema(bindings.MODULE, replace(whole, tables=tables))


def test_another_primary_key_is_named() -> None:
    whole = module.definition()
    tables = tuple(replace(t, primary_key=None) for t in whole.tables)
    with pytest.raises(SchemaMismatchError, match="the primary key is none on the server"):
        check_schema(bindings.MODULE, replace(whole, tables=tables))


def test_a_missing_reducer_and_other_arguments_are_named() -> None:
    whole = module.definition()
    fewer = tuple(r for r in whole.reducers if r.name != "nothing")
    with pytest.raises(SchemaMismatchError, match="reducer 'nothing' does not fit"):
        check_schema(bindings.MODULE, replace(whole, reducers=fewer))
    longer = tuple(replace(r, params=ProductType((Element("more", F64),))) for r in whole.reducers)
    with pytest.raises(SchemaMismatchError, match="what it takes has"):
        check_schema(bindings.MODULE, replace(whole, reducers=longer))


def test_what_the_server_has_besides_is_fine() -> None:
    whole = module.definition()
    more = replace(whole.reducers[0], name="one_more")
    check_schema(bindings.MODULE, replace(whole, reducers=(*whole.reducers, more)))


def test_a_unique_column_that_may_repeat_there_is_named() -> None:
    whole = module.definition()
    tables = tuple(replace(t, constraints=()) if t.name == "item" else t for t in whole.tables)
    assert "name" in bindings.MODULE.tables["item"].unique
    with pytest.raises(SchemaMismatchError, match="name is unique here, on the server several rows"):
        check_schema(bindings.MODULE, replace(whole, tables=tables))


def of_2x(version: int) -> ModuleDef:
    """The definition that a real 2.8.3 gave."""
    return read_schema(json.loads(DEFINITIONS[version].read_text()))


@pytest.mark.parametrize("version", [9, 10])
def test_a_real_servers_definition_fits_in_either_version(version: int) -> None:
    check_schema(newer.MODULE, of_2x(version))


def test_an_event_table_is_no_table_whose_rows_stay() -> None:
    whole = of_2x(10)
    tables = tuple(replace(t, is_event=t.is_event or t.name == "item") for t in whole.tables)
    with pytest.raises(SchemaMismatchError, match=r"'item' .*it is an event table on the server"):
        check_schema(newer.MODULE, replace(whole, tables=tables))


def test_other_rows_of_a_view_and_a_missing_view_are_named() -> None:
    whole = of_2x(10)
    (note,) = (table.row_ref for table in whole.tables if table.name == "note")
    other_rows = tuple(replace(v, return_type=ArrayType(Ref(note))) for v in whole.views)
    with pytest.raises(
        SchemaMismatchError, match=r"view 'my_items' .*a row has \(author, text\) on the server"
    ):
        check_schema(newer.MODULE, replace(whole, views=other_rows))
    no_rows = tuple(replace(v, return_type=F64) for v in whole.views)
    with pytest.raises(SchemaMismatchError, match="view 'my_items' does not return rows"):
        check_schema(newer.MODULE, replace(whole, views=no_rows))
    with pytest.raises(SchemaMismatchError, match="no such public view"):
        check_schema(newer.MODULE, replace(whole, views=()))


def test_what_a_procedure_returns_is_compared() -> None:
    whole = of_2x(10)
    procedures = tuple(replace(p, return_type=F64) for p in whole.procedures)
    with pytest.raises(SchemaMismatchError, match="what it returns is F64 on the server"):
        check_schema(newer.MODULE, replace(whole, procedures=procedures))


def test_the_question_is_asked_with_the_clients_own_token(embedded: str) -> None:
    asked: list[str | None] = []

    def refusing(self: HttpClient, database: str, **_: object) -> object:
        asked.append(self._token)
        raise HttpError(403, "no")

    token = HttpClient(f"http://{embedded}").identity().token
    client = SpacetimeDBClient(bindings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpClient, "schema", refusing)
        client.connect(token, embedded, "conformance", False, verify_schema=True)
        with pytest.raises(SpacetimeDBException) as caught:
            client.update(timeout=PATIENCE)
    assert asked == [token]
    assert token not in str(caught.value)
