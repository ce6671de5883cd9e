"""What a transaction of one row costs bare Python that has an SDK's duties, one after the other: the floor below which no client in
Python comes, however few functions it is cut into.

    python -m benchmarks.peers.duties

Each line has the duties of those before it, in one function without a layer: a message read as a whole and checked, rows and keys
by the layout of the table it names, a queue within a bound between the thread that reads and the one that updates, the cache,
whose call it was, and callbacks whose errors are told. CPU time, the receiving included.

Then what a call takes until its callback, with none of them, with all, and in the SDK: once against a server that answers, the sleep
until it does and the waking in it, and once with the answers there before the calls, where nothing sleeps.
"""

from __future__ import annotations

import logging
import select
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from struct import Struct
from typing import Any

from spacetimedb_sdk.transport.link import Link

from . import ours
from .floor import CALL, SUBSCRIBE, Numbers, Socket
from .rows_bindings.go_reducer import go
from .scenarios import CASES, transactions
from .source import fragmented
from .wire import WIRES, answering

__all__ = ["DUTIES", "Bare", "Sdk", "answered_call", "call", "measure"]

DUTIES = ("receiving", "the message", "rows and keys", "the queue", "the cache", "the callback")
_CASE = CASES["single"]
_HEAD, _TABLE, _UPDATES = Struct("<BBI").unpack_from, Struct("<II").unpack_from, Struct("<QI").unpack_from
_FIRST, _SECOND = Struct("<BBHI").unpack_from, Struct("<BHI").unpack_from
_CALLER, _INFO, _END = (
    Struct("<q32s16sI").unpack_from,
    Struct("<II").unpack_from,
    Struct("<I16sq").unpack_from,
)
_ROW, _KEY = Struct("<Iiff"), Struct("<I12x")
_GO = Struct("<BI2sIIB")
_LIMIT = 1 << 26
_OWN = b"\x01" * 16
_CALLS, _CALLS_BEFORE = 1_000, 300
# An even number: two answers that undo each other, in turn.
_BATCH, _BATCHES = 64, 200
_AMBIENT: ContextVar[object] = ContextVar("ambient", default=None)
log = logging.getLogger("benchmarks.duties")


class Event:
    __slots__ = ("address", "args", "identity", "name", "status")

    def __init__(self, identity: bytes, address: bytes, name: str, status: str, args: list[Any]) -> None:
        self.identity, self.address, self.name, self.status, self.args = identity, address, name, status, args


def _message(data: bytes) -> tuple[Any, ...]:
    """Every part of a TransactionUpdate whose rows have one width. ValueError for what is none."""
    tag, status, count = _HEAD(data, 1)
    at, shares = 7, []
    if data[0] or tag != 1 or status or count > len(data):
        raise ValueError("no such message")
    for _ in range(count):
        _, length = _TABLE(data, at)
        name = data[at + 8 : at + 8 + length].decode()
        at += 8 + length
        _, updates = _UPDATES(data, at)
        at += 12
        for _ in range(updates):
            kind, hint, width, length = _FIRST(data, at)
            gone = data[at + 8 : at + 8 + length]
            at += 8 + length
            other_hint, other_width, length = _SECOND(data, at)
            come = data[at + 7 : at + 7 + length]
            at += 7 + length
            if kind or hint or other_hint:
                raise ValueError("no such rows")
            shares.append((name, width, gone, other_width, come))
    micros, identity, address, length = _CALLER(data, at)
    name = data[at + 60 : at + 60 + length].decode()
    at += 60 + length
    reducer, length = _INFO(data, at)
    args = data[at + 8 : at + 8 + length]
    at += 8 + length
    request_id, _, _ = _END(data, at)
    if at + 28 != len(data):
        raise ValueError("bytes are left over, or missing")
    return shares, micros, identity, address, name, reducer, args, request_id


