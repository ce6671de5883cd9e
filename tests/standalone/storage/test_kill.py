"""`kill -9` under load: nothing that was confirmed is lost, nothing is there by half."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import websocket

from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from tests.places import ROOT
from tests.plugins.waiting import PATIENCE
from tests.standalone.storage.kill_module import Entry, Mark, Online, Pulse, Total, module

WRITERS = 3
WINDOW = 32
(ADD,) = [reducer for reducer in module.definition().reducers if reducer.name == "add"]
ARGUMENTS = CodecSpace(module.definition().typespace, {}).codec(ADD.params)


class Writer(threading.Thread):
    """Calls `add` with the numbers that follow `last`, a window of them at a time, until the server is gone."""

    def __init__(self, url: str, writer: int, last: int) -> None:
        super().__init__(daemon=True)
        self.writer = writer
        self.sent = self.confirmed = last
        self.socket = websocket.create_connection(
            f"{url.replace('http', 'ws')}/v1/database/kill/subscribe?compression=None&confirmed=true",
            subprotocols=["v1.bsatn.spacetimedb"],
            timeout=PATIENCE,
        )
        self.socket.recv()

    def run(self) -> None:
        try:
            for _ in range(WINDOW):
                self.call()
            while True:
                frame = self.socket.recv()
                if not frame:
                    return
                assert isinstance(frame, bytes)
                update = v1.SERVER_MESSAGE.decode(frame[1:])
                assert isinstance(update.status, v1.Committed), update
                self.confirmed += 1
                assert update.reducer_call.request_id == self.confirmed
                self.call()
        except (OSError, websocket.WebSocketException):
            return

    def call(self) -> None:
        number = self.sent + 1
        payload = bytes([number % 256]) * (number % 3_000)
        call = v1.CallReducer("add", ARGUMENTS.encode((self.writer, number, payload)), number, 0)
        self.socket.send_binary(v1.CLIENT_MESSAGE.encode(call))
        self.sent = number


class HttpWriter(threading.Thread):
    """Does the same by HTTP, one request after the other: `route` is "call", "procedure" or "statement". 503 ends it like a
    lost connection."""

    def __init__(self, url: str, token: str, route: str, last: int) -> None:
        super().__init__(daemon=True)
        self.writer = 0
        self.route = route
        self.sent = self.confirmed = last
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=PATIENCE)

    def run(self) -> None:
        try:
            while True:
                self.sent += 1
                self._connection.request("POST", *self._request(self.sent), headers=self._headers)
                answer = self._connection.getresponse()
                text = answer.read()
                if answer.status == 503:
                    return
                assert answer.status == 200, text
                self.confirmed = self.sent
        except (OSError, http.client.HTTPException):
            return
        finally:
            self._connection.close()

    def _request(self, number: int) -> tuple[str, str]:
        if self.route == "statement":
            return "/v1/database/kill/sql", f"INSERT INTO mark (number) VALUES ({number})"
        function = "add" if self.route == "call" else "add_by_procedure"
        payload = [number % 256] * (number % 3_000)
        return f"/v1/database/kill/call/{function}", json.dumps([self.writer, number, payload])


@contextmanager
def started(data_dir: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """A server, which is gone after this, whatever fails meanwhile."""
    command = [
        sys.executable,
        "-m",
        "spacetimedb_sdk.standalone",
        "--module",
        "tests.standalone.storage.kill_module",
        "--listen",
    ]
    with subprocess.Popen(
        [*command, "127.0.0.1:0", "--data-dir", str(data_dir), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def confirm(writers: Sequence[Writer | HttpWriter], count: int) -> None:
    """Waits until so many more calls are confirmed to the writers, all together."""
    goal = sum(writer.confirmed for writer in writers) + count
    while sum(writer.confirmed for writer in writers) < goal:
        assert all(writer.is_alive() for writer in writers)
        time.sleep(0.001)


def live_and_die(data_dir: Path, last: list[int], calls: int, *options: str) -> list[Writer]:
    """A server under load until so many calls are confirmed, then SIGKILL; returns what was confirmed to each writer."""
    with started(data_dir, *options) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        writers = [Writer(url, number, last[number]) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        confirm(writers, calls)
        process.send_signal(signal.SIGKILL)
        for writer in writers:
            writer.join(PATIENCE)
            assert not writer.is_alive()
            writer.socket.shutdown()  # type: ignore[no-untyped-call]
    return writers


def die_by_http(data_dir: Path, route: str, last: int, calls: int, *options: str) -> HttpWriter:
    """A server that is asked by HTTP until it has answered so often, then SIGKILL."""
    token = data_dir / "owner.token"
    with started(data_dir, "--owner-token", str(token), *options) as process:
        assert process.stdout is not None
        writer = HttpWriter(process.stdout.readline().split()[1], token.read_text(), route, last)
        writer.start()
        confirm([writer], calls)
        process.send_signal(signal.SIGKILL)
        writer.join(PATIENCE)
        assert not writer.is_alive()
    return writer


def survive_by_http(data_dir: Path, route: str, kills: int, seed: int, *options: str) -> int:
    """So many lives on the same data; returns how many requests were answered."""
    chance = random.Random(seed)
    last = 0
    for _ in range(kills):
        before = last
        writer = die_by_http(data_dir, route, last, chance.randint(1, 60), *options)
        if route == "statement":
            storage = Storage(data_dir / "kill.sqlite")
            marks = sorted(
                mark.number for mark in Database(module, clock=lambda: 0, storage=storage).rows(Mark)
            )
            storage.close()
            last = len(marks)
            assert marks == list(range(1, last + 1))
            assert writer.confirmed <= last <= writer.sent
        else:
            (last,) = check(data_dir, [writer])
        assert last >= before
    return writer.confirmed


def check(data_dir: Path, writers: Sequence[Writer | HttpWriter]) -> list[int]:
    """Compares what is kept with what was confirmed; returns the last number kept of each writer."""
    storage = Storage(data_dir / "kill.sqlite")
    database = Database(module, clock=lambda: 0, storage=storage)
    totals = {total.writer: total for total in database.rows(Total)}
    kept = []
    for writer in writers:
        rows = sorted(
            (row for row in database.rows(Entry) if row.writer == writer.writer), key=lambda r: r.number
        )
        total = totals.get(writer.writer)
        last = total.entries if total is not None else 0
        assert writer.confirmed <= last <= writer.sent
        assert (total.sum if total is not None else 0) == last * (last + 1) // 2
        first = max(last - 100, 0) + 1
        assert [row.number for row in rows] == list(range(first, last + 1))
        assert all(row.payload == bytes([row.number % 256]) * (row.number % 3_000) for row in rows)
        kept.append(last)
    assert len({pulse.count for pulse in database.rows(Pulse)}) == 1
    assert database.rows(Online) == []
    storage.close()
    return kept


def survive(data_dir: Path, kills: int, seed: int, *options: str) -> int:
    """So many lives on the same data; returns how many calls were confirmed."""
    chance = random.Random(seed)
    last = [0] * WRITERS
    for _ in range(kills):
        before = last
        writers = live_and_die(data_dir, last, chance.randint(1, 500), *options)
        last = check(data_dir, writers)
        assert all(now >= then for now, then in zip(last, before, strict=True))
    return sum(writer.confirmed for writer in writers)


# Each life is the start of a program: the short forms have a few.
def test_kills_lose_nothing_that_was_confirmed(tmp_path: Path) -> None:
    assert survive(tmp_path, 4, 1) > 0
    assert survive(tmp_path / "full", 1, 2, "--sync", "full") > 0


@pytest.mark.parametrize(
    ("route", "sync"), [("call", "normal"), ("procedure", "full"), ("statement", "normal")]
)
def test_kills_lose_nothing_that_http_answered(tmp_path: Path, route: str, sync: str) -> None:
    assert survive_by_http(tmp_path, route, 1, 4, "--sync", sync) > 0


@pytest.mark.soak
@pytest.mark.parametrize("sync", ["normal", "full"])
@pytest.mark.parametrize("route", ["call", "procedure", "statement"])
def test_a_hundred_kills_lose_nothing_that_http_answered(tmp_path: Path, route: str, sync: str) -> None:
    assert survive_by_http(tmp_path, route, 100, 6, "--sync", sync) > 1_000


@pytest.mark.soak
@pytest.mark.parametrize("sync", ["normal", "full"])
def test_a_hundred_kills_lose_nothing_that_was_confirmed(tmp_path: Path, sync: str) -> None:
    assert survive(tmp_path, 100, 3, "--sync", sync) > 10_000
