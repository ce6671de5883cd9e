"""What a transaction of one row costs bare Python that has an SDK's duties, one after the other: the floor below which no client in
Python comes, however few functions it is cut into.

    python -m benchmarks.peers.duties

Each line has the duties of those before it, in one function without a layer: a message read as a whole and checked, rows and keys
by the layout of the table it names, a queue within a bound between the thread that reads and the one that updates, the cache,
whose call it was, and callbacks whose errors are told. CPU time, the receiving included.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from struct import Struct
from typing import Any

from .floor import CALL, SUBSCRIBE, Numbers, Socket
from .scenarios import CASES

__all__ = ["DUTIES", "measure"]

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
_LIMIT = 1 << 26
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


def measure(port: str, duties: int) -> float:
    """Microseconds of CPU a transaction of one row, with the first so many of DUTIES."""
    peer, seen = Socket(port), 0
    peer.send(SUBSCRIBE)
    peer.message()
    cache: dict[str, dict[int, Any]] = {"flat": {}}
    for number in range(_CASE.rows):
        cache["flat"][number] = Numbers(number, 0, 0.0, 0.0)
    queue: deque[tuple[Any, int]] = deque()
    lock, queued = threading.RLock(), 0
    calls: dict[int, tuple[str, tuple[Any, ...], Any]] = {1: ("go", (), None)}
    own_address = own_identity = b""

    def callback(row_op: str, old: Any, new: Any, event: Any) -> None:
        nonlocal seen
        seen += 1

    callbacks: dict[str, list[Callable[..., None]]] = {"flat": [callback]}
    peer.send(CALL)
    began = time.thread_time()
    for _ in range(_CASE.count):
        data = peer.message()
        if duties < 2:
            continue
        said = _message(data)
        if duties < 3:
            continue
        tables = _rows(said[0])
        if duties < 4:
            continue
        with lock:
            queue.append(((tables, *said[1:]), len(data)))
            queued += len(data)
            if queued > _LIMIT:
                raise ValueError("too much waits")
        with lock:
            taken, size = queue.popleft()
            queued -= size
        if duties < 5:
            continue
        changes: list[Any] = []
        for name, gone, keys, rows, may_repeat in taken[0]:
            kept = cache[name]
            if keys != gone or len({*keys}) != len(keys) or may_repeat:
                raise ValueError("none of these here")
            olds = [kept[key] for key in keys]
            kept.update(zip(keys, rows, strict=False))
            changes.append((name, olds, rows))
        if duties < 6:
            continue
        _, _, identity, address, name, _, _, request_id = taken
        if address == own_address and identity == own_identity:
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
    took = time.thread_time() - began
    peer.socket.close()
    assert seen == (_CASE.count if duties == len(DUTIES) else 0)
    return took / _CASE.count * 1e6


def _least(duties: int) -> float:
    found = []
    for _ in range(3):
        command = [sys.executable, "-m", "benchmarks.peers.source", "v1", "single"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as source:
            assert source.stdout is not None
            found.append(measure(source.stdout.readline().strip(), duties))
            source.kill()
    return min(found)


if __name__ == "__main__":
    before = 0.0
    for number, duty in enumerate(DUTIES, 1):
        now = _least(number)
        print(f"{duty:15} {now - before:6.2f} us, {now:6.2f} with all before")
        before = now
