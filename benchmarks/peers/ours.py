"""One case on this SDK: `python -m benchmarks.peers.ours CASE [PORT]` prints its figure."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import tracemalloc
from collections.abc import Callable
from statistics import median
from typing import Any

from spacetimedb_sdk.protocol.outcomes import Connected, Outcome
from spacetimedb_sdk.spacetimedb_async_client import SpacetimeDBAsyncClient
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.types import ConnectionId, Identity

from . import rows_bindings as bindings
from .rows_bindings.flat import Flat
from .rows_bindings.go_reducer import go
from .rows_bindings.move_reducer import move
from .scenarios import CASES, ROWS_PER_VALUE, Case

__all__ = ["MEASURES"]

ENCODED_CALLS = 20_000
FILTERS = 2_000
FRAME_SECONDS = 1 / 60
OWN_WORK = 0.009
BUDGET = 0.004


class Client:
    """A connected basic client that counts the rows it gets."""

    def __init__(self, port: str, case: Case, *, listen: bool = True) -> None:
        self.case = case
        self.counted = 0
        self.applied = False
        self.client = SpacetimeDBClient.init(
            None, f"127.0.0.1:{port}", "rows", False, bindings, verify_schema=False
        )  # a source has no schema to tell
        while not self.client.is_connected:
            self.client.update(timeout=1.0)
        self.client.register_on_subscription_applied(self._on_applied)
        if listen:
            self.client.register_row_update(case.table, self._on_row)

    def _on_applied(self) -> None:
        self.applied = True

    def _on_row(self, row_op: str, old: Any, new: Any, event: Any) -> None:
        self.counted += 1

    def subscribe(self) -> None:
        """Returns with the rows of the case."""
        self.client.subscribe([f"SELECT * FROM {self.case.table}"])
        self.until(lambda: self.applied)

    def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self.client.update(timeout=1.0)


def rows(case: Case, port: str) -> float:
    """Rows a second, from the subscription to the last callback."""
    client = Client(port, case)
    began = time.perf_counter()
    client.subscribe()
    took = time.perf_counter() - began
    assert client.counted == case.rows
    return case.rows / took


def updates(case: Case, port: str) -> float:
    """Row updates a second, from the call that asks for them to the last callback."""
    client = Client(port, case)
    client.subscribe()
    client.counted = 0
    began = time.perf_counter()
    go()
    client.until(lambda: client.counted == case.count * case.size)
    return case.count * case.size / (time.perf_counter() - began)


def single(case: Case, port: str) -> float:
    """Microseconds a transaction of one row."""
    return 1e6 / updates(case, port)


def call(case: Case, port: str) -> float:
    """Microseconds from a call to the row callback it causes, the median; on the basic client."""
    client = Client(port, case)
    client.subscribe()
    times = []
    for _ in range(case.count):
        client.counted = 0
        began = time.perf_counter()
        go()
        client.until(lambda: client.counted > 0)
        times.append(time.perf_counter() - began)
    return median(times) * 1e6


def call_async(case: Case, port: str) -> float:
    """The same on the async client, where each callback makes the next call."""
    times: list[float] = []
    began = 0.0
    client = SpacetimeDBAsyncClient(bindings)

    def next_call() -> None:
        nonlocal began
        began = time.perf_counter()
        go()

    def on_row(row_op: str, old: Flat, new: Flat, event: Any) -> None:
        if event is None:
            return
        times.append(time.perf_counter() - began)
        if len(times) < case.count:
            next_call()
        else:
            client.force_close()

    Flat.register_row_update(on_row)
    client.register_on_subscription_applied(next_call)
    asyncio.run(
        client.run(
            None,
            f"127.0.0.1:{port}",
            "rows",
            False,
            None,
            ["SELECT * FROM flat"],
            verify_schema=False,
        )
    )
    return median(times) * 1e6


def big(case: Case, port: str) -> float:
    """Milliseconds from the subscription until the message is in the cache."""
    client = Client(port, case)
    began = time.perf_counter()
    client.subscribe()
    return (time.perf_counter() - began) * 1e3


def memory(case: Case, port: str) -> float:
    """Bytes a cached row, everything counted that the interpreter allocated for it."""
    client = Client(port, case, listen=False)
    gc.collect()
    tracemalloc.start()
    client.subscribe()
    client.client.update(timeout=0.05)
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    assert len(client.client.cache.table(case.table)) == case.rows
    return used / case.rows


def filter_by(case: Case, port: str) -> float:
    """Microseconds of a `filter_by` that finds ten rows, after its first use; the median."""
    client = Client(port, case, listen=False)
    client.subscribe()
    values = case.rows // ROWS_PER_VALUE
    assert len(Flat.filter_by_a(1)) == ROWS_PER_VALUE
    times = []
    for number in range(FILTERS):
        began = time.perf_counter()
        Flat.filter_by_a(number % values)
        times.append(time.perf_counter() - began)
    return median(times) * 1e6


def encode(_case: Case | None, _port: str) -> float:
    """Microseconds a call of a reducer with four numbers, to the bytes that a socket would be given."""
    client = SpacetimeDBClient.init(None, "127.0.0.1:1", "rows", False, bindings, link_factory=NoSocket)  # type: ignore[arg-type]
    client.update()
    began = time.perf_counter()
    for number in range(ENCODED_CALLS):
        move(number, -number, 1.5, 2.5)
    took = time.perf_counter() - began
    assert isinstance(client._core.link, NoSocket)
    assert client._core.link.sent == ENCODED_CALLS
    return took / ENCODED_CALLS * 1e6


class NoSocket:
    """A link that drops what it is to send."""

    bytes_received = bytes_sent = queued_bytes = 0

    def __init__(self, request: Any, codecs: Any, wake: Any, backlog: int) -> None:
        self.request = request
        self.sent = 0
        connection = ConnectionId(b"\x01" * 16)
        self._outcomes: list[Outcome] = [
            Connected(Identity(b"\x01" * 32), "a-token", connection, "v1.bsatn.spacetimedb")
        ]

    @property
    def waiting(self) -> int:
        return len(self._outcomes)

    @property
    def is_quiet(self) -> bool:
        return not self._outcomes

    def wait(self, timeout: float, pause: Any) -> bool:
        return bool(self._outcomes)

    def take(self) -> Outcome | None:
        return self._outcomes.pop() if self._outcomes else None

    def send(self, payload: bytes | str) -> None:
        self.sent += 1


def frame(case: Case, port: str) -> float:
    """Milliseconds, 99th percentile, of a frame with 9 ms of its own work while the rows arrive."""
    client = Client(port, case)
    if case.inserts:
        client.subscribe()
        go()
    else:
        client.client.subscribe([f"SELECT * FROM {case.table}"])
    total = case.rows + case.count * case.size
    frames = []
    while client.counted < total:
        began = time.perf_counter()
        while time.perf_counter() - began < OWN_WORK:
            pass
        client.client.update(budget=BUDGET)
        frames.append(time.perf_counter() - began)
        time.sleep(max(FRAME_SECONDS - frames[-1], 0))
    frames.sort()
    return frames[min(int(len(frames) * 0.99), len(frames) - 1)] * 1e3


MEASURES: dict[str, Callable[[Any, str], float]] = {
    "rows": rows,
    "updates": updates,
    "single": single,
    "call": call,
    "async": call_async,
    "big": big,
    "memory": memory,
    "filter": filter_by,
    "encode": encode,
    "frame": frame,
}


if __name__ == "__main__":
    measure, case_name, source_port = sys.argv[1:4]
    print(MEASURES[measure](CASES.get(case_name), source_port))
