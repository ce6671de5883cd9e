"""What only the async client has: run, events, force_close, tasks, many in one loop."""

from __future__ import annotations

import asyncio
import threading
import time
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import pytest

from spacetimedb_sdk import ClientStateError, ConnectError
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient, SpacetimeDBException
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Note
from tests.codegen.golden.conformance.write_note_reducer import write_note
from tests.plugins.waiting import PATIENCE, until


def run(client: SpacetimeDBAsyncClient, host: str, queries: tuple[str, ...] = (), **options: Any) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await client.run(None, host, "conformance", False, None, queries, **options)

    asyncio.run(bounded())


def test_events_fire_after_their_delay_and_may_arm_themselves_again(embedded: str) -> None:
    client, ticks = SpacetimeDBAsyncClient(bindings), []

    def tick(step: int) -> None:
        ticks.append((step, time.monotonic()))
        if step == 3:
            client.force_close()
        client.schedule_event(0.05, tick, step + 1)

    client.schedule_event(0.05, tick, 1)
    started = time.monotonic()
    run(client, embedded)
    assert [step for step, _ in ticks] == [1, 2, 3]
    assert ticks[0][1] - started >= 0.05
    assert ticks[2][1] - ticks[0][1] >= 0.1


def test_generated_functions_work_inside_events_and_callbacks(embedded: str) -> None:
    client, seen = SpacetimeDBAsyncClient(bindings), []

    def note_came(row_op: str, old: Any, new: Note, event: Any) -> None:
        seen.append(new.text)
        client.force_close()

    def applied() -> None:
        Note.register_row_update(note_came)
        client.schedule_event(0, write_note, "from an event")

    client.register_on_subscription_applied(applied)
    client.subscribe(["SELECT * FROM note;"])
    run(client, embedded, ("SELECT * FROM item",))
    assert seen == ["from an event"]
    assert client.client.subscriptions.main == ("SELECT * FROM note", "SELECT * FROM item")


def test_fifty_clients_in_one_loop_each_act_as_themselves(embedded: str) -> None:
    authors: dict[str, Any] = {}

    async def play(number: int) -> None:
        client = SpacetimeDBAsyncClient(bindings)

        def note_came(row_op: str, old: Any, new: Note, event: Any) -> None:
            if new.text == f"fifty {number}" and new.author == client.identity:
                authors[new.text] = new.author
                client.force_close()

        client.client.register_row_update("note", note_came)
        client.register_on_subscription_applied(lambda: write_note(f"fifty {number}"))
        await client.run(None, embedded, "conformance", False, None, ["SELECT * FROM note"])

    async def all_of_them() -> None:
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            for number in range(50):
                group.create_task(play(number))

    before = threading.active_count()
    asyncio.run(all_of_them())
    assert len(authors) == 50
    assert len(set(authors.values())) == 50
    until(lambda: threading.active_count() <= before + 1)  # those that connected may be about to end


def test_force_close_before_the_start_means_run_returns_at_once(embedded: str) -> None:
    client = SpacetimeDBAsyncClient(bindings)
    client.force_close()
    client.force_close()
    client.schedule_event(0, pytest.fail, "no event fires after force_close")
    run(client, embedded)
    asyncio.run(client.close())


def test_force_close_from_another_thread(embedded: str) -> None:
    client = SpacetimeDBAsyncClient(bindings)
    client.register_on_subscription_applied(lambda: threading.Thread(target=client.force_close).start())
    run(client, embedded, ("SELECT * FROM note",))
    assert not client.client.is_connected
    asyncio.run(client.close())


