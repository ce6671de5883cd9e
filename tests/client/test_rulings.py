"""What docs/compatibility.md rules where the reference and old programs disagree, as far as no other test holds it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, cast

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk import SubscriptionError
from spacetimedb_sdk.client.loop_work import LoopWork
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from tests.codegen.golden import conformance as bindings
from tests.codegen.golden.conformance import Item, nothing_reducer
from tests.plugins.waiting import until


def test_queries_before_run_and_those_of_run_are_one_set_each_once(embedded: str) -> None:
    async def scenario() -> None:
        client = SpacetimeDBAsyncClient(bindings)
        client.subscribe(["SELECT * FROM note", "SELECT * FROM nowhere"])
        given = ["SELECT * FROM nowhere", "SELECT * FROM item"]
        await client.run(None, embedded, "conformance", False, lambda token, identity: None, given)

    with pytest.raises(SubscriptionError, match="nowhere") as refused:
        asyncio.run(scenario())
    assert refused.value.queries == tuple(f"SELECT * FROM {name}" for name in ("note", "nowhere", "item"))


def test_an_init_without_a_host_says_what_it_lacks() -> None:
    with pytest.raises(TypeError, match="'host', 'address_or_name', 'ssl_enabled', and 'autogen_package'"):
        SpacetimeDBClient.init(bindings, on_connect=lambda: None)  # type: ignore[call-arg, arg-type]


def test_semicolons_go_and_a_table_by_its_classes_name_is_told_from_its_own(embedded: str) -> None:
    applied: list[None] = []
    errors: list[str] = []
    with SpacetimeDBClient.init(
        None, embedded, "conformance", False, bindings, on_error=errors.append
    ) as client:
        client.register_on_subscription_applied(lambda: applied.append(None))
        client.subscribe(["SELECT * FROM item;", "SELECT * FROM item"])
        until(lambda: applied, client)
        client.subscribe(["SELECT * FROM TickCount"])
        until(lambda: errors, client)
    assert len(applied) == 1
    assert "no such table: `TickCount`" in errors[0]
    assert "it is called tick_count" in errors[0]


def test_the_delay_of_an_event_counts_from_when_the_loop_starts(embedded: str) -> None:
    async def scenario() -> list[str]:
        client = SpacetimeDBAsyncClient(bindings)
        fired: list[str] = []
        client.schedule_event(0.2, fired.append, "first")
        client.schedule_event(0.4, client.force_close)
        # Whoever waits before `run` has neither of them fire at once, one with the other.
        time.sleep(0.5)
        client.schedule_event(0.3, fired.append, "between")
        client.schedule_event(30.0, fired.append, "never")
        await client.run(None, embedded, "conformance", False, lambda token, identity: None, [])
        return fired

    assert asyncio.run(scenario()) == ["first", "between"]


class SlowLoop:
    """Takes a second for whatever it is asked; its timers, by when they are due."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        self.now += 1.0
        return self.now

    def call_at(self, due: float, fire: Callable[[], None]) -> object:
        self.timers.append((due, fire))
        return object()

    def call_later(self, delay: float, fire: Callable[[], None]) -> object:
        return self.call_at(self.time() + delay, fire)


def test_events_of_before_the_loop_come_in_their_order_on_a_machine_that_is_slow(
    mocker: MockerFixture,
) -> None:
    work, fired, loop = LoopWork(mocker.Mock()), list[str](), SlowLoop()
    for delay, name in ((0.4, "last"), (0.3, "third"), (-1.0, "first"), (0.3, "fourth"), (0.2, "second")):
        work.schedule(delay, fired.append, (name,))
    work.start(cast("asyncio.AbstractEventLoop", loop), lambda: None)
    assert len({due for due, _ in loop.timers}) == 5, "the loop knows no order of what is due at once"
    for _, fire in sorted(loop.timers, key=lambda timer: timer[0]):
        fire()
    assert fired == ["first", "second", "third", "fourth", "last"]


def test_unregistering_what_was_never_registered_does_nothing(embedded: str) -> None:
    def unknown(*_: Any) -> None:
        raise AssertionError

    with SpacetimeDBClient.init(None, embedded, "conformance", False, bindings) as client:
        client.unregister_on_subscription_applied(unknown)
        client.unregister_on_event(unknown)
        client.unregister_row_update("item", unknown)
        Item.unregister_row_update(unknown)
        nothing_reducer.unregister_on_nothing(unknown)
        until(lambda: client.is_connected, client)
