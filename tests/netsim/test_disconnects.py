"""A connection that is cut at random bytes under load, again and again: the cache is right each time it is back.

Each time, the cache equals what a fresh client is told, and the sum of all callbacks, checked one by one as they come,
equals the cache.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk import ConnectionState, SpacetimeDBClient
from spacetimedb_sdk.client.requests.calls import CallOutcome
from spacetimedb_sdk.reconnect import ReconnectPolicy
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.testing import BadNetwork
from tests.codegen.golden import conformance as bindings
from tests.conformance.conformance_module import module
from tests.plugins.waiting import PATIENCE, until

TABLES = ("item", "note", "tick_count")
QUERIES = [f"SELECT * FROM {table}" for table in TABLES]


class Load:
    """Somebody else, who changes rows without a pause, on a thread and a connection of its own."""

    def __init__(self, host: str, seed: int) -> None:
        self._host = host
        self._random = random.Random(seed)
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopping.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def paused(self) -> threading.Lock:
        """While it is held nothing changes, and everything asked for has been answered."""
        return self._turn

    def _run(self) -> None:
        try:
            with SpacetimeDBClient.init(None, self._host, "conformance", False, bindings) as client:
                until(lambda: client.is_connected, client)
                client.call_reducer("tick_every", "load", 20)
                number = 0
                while not self._stopping.is_set():
                    with self._turn:
                        number += 1
                        self._change(client, number)
        except BaseException as error:  # noqa: BLE001 - raised where the load is stopped
            self._failure = error

    def _change(self, client: SpacetimeDBClient, number: int) -> None:
        match self._random.randrange(8):
            case 0 | 1:
                call = client.call_reducer("write_note", f"note {number}")
            case 2:
                call = client.call_reducer("edit_note", f"note {number - 1}", f"edited {number}")
            case 3 | 4:
                call = client.call_reducer("add_items", f"thing {number} ", self._random.randrange(1, 30))
            case 5 | 6:
                call = client.call_reducer("move_all")
            case _:
                call = client.call_reducer("clear_items")
        call.on_result(lambda result: None)
        call.result(PATIENCE)


class Mirror:
    """The rows as callbacks alone tell of them; each has to fit what was told before."""

    def __init__(self, client: SpacetimeDBClient) -> None:
        self._client = client
        self.rows: dict[str, dict[Any, Any]] = {table: {} for table in TABLES}
        self.applied = 0
        self.errors: list[str] = []
        for table in TABLES:
            client.register_row_update(table, self._on_row(table))
        client.register_on_subscription_applied(self._on_applied)

    def _on_applied(self) -> None:
        self.applied += 1

    def _on_row(self, table: str) -> Callable[..., None]:
        key_of = self._client.cache.table(table).key_of_row
        rows = self.rows[table]

        def note(row_op: str, old: Any, new: Any, event: Any) -> None:
            key = key_of(new if old is None else old)
            if rows.get(key) != old:
                self.errors.append(f"{table}: {row_op} of {old}, but {rows.get(key)} was there")
            if new is None:
                rows.pop(key, None)
            else:
                rows[key] = new

        return note

    def check(self) -> None:
        assert self.errors == []
        for table in TABLES:
            assert self.rows[table] == self._client.cache.table(table).rows


def fresh_rows(host: str) -> dict[str, dict[Any, Any]]:
    """What a client that has just come is told."""
    with SpacetimeDBClient(bindings) as client:
        applied: list[None] = []
        client.register_on_subscription_applied(lambda: applied.append(None))
        client.connect(None, host, "conformance", False)
        client.subscribe(QUERIES)
        until(lambda: applied, client)
        return {table: client.cache.table(table).rows for table in TABLES}


def cut_and_come_back(times: int, seed: int) -> None:
    chance = random.Random(seed)
    policy = ReconnectPolicy(initial=0.01, maximum=0.05)
    with (
        Server(module, database="conformance") as server,
        BadNetwork(server.host) as network,
        Load(server.host, seed) as load,
        SpacetimeDBClient(bindings) as client,
    ):
        mirror = Mirror(client)
        client.connect(None, network.host, "conformance", False, reconnect=policy)
        client.subscribe(QUERIES)
        until(lambda: mirror.applied == 1, client)
        for _ in range(times):
            cut(client, network, mirror, chance)
            with load.paused():
                catch_up(client)
                mirror.check()
                fresh = fresh_rows(server.host)
                assert fresh["item"] == mirror.rows["item"]
                assert fresh["note"] == mirror.rows["note"]
        assert network.connections > times


def cut(client: SpacetimeDBClient, network: BadNetwork, mirror: Mirror, chance: random.Random) -> None:
    """One disconnect, and sometimes more on the way back: inside the handshake, or the first rows."""
    applied = mirror.applied
    attempts = network.connections + chance.randrange(1, 3)
    network.cut_after(round(chance.choice((200, 3_000, 40_000)) * chance.random()))
    until(lambda: client.state is not ConnectionState.CONNECTED, client)
    until(lambda: network.connections >= attempts or mirror.applied > applied, client)
    network.heal()
    until(lambda: mirror.applied > applied and client.is_connected, client)


def catch_up(client: SpacetimeDBClient) -> None:
    """Answers come in order: with this one, everything that happened before has been told.

    A reset may be on its way still when the network is well again: then once more, on the next connection.
    """
    while True:
        until(lambda: client.is_connected, client)
        result = client.call_reducer("nothing").result(PATIENCE)
        if result.committed:
            return
        assert result.outcome is CallOutcome.CONNECTION_LOST


@pytest.fixture(params=[pytest.param(1_000, marks=pytest.mark.soak), 20])
def times(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


def test_the_cache_is_right_after_every_disconnect(times: int) -> None:
    cut_and_come_back(times, seed=times)
