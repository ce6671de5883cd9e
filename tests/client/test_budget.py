"""A budget bounds every update: work stops between rows or callbacks, goes on in order, and nothing shows half-done."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.replay.scripted_link import ScriptedLink
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.transport.gc_pause import BULK_BYTES, GcPause
from spacetimedb_sdk.types import TimeDuration
from tests.client.scripted import FakeClock, as_bytes, connected
from tests.client.scripted_servers import NOTHING, row_list
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Item
from tests.plugins.waiting import until


@pytest.fixture(scope="module")
def items(embedded: str) -> Iterator[str]:
    """A server with 20,000 items of a name of their own, for all tests of this module."""
    server = HttpClient(f"http://{embedded}")
    server.call("conformance", "add_items", [f"budget{time.time_ns()}-", 20_000])
    yield embedded
    server.call("conformance", "clear_items", [])


@pytest.fixture
def filled(items: str) -> Iterator[SpacetimeDBClient]:
    """A client of that server that is subscribed to nothing."""
    with SpacetimeDBClient.init(None, items, "conformance", False, bindings) as client:
        until(lambda: client.is_connected, client)
        yield client


def wait_until_all_is_here(client: SpacetimeDBClient) -> None:
    link = client._core.link
    assert link is not None
    until(lambda: link.waiting)


def test_the_collector_waits_from_decoding_to_the_end_of_what_it_was_for(
    filled: SpacetimeDBClient, mocker: MockerFixture
) -> None:
    # On a slow machine decoding alone lasts longer than a pause may be shared.
    mocker.patch("spacetimedb_sdk.transport.gc_pause.LONGEST_PAUSE", 3600.0)
    link = filled._core.link
    assert link is not None
    filled.subscribe(["SELECT * FROM item"])
    with GcPause() as pause:

        def go_on() -> None:
            link.wait(1, pause)
            if link.queued_bytes < BULK_BYTES:
                filled.update()

        until(lambda: link.queued_bytes >= BULK_BYTES, go_on)
        assert not gc.isenabled()
    until(gc.isenabled)  # the thread that decoded it may not be done yet


def test_a_large_set_takes_many_updates_and_shows_whole_before_its_callbacks(
    filled: SpacetimeDBClient,
) -> None:
    seen: list[int] = []
    applied: list[int] = []
    filled.register_row_update("item", lambda *_: seen.append(len(filled.db.item)))
    filled.register_on_subscription_applied(lambda: applied.append(len(seen)))
    filled.subscribe(["SELECT * FROM item"])
    wait_until_all_is_here(filled)
    updates, sizes = 0, set()
    while not applied:
        filled.update(budget=0.0001)
        updates += 1
        sizes.add(len(filled.db.item))
    total = len(Item.iter())
    assert total >= 20_000
    assert updates > 10
    assert sizes <= {0, total}, "no update ends with a part of the rows visible"
    assert set(seen) == {total}
    assert applied == [total]


def test_without_a_budget_it_is_one_update(filled: SpacetimeDBClient) -> None:
    applied: list[int] = []
    filled.register_on_subscription_applied(lambda: applied.append(1))
    filled.subscribe(["SELECT * FROM item"])
    wait_until_all_is_here(filled)
    filled.update()
    assert applied == [1]


def test_messages_stay_in_order_across_updates(filled: SpacetimeDBClient) -> None:
    said: list[str] = []
    filled.register_row_update("note", lambda op, old, new, event: said.append(new.text))
    filled.register_on_subscription_applied(lambda: said.append("applied"))
    filled.subscribe(["SELECT * FROM item", "SELECT * FROM note WHERE text <> ''"])
    calls = [filled.reducers.write_note(f"in order {number}") for number in range(5)]
    until(lambda: all(call.done for call in calls), lambda: filled.update(budget=0.0005))
    ours = [text for text in said if text == "applied" or text.startswith("in order")]
    assert ours == ["applied", *(f"in order {number}" for number in range(5))]


def test_a_slow_callback_is_not_interrupted_but_the_next_one_waits(filled: SpacetimeDBClient) -> None:
    ran: list[int] = []

    def slow(*_: Any) -> None:
        started = time.perf_counter()
        while time.perf_counter() - started < 0.002:
            pass
        ran.append(1)

    filled.subscribe(["SELECT * FROM note"])
    filled.register_row_update("note", slow)
    for number in range(5):
        filled.call_reducer("write_note", f"slow {number}")
    counts: list[int] = []

    def go_on() -> None:
        before = len(ran)
        filled.update(timeout=0.05, budget=0.001)
        counts.append(len(ran) - before)

    until(lambda: sum(counts) >= 5, go_on)
    assert max(counts) == 1


def test_the_budget_may_be_set_for_good(items: str) -> None:
    with SpacetimeDBClient.init(None, items, "conformance", False, bindings, budget=0.0001) as other:
        other.subscribe(["SELECT * FROM item"])
        updates: list[bool] = []

        def go_on() -> None:
            other.update(timeout=0.05)
            updates.append(other.stats.bytes_received > 1_000_000)

        until(other.db.item.count, go_on)
        assert sum(updates) > 3


def test_what_an_update_reads_itself_is_within_its_budget(mocker: MockerFixture) -> None:
    """A program that waited before is the one to read: decoding takes its frame's time, as applying does."""
    clock = FakeClock()
    client, transport = connected(clock=clock)
    message = b"\0" + v1.SERVER_MESSAGE.encode(v1.TransactionUpdateLight(0, v1.DatabaseUpdate([])))

    def read(timeout: float, pause: GcPause) -> bool:
        if transport.link.waiting:
            return True
        clock.sleep(0.010)
        transport.link.receive(message)
        transport.link.receive(message)
        return True

    mocker.patch.object(ScriptedLink, "is_quiet", False)
    mocker.patch.object(transport.link, "wait", read)
    with client:
        client.update(budget=0.004)
        assert transport.link.waiting == 1
        client.update(budget=0.004)
        assert transport.link.waiting == 0


@pytest.mark.parametrize("others", [0, 1])
def test_one_message_may_take_any_number_of_updates(others: int) -> None:
    """A slow callback may see one row per update: pauses must not nest as deep as there are rows."""
    clock = FakeClock()
    client, transport = connected(clock=clock)
    texts = [f"n{number}" for number in range(3_000)]
    update = v1.QueryUpdate(NOTHING, row_list(tuple(texts)))
    tables = [v1.TableUpdate(1, "note", len(texts), [v1.Uncompressed(update)])]
    seen: list[str] = []

    def slow(op: str, old: Any, new: Any, event: Any) -> None:
        seen.append(new.text)
        clock.sleep(0.010)

    with client:
        client.register_row_update("note", slow)
        for _ in range(others):
            client.register_row_update("note", lambda *_: None)
        client.subscribe(["SELECT * FROM note"])
        asked = v1.CLIENT_MESSAGE.decode(as_bytes(transport.link.sent[-1])).request_id
        message = v1.InitialSubscription(v1.DatabaseUpdate(tables), asked, TimeDuration(0))
        transport.link.receive(b"\0" + v1.SERVER_MESSAGE.encode(message))
        updates = 0
        while len(seen) < len(texts):
            client.update(budget=0.004)
            updates += 1
        assert seen == texts
        assert updates >= len(texts)
