"""A network that fails when it is told to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk import ConnectionState, SpacetimeDBClient
from spacetimedb_sdk.transport import heartbeat
from tests.codegen.golden import conformance as bindings
from tests.conformance.conformance_module import module
from tests.plugins.waiting import until

QUERIES = ["SELECT * FROM note"]


@pytest.fixture
def network(spacetimedb_server: Any, bad_network: Any) -> Any:
    return bad_network(spacetimedb_server(module, database="conformance"))


@pytest.fixture
def connect(network: Any, spacetimedb_client: Any) -> Callable[..., SpacetimeDBClient]:
    return lambda **options: spacetimedb_client(
        network.host, bindings, QUERIES, database="conformance", **options
    )


def test_a_good_one_changes_nothing(connect: Any) -> None:
    client = connect()
    client.call_reducer("write_note", "through the proxy")
    until(lambda: len(client.cache.table("note")), client)


def test_delay(connect: Any, network: Any) -> None:
    client = connect()
    network.delay = 0.05
    began = time.monotonic()
    client.call_reducer("write_note", "late")
    until(lambda: len(client.cache.table("note")), client)
    assert time.monotonic() - began >= 0.1


def test_cut(connect: Any, network: Any) -> None:
    client = connect()
    network.cut()
    until(lambda: client.state is ConnectionState.CLOSED, client)


def test_cut_inside_a_message(connect: Any, network: Any) -> None:
    client = connect()
    network.cut_after(3)
    client.call_reducer("write_note", "never heard of")
    until(lambda: client.state is ConnectionState.CLOSED, client)
    assert len(client.cache.table("note")) == 0


def test_loss_is_silence(
    connect: Any, network: Any, mocker: MockerFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "PING_INTERVAL", 3600.0)  # what passes is what is called here
    client = connect()
    pieces = mocker.spy(network, "arrival")
    network.loses = True
    before = client.stats.bytes_received
    for number in (1, 2):
        client.call_reducer("write_note", f"lost {number}")
        until(lambda number=number: pieces.call_count >= number, client)  # type: ignore[misc]
    # What has taken the second one has let go of the first.
    assert client.is_connected
    assert client.stats.bytes_received == before
    network.heal()
    client.call_reducer("write_note", "heard")
    notes = client.cache.table("note")
    until(lambda: "heard" in [note.text for note in notes], client)
    assert "lost 1" not in [note.text for note in notes]


def test_refusal_and_healing(connect: Any, network: Any) -> None:
    network.refuses = True
    said: list[str] = []
    client = SpacetimeDBClient.init(None, network.host, "conformance", False, bindings, on_error=said.append)
    until(lambda: said, client)
    client.close()
    network.heal()
    assert connect().is_connected


def test_duplicated_attempts(connect: Any, network: Any, spacetimedb_client: Any) -> None:
    network.duplicates = True
    client = connect()
    client.call_reducer("write_note", "once")
    until(lambda: len(client.cache.table("note")), client)
    assert [note.text for note in client.cache.table("note")] == ["once"]