def test_what_an_event_raises_comes_out_of_run(embedded: str) -> None:
    client = SpacetimeDBAsyncClient(bindings)
    client.schedule_event(0, lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(client, embedded)


def test_with_on_error_the_client_goes_on(embedded: str) -> None:
    client, errors = SpacetimeDBAsyncClient(bindings), []
    client.schedule_event(0, lambda: 1 / 0)

    async def later() -> None:
        await asyncio.sleep(0)
        client.schedule_event(0, client.force_close)
        raise KeyError("of a task")

    def on_error(message: str) -> None:
        errors.append(message)
        if len(errors) == 1:
            client.schedule_event(0, later)

    run(client, embedded, on_error=on_error)
    assert "ZeroDivisionError" in errors[0]
    assert "of a task" in errors[1]


def test_async_callbacks_run_as_tasks_with_the_client_ambient(embedded: str) -> None:
    client, seen = SpacetimeDBAsyncClient(bindings), []

    async def applied() -> None:
        await asyncio.sleep(0)
        seen.append(list(Note.iter()))
        client.force_close()

    client.register_on_subscription_applied(applied)
    run(client, embedded, ("SELECT * FROM note WHERE text = 'no such text'",))
    assert seen == [[]]


async def cancel(task: asyncio.Task[None], begun: asyncio.Event) -> None:
    """Cancel `task` once it has begun; it has to end so."""
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_cancelling_run_closes_the_connection(embedded: str) -> None:
    client = SpacetimeDBAsyncClient(bindings)

    async def scenario() -> None:
        connected = asyncio.Event()
        task = asyncio.create_task(
            client.run(None, embedded, "conformance", False, lambda token, identity: connected.set())
        )
        await cancel(task, connected)

    asyncio.run(scenario())
    assert client.client.state.value == "closed"


def test_who_cancels_connect_is_not_told_that_it_failed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        client, ended, begun = SpacetimeDBAsyncClient(bindings), asyncio.Event(), asyncio.Event()

        async def fail_in_the_end(*_: Any, **__: Any) -> None:
            begun.set()
            await ended.wait()
            raise ConnectError("http://127.0.0.1:1", "nothing listens there")

        monkeypatch.setattr(client, "run", fail_in_the_end)
        monkeypatch.setattr(client, "force_close", ended.set)
        task = asyncio.create_task(client.connect(None, "127.0.0.1:1", "conformance", False))
        await cancel(task, begun)

    asyncio.run(scenario())


def test_connect_returns_once_the_connection_stands_and_close_ends_it(embedded: str) -> None:
    async def scenario() -> None:
        client = SpacetimeDBAsyncClient(bindings)
        async with asyncio.timeout(PATIENCE):
            await client.connect(
                None, embedded, "conformance", False, subscription_queries=["SELECT * FROM note"]
            )
            assert client.identity is not None
            assert (await client.call_reducer("write_note", "by connect")).committed
            await client.subscriptions.add(["SELECT * FROM item"])
            assert (await client.reducers.write_note("awaited")).committed
            (note,) = await client.sql("SELECT * FROM note WHERE text = 'awaited'")
            assert note in client.db.note.filter(text="awaited")
            failed = await client.call_reducer("fail", "no luck")
            assert failed.message == "no luck"
            await client.close()
            await client.close()
        assert not client.client.is_connected
        with pytest.raises(ConnectError):
            await SpacetimeDBAsyncClient(bindings).connect(None, "127.0.0.1:1", "conformance", False)

    asyncio.run(scenario())


def test_close_in_another_loop_does_not_touch_the_first_ones_objects(embedded: str) -> None:
    client = SpacetimeDBAsyncClient(bindings)

    async def interrupted() -> None:
        await client.connect(None, embedded, "conformance", False)

    asyncio.run(interrupted())
    asyncio.run(client.close())
    assert not client.client.is_connected


def test_what_comes_while_an_update_runs_is_not_left_lying(
    embedded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The I/O thread wakes a client whose inbox was empty; this one's never is when the next message comes."""

    def refuse(self: object, fd: object, callback: object, *args: object) -> None:
        raise NotImplementedError  # as on Windows: the I/O thread reads then

    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_reader", refuse)
    client = SpacetimeDBAsyncClient(bindings)
    answered: list[int] = []

    def applied() -> None:
        link = client.client._core.link
        assert link is not None

        def arrived(number: int) -> bool:
            return link.waiting > number

        def note(number: int) -> None:
            answered.append(number)
            if len(answered) == 3:
                client.force_close()

        for number in range(3):
            client.client.reducers.nothing().on_result(lambda _result, number=number: note(number))
            until(partial(arrived, number))

    client.register_on_subscription_applied(applied)
    run(client, embedded, ("SELECT * FROM item WHERE level = -1",))
    assert answered == [0, 1, 2]


def test_one_run_per_client(embedded: str) -> None:
    client = SpacetimeDBAsyncClient(bindings)
    client.force_close()
    run(client, embedded)
    with pytest.raises(ClientStateError, match="make another one"):
        run(client, embedded)
    assert issubclass(ClientStateError, SpacetimeDBException)


@pytest.mark.parametrize("delay", ["1", None, True, 1j, [1]])
def test_a_delay_that_is_no_number_is_told_at_once(delay: Any) -> None:
    with pytest.raises(TypeError, match="the delay of an event is a number of seconds"):
        SpacetimeDBAsyncClient(bindings).schedule_event(delay, print)


@pytest.mark.parametrize("delay", [float("nan"), float("inf"), -float("inf")])
def test_a_delay_that_never_ends_is_told_at_once(delay: float) -> None:
    with pytest.raises(ValueError, match="finite number of seconds"):
        SpacetimeDBAsyncClient(bindings).schedule_event(delay, print)


def test_any_kind_of_number_is_a_delay(embedded: str) -> None:
    client = SpacetimeDBAsyncClient(bindings)
    fired: list[str] = []
    delays: list[Any] = [Fraction(1, 100), Decimal("-1")]
    client.schedule_event(delays[0], fired.append, "fraction")
    client.schedule_event(delays[1], fired.append, "past")
    client.schedule_event(0.05, client.force_close)
    run(client, embedded)
    assert fired == ["past", "fraction"]


def test_an_event_may_be_scheduled_by_another_thread(embedded: str) -> None:
    client = SpacetimeDBAsyncClient(bindings)
    threads: list[threading.Thread] = []

    def schedule() -> None:
        # The loop sleeps meanwhile: nothing else is due, and nothing comes.
        client.schedule_event(0, threads.append, threading.current_thread())
        client.schedule_event(0, client.force_close)

    async def scenario() -> None:
        threading.Timer(0.05, schedule).start()
        async with asyncio.timeout(PATIENCE):
            await client.run(None, embedded, "conformance", False, None, [])

    asyncio.run(scenario())
    assert len(threads) == 1
    client.schedule_event(0, threads.clear)  # the loop is gone: nothing fires, and nothing is raised
    assert threads
