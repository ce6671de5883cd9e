"""Clients that are cut off, stall and read slowly, on a server that is killed again and again: the books of both agree."""

from __future__ import annotations

import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import websocket

from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from tests.hostile.books_module import Account, amount_of, module
from tests.hostile.clients import PATIENCE
from tests.places import ROOT
from tests.plugins.ports import held_port

WINDOW = 32
ROW = struct.Struct("<IQq")
CHAOS = ("cut", "stall", "slow")
BREAKS = (OSError, websocket.WebSocketException)


class Client(threading.Thread):
    """Books `goal` entries, one after the other, however often the connection ends. What the server says of its account is
    held against its own books at every answer."""

    def __init__(self, address: str, number: int, goal: int) -> None:
        super().__init__(daemon=True, name=f"client {number}")
        self.number = number
        self.sent = self.confirmed = self.balance = 0
        # The last call that was ever sent, on whatever connection.
        self.last = 0
        self.breaks = 0
        self.failure: BaseException | None = None
        self.stopping = threading.Event()
        self._goal = goal
        self._url = f"ws://{address}/v1/database/books/subscribe?compression=None&confirmed=true"
        self._chance = random.Random(number)
        self._socket: Any = None
        self._connection_id: Any = None

    def run(self) -> None:
        try:
            while self.confirmed < self._goal and not self.stopping.is_set():
                try:
                    self._talk()
                except BREAKS:
                    self.breaks += 1
                    self.stopping.wait(0.05)
                finally:
                    if self._socket is not None:
                        self._socket.shutdown()
        except BaseException as error:  # noqa: BLE001 - told by the thread that waits
            self.failure = error

    def _talk(self) -> None:
        self._socket = websocket.create_connection(
            self._url,
            subprotocols=["v1.bsatn.spacetimedb"],
            timeout=PATIENCE,
            sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, self._chance.choice([4096, 1 << 18]))],
        )
        self._connection_id = self._receive().connection_id
        self._take_up()
        left, kind = self._next_chaos()
        while self.confirmed < self._goal and not self.stopping.is_set():
            while self.sent < min(self.confirmed + WINDOW, self._goal):
                self._book(self.sent + 1)
            left -= 1
            if kind == "slow":
                time.sleep(0.002)
            if left <= 0:
                if kind == "cut":
                    raise ConnectionAbortedError
                time.sleep(0.1 if kind == "stall" else 0)
                left, kind = self._next_chaos()
            self._answered(self._receive())

    def _next_chaos(self) -> tuple[int, str]:
        kind = self._chance.choice(CHAOS)
        return self._chance.randint(20, 60 if kind == "slow" else 2_000), kind

    def _receive(self) -> Any:
        frame = self._socket.recv()
        if not frame:
            raise ConnectionResetError
        return v1.SERVER_MESSAGE.decode(frame[1:])

    def _take_up(self) -> None:
        """What became of the calls that were under way is read from the server."""
        query = f"SELECT * FROM account WHERE client = {self.number}"
        self._socket.send_binary(v1.CLIENT_MESSAGE.encode(v1.OneOffQuery(b"", query)))
        answer = self._receive()
        assert answer.error is None, answer
        data = answer.tables[0].rows.rows_data
        _, entries, balance = ROW.unpack(data) if data else (self.number, 0, 0)
        assert self.confirmed <= entries <= self.last, (self.confirmed, entries, self.last)
        self.balance += sum(
            amount_of(self.number, number) for number in range(self.confirmed + 1, entries + 1)
        )
        assert balance == self.balance
        self.confirmed = self.sent = entries
        subscribe = v1.SubscribeSingle(query, 0, v1.QueryId(1))
        self._socket.send_binary(v1.CLIENT_MESSAGE.encode(subscribe))
        assert isinstance(self._receive(), v1.SubscribeApplied)

    def _book(self, number: int) -> None:
        arguments = ROW.pack(self.number, number, amount_of(self.number, number))
        self._socket.send_binary(v1.CLIENT_MESSAGE.encode(v1.CallReducer("book", arguments, number)))
        self.sent = number
        self.last = max(self.last, number)

    def _answered(self, update: Any) -> None:
        late = isinstance(update.status, v1.Failed) and "comes after" in update.status.value
        if late or update.caller_connection_id != self._connection_id:
            # What the connection before had sent was acted on after the account was read: it is read anew.
            raise ConnectionAbortedError
        assert isinstance(update.status, v1.Committed), update
        self.confirmed += 1
        assert update.reducer_call.request_id == self.confirmed
        self.balance += amount_of(self.number, self.confirmed)
        (table,) = update.status.value.tables
        (change,) = table.updates
        assert isinstance(change, v1.Uncompressed)
        assert ROW.unpack(change.value.inserts.rows_data) == (self.number, self.confirmed, self.balance)


def start(folder: Path, listen: str) -> tuple[subprocess.Popen[str], str]:
    """A server, and its address once it listens."""
    command = [sys.executable, "-m", "spacetimedb_sdk.standalone", "--module", "tests.hostile.books_module"]
    process = subprocess.Popen(
        [*command, "--listen", listen, "--data-dir", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    return process, process.stdout.readline().split()[1].removeprefix("http://")


def balanced(folder: Path, clients: int, goal: int, kills: int) -> int:
    """So many clients book so many entries each, while the server is killed so often; returns how often they broke off."""
    process, address = start(folder, "127.0.0.1:0")
    writers = [Client(address, number, goal) for number in range(clients)]
    for writer in writers:
        writer.start()
    try:
        for number in range(1, kills + 1):
            while sum(writer.confirmed for writer in writers) < clients * goal * number // (kills + 1):
                assert all(writer.is_alive() or writer.confirmed == goal for writer in writers), failures(
                    writers
                )
                time.sleep(0.005)
            end(process, signal.SIGKILL)
            with held_port(int(address.rpartition(":")[2])):
                process, _ = start(folder, address)
        for writer in writers:
            writer.join()
    finally:
        for writer in writers:
            writer.stopping.set()
        end(process, signal.SIGTERM)
    assert not failures(writers)
    storage = Storage(folder / "books.sqlite")
    accounts = {row.client: row for row in Database(module, clock=lambda: 0, storage=storage).rows(Account)}
    storage.close()
    assert accounts == {
        writer.number: Account(writer.number, writer.confirmed, writer.balance) for writer in writers
    }
    assert {writer.confirmed for writer in writers} == {goal}
    return sum(writer.breaks for writer in writers)


def end(process: subprocess.Popen[str], number: int) -> None:
    process.send_signal(number)
    process.wait(PATIENCE)
    assert process.stdout is not None
    process.stdout.close()


def failures(writers: list[Client]) -> list[BaseException]:
    return [writer.failure for writer in writers if writer.failure is not None]


def test_the_books_agree(tmp_path: Path) -> None:
    assert balanced(tmp_path, 5, 600, 2) >= 5


@pytest.mark.soak
def test_a_million_calls_are_in_the_books(tmp_path: Path) -> None:
    assert balanced(tmp_path, 20, 50_000, 25) >= 25 * 20
