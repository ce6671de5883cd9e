"""Long answers to many at once, by every way out: the others are served, what is queued for all stays within its bound."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Identity
from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.standalone import Database, Limits, Server
from spacetimedb_sdk.standalone.web import backlog, call_routes, long_answers
from tests.hostile.clients import PATIENCE, Host, LoopTurns, Victim, attacker, served
from tests.hostile.hostile_module import module
from tests.plugins.waiting import until

ZERO_IDENTITY = Identity(bytes(32))
ROWS = 3_000
# A few hundredths are each other's turns; all answers put together at once would be many times that.
LONGEST_TURN = 0.1
MEGABYTE = 1 << 20
ALL = "SELECT * FROM item"
V1, V2, JSON = "v1.bsatn.spacetimedb", "v2.bsatn.spacetimedb", "v1.json.spacetimedb"
V1_ALL = v1.CLIENT_MESSAGE.encode(v1.Subscribe([ALL], 1))
V2_ALL = v2.CLIENT_MESSAGE.encode(v2.Subscribe(1, v2.QuerySetId(1), [ALL]))
V2_ONCE = v2.CLIENT_MESSAGE.encode(v2.OneOffQuery(1, ALL))
MUCH = v2.CLIENT_MESSAGE.encode(v2.CallProcedure(1, 0, "much", (3_000).to_bytes(4, "little")))
TOLD = v2.CLIENT_MESSAGE.encode(v2.Subscribe(1, v2.QuerySetId(1), ["SELECT * FROM item"]))


def by_http(method: str, path: str, body: str | None, host: Host) -> int:
    """How many bytes the answer has; none where there was no place for it in time."""
    headers = {"Authorization": f"Bearer {host.token}", "Content-Type": "application/json"}
    with closing(http.client.HTTPConnection(host.host, timeout=PATIENCE)) as peer:
        peer.request(method, f"/v1/database/hostile/{path}", body, headers)
        answer = peer.getresponse()
        size = len(answer.read())
    assert answer.status in (200, 503)
    return size if answer.status == 200 else 0


def by_websocket(protocol: str, message: bytes, compression: str, host: Host) -> int:
    peer = attacker(host, protocol, f"compression={compression}")
    try:
        peer.send_binary(message)
        return len(peer.recv())
    finally:
        peer.shutdown()


WAYS: dict[str, Callable[[Host], int]] = {
    "a statement": partial(by_http, "POST", "sql", ALL),
    "a procedure by HTTP": partial(by_http, "POST", "call/much", "[3000]"),
    "the log": partial(by_http, "GET", "logs", None),
    "a subscription, v1": partial(by_websocket, V1, V1_ALL, "None"),
    "a subscription, v1.json": partial(by_websocket, JSON, V1_ALL, "None"),
    "a subscription, v2": partial(by_websocket, V2, V2_ALL, "None"),
    "a compressed subscription": partial(by_websocket, V2, V2_ALL, "Gzip"),
    "a query": partial(by_websocket, V2, V2_ONCE, "None"),
    "a procedure": partial(by_websocket, V2, MUCH, "Gzip"),
}


def filled(database: Database) -> None:
    database.call("fill", ROWS, 100, "x" * 1_000, sender=ZERO_IDENTITY)
    for number in range(300):
        database.module_log.add("Info", f"{number} " + "x" * 10_000)


@pytest.mark.parametrize("way", WAYS)
def test_the_victim_is_answered_while_many_are_told_much(way: str) -> None:
    with Server(module, database="hostile", limits=Limits(all_queued_bytes=12 * MEGABYTE)) as server:
        server.run(filled)
        host = Host(server.host, server.owner_token)
        turns = LoopTurns(server)
        with Victim(server) as victim, ThreadPoolExecutor(12) as clients:
            until(lambda: len(victim.waits) >= 5)
            before = len(victim.waits)
            sizes = [size for size in clients.map(lambda _: WAYS[way](host), range(12)) if size]
            until(lambda: len(victim.waits) >= before + 5)
    assert sizes
    assert all(size > (1_000 if "compressed" in way or way == "a procedure" else 2_500_000) for size in sizes)
    assert max(turns.seconds) < LONGEST_TURN


def test_a_long_change_is_compressed_beside_the_loop() -> None:
    """What comes after it is told after it."""
    with Server(module, database="hostile") as server:
        server.run(lambda database: database.call("fill", 2_000, 100, "x" * 1_000, sender=ZERO_IDENTITY))
        peers = [attacker(server, V2, "compression=Gzip") for _ in range(3)]
        for peer in peers:
            peer.send_binary(TOLD)
            assert peer.recv()
        with Victim(server) as victim:
            server.run(lambda database: database.call("raise_all", sender=ZERO_IDENTITY))
            peers[0].send_binary(v2.CLIENT_MESSAGE.encode(v2.CallReducer(7, 0, "nothing", b"")))
            for peer in peers:
                assert peer.recv()[:1] == b"\x02"  # the long one, by gzip
            result = v2.SERVER_MESSAGE.decode(peers[0].recv()[1:])
            assert isinstance(result, v2.ReducerResult)
            assert result.request_id == 7
        assert victim.waits
        for peer in peers:
            peer.close(timeout=0)


def with_small_window(host: Host) -> socket.socket:
    """A peer for which the system keeps little of what it is sent."""
    name, port = host.host.rsplit(":", 1)
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.connect((name, int(port)))
    return peer


def asked(host: Host) -> socket.socket:
    """A peer that has asked for everything, and takes nothing of it."""
    peer = with_small_window(host)
    head = f"POST /v1/database/hostile/sql HTTP/1.1\r\nHost: x\r\nContent-Length: {len(ALL)}\r\n\r\n"
    peer.sendall((head + ALL).encode())
    return peer


def test_who_takes_nothing_makes_room_for_who_waits(
    mocker: MockerFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "_SLOW_SECONDS", 0.1)
    monkeypatch.setattr(long_answers, "IDLE_SECONDS", 3600.0)
    dropped = mocker.spy(long_answers.Outgoing, "drop")
    with Server(module, database="hostile", limits=Limits(all_queued_bytes=24 * MEGABYTE)) as server:
        server.run(lambda database: database.call("fill", 8_000, 100, "x" * 1_000, sender=ZERO_IDENTITY))
        silent = [asked(Host(server.host, "")) for _ in range(8)]
        # There is room for half of them: the others wait until those go.
        until(lambda: dropped.call_count >= 2)
        # One who reads has the whole of it.
        rows = HttpClient(server.url, server.owner_token, timeout=120).sql("hostile", ALL)
        assert len(rows[0]["rows"]) == 8_000
        for peer in silent:
            peer.close()


def test_who_waits_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spacetimedb_sdk.standalone.turns.RequestShare.patience", 0.1)
    monkeypatch.setattr(long_answers, "IDLE_SECONDS", 3600.0)
    with Server(module, database="hostile", limits=Limits(all_queued_bytes=16 * MEGABYTE)) as server:
        server.run(lambda database: database.call("fill", 8_000, 100, "x" * 1_000, sender=ZERO_IDENTITY))
        peers: list[socket.socket] = []
        answer = b""
        # There is room for a few of them, who take nothing.
        while not answer.startswith(b"HTTP/1.1 503"):
            peers.append(asked(Host(server.host, "")))
            answer = peers[-1].recv(12, socket.MSG_WAITALL)
        while call_routes.NO_PLACE.encode() not in answer:
            answer += peers[-1].recv(4096)
        for peer in peers:
            peer.close()


def test_what_is_longer_than_the_bound_is_refused() -> None:
    with Server(module, database="hostile", limits=Limits(all_queued_bytes=4 * MEGABYTE)) as server:
        server.run(lambda database: database.call("fill", 6_000, 100, "x" * 1_000, sender=ZERO_IDENTITY))
        peer = http.client.HTTPConnection(server.host, timeout=PATIENCE)
        peer.request("POST", "/v1/database/hostile/sql", ALL)
        answer = peer.getresponse()
        assert (answer.status, answer.read()) == (
            400,
            b"The answer is longer than 4 MiB: narrow the query down",
        )
        peer.close()
        client = attacker(server, V2)
        client.send_binary(V2_ALL)
        error = v2.SERVER_MESSAGE.decode(client.recv()[1:])
        assert isinstance(error, v2.SubscriptionError)
        assert "longer than 4 MiB" in error.error
        client.close(timeout=0)


def peak_megabytes(process: subprocess.Popen[str]) -> int:
    """The most memory that the process ever had."""
    (line,) = (
        line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if "VmHWM" in line
    )
    return int(line.split()[1]) // 1024


@pytest.mark.parametrize(
    "way", ["a statement", "a subscription, v2", pytest.param("a query", marks=pytest.mark.soak)]
)
def test_memory_stays_within_the_bound(tmp_path: Path, way: str) -> None:
    with served(tmp_path, "--limit", "all_queued_bytes=16M") as (process, host):
        by_http("POST", "call/fill", '[3000, 100, "' + "x" * 1_000 + '"]', host)
        before = peak_megabytes(process)
        with ThreadPoolExecutor(30) as clients:
            sizes = [size for size in clients.map(lambda _: WAYS[way](host), range(30)) if size]
        assert sizes
        assert min(sizes) > 2_500_000
        # All of them together are 90 MB, and were some copies of that.
        assert peak_megabytes(process) - before < 60
        assert ended(process, host, way) == 0


def ended(process: subprocess.Popen[str], host: Host, way: str) -> int:
    """How it ends by SIGTERM in the midst of it."""

    def ask() -> None:
        try:
            WAYS[way](host)
        except Exception:  # noqa: BLE001 - the server ends: whatever comes of it is right
            return

    asking = [threading.Thread(target=ask) for _ in range(10)]
    for thread in asking:
        thread.start()
    process.send_signal(signal.SIGTERM)
    code: Any = process.wait(PATIENCE)
    for thread in asking:
        thread.join()
    return int(code)
