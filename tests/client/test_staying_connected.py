"""Reconnecting: the cache stays readable, the difference is told exactly, calls in flight end, nothing is asked twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk import ClientStateError, ConnectError
from spacetimedb_sdk.client.requests.calls import CallOutcome
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.reconnect import ReconnectPolicy
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import ConnectionState, SpacetimeDBClient
from spacetimedb_sdk.types import Identity, TimeDuration
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Colour, Item, Vector2
from tests.plugins.ports import held_port
from tests.plugins.waiting import PATIENCE, until
from tests.transport.raw_server import RawConnection, RawServer

QUICK = ReconnectPolicy(initial=0.01, maximum=0.05)
ME = Identity(b"\xc2" * 32)


def item(item_id: int, level: int) -> Item:
    return Item(item_id, f"item {item_id}", Colour.Red, level, ME, Vector2(0.0, 0.0))


def rows_of(*items: Item) -> v1.DatabaseUpdate:
    codec = bindings.MODULE.space.row_codec(bindings.MODULE.tables["item"].row, Item)
    parts = [codec.encode(row) for row in items]
    offsets = [sum(map(len, parts[:index])) for index in range(len(parts))]
    inserts = v1.RowList(v1.RowOffsets(offsets), b"".join(parts))
    nothing = v1.RowList(v1.RowOffsets([]), b"")
    return v1.DatabaseUpdate(
        [v1.TableUpdate(4098, "item", len(items), [v1.Uncompressed(v1.QueryUpdate(nothing, inserts))])]
    )


class Flaky:
    """Serves one set of rows after the other, hanging up after each but the last when told to."""

    def __init__(self, *worlds: tuple[Item, ...]) -> None:
        self.worlds = worlds
        self.visits = 0
        self.asked: list[str] = []
        self.headers: list[str] = []

    def __call__(self, connection: RawConnection) -> None:
        connection.welcome()
        visit = self.visits
        self.visits += 1
        self.headers.append(connection.request)
        while True:
            opcode, payload = connection.read_frame()
            if opcode == 0x8:
                return
            if opcode != 0x2:
                continue
            message = v1.CLIENT_MESSAGE.decode(payload)
            self.asked.append(type(message).__name__)
            rows = rows_of(*self.worlds[min(visit, len(self.worlds) - 1)])
            match message:
                case v1.Subscribe(_, request_id):
                    connection.say(v1.InitialSubscription(rows, request_id, TimeDuration(1)))
                case v1.SubscribeMulti(_, request_id, query_id):
                    connection.say(v1.SubscribeMultiApplied(request_id, 1, query_id, rows))
                case v1.CallReducer():
                    return  # hangs up without an answer


@pytest.fixture
def flaky() -> Iterator[tuple[Flaky, str]]:
    behaviour = Flaky((item(1, 1), item(2, 1)), (item(2, 9), item(3, 1)))
    with RawServer(behaviour) as server:
        yield behaviour, server.host


def test_after_a_lost_connection_only_the_difference_is_told(flaky: tuple[Flaky, str]) -> None:
    behaviour, host = flaky
    said: list[Any] = []
    client = SpacetimeDBClient.init(
        None,
        host,
        "conformance",
        False,
        bindings,
        on_connect=lambda: said.append("connect"),
        on_disconnect=lambda reason: said.append("disconnect"),
        reconnect=QUICK,
    )
    states: list[ConnectionState] = []
    client.register_on_state(states.append)
    client.register_on_subscription_applied(lambda: said.append("applied"))
    client.register_row_update(
        "item", lambda op, old, new, event: said.append((op, (new or old).item_id, event))
    )
    client.subscribe(["SELECT * FROM item"])
    until(lambda: "applied" in said, client)
    assert said == ["connect", ("insert", 1, None), ("insert", 2, None), "applied"]
    said.clear()
    call = client.reducers.nothing()
    until(lambda: "disconnect" in said, client)
    assert call.result().outcome is CallOutcome.CONNECTION_LOST
    assert call.result().may_have_committed
    assert client.state is ConnectionState.RECONNECTING
    assert len(client.db.item) == 2, "the rows stay readable while away"
    with pytest.raises(ClientStateError, match="being opened again"):
        client.reducers.nothing()
    until(lambda: "applied" in said, client)
    assert said == [
        "disconnect",
        "connect",
        ("update", 2, None),
        ("insert", 3, None),
        ("delete", 1, None),
        "applied",
    ]
    assert sorted(row.item_id for row in Item.iter()) == [2, 3]
    assert behaviour.asked == ["Subscribe", "CallReducer", "Subscribe"]
    assert "Authorization" not in behaviour.headers[0]
    assert "Authorization: Bearer a-token" in behaviour.headers[1], "the identity is kept"
    client.close()
    assert states == [
        ConnectionState.CONNECTED,
        ConnectionState.RECONNECTING,
        ConnectionState.CONNECTED,
        ConnectionState.CLOSED,
    ]


class _Last:
    """An argument that ends the connection while it is read, as another thread might."""

    def __init__(self, client: SpacetimeDBClient) -> None:
        self.client = client
        self.x = 1.0

    @property
    def y(self) -> float:
        self.client.close()
        return 2.0


def test_a_call_during_which_the_connection_ended_is_told_so(flaky: tuple[Flaky, str]) -> None:
    client = SpacetimeDBClient.init(None, flaky[1], "conformance", False, bindings)
    until(lambda: client.is_connected, client)
    client.reducers.move_item(1, Vector2(0.0, 0.0))
    call = client.reducers.move_item(1, _Last(client))
    assert client.state is ConnectionState.CLOSED
    assert call.result(timeout=0).outcome is CallOutcome.CONNECTION_LOST
    assert call.result().may_have_committed


def test_handles_come_back_too_and_on_connect_may_ask_for_more(flaky: tuple[Flaky, str]) -> None:
    behaviour, host = flaky
    said: list[Any] = []
    client = SpacetimeDBClient.init(
        None,
        host,
        "conformance",
        False,
        bindings,
        on_connect=lambda: client.subscribe(["SELECT * FROM item"]),
        reconnect=QUICK,
    )
    client.register_row_update("item", lambda op, old, new, event: said.append((op, (new or old).item_id)))
    handle = client.subscriptions.add(["SELECT * FROM item WHERE level > 0"])
    until(lambda: handle.applied and len(said) == 2, client)
    said.clear()
    client.reducers.nothing()
    until(lambda: len(said) == 3, client)
    assert sorted(said) == [("delete", 1), ("insert", 3), ("update", 2)]
    assert client.cache.table("item").counts == {2: 2, 3: 2}
    assert sorted(behaviour.asked) == sorted(["Subscribe", "SubscribeMulti"] * 2 + ["CallReducer"])
    client.close()


def test_the_async_client_comes_back_as_well(flaky: tuple[Flaky, str]) -> None:
    _, host = flaky
    client = SpacetimeDBAsyncClient(bindings)
    results: list[Any] = []

    def applied() -> None:
        rows = sorted(row.item_id for row in Item.iter())
        results.append(rows)
        if len(results) == 1:
            client.client.reducers.nothing().on_result(lambda result: results.append(result.outcome))
        else:
            client.force_close()

    async def run() -> None:
        async with asyncio.timeout(PATIENCE):
            await client.run(None, host, "conformance", False, None, ["SELECT * FROM item"], reconnect=QUICK)

    client.register_on_subscription_applied(applied)
    asyncio.run(run())
    assert results == [[1, 2], CallOutcome.CONNECTION_LOST, [2, 3]]


def test_attempts_go_on_while_nothing_listens_and_end_with_close() -> None:
    behaviour = Flaky((item(1, 1),))
    with RawServer(behaviour) as server:
        client = SpacetimeDBClient.init(None, server.host, "conformance", False, bindings, reconnect=QUICK)
        until(lambda: client.is_connected, client)
        client.reducers.nothing()
        until(lambda: client.state is ConnectionState.RECONNECTING, client)
        port = int(server.host.rpartition(":")[2])
    with held_port(port):
        until(lambda: client._core.retry.attempts > 2, client)
        assert client.state is ConnectionState.RECONNECTING
        client.close()
    assert client.state is ConnectionState.CLOSED


def test_a_first_connection_that_fails_is_not_tried_again() -> None:
    client = SpacetimeDBClient.init(None, "127.0.0.1:1", "conformance", False, bindings, reconnect=True)
    with pytest.raises(ConnectError, match="nothing listens there"):
        until(lambda: False, client)
    assert client.state is ConnectionState.CLOSED


def test_a_token_provider_is_asked_before_each_attempt(flaky: tuple[Flaky, str]) -> None:
    behaviour, host = flaky
    tokens = iter(["one", "two"])
    client = SpacetimeDBClient.init(
        None, host, "conformance", False, bindings, reconnect=QUICK, token_provider=lambda: next(tokens)
    )
    until(lambda: client.is_connected, client)
    client.reducers.nothing()
    until(lambda: behaviour.visits == 2 and client.is_connected, client)
    client.close()
    assert ["Bearer one" in behaviour.headers[0], "Bearer two" in behaviour.headers[1]] == [True, True]


def test_a_restarted_server_is_found_again_with_the_same_player(tmp_path: Path) -> None:
    from spacetimedb_sdk.standalone import Server
    from tests.conformance.conformance_module import module

    with Server(module, database="conformance", data_dir=tmp_path) as first:
        host = first.url.removeprefix("http://")
        client = SpacetimeDBClient.init(None, host, "conformance", False, bindings, reconnect=QUICK)
        client.subscribe(["SELECT * FROM note"])
        until(lambda: client.is_connected, client)
        client.reducers.write_note("before").result(PATIENCE)
        before = client.identity
    port = int(host.rpartition(":")[2])
    with ExitStack() as stack:
        with held_port(port):
            until(lambda: client.state is ConnectionState.RECONNECTING, client)
            assert len(client.db.note) == 1
            listen = ("127.0.0.1", port)
            stack.enter_context(Server(module, database="conformance", data_dir=tmp_path, listen=listen))
        until(lambda: client.is_connected, client)
        assert client.identity == before
        assert client.reducers.write_note("after").result(PATIENCE).committed
        assert sorted(note.text for note in client.db.note) == ["after", "before"]
        client.close()


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_waits_grow_up_to_a_bound_and_are_left_to_chance_in_part(chance: float) -> None:
    policy = ReconnectPolicy(initial=1.0, factor=2.0, maximum=5.0, jitter=0.5)
    waits = [policy.delay(attempt, chance) for attempt in range(5)]
    assert waits == [wait * (1 - 0.5 * chance) for wait in (1.0, 2.0, 4.0, 5.0, 5.0)]
    assert policy.delay(10_000, chance) <= 5.0
