"""What a transaction of one row costs bare Python that has an SDK's duties, one after the other: the floor below which no client in
Python comes, however few functions it is cut into.

    python -m benchmarks.peers.duties

Each line has the duties of those before it, in one function without a layer: a message read as a whole and checked, rows and keys
by the layout of the table it names, a queue within a bound between the thread that reads and the one that updates, the cache,
whose call it was, and callbacks whose errors are told. CPU time, the receiving included.
"""

from __future__ import annotations

import logging
import select
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

from .floor import CALL, SUBSCRIBE, Numbers, Socket
from .scenarios import CASES

__all__ = ["DUTIES", "call", "measure"]

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


def call(port: str, *, with_duties: bool) -> float:
    """Microseconds of CPU from a call to its callback: sent, waited for, taken. Without duties only sent and received."""
    peer, client = Socket(port), Client(len(DUTIES))
    peer.send(SUBSCRIBE)
    peer.message()
    poll = select.poll()
    poll.register(peer.socket, select.POLLIN)
    began = 0.0
    for request_id in range(_CALLS + _CALLS_BEFORE):
        if request_id == _CALLS_BEFORE:
            began = time.thread_time()
        if not with_duties:
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
        poll.poll(1000)
        client.take(peer.message())
    took = time.thread_time() - began
    peer.socket.close()
    assert client.seen == (_CALLS + _CALLS_BEFORE if with_duties else 0)
    return took / _CALLS * 1e6


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
    for with_duties in (False, True):
        figure = _least("call", partial(call, with_duties=with_duties))
        print(
            f"a call to its callback, {'with all of them' if with_duties else 'with none'}: {figure:.1f} us"
        )
