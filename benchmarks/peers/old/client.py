"""One case on `spacetimedb-sdk` 0.7.0, unmodified: `python client.py MEASURE CASE PORT` prints its figure.

It runs with that package on its path and this repository's off it: both are called `spacetimedb_sdk`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import bindings
from bindings.go_reducer import go
from bindings.move_reducer import move

from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient

assert Path(sys.modules["spacetimedb_sdk"].__file__ or "").parts[-3] == "old", "this is to run with 0.7.0"
ROWS = 100_000
UPDATES = 200 * 500
CALLS = 2_000
ENCODED_CALLS = 20_000


class Client:
    """A client that counts the rows it gets, once it is connected."""

    def __init__(self, table: str, port: str) -> None:
        self.table, self.counted, self.applied = table, 0, False
        self.identified = False
        SpacetimeDBClient.init(
            None, f"127.0.0.1:{port}", "rows", False, bindings, on_identity=self._on_identity
        )
        self.client = SpacetimeDBClient.instance
        self.until(lambda: self.identified)
        self.client.register_on_subscription_applied(self._on_applied)
        self.client._register_row_update(table.title(), self._on_row)

    def _on_identity(self, token: str, identity: Any, address: Any) -> None:
        self.identified = True

    def _on_applied(self) -> None:
        self.applied = True

    def _on_row(self, row_op: str, old: Any, new: Any, event: Any) -> None:
        self.counted += 1

    def until(self, condition: Callable[[], bool]) -> None:
        # update() cannot wait, so a program has to ask again and again.
        while not condition():
            self.client.update()
            time.sleep(0)

    def subscribe(self) -> None:
        self.client.subscribe([f"SELECT * FROM {self.table}"])
        self.until(lambda: self.applied)


def rows(table: str, port: str) -> float:
    client = Client(table, port)
    began = time.perf_counter()
    client.subscribe()
    took = time.perf_counter() - began
    assert client.counted == ROWS
    return ROWS / took


def updates(table: str, port: str) -> float:
    client = Client(table, port)
    client.subscribe()
    client.counted = 0
    # The next transaction is asked for after each: handled at once, in threads of their own, they would be mixed up.
    client.client.register_on_event(lambda _event: go())
    began = time.perf_counter()
    go()
    client.until(lambda: client.counted >= UPDATES)
    return client.counted / (time.perf_counter() - began)


def call(_table: str, port: str) -> float:
    client = Client("flat", port)
    client.subscribe()
    times = []
    for _ in range(CALLS):
        client.counted = 0
        began = time.perf_counter()
        go()
        client.until(lambda: client.counted > 0)
        times.append(time.perf_counter() - began)
    return median(times) * 1e6


class NoSocket:
    is_connected = True
    sent = 0

    def send(self, data: bytes) -> None:
        self.sent += 1


def encode(_table: str, _port: str) -> float:
    client = SpacetimeDBClient(bindings)
    client.wsc = NoSocket()
    began = time.perf_counter()
    for number in range(ENCODED_CALLS):
        move(number, -number, 1.5, 2.5)
    took = time.perf_counter() - began
    assert client.wsc.sent == ENCODED_CALLS
    return took / ENCODED_CALLS * 1e6


MEASURES = {"rows": rows, "updates": updates, "call": call, "encode": encode}


if __name__ == "__main__":
    measure, case_name, source_port = sys.argv[1:4]
    print(MEASURES[measure](case_name.split("_")[-1], source_port), flush=True)
    os._exit(0)  # its socket thread has no end of its own
