"""Procedures that compute without end, and more of them than can be run: the others are served, memory is bounded."""

from __future__ import annotations

import logging
import struct
import threading
from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk.errors import HttpError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Module, ProcedureContext, ReducerContext, u32
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.standalone import Limits, Server
from spacetimedb_sdk.standalone.web import connection
from tests.hostile.clients import PATIENCE, Victim, attacker
from tests.plugins.waiting import until

module = Module("hostile")
AT_ONCE = 20
_meeting = threading.Barrier(AT_ONCE)
_released = threading.Event()


@module.reducer
def nothing(ctx: ReducerContext) -> None:
    """What the victim calls."""


@module.procedure
def compute(ctx: ProcedureContext) -> None:
    while True:
        pass


@module.procedure
def compute_on(ctx: ProcedureContext) -> None:
    """Does not take an exception for an answer."""
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001 - a mistake that modules make
            continue


@module.procedure
def meet(ctx: ProcedureContext) -> None:
    """Comes back when so many have come."""
    _meeting.wait(PATIENCE)


@module.procedure
def hold(ctx: ProcedureContext, text: str) -> None:
    _released.wait(PATIENCE)


@module.procedure
def compute_until(ctx: ProcedureContext) -> None:
    while not _released.is_set():
        pass


TEXT = "x" * (1 << 20)


@module.procedure
def repeat(ctx: ProcedureContext, megabytes: u32) -> list[str]:
    """Takes hardly more memory than one of them."""
    return [TEXT] * megabytes


@module.procedure
def escapes(ctx: ProcedureContext, megabytes: u32) -> str:
    """Six times as long in JSON."""
    return "\0" * (megabytes << 20)


@module.procedure
def lists(ctx: ProcedureContext, megabytes: u32) -> list[list[u32]]:
    """Sixteen times as large in memory, where each is a list of its own."""
    return [[]] * (megabytes << 18)


@module.procedure
def nested(ctx: ProcedureContext) -> list[list[list[list[bool]]]]:
    """No bytes at all would be without end as well: a million million lists."""
    inner: list[list[bool]] = [[]] * 1_000
    return [[inner] * 1_000] * 1_000_000


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    _released.clear()
    # Clients here wait, and answer no Ping meanwhile.
    monkeypatch.setattr(connection, "IDLE_SECONDS", 3600.0)


def call(name: str, args: bytes = b"", number: int = 1) -> bytes:
    return v2.CLIENT_MESSAGE.encode(v2.CallProcedure(number, 0, name, args))


def text(length: int) -> bytes:
    return struct.pack("<I", length) + b"x" * length


def status(client: Any) -> v2.ProcedureStatus:
    answer = v2.SERVER_MESSAGE.decode(client.recv()[1:])
    assert isinstance(answer, v2.ProcedureResult)
    return answer.status


def answered(victim: Victim, times: int = 5) -> None:
    before = len(victim.waits)
    until(lambda: len(victim.waits) >= before + times)


@pytest.mark.parametrize("name", ["compute", "compute_on"])
def test_what_computes_without_end_is_ended(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with Server(module, database="hostile", reducer_timeout=0.2) as server, Victim(server) as victim:
        clients = [attacker(server, "v2.bsatn.spacetimedb") for _ in range(5)]
        for client in clients:
            client.send_binary(call(name))
        answered(victim)
        for client in clients:
            assert isinstance(status(client), v2.InternalError)
            client.send_binary(call("nothing"))
            assert isinstance(status(client), v2.InternalError)
            client.close(timeout=1)
        answered(victim)
    assert f"procedure {name} failed: TimedOut: it took longer than it may" in caplog.text


def test_a_changed_module_is_limited_too(caplog: pytest.LogCaptureFixture) -> None:
    with Server(module, database="hostile", reducer_timeout=0.2) as server:
        server.run(lambda _: server.running.database_host.change_module(module))
        client = attacker(server, "v2.bsatn.spacetimedb")
        client.send_binary(call("compute"))
        assert isinstance(status(client), v2.InternalError)
        client.close(timeout=1)


def test_without_a_time_limit_none_is_ended() -> None:
    with Server(module, database="hostile", reducer_timeout=None) as server, Victim(server) as victim:
        client = attacker(server, "v2.bsatn.spacetimedb")
        client.send_binary(call("compute_until"))
        answered(victim, 20)
        _released.set()
        assert isinstance(status(client), v2.Returned)
        client.close(timeout=1)


def test_those_that_wait_are_in_nobodys_way() -> None:
    with Server(module, database="hostile") as server:
        clients = [attacker(server, "v2.bsatn.spacetimedb") for _ in range(AT_ONCE)]
        for client in clients:
            client.send_binary(call("meet"))
        for client in clients:
            assert isinstance(status(client), v2.Returned)
            client.close(timeout=1)


@pytest.mark.parametrize(
    ("message", "most"),
    [(lambda: call("hold", text(1)), 33), (lambda: call("hold", text(1 << 20)), 1)],
    ids=["short arguments", "long arguments"],
)
def test_who_asks_for_many_waits(message: Callable[[], bytes], most: int) -> None:
    """What it sends stays in its own socket, until some have ended."""
    with Server(module, database="hostile") as server, Victim(server) as victim:

        def asked(_: object) -> int:
            beside = server.running.database_host.beside
            assert beside is not None
            return len(beside._running) + len(beside._waiting)

        client = attacker(server, "v2.bsatn.spacetimedb")
        sending = threading.Thread(target=lambda: [client.send_binary(message()) for _ in range(60)])
        sending.start()
        until(lambda: server.run(asked) >= most)
        answered(victim, 50)
        assert server.run(asked) == most
        _released.set()
        for _ in range(60):
            assert isinstance(status(client), v2.Returned)
        sending.join()
        client.close(timeout=1)


def test_who_leaves_while_others_are_waited_for_is_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR), Server(module, database="hostile") as server:
        connections = server.running.database_host.connections
        client = attacker(server, "v2.bsatn.spacetimedb")
        client.send_binary(call("hold", text(1 << 20)))
        beside = server.running.database_host.beside
        until(lambda: server.run(lambda _: beside is not None and beside.is_busy))
        server.run(lambda _: [item.drop() for item in connections])
        until(lambda: not server.run(lambda _: len(connections)))
        _released.set()
        client.close(timeout=0)
    assert not caplog.records


