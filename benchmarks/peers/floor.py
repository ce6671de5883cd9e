"""What bare Python needs for the same cases: no SDK, the layouts known beforehand, as little as can be done.

python -m benchmarks.peers.floor MEASURE CASE PORT
"""

from __future__ import annotations

import asyncio
import gc
import socket
import struct
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from .scenarios import CASES, Case

__all__ = ["MEASURES"]

_LAYOUTS = {"flat": "<Iiff", "mark": "<Iiff", "entity": "<iffi"}
SUBSCRIBE = b"\x01\0\0\0\0\x01\0\0\0"
CALL = b"\0" + b"\x02\0\0\0go" + bytes(4) + b"\x05\0\0\0" + b"\0"


class Numbers:
    __slots__ = ("a", "id", "x", "y")

    def __init__(self, id: int, a: int, x: float, y: float) -> None:
        self.id, self.a, self.x, self.y = id, a, x, y


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x: float, y: float) -> None:
        self.x, self.y = x, y


class Entity:
    __slots__ = ("entity_id", "mass", "position")

    def __init__(self, entity_id: int, position: Vector, mass: int) -> None:
        self.entity_id, self.position, self.mass = entity_id, position, mass


def _entity(entity_id: int, x: float, y: float, mass: int) -> Entity:
    return Entity(entity_id, Vector(x, y), mass)


class Socket:
    """The least of a WebSocket client."""

    def __init__(self, port: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: v1.bsatn.spacetimedb\r\n\r\n"
        )
        self._messages = self._receive()
        next(self._messages)

    def send(self, payload: bytes) -> None:
        self.socket.sendall(bytes([0x82, 0x80 | len(payload)]) + bytes(4) + payload)

    def message(self) -> bytes:
        return next(self._messages)

    def _receive(self) -> Iterator[bytes]:
        buffer = b""
        while b"\r\n\r\n" not in buffer:
            buffer += self.socket.recv(1 << 16)
        buffer = buffer.split(b"\r\n\r\n", 1)[1]
        parts: list[bytes] = []
        # Made once: to allocate as much for each read is mapped and unmapped, which takes three times as long as all else.
        room = memoryview(bytearray(1 << 18))
        while True:
            position, available = 0, len(buffer)
            while available - position >= 2:
                length, start = buffer[position + 1], position + 2
                if length == 126:
                    length, start = int.from_bytes(buffer[start : start + 2], "big"), start + 2
                if available - start < length:
                    break
                parts.append(buffer[start : start + length])
                final = buffer[position] & 0x80
                position = start + length
                if final:
                    yield b"".join(parts)
                    parts.clear()
            buffer = buffer[position:] + room[: self.socket.recv_into(room)]


def _decoded(case: Case, message: bytes, start: int, count: int) -> list[Any]:
    layout = struct.Struct(_LAYOUTS[case.table])
    data = memoryview(message)[start : start + count * layout.size]
    make = _entity if case.table == "entity" else Numbers
    return [make(*values) for values in layout.iter_unpack(data)]


def _initial_start(case: Case) -> int:
    """Where the rows begin in an InitialSubscription with one table: after tags, lengths, the name and empty deletes."""
    return 1 + 1 + 4 + 4 + 4 + len(case.table) + 8 + 4 + 1 + 7 + 7


def rows(case: Case, port: str) -> float:
    peer, seen = Socket(port), 0

    def callback(row_op: str, old: Any, new: Any, event: Any) -> None:
        nonlocal seen
        seen += 1

    began = time.perf_counter()
    peer.send(SUBSCRIBE)
    message = peer.message()
    gc.disable()
    found = _decoded(case, message, _initial_start(case), case.rows)
    cache = (
        {row.entity_id: row for row in found} if case.table == "entity" else {row.id: row for row in found}
    )
    gc.enable()
    for row in found:
        callback("insert", None, row, None)
    took = time.perf_counter() - began
    assert len(cache) == seen == case.rows
    return case.rows / took


