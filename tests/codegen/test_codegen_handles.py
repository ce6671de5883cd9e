"""The typed handles of generated bindings, on clients of an embedded server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.standalone import Server
from tests.codegen.golden import conformance
from tests.codegen.golden.conformance.colour import Colour
from tests.codegen.golden.conformance.vector2 import Vector2
from tests.conformance.conformance_module import module
from tests.plugins.waiting import PATIENCE, until


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with Server(module, database="conformance") as server:
        yield server.url


def test_two_clients_of_one_program(host: str) -> None:
    clients = [SpacetimeDBClient.init(None, host, "conformance", False, conformance) for _ in range(2)]
    try:
        until(lambda: all(client.is_connected for client in clients), *clients)
        for client in clients:
            client.subscriptions.add(["SELECT * FROM item"])
        writer, reader = clients
        changed: list[str] = []
        items = conformance.Tables(reader).item
        items.on_insert(lambda item, _event: changed.append(item.name))
        assert items is conformance.Tables(reader).item, "callbacks come off where they were put on"
        result = (
            conformance.Reducers(writer)
            .add_item("sword", Colour.Green, 3, Vector2(1.0, 2.0))
            .result(PATIENCE)
        )
        assert result.committed
        until(lambda: changed, reader)
        sword = items.find(name="sword")
        assert sword is not None
        assert (changed, sword.kind, items.count()) == (["sword"], Colour.Green, 1)
        failed = conformance.Reducers(writer).fail("no luck").result(PATIENCE)
        assert (failed.committed, failed.message) == (False, "no luck")
    finally:
        for client in clients:
            client.close()


def test_awaited_on_the_async_client(host: str) -> None:
    client = SpacetimeDBAsyncClient(conformance)

    async def play() -> None:
        connected = asyncio.Event()
        running = asyncio.create_task(
            client.run(None, host, "conformance", False, lambda *_: connected.set(), ["SELECT * FROM note"])
        )
        await connected.wait()
        reducers, tables = conformance.Reducers(client.client), conformance.Tables(client.client)
        assert (await reducers.write_note("hello")).committed
        note = await tables.note.wait_for(lambda row: row.text == "hello", timeout=PATIENCE)
        assert note.author == client.identity
        client.force_close()
        await running

    asyncio.run(play())
