"""The async client in structured programs: cancelled at any point it leaves no task, no timer and no connection behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any

import pytest

from spacetimedb_sdk import ConnectionState
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE
from tests.transport.raw_server import RawServer

ARGUMENTS: tuple[str, bool] = ("conformance", False)


class GoalReached(Exception):
    """What another task of the group ends with."""


def played(scenario: Callable[[], Awaitable[None]]) -> None:
    """Run `scenario`; afterwards nothing is left in its loop."""

    async def play() -> None:
        async with asyncio.timeout(PATIENCE):
            await scenario()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert left == set(), left

    asyncio.run(play())


async def together(*tasks: Coroutine[Any, Any, Any]) -> None:
    async with asyncio.TaskGroup() as group:
        for task in tasks:
            group.create_task(task)


def test_a_task_group_that_fails_closes_the_client(embedded: str) -> None:
    clients: list[SpacetimeDBAsyncClient] = []
    fired: list[str] = []

    async def scenario() -> None:
        client = SpacetimeDBAsyncClient(bindings)
        clients.append(client)
        connected = asyncio.Event()
        client.schedule_event(60.0, fired.append, "much later")

        async def fail() -> None:
            await connected.wait()
            raise GoalReached

        running = client.run(None, embedded, *ARGUMENTS, lambda *_: connected.set(), ["SELECT * FROM note"])
        with pytest.raises(ExceptionGroup) as caught:
            await together(running, fail())
        assert caught.value.subgroup(GoalReached) is not None
        assert len(caught.value.exceptions) == 1, "being cancelled is no error"

    played(scenario)
    assert clients[0].client.state is ConnectionState.CLOSED
    assert fired == []


def test_waiting_tasks_end_with_the_group(embedded: str) -> None:
    """Whatever a task awaits of the client: rows, changes, an answer, a subscription."""

    async def scenario() -> None:
        async with SpacetimeDBAsyncClient(bindings) as client:
            await client.connect(None, embedded, *ARGUMENTS)
            await client.subscriptions.add(["SELECT * FROM note"])

            async def follow() -> None:
                async for _ in client.db.note.changes():
                    pass

            async def answers() -> None:
                while True:
                    await client.call_reducer("nothing")

            async def fail() -> None:
                await client.call_reducer("nothing")
                raise GoalReached

            with pytest.raises(ExceptionGroup) as caught:
                await together(follow(), answers(), client.db.note.wait_for(lambda row: False), fail())
            assert len(caught.value.exceptions) == 1
            result = await client.call_reducer("nothing")
            assert result.committed, "the client itself lives on"
        assert client.client.state is ConnectionState.CLOSED

    played(scenario)


def test_cancelled_while_it_connects() -> None:
    async def scenario() -> None:
        client = SpacetimeDBAsyncClient(bindings)
        connecting = asyncio.create_task(client.connect(None, server.host, *ARGUMENTS))
        await asyncio.to_thread(asked.result, PATIENCE)
        connecting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await connecting
        assert client.client.state is ConnectionState.CLOSED

    asked: Future[None] = Future()

    def silent(connection: Any) -> None:
        connection.read_request()
        asked.set_result(None)
        ended.wait(PATIENCE)

    ended = threading.Event()
    with RawServer(silent) as server:
        played(scenario)
        ended.set()


def test_a_callback_may_close_the_client_it_runs_on(embedded: str) -> None:
    async def scenario() -> None:
        client = SpacetimeDBAsyncClient(bindings)

        async def close(*_: Any) -> None:
            await client.close()

        client.client.register_on_reducer("nothing", close)
        connected = asyncio.Event()
        running = asyncio.create_task(client.run(None, embedded, *ARGUMENTS, lambda *_: connected.set()))
        await connected.wait()
        client.client.call_reducer("nothing")
        await running
        assert client.client.state is ConnectionState.CLOSED

        background = SpacetimeDBAsyncClient(bindings)

        async def close_background(*_: Any) -> None:
            await background.close()

        await background.connect(None, embedded, *ARGUMENTS)
        background.client.register_on_reducer("nothing", close_background)
        task = background._running
        assert task is not None
        background.client.call_reducer("nothing")
        await task
        assert background.client.state is ConnectionState.CLOSED

    played(scenario)


def test_left_without_having_connected() -> None:
    async def scenario() -> None:
        async with SpacetimeDBAsyncClient(bindings) as client:
            assert client.client.state is ConnectionState.CLOSED

    played(scenario)
