"""A connection that stands is made bad and good again: nothing is lost, and what is measured follows."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk import ClientStateError, SpacetimeDBAsyncClient, SpacetimeDBClient
from spacetimedb_sdk.reconnect import ReconnectPolicy
from spacetimedb_sdk.testing import BadNetwork, LinkConditioner
from tests.codegen.golden import conformance as bindings
from tests.conformance.conformance_module import module
from tests.plugins.waiting import PATIENCE, until

QUERIES = ["SELECT * FROM note"]


@pytest.fixture
def server(spacetimedb_server: Any) -> Any:
    return spacetimedb_server(module, database="conformance")


@pytest.fixture
def connect(server: Any, spacetimedb_client: Any) -> Callable[..., SpacetimeDBClient]:
    def make(conditioner: LinkConditioner, host: str = server.host, **options: Any) -> SpacetimeDBClient:
        client: SpacetimeDBClient = spacetimedb_client(
            host, bindings, QUERIES, database="conformance", link_factory=conditioner.connect, **options
        )
        return client

    return make


def call_takes(client: SpacetimeDBClient, text: str) -> float:
    """Seconds until the own row is there."""
    before, began = len(client.cache.table("note")), time.monotonic()
    client.call_reducer("write_note", text)
    until(lambda: len(client.cache.table("note")) > before, client)
    return time.monotonic() - began


def carriers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "bad network"}


def test_it_costs_nothing_until_it_is_used(connect: Any) -> None:
    conditioner = LinkConditioner()
    before = carriers()
    client = connect(conditioner)
    call_takes(client, "good")
    assert carriers() <= before  # those of another test may be about to end
    conditioner.delay = 0.01
    (carrier,) = carriers() - before
    client.close()
    until(lambda: not carrier.is_alive(), client)


def test_the_running_connection_becomes_slow_and_fast_again(connect: Any) -> None:
    conditioner = LinkConditioner()
    client = connect(conditioner)
    connection = client.connection_id
    until(lambda: client.stats.round_trip is not None, client)
    conditioner.delay = 0.4
    assert call_takes(client, "slow") >= 0.8
    # Smoothed as on a steady network, with a ping every two seconds, it would take half a minute.
    until(lambda: (client.stats.round_trip or 0.0) >= 0.8, client)
    conditioner.heal()
    call_takes(client, "what was under way is through")
    # With the delays there and back nothing is that fast, on whatever machine.
    said = ["slow", "what was under way is through"]

    def is_fast() -> bool:
        said.append(f"fast {len(said)}")
        return call_takes(client, said[-1]) < 0.8

    until(is_fast)
    until(lambda: (client.stats.round_trip or 1.0) < 0.8, client)
    assert client.connection_id == connection
    assert [note.text for note in client.cache.table("note")] == said


def test_jitter_is_measured_often_enough_to_follow(connect: Any) -> None:
    conditioner = LinkConditioner()
    client = connect(conditioner)
    conditioner.delay, conditioner.jitter = 0.02, 0.1
    told: set[float | None] = set()

    def follows() -> bool:
        told.add(client.stats.round_trip)
        return len(told) > 4 and (client.stats.jitter or 0.0) > 0.01

    until(follows, client)


def test_a_message_under_way_while_it_changes_comes_whole(connect: Any) -> None:
    conditioner = LinkConditioner()
    client = connect(conditioner)
    text = "x" * 300_000
    for number in range(6):
        client.call_reducer("write_note", f"{number}{text}")
        conditioner.delay = 0.01 * (number % 3)
        client.update()
    until(lambda: len(client.cache.table("note")) == 6, client)
    assert {note.text for note in client.cache.table("note")} == {f"{number}{text}" for number in range(6)}


def test_it_stays_bad_over_a_reconnect(connect: Any, server: Any) -> None:
    conditioner = LinkConditioner()
    with BadNetwork(server.host) as network:
        client = connect(conditioner, network.host, reconnect=ReconnectPolicy(initial=0.01))
        conditioner.delay = 0.1
        first = client.connection_id
        network.cut()
        until(lambda: client.is_connected and client.connection_id != first, client)
        assert call_takes(client, "slow again") >= 0.2
        client.close()


def test_what_it_cannot_do_is_refused() -> None:
    conditioner = LinkConditioner()
    client = SpacetimeDBClient(bindings)
    with pytest.raises(ValueError, match="without TLS"):
        client.connect(None, "127.0.0.1:1", "conformance", True, link_factory=conditioner.connect)
    client.close()


def test_in_an_event_loop_it_is_refused_and_nothing_else_changes(server: Any) -> None:
    conditioner, heard = LinkConditioner(), []
    client = SpacetimeDBAsyncClient(bindings)

    def spoil() -> None:
        with pytest.raises(ClientStateError, match="event loop"):
            conditioner.delay = 0.1
        client.client.call_reducer("write_note", "still here")

    def note_came(row_op: str, old: Any, new: Any, event: Any) -> None:
        heard.append(new.text)
        client.force_close()

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await client.run(
                None, server.host, "conformance", False, None, QUERIES, link_factory=conditioner.connect
            )

    client.client.register_row_update("note", note_came)
    client.register_on_subscription_applied(lambda: client.schedule_event(0.05, spoil))
    asyncio.run(bounded())
    assert heard == ["still here"]
