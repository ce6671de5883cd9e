"""Who reads the socket: a program or a loop that waits, or the I/O thread; what comes is the same."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from spacetimedb_sdk import ConnectionState
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.transport.link import OWN_BYTES, Link
from spacetimedb_sdk.transport.receiving import Decoder
from tests.codegen.golden import conformance as bindings

MANY = OWN_BYTES // 20


@pytest.fixture
def client(embedded: str) -> Iterator[SpacetimeDBClient]:
    with SpacetimeDBClient.init(None, embedded, "conformance", False, bindings) as client:
        until(client, lambda: client.is_connected)
        yield client
        if client.is_connected:
            client.reducers.clear_items().result(10)


def until(client: SpacetimeDBClient, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        client.update(timeout=0.5)


def link_of(client: SpacetimeDBClient) -> Link:
    assert client._core.link is not None
    return client._core.link


def watch_readers(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the threads that decode messages from now on."""
    readers: set[str] = set()
    decode = Decoder.decode

    def noted(self: Decoder, *args: object) -> object:
        readers.add(threading.current_thread().name)
        return decode(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Decoder, "decode", noted)
    return readers


def test_a_program_that_waits_reads_for_itself(
    client: SpacetimeDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.update(timeout=0.01)
    readers = watch_readers(monkeypatch)
    for _ in range(3):
        assert client.reducers.nothing().result(5).committed
    assert readers == {threading.current_thread().name}


def test_a_large_message_is_left_to_the_io_thread(
    client: SpacetimeDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.reducers.add_items("reading-", MANY).result(10).committed
    readers = watch_readers(monkeypatch)
    handle = client.subscriptions.add(["SELECT * FROM item"])
    until(client, lambda: handle.applied)
    assert len(client.db.item) >= MANY
    assert "spacetimedb-io" in readers


def test_what_comes_while_the_program_is_elsewhere_is_read_by_the_io_thread(
    client: SpacetimeDBClient,
) -> None:
    client.update(timeout=0.01)
    client.reducers.nothing()
    link, deadline = link_of(client), time.monotonic() + 5
    arrived = threading.Event()
    while not arrived.is_set():
        assert time.monotonic() < deadline
        if link.waiting:
            arrived.set()
        arrived.wait(0.01)


def test_a_frame_after_a_wait_still_finds_what_came(client: SpacetimeDBClient) -> None:
    client.update(timeout=0.01)
    call = client.reducers.nothing()
    deadline = time.monotonic() + 5
    while not call.done:
        assert time.monotonic() < deadline
        client.update()


def test_closing_from_another_thread_ends_the_wait(client: SpacetimeDBClient) -> None:
    client.update(timeout=0.01)
    link = link_of(client)
    closing = threading.Timer(0.1, link.close)
    closing.start()
    began = time.monotonic()
    while client.state is not ConnectionState.CLOSED:
        client.update(timeout=30)
    assert time.monotonic() - began < 10
    closing.join()
    assert link.join(0)


def test_an_event_loop_reads_for_itself(embedded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> set[str]:
        client = SpacetimeDBAsyncClient(bindings)
        await client.connect(None, embedded, "conformance", False)
        await client.call_reducer("nothing")
        readers = watch_readers(monkeypatch)
        for _ in range(3):
            assert (await client.call_reducer("nothing")).committed
        await client.close()
        return readers

    assert asyncio.run(main()) == {threading.current_thread().name}
