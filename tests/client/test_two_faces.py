"""The frame face and the async face: one core below them, and the same names on both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk import ClientStateError
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient

from ..codegen.golden import conformance as bindings

# What one kind of program does and the other cannot.
FRAME_ALONE = {"init", "instance", "update"}
ASYNC_ALONE = {"client", "force_close", "request_timeout", "run", "schedule_event"}
REFERENCE = {
    "bindings",
    "by_name",
    "cache",
    "call_procedure",
    "call_reducer",
    "close",
    "connect",
    "connection_id",
    "db",
    "has_work",
    "identity",
    "is_connected",
    "procedures",
    "reducers",
    "register_on_event",
    "register_on_reducer",
    "register_on_state",
    "register_on_subscription_applied",
    "register_row_update",
    "set_callbacks",
    "sql",
    "state",
    "stats",
    "subscribe",
    "subscriptions",
    "token",
    "unregister_on_event",
    "unregister_on_reducer",
    "unregister_on_state",
    "unregister_on_subscription_applied",
    "unregister_row_update",
}


def public(face: Any) -> set[str]:
    return {name for name in dir(face) if not name.startswith("_")}


def test_both_have_the_same_public_names() -> None:
    frame, in_loop = SpacetimeDBClient(bindings), SpacetimeDBAsyncClient(bindings)
    assert public(frame) - FRAME_ALONE == REFERENCE
    assert public(in_loop) - ASYNC_ALONE == REFERENCE


def test_the_frame_face_of_an_async_client_shows_the_same_client() -> None:
    client = SpacetimeDBAsyncClient(bindings)
    client.client.subscribe(["SELECT * FROM item"])
    assert client.subscriptions.main == ("SELECT * FROM item",)
    for name in ("bindings", "cache", "db", "reducers", "procedures", "subscriptions", "state"):
        assert getattr(client.client, name) is getattr(client, name)


@pytest.mark.parametrize("name", ["db", "reducers"])
def test_a_name_is_resolved_once(name: str) -> None:
    handles = getattr(SpacetimeDBClient(bindings), name)
    found = handles.item if name == "db" else handles.add_item
    assert vars(handles)["item" if name == "db" else "add_item"] is found
    assert (handles.item if name == "db" else handles.add_item) is found
    assert {"item"} <= set(dir(handles)) if name == "db" else {"add_item"} <= set(dir(handles))


def test_a_table_has_one_handle_whatever_it_is_called() -> None:
    db = SpacetimeDBClient(bindings).db
    assert db.tick_count is db.TickCount


def test_the_async_client_awaits_its_own_call(embedded: str) -> None:
    async def scenario() -> None:
        async with SpacetimeDBAsyncClient(bindings) as client:
            await client.connect(None, embedded, "conformance", False)
            assert client.is_connected
            result = await client.call_reducer("nothing")
            assert result.committed
            assert client.stats.reducer_calls == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "name",
    ["register_on_event", "register_on_subscription_applied", "register_on_state", "on_insert", "on_update"],
)
@pytest.mark.parametrize("face", [SpacetimeDBClient, SpacetimeDBAsyncClient])
def test_what_registers_gives_the_callback_back_and_refuses_what_is_none(face: Any, name: str) -> None:
    client = face(bindings)
    register: Callable[[Any], Any] = getattr(client.db.item if name.startswith("on_") else client, name)
    with pytest.raises(TypeError, match="must be callable, not 5"):
        register(5)

    def callback(*_: Any) -> None: ...

    assert register(callback) is callback
    assert callable(callback)


def test_a_reducer_there_is_none_of_is_named() -> None:
    with pytest.raises(ClientStateError, match="no reducer 'no_such'"):
        SpacetimeDBClient(bindings).register_on_reducer("no_such", lambda *_: None)
