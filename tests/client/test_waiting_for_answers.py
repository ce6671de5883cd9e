"""Waiting for an answer ends: with it, with a typed error, never not at all; and callbacks run where `update()` is called."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk import ClientStateError, ConnectionLost, SpacetimeDBAsyncClient, SpacetimeDBClient
from spacetimedb_sdk.client.requests.calls import CallOutcome, Request
from spacetimedb_sdk.client.requests.subscriptions import SubscriptionState
from tests.client.scripted import connected
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE, until

NOTES = ["SELECT * FROM note"]


def in_thread(work: Callable[[], Any]) -> Callable[[], Any]:
    """Start `work` on another thread; what is returned waits for its result, or raises what it raised."""
    ended: list[Any] = []

    def run() -> None:
        try:
            ended.append(work())
        except Exception as error:  # noqa: BLE001 - raised again where it is asked for
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def result() -> Any:
        thread.join(60)  # a wait without an end, not a slow machine
        assert ended, "the other thread waits in vain"
        if isinstance(ended[0], Exception):
            raise ended[0]
        return ended[0]

    return result


# -- every wait has an end -----------------------------------------------------------------------------------------------


def test_a_set_that_was_given_up_before_its_rows_came_ends() -> None:
    told: list[str] = []
    client, _ = connected()
    client.set_callbacks(on_error=told.append)
    handle = client.subscriptions.add(NOTES)
    handle.on_applied(lambda: told.append("applied"))
    handle.unsubscribe()
    with pytest.raises(ClientStateError, match="given up with unsubscribe"):
        handle.result()
    assert handle.state is SubscriptionState.ENDED
    assert isinstance(handle.error, ClientStateError)
    assert told == []
    client.close()


def test_what_is_given_up_tells_the_error_callback_of_its_own() -> None:
    client, _ = connected()
    handle, told = client.subscriptions.add(NOTES), list[Any]()
    handle.on_result(told.append, told.append)
    handle.unsubscribe()
    assert [type(error) for error in told] == [ClientStateError]
    client.close()


@pytest.mark.parametrize("close_first", [False, True])
def test_a_set_of_a_client_that_never_connects_ends(close_first: bool) -> None:
    client = SpacetimeDBClient(bindings)
    handle = client.subscriptions.add(NOTES)
    if close_first:
        client.close()
    with pytest.raises(ConnectionLost if close_first else ClientStateError):
        handle.result()


def requests(client: SpacetimeDBClient) -> list[Request[Any]]:
    return [
        client.subscriptions.add(NOTES),
        client.reducers.nothing(),
        client.sql("SELECT * FROM note"),
    ]


def test_closing_ends_everything_that_is_asked() -> None:
    client, _ = connected()
    handle, call, query = requests(client)
    client.close()
    with pytest.raises(ConnectionLost):
        handle.result()
    assert call.result().outcome is CallOutcome.CONNECTION_LOST
    with pytest.raises(ConnectionLost):
        query.result()


def test_what_is_asked_after_the_end_is_refused_or_ends() -> None:
    client, _ = connected()
    client.close()
    with pytest.raises(ClientStateError, match="this client is closed"):
        client.subscriptions.add(NOTES).result()
    with pytest.raises(ClientStateError):
        client.reducers.nothing()
    with pytest.raises(ClientStateError):
        client.sql("SELECT * FROM note")


def test_a_lost_connection_ends_what_is_asked() -> None:
    client, transport = connected()
    handle, call, query = requests(client)
    transport.link.end("gone")
    assert call.result().outcome is CallOutcome.CONNECTION_LOST
    for request in (handle, query):
        with pytest.raises(ConnectionLost):
            request.result()


def test_awaiting_ends_as_well() -> None:
    async def scenario() -> None:
        client = SpacetimeDBAsyncClient(bindings)
        handle = client.subscriptions.add(NOTES)
        with pytest.raises(ClientStateError, match=r"run\(\) or connect\(\) first"):
            await handle
        handle.unsubscribe()
        with pytest.raises(ClientStateError, match="given up"):
            await handle
        waiting = client.subscriptions.add(NOTES)
        client.force_close()
        with pytest.raises(ConnectionLost):
            await waiting
        with pytest.raises(ClientStateError):
            await client.subscriptions.add(NOTES)

    asyncio.run(scenario())


def test_awaiting_a_set_of_before_the_run_waits_for_the_run(embedded: str) -> None:
    async def scenario() -> None:
        client = SpacetimeDBAsyncClient(bindings)
        handle = client.subscriptions.add(NOTES)

        async def play() -> None:
            await handle
            client.force_close()

        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
            tasks.create_task(play())
            tasks.create_task(client.run(None, embedded, "conformance", False, None))
        assert handle.applied

    asyncio.run(scenario())


# -- in the event loop ---------------------------------------------------------------------------------------------------


def test_result_in_a_coroutine_is_refused_at_once(embedded: str) -> None:
    async def scenario() -> None:
        async with SpacetimeDBAsyncClient(bindings) as client:
            await client.connect(None, embedded, "conformance", False)
            call = client.reducers.nothing()
            with pytest.raises(ClientStateError, match="await it instead"):
                call.result()
            with pytest.raises(ClientStateError, match="await it instead"):
                call.result(timeout=1)
            assert (await call).committed
            assert call.result().committed, "what is answered can be asked for"

    asyncio.run(scenario())


def test_another_thread_waits_for_the_loop(embedded: str) -> None:
    async def scenario() -> None:
        async with SpacetimeDBAsyncClient(bindings) as client:
            await client.connect(None, embedded, "conformance", False)
            result = await asyncio.to_thread(lambda: client.reducers.nothing().result(PATIENCE))
            assert result.committed

    asyncio.run(scenario())


# -- several threads -----------------------------------------------------------------------------------------------------


def test_a_second_thread_waits_while_the_first_one_updates(embedded: str) -> None:
    client = SpacetimeDBClient.init(None, embedded, "conformance", False, bindings)
    threads: set[int] = set()
    client.register_on_reducer("nothing", lambda *_: threads.add(threading.get_ident()))
    until(lambda: client.is_connected, client)

    def work() -> int:
        return sum(client.reducers.nothing().result(PATIENCE).committed for _ in range(50))

    workers = [in_thread(work) for _ in range(3)]
    finished = threading.Event()

    def collect() -> list[int]:
        try:
            return [worker() for worker in workers]
        finally:
            finished.set()

    collector = in_thread(collect)
    until(finished.is_set, client)
    assert collector() == [50, 50, 50]
    assert threads == {threading.get_ident()}
    client.close()


def test_threads_that_wait_and_nothing_else_take_turns(embedded: str) -> None:
    """No thread calls `update()`: those that wait do it for one another, one at a time."""
    client = SpacetimeDBClient.init(None, embedded, "conformance", False, bindings)
    client.subscriptions.add(NOTES).result(PATIENCE)
    running, at_once = [0], [0]

    def callback(*_: Any) -> None:
        running[0] += 1
        at_once[0] = max(at_once[0], running[0])
        running[0] -= 1

    client.register_on_reducer("nothing", callback)
    workers = [
        in_thread(lambda: [client.reducers.nothing().result(PATIENCE).committed for _ in range(30)])
        for _ in range(3)
    ]
    assert all(all(worker()) for worker in workers)
    assert at_once == [1]
    client.close()


def test_a_second_update_is_refused_while_the_first_one_waits(embedded: str) -> None:
    client = SpacetimeDBClient.init(None, embedded, "conformance", False, bindings)
    until(lambda: client.is_connected, client)
    release = in_thread(lambda: client.update(timeout=PATIENCE))
    until(lambda: client._core.turn.is_taken)
    with pytest.raises(ClientStateError, match="from a second thread"):
        client.update()
    client.reducers.nothing()
    release()
    client.close()


def test_a_wait_for_a_thread_that_updates_no_more_ends() -> None:
    """The owner is alive and does nothing: thirty looks of half a second each, passed over here."""
    client, _ = connected()
    call = client.reducers.nothing()
    core = client._core

    def nothing_happens(*_: object, **__: object) -> bool:
        return False

    core.turn.wait = nothing_happens  # type: ignore[method-assign]
    with pytest.raises(ClientStateError, match="has not done so"):
        in_thread(lambda: call.result())()
    client.close()


# -- callbacks run where update() is called --------------------------------------------------------------------------------


def test_a_callback_that_another_thread_attaches_waits_for_the_update() -> None:
    client, transport = connected()
    call = client.reducers.nothing()
    transport.link.end("gone")
    client.update()
    ran: list[int] = []
    in_thread(lambda: call.on_result(lambda _: ran.append(threading.get_ident())))()
    assert ran == []
    assert client.has_work
    client.update()
    assert ran == [threading.get_ident()]
    assert not client.has_work


def test_a_client_has_work_while_something_waits_for_it_and_else_none() -> None:
    """An event loop would never sleep."""
    client, transport = connected()
    assert (client.is_connected, client.has_work) == (True, False)
    transport.link.end("gone")
    assert client.has_work
    client.update()
    assert not client.has_work


def test_a_call_that_is_lost_on_another_thread_is_told_in_the_update() -> None:
    client, transport = connected()
    client.reducers.nothing()
    connection = client._core.connection
    assert connection is not None
    encode = connection.encoders["nothing"]
    at_encode, go_on = threading.Event(), threading.Event()

    def slow(args: tuple[Any, ...], request_id: int) -> Any:
        at_encode.set()
        assert go_on.wait(PATIENCE)
        return encode(args, request_id)

    connection.encoders["nothing"] = slow
    ran: list[int] = []

    def other() -> CallOutcome:
        call = client.reducers.nothing()
        call.on_result(lambda _: ran.append(threading.get_ident()))
        outcome: CallOutcome = call.result(PATIENCE).outcome
        return outcome

    outcome = in_thread(other)
    assert at_encode.wait(PATIENCE)
    transport.link.end("gone")
    client.update()
    go_on.set()
    assert outcome() is CallOutcome.CONNECTION_LOST
    assert ran == []
    client.update()
    assert ran == [threading.get_ident()]


def test_at_once_on_the_thread_that_updates() -> None:
    client, transport = connected()
    call = client.reducers.nothing()
    transport.link.end("gone")
    client.update()
    ran: list[Any] = []
    call.on_result(ran.append)
    assert [result.outcome for result in ran] == [CallOutcome.CONNECTION_LOST]