def _rows(shares: list[Any]) -> list[Any]:
    """By table: the keys of what leaves, the keys and rows of what comes, and whether one of them may be the same."""
    tables = []
    for name, width, gone, other_width, come in shares:
        if (
            name not in _LAYOUTS
            or not width == other_width == _ROW.size
            or len(gone) % width
            or len(come) % width
        ):
            raise ValueError("the rows do not fit")
        left = [key for (key,) in _KEY.iter_unpack(gone)]
        rows = [Numbers(*values) for values in _ROW.iter_unpack(come)]
        tables.append((name, left, [row.id for row in rows], rows, gone == come))
    return tables


_LAYOUTS = {"flat": _ROW}


class Client:
    """What has come is taken with the first so many of DUTIES; `seen` counts the callbacks."""

    def __init__(self, duties: int) -> None:
        self.seen = 0
        self.calls: dict[int, tuple[str, tuple[Any, ...], Any]] = {}
        self.lock = threading.RLock()
        self.take = self._taking(duties)

    def callback(self, row_op: str, old: Any, new: Any, event: Any) -> None:
        self.seen += 1

    def _taking(self, duties: int) -> Callable[[bytes], None]:
        cache = {"flat": {number: Numbers(number, 0, 0.0, 0.0) for number in range(_CASE.rows)}}
        queue: deque[tuple[Any, int]] = deque()
        lock, calls, queued = self.lock, self.calls, 0
        callbacks = {"flat": [self.callback]}

        def take(data: bytes) -> None:
            nonlocal queued
            if duties < 2:
                return
            said = _message(data)
            if duties < 3:
                return
            tables = _rows(said[0])
            if duties < 4:
                return
            with lock:
                queue.append(((tables, *said[1:]), len(data)))
                queued += len(data)
                if queued > _LIMIT:
                    raise ValueError("too much waits")
            with lock:
                taken, size = queue.popleft()
                queued -= size
            if duties < 5:
                return
            changes: list[Any] = []
            for name, gone, keys, rows, may_repeat in taken[0]:
                kept = cache[name]
                if keys != gone or len({*keys}) != len(keys) or may_repeat:
                    raise ValueError("none of these here")
                olds = [kept[key] for key in keys]
                kept.update(zip(keys, rows, strict=False))
                changes.append((name, olds, rows))
            if duties < 6:
                return
            _, _, identity, address, name, _, _, request_id = taken
            if address == _OWN:
                calls.pop(request_id, None)
            event = Event(identity, address, name, "committed", [])
            for table, olds, rows in changes:
                for called in callbacks.get(table, ()):
                    ambient = _AMBIENT.set(cache)
                    try:
                        for old, new in zip(olds, rows, strict=False):
                            called("update", old, new, event)
                    except Exception:
                        log.exception("a callback")
                    finally:
                        _AMBIENT.reset(ambient)

        return take


def measure(port: str, duties: int) -> float:
    """Microseconds of CPU a transaction of one row, with the first so many of DUTIES."""
    peer, client = Socket(port), Client(duties)
    peer.send(SUBSCRIBE)
    peer.message()
    peer.send(CALL)
    began = time.thread_time()
    for _ in range(_CASE.count):
        client.take(peer.message())
    took = time.thread_time() - began
    peer.socket.close()
    assert client.seen == (_CASE.count if duties == len(DUTIES) else 0)
    return took / _CASE.count * 1e6