def megabytes(count: int) -> bytes:
    return struct.pack("<I", count)


@pytest.mark.parametrize(
    ("name", "args"),
    [("repeat", megabytes(100_000)), ("repeat", megabytes(5)), ("nested", b"")],
    ids=["a terabyte", "a megabyte more", "many lists"],
)
def test_an_answer_that_would_be_too_long_is_not_made(name: str, args: bytes) -> None:
    limits = Limits(all_queued_bytes=4 << 20)
    with Server(module, database="hostile", limits=limits) as server, Victim(server) as victim:
        client = attacker(server, "v2.bsatn.spacetimedb")
        client.send_binary(call(name, args))
        told = status(client)
        assert isinstance(told, v2.InternalError)
        assert told.value == "the answer is longer than 4 MiB: return less, or in several calls"
        client.send_binary(call("repeat", megabytes(2)))
        assert isinstance(status(client), v2.Returned)
        answered(victim)
        client.close(timeout=1)


@pytest.mark.parametrize(
    ("name", "args"),
    [("repeat", [5]), ("escapes", [1]), ("lists", [1]), ("nested", [])],
    ids=["long", "long in JSON", "large in memory", "many lists"],
)
def test_one_that_would_be_too_long_in_json_is_not_made(name: str, args: list[int]) -> None:
    limits = Limits(all_queued_bytes=4 << 20)
    with Server(module, database="hostile", limits=limits) as server, Victim(server) as victim:
        http = HttpClient(f"http://{server.host}", server.owner_token)
        with pytest.raises(HttpError, match="the answer is longer than 4 MiB"):
            http.call(server.name, name, args)
        answered(victim)


def test_a_procedures_long_answers_wait_for_places() -> None:
    """Eight of four megabytes each, where there is room for four of them."""
    limits = Limits(all_queued_bytes=16 << 20)
    with Server(module, database="hostile", limits=limits) as server, Victim(server) as victim:
        clients = [attacker(server, "v2.bsatn.spacetimedb") for _ in range(8)]
        for client in clients:
            client.send_binary(call("repeat", megabytes(4)))
        for client in clients:
            assert isinstance(status(client), v2.Returned)
            client.close(timeout=1)
        answered(victim)


def test_who_leaves_while_its_answer_waits_for_a_place_is_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    limits = Limits(all_queued_bytes=8 << 20)
    with caplog.at_level(logging.ERROR), Server(module, database="hostile", limits=limits) as server:
        clients = [attacker(server, "v2.bsatn.spacetimedb") for _ in range(6)]
        for client in clients:
            client.send_binary(call("repeat", megabytes(6)))
        for client in clients:
            client.shutdown()
        beside = server.running.database_host.beside
        assert beside is not None
        last = attacker(server, "v2.bsatn.spacetimedb")
        last.send_binary(call("repeat", megabytes(6)))
        assert isinstance(status(last), v2.Returned)
        last.close(timeout=1)
        connections = server.running.database_host.connections
        until(lambda: not server.run(lambda _: beside.is_busy or len(connections)))
    assert not caplog.records
