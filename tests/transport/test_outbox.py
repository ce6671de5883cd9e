"""What is sent and not taken yet: in order, and no more than the bound."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from spacetimedb_sdk.protocol.frames import Opcode, client_frame
from spacetimedb_sdk.transport.locks import ReentrantLock
from spacetimedb_sdk.transport.outbox import Outbox

LIMIT = 100


class Taker(socket.socket):
    """A socket that takes as many bytes as it has `room` for."""

    room = 0

    def __init__(self) -> None:
        super().__init__()
        self.taken = b""

    def send(self, data: object, flags: int = 0) -> int:
        assert isinstance(data, bytes | bytearray)
        part = bytes(data[: self.room])
        if not part:
            raise BlockingIOError
        self.room -= len(part)
        self.taken += part
        return len(part)


@pytest.fixture
def taker() -> Iterator[Taker]:
    with Taker() as taker:
        yield taker


def test_what_was_too_much_is_not_once_it_has_been_taken(taker: Taker) -> None:
    lock = ReentrantLock()
    outbox = Outbox(lock, LIMIT)
    with lock:
        outbox.use(taker)
        assert not outbox.send(b"a" * LIMIT)
        assert not outbox.is_over
        assert not outbox.send(b"b")
        assert outbox.is_over
        taker.room = 1
        outbox.flush()
        assert not outbox.is_over
        assert not outbox.send(b"c")
        assert outbox.is_over
        taker.room = 1_000
        outbox.flush()
        assert not outbox.is_over
        assert outbox.is_empty
        assert outbox.send(b"d")
        assert taker.taken == b"a" * LIMIT + b"bcd"


def test_a_pong_comes_after_what_waits_and_before_what_is_sent_then(taker: Taker) -> None:
    lock = ReentrantLock()
    outbox = Outbox(lock, LIMIT)
    with lock:
        outbox.use(taker)
        assert not outbox.send(b"before")
        outbox.queue_pong(b"first")
        outbox.queue_pong(b"second")
        assert not outbox.send(b" after")
        assert not outbox.is_empty
        taker.room = 1_000
        outbox.flush()
        assert outbox.is_empty
    assert taker.taken.startswith(b"before after")
    assert len(taker.taken) == len(b"before after") + len(client_frame(Opcode.PONG, b"second"))
