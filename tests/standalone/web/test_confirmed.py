"""Confirmed reads: what is not on disk yet was not said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import websocket

from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.web.confirmed_delivery import ConfirmedDelivery
from spacetimedb_sdk.standalone.wire.server_message import OVERHEAD_BYTES
from tests.standalone.raw_client import Connect, RawClient


class SlowLog:
    """Commits that become durable when the test says so."""

    def __init__(self) -> None:
        self.position = 0
        self.durable_position = 0
        self._waiting: list[tuple[int, Callable[[], None]]] = []

    def commit(self, changes: Sequence[Any], *, joined: Any = (), left: Any = ()) -> int:
        self.position += 1
        return self.position

    def when_durable(self, position: int, callback: Callable[[], None]) -> None:
        self._waiting.append((position, callback))

    def write(self, position: int) -> None:
        self.durable_position = position
        due = [item for item in self._waiting if item[0] <= position]
        self._waiting = [item for item in self._waiting if item[0] > position]
        for _, callback in due:
            callback()


class Client:
    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.dropped = False
        self.limit = 1 << 20

    def deliver(self, frame: bytes) -> None:
        self.frames.append(frame)

    def drop(self) -> None:
        self.dropped = True


def test_frames_wait_for_the_commits_before_them_and_keep_their_order() -> None:
    log, client = SlowLog(), Client()
    deliver = ConfirmedDelivery(log, client).deliver  # type: ignore[arg-type]  # what it uses of a connection
    deliver(b"greeting")
    log.commit([])
    deliver(b"first")
    deliver(b"about the first")
    log.commit([])
    log.commit([])
    deliver(b"third")
    assert client.frames == [b"greeting"]
    log.write(1)
    assert client.frames == [b"greeting", b"first", b"about the first"]
    log.write(2)
    assert len(client.frames) == 3
    log.write(3)
    deliver(b"nothing committed since")
    assert client.frames[3:] == [b"third", b"nothing committed since"]


def test_too_much_that_waits_for_the_disk_ends_the_connection() -> None:
    log, client = SlowLog(), Client()
    client.limit = 5 * (1 + OVERHEAD_BYTES)
    deliver = ConfirmedDelivery(log, client).deliver  # type: ignore[arg-type]  # what it uses of a connection
    log.commit([])
    for number in range(6):
        assert not client.dropped
        deliver(bytes([number]))
    assert client.dropped
    log.write(1)
    assert client.frames == []


def test_who_asked_for_it_hears_later_than_who_did_not(server: Server, connect: Connect) -> None:
    log = SlowLog()
    server.run(lambda database: setattr(database, "storage", log))
    hasty = connect()
    server.run(lambda _: log.write(log.position))
    hasty.subscribe("SELECT * FROM note")
    patient = connect_confirmed(server, connect, log)
    patient.call("write_note", "kept")
    assert isinstance(hasty.receive(), v1.TransactionUpdate)
    patient.socket.ping("anything yet?")
    opcode, _ = patient.socket.recv_data(control_frame=True)
    assert opcode == websocket.ABNF.OPCODE_PONG  # which waits for nothing
    server.run(lambda _: log.write(log.position))
    assert patient.receive().reducer_call.reducer_name == "write_note"


def connect_confirmed(server: Server, connect: Connect, log: SlowLog) -> RawClient:
    """Its greeting, too, comes once the commit of its connect reducer is on disk."""
    with ThreadPoolExecutor() as pool:
        connecting = pool.submit(connect, query="compression=None&confirmed=true")
        while not connecting.done():
            server.run(lambda _: log.write(log.position))
        return connecting.result()