class Bare:
    """Calls in bare Python, with the duties or with none; `use` another socket for what follows."""

    def __init__(self, port: str, *, with_duties: bool) -> None:
        self._peer, self._client = Socket(port), Client(len(DUTIES))
        self._peer.send(SUBSCRIBE)
        self._peer.message()
        self._with_duties = with_duties
        self._request_id = 0
        self.use(self._peer.socket)

    def use(self, sock: socket.socket) -> int:
        if sock is not self._peer.socket:
            self._peer.socket.close()
        self._peer.socket = sock
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        return self._request_id

    def calls(self, count: int) -> None:
        peer, client = self._peer, self._client
        for request_id in range(self._request_id, self._request_id + count):
            if not self._with_duties:
                peer.send(CALL)
                peer.message()
                continue
            client.calls[request_id] = "go", (), None
            payload, mask = _GO.pack(0, 2, b"go", 0, request_id, 0), b"\x01\x02\x03\x04"
            repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
            masked = int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")
            with client.lock:
                head = bytes((0x82, 0x80 | len(payload)))
                peer.socket.send(head + mask + masked.to_bytes(len(payload), "little"))
            self._poll.poll(1000)
            client.take(peer.message())
        self._request_id += count
        assert client.seen == (self._request_id if self._with_duties else 0)

    def close(self) -> None:
        self._peer.socket.close()


class Sdk:
    """The same of the SDK's basic client."""

    def __init__(self, port: str) -> None:
        self._client = ours.Client(port, CASES["call"])
        self._client.subscribe()
        self._before: socket.socket | None = None

    def use(self, sock: socket.socket) -> int:
        core = self._client.client._core
        assert isinstance(core.link, Link)
        assert core.connection is not None
        self._before = core.link.sock
        core.link.reroute(lambda _before: sock)
        return next(core.connection.request_ids) + 1

    def calls(self, count: int) -> None:
        client = self._client
        for number in range(client.counted + 1, client.counted + 1 + count):
            go()
            # Where it was not read here, more than one may come at once.
            while client.counted < number:
                client.client.update(timeout=1.0)

    def close(self) -> None:
        self._client.client.close()
        if self._before is not None:
            self._before.close()


Caller = Bare | Sdk
_CALLERS: dict[str, Callable[[str], Caller]] = {
    "with none": partial(Bare, with_duties=False),
    "with all of them": partial(Bare, with_duties=True),
    "this SDK": Sdk,
}


def call(caller: Caller) -> float:
    """Microseconds of CPU from a call to its callback: sent, waited for, taken. Without duties only sent and received."""
    caller.calls(_CALLS_BEFORE)
    began = time.thread_time()
    caller.calls(_CALLS)
    return (time.thread_time() - began) / _CALLS * 1e6


def answered_call(caller: Caller) -> float:
    """The same where each answer is there before its call: what is left when nothing sleeps. The least of many batches."""
    wire, (deletes, inserts) = WIRES["v1"](), next(transactions(CASES["call"]))
    answers = [
        wire.transaction(CASES["call"], *changes) for changes in ((deletes, inserts), (inserts, deletes))
    ]
    # Each read of such a socket gets one message.
    mine, server = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    first, times = caller.use(mine), []
    with server:
        for batch in range(_BATCHES):
            for number in range(_BATCH):
                server.send(
                    fragmented(answering(answers[number % 2], first + batch * _BATCH + number), wire.opcode)
                )
            began = time.thread_time()
            caller.calls(_BATCH)
            times.append(time.thread_time() - began)
            for _ in range(_BATCH):
                server.recv(4096)
    return min(times) / _BATCH * 1e6


def _figure(figure: Callable[[Caller], float], made: Callable[[str], Caller], port: str) -> float:
    caller = made(port)
    try:
        return figure(caller)
    finally:
        caller.close()


def _least(case: str, figure: Callable[[str], float]) -> float:
    found = []
    for _ in range(3):
        command = [sys.executable, "-m", "benchmarks.peers.source", "v1", case]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as source:
            assert source.stdout is not None
            found.append(figure(source.stdout.readline().strip()))
            source.kill()
    return min(found)


if __name__ == "__main__":
    before = 0.0
    for number, duty in enumerate(DUTIES, 1):
        now = _least("single", partial(measure, duties=number))
        print(f"{duty:15} {now - before:6.2f} us, {now:6.2f} with all before")
        before = now
    for what, figure in (("", call), (", answered before", answered_call)):
        for name, made in _CALLERS.items():
            least = _least("call", partial(_figure, figure, made))
            print(f"a call to its callback{what}, {name}: {least:.1f} us")