def updates(case: Case, port: str) -> float:
    peer, seen = Socket(port), 0
    peer.send(SUBSCRIBE)
    initial = _decoded(case, peer.message(), _initial_start(case), case.rows)
    entity = case.table == "entity"
    cache = {row.entity_id if entity else row.id: row for row in initial}
    width = case.size * 16
    start = 3 + 4 + 4 + 4 + len(case.table) + 8 + 4 + 1 + 7
    # Rows that leave are known by their keys, which come first.
    keys = struct.Struct(f"{_LAYOUTS[case.table][:2]}12x")

    def callback(row_op: str, old: Any, new: Any, event: Any) -> None:
        nonlocal seen
        seen += 1

    began = time.perf_counter()
    peer.send(CALL)
    for _ in range(case.count):
        message = peer.message()
        left = memoryview(message)[start : start + width]
        gone = {key: cache.pop(key) for (key,) in keys.iter_unpack(left)}
        changes = []
        for row in _decoded(case, message, start + width + 7, case.size):
            key = row.entity_id if entity else row.id
            changes.append((gone.pop(key), row))
            cache[key] = row
        assert not gone
        for old, new in changes:
            callback("update", old, new, None)
    took = time.perf_counter() - began
    assert seen == case.count * case.size
    return seen / took


def single(case: Case, port: str) -> float:
    """Microseconds a transaction of one row."""
    return 1e6 / updates(case, port)


def call(case: Case, port: str) -> float:
    peer = Socket(port)
    peer.send(SUBSCRIBE)
    peer.message()
    times = []
    for _ in range(case.count):
        began = time.perf_counter()
        peer.send(CALL)
        peer.message()
        times.append(time.perf_counter() - began)
    return median(times) * 1e6


def call_async(case: Case, port: str) -> float:
    """The same in an event loop that watches the socket."""
    peer = Socket(port)
    peer.send(SUBSCRIBE)
    peer.message()
    times: list[float] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        began = time.perf_counter()

        def readable() -> None:
            nonlocal began
            peer.message()
            times.append(time.perf_counter() - began)
            if len(times) == case.count:
                done.set_result(None)
                return
            began = time.perf_counter()
            peer.send(CALL)

        loop.add_reader(peer.socket, readable)
        peer.send(CALL)
        await done
        loop.remove_reader(peer.socket)

    asyncio.run(main())
    return median(times) * 1e6


def big(case: Case, port: str) -> float:
    peer = Socket(port)
    began = time.perf_counter()
    peer.send(SUBSCRIBE)
    assert len(peer.message()) > case.blob_bytes
    return (time.perf_counter() - began) * 1e3


def memory(case: Case, _port: str) -> float:
    """Bytes a row of a bare dict of slotted objects with the same values; rows without a key get a number."""
    count = case.rows
    gc.collect()
    tracemalloc.start()
    if case.table == "entity":
        cache: dict[Any, Any] = {}
        for number in range(count):
            row: Any = _entity(*_values(number, case))
            cache[row.entity_id] = row
    else:
        cache = {}
        for number in range(count):
            row = Numbers(*_values(number, case))
            cache[row.id] = row
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    assert len(cache) == count
    return used / count


def _values(number: int, case: Case) -> Any:
    layout = struct.Struct(_LAYOUTS[case.table])
    shared = number // 10
    values = (
        (number + 1, number * 0.5, 0.25, shared)
        if case.table == "entity"
        else (number, shared, number * 0.5, 0.25)
    )
    return layout.unpack(layout.pack(*values))


class _Pending:
    __slots__ = ("args", "name", "request_id", "then")

    def __init__(self, request_id: int, name: str, args: tuple[Any, ...]) -> None:
        self.request_id, self.name, self.args, self.then = request_id, name, args, None


def encode(_case: Any, _port: str) -> float:
    """Microseconds of a call: its bytes, and what is kept of it until its answer comes."""
    layout = struct.Struct("<BI4sIIiffIB")
    pending: dict[int, _Pending] = {}
    sent: list[bytes] = []
    request_id = 0

    def move(id: int, a: int, x: float, y: float) -> _Pending:
        nonlocal request_id
        request_id += 1
        payload = layout.pack(0, 4, b"move", 16, id, a, x, y, request_id, 0)
        call = pending[request_id] = _Pending(request_id, "move", (id, a, x, y))
        sent.append(payload)
        return call

    began = time.perf_counter()
    for number in range(20_000):
        move(number, -number, 1.5, 2.5)
    return (time.perf_counter() - began) / 20_000 * 1e6


MEASURES: dict[str, Callable[[Any, str], float]] = {
    "rows": rows,
    "updates": updates,
    "single": single,
    "call": call,
    "async": call_async,
    "big": big,
    "memory": memory,
    "encode": encode,
}


if __name__ == "__main__":
    measure, case_name, source_port = sys.argv[1:4]
    print(MEASURES[measure](CASES.get(case_name), source_port))
