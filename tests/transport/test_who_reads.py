"""Who reads the socket: a program or a loop that waits, or the I/O thread; what comes is the same."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Iterator

import pytest

from spacetimedb_sdk import ConnectionState
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.transport import link as link_module
from spacetimedb_sdk.transport import reading
from spacetimedb_sdk.transport.link import OWN_BYTES, Link
from spacetimedb_sdk.transport.receiving import Decoder
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE, until

MANY = OWN_BYTES // 20


@pytest.fixture
def client(embedded: str) -> Iterator[SpacetimeDBClient]:
    with SpacetimeDBClient.init(None, embedded, "conformance", False, bindings) as client:
        until(lambda: client.is_connected, client)
        yield client
        if client.is_connected:
            client.reducers.clear_items().result(PATIENCE)


def link_of(client: SpacetimeDBClient) -> Link:
    assert isinstance(client._core.link, Link)
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
    # The I/O thread takes over where the program does not come back for a while, as on a busy machine.
    monkeypatch.setattr(reading, "LEASE", 3600.0)
    client.update(timeout=0.01)
    readers = watch_readers(monkeypatch)
    for _ in range(3):
        assert client.reducers.nothing().result(PATIENCE).committed
    assert readers == {threading.current_thread().name}


def test_a_large_message_is_left_to_the_io_thread(
    client: SpacetimeDBClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.reducers.add_items("reading-", MANY).result(PATIENCE).committed
    readers = watch_readers(monkeypatch)
    handle = client.subscriptions.add(["SELECT * FROM item"])
    until(lambda: handle.applied, client)
    assert len(client.db.item) >= MANY
    assert "spacetimedb-io" in readers


def test_what_comes_while_the_program_is_elsewhere_is_read_by_the_io_thread(
    client: SpacetimeDBClient,
) -> None:
    client.update(timeout=0.01)
    client.reducers.nothing()
    link = link_of(client)
    until(lambda: link.waiting)


def test_a_frame_after_a_wait_still_finds_what_came(client: SpacetimeDBClient) -> None:
    client.update(timeout=0.01)
    call = client.reducers.nothing()
    until(lambda: call.done, client.update)


def test_closing_from_another_thread_ends_the_wait(client: SpacetimeDBClient) -> None:
    client.update(timeout=0.01)
    link = link_of(client)
    closing = threading.Timer(0.1, link.close)
    closing.start()
    # A wait that did not end would take longer than the test has patience.
    until(lambda: client.state is ConnectionState.CLOSED, lambda: client.update(timeout=2 * PATIENCE))
    closing.join()
    assert link.join(0)


def test_an_event_loop_reads_for_itself(embedded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nor does the I/O thread take over where a busy machine keeps the loop from its turn.
    monkeypatch.setattr(link_module, "OVERDUE", 3600.0)

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


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(NotImplementedError(), id="a loop like Windows' own"),
        pytest.param(OSError(errno.ENOSPC, "No space left on device"), id="the system watches no more"),
        pytest.param(ValueError("Invalid file descriptor: -1"), id="it was closed just now"),
    ],
)
def test_what_an_event_loop_cannot_watch_the_io_thread_reads(
    error: Exception, embedded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> set[str]:
        loop = asyncio.get_running_loop()
        tried: list[object] = []

        def add_reader(*args: object) -> None:
            tried.append(args)
            raise error

        monkeypatch.setattr(loop, "add_reader", add_reader)
        async with SpacetimeDBAsyncClient(bindings) as client:
            await client.connect(None, embedded, "conformance", False)
            readers = watch_readers(monkeypatch)
            for _ in range(3):
                assert (await client.call_reducer("nothing")).committed
        assert len(tried) == 1, "it is asked once"
        return readers

    assert asyncio.run(main()) == {"spacetimedb-io"}
