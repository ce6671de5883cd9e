"""What is sent and never whole: bounded for all clients together, and taken apart in small parts."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from collections.abc import Callable, Iterator

import pytest

from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.standalone import Limits, Server, receiving
from spacetimedb_sdk.standalone.receiving import Received, ReceivingProtocol
from tests.hostile.clients import PATIENCE, Victim, attacker
from tests.hostile.hostile_module import module
from tests.plugins.waiting import until

MEGABYTE = 1 << 20
# Whatever the clients here send and do not finish.
LIMIT = 4 * MEGABYTE
UPGRADE = (
    b"GET /v1/database/hostile/subscribe?compression=None HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Protocol: v2.bsatn.spacetimedb\r\n\r\n"
)
POST = b"POST /v1/database/hostile/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n"


class Watched(Received):
    """Notes who has sent so much that it counts."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.counted: set[ReceivingProtocol] = set()

    def add(self, sender: ReceivingProtocol, count: int) -> None:
        super().add(sender, count)
        self.counted.add(sender)


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Watched:
    watched = Watched(LIMIT)
    monkeypatch.setattr("spacetimedb_sdk.standalone.server.Received", lambda limit: watched)
    return watched


@pytest.fixture
def server(received: Watched) -> Iterator[Server]:
    limits = Limits(all_received_bytes=LIMIT, request_seconds=PATIENCE)
    with Server(module, database="hostile", limits=limits) as running:
        yield running


def peer_of(server: Server) -> socket.socket:
    host, port = server.host.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def upgraded(server: Server) -> socket.socket:
    peer = peer_of(server)
    peer.sendall(UPGRADE)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += peer.recv(1)
    return peer


def half_a_message(server: Server) -> socket.socket:
    peer = upgraded(server)
    peer.sendall(b"\x82\xff" + struct.pack(">Q", 2 * MEGABYTE) + bytes(4) + bytes(MEGABYTE))
    return peer


def half_in_fragments(server: Server) -> socket.socket:
    peer = upgraded(server)
    fragment = b"\xfe" + struct.pack(">H", 4096) + bytes(4) + bytes(4096)
    peer.sendall(b"\x02\x80" + bytes(4) + b"".join([b"\x00" + fragment] * 256))
    return peer


def half_a_body(server: Server) -> socket.socket:
    peer = peer_of(server)
    peer.sendall(POST + bytes(MEGABYTE))
    return peer


def is_ended(peer: socket.socket) -> bool:
    """Waits until the server has ended the connection."""
    try:
        while peer.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def is_open(peer: socket.socket) -> bool:
    peer.setblocking(False)
    try:
        return bool(peer.recv(65536))
    except BlockingIOError:
        return True


@pytest.mark.parametrize("half", [half_a_message, half_in_fragments, half_a_body])
def test_who_began_first_and_does_not_end_goes(
    server: Server, received: Watched, half: Callable[[Server], socket.socket]
) -> None:
    with Victim(server) as victim:
        peers: list[socket.socket] = []
        for _ in range(8):
            peers.append(half(server))
            # A server reads from whom it likes: the next one shall have begun after this one.
            until(lambda: len(received.counted) == len(peers))
        for peer in peers[:4]:
            assert is_ended(peer)
        assert is_open(peers[-1])
        before = len(victim.waits)
        until(lambda: len(victim.waits) >= before + 5)
        for peer in peers:
            peer.close()


def test_long_messages_one_after_the_other_are_taken(server: Server) -> None:
    """What was acted on does not count, nor do the headers of many fragments."""
    text = "x" * (3 * MEGABYTE)
    call = v2.CLIENT_MESSAGE.encode(
        v2.CallReducer(1, 0, "fill", struct.pack("<III", 0, 1, len(text)) + text.encode())
    )
    client = attacker(server, "v2.bsatn.spacetimedb")
    for _ in range(4):
        client.send_binary(call)
        assert client.recv()
        client.ping()
        for start in range(0, len(call), 4096):
            part = call[start : start + 4096]
            opcode, fin = 0 if start else 2, start + 4096 >= len(call)
            client.send_frame(_frame(part, opcode, fin=fin))
        assert client.recv()
    http = HttpClient(server.url, None)
    for _ in range(8):
        http.call("hostile", "fill", [0, 1, "x" * MEGABYTE])
    client.close()


def _frame(data: bytes, opcode: int, *, fin: bool) -> object:
    from websocket import ABNF

    return ABNF(int(fin), 0, 0, 0, opcode, 1, data)


def test_who_leaves_in_the_middle_is_no_failure(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            half_a_body(server).close()
        follower = peer_of(server)
        head = f"GET /v1/database/hostile/logs?follow=true HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.owner_token}"
        follower.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        follower.sendall(f"{head}\r\n\r\n".encode())
        assert follower.recv(1)
        log = server.run(lambda database: database.module_log)
        for _ in range(300):
            server.run(lambda _: log.add("Info", "x" * 16_000))
        follower.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        follower.close()
        with Victim(server) as victim:
            until(lambda: len(victim.waits) >= 50 and not server.run(lambda _: log._listeners))
    assert not caplog.records


class Handler(asyncio.Protocol):
    """Takes what comes."""


class Transport(asyncio.Transport):
    max_size = 256 << 10
    is_aborted = False

    def abort(self) -> None:
        self.is_aborted = True


def received_by(received: Received) -> tuple[ReceivingProtocol, Transport]:
    protocol, transport = ReceivingProtocol(received, Handler()), Transport()
    protocol.connection_made(transport)
    return protocol, transport


def test_parts_are_as_long_as_they_are_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    now, each = 0.0, 0.0

    def clock() -> float:
        nonlocal now
        now += each
        return now

    monkeypatch.setattr(receiving, "thread_time", clock)
    protocol, transport = received_by(Received(LIMIT))
    first = transport.max_size
    for _ in range(10):
        protocol.data_received(bytes(transport.max_size))
    assert transport.max_size == 256 << 10
    each = 0.01
    for _ in range(10):
        protocol.data_received(bytes(transport.max_size))
    assert transport.max_size < first


def test_nothing_is_counted_twice_or_for_ever() -> None:
    received = Received(LIMIT)
    protocol, transport = received_by(received)
    for _ in range(100):
        protocol.data_received(bytes(MEGABYTE))
        assert received.bytes == MEGABYTE
        protocol.acted_on(0, control=True)
        protocol.acted_on(MEGABYTE)
        assert received.bytes == 0
    protocol.data_received(bytes(MEGABYTE))
    protocol.connection_lost(None)
    assert received.bytes == 0
    assert not transport.is_aborted
