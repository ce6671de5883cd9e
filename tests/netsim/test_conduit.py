"""Between two sockets: all that was said, in order, as late as it is told, and as much at once as there is."""

from __future__ import annotations

import random
import select
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from spacetimedb_sdk.netsim.conduit import Conduit
from spacetimedb_sdk.testing import Conditions
from tests.plugins.waiting import PATIENCE, until


@pytest.fixture
def conditions() -> Conditions:
    return Conditions(chance=random.Random(3))


@pytest.fixture
def ends(conditions: Conditions) -> Iterator[tuple[socket.socket, socket.socket]]:
    """What the client has, and what the server has."""
    client, near = socket.socketpair()
    far, server = socket.socketpair()
    conduit = Conduit(conditions, near, far)
    conduit.start()
    for end in (client, server):
        end.settimeout(PATIENCE)
    yield client, server
    conduit.cut()
    client.close()
    server.close()


def heard(end: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = end.recv(1 << 16)
        assert piece, "it ended too early"
        data += piece
    return data


def test_what_is_sent_while_more_is_under_way_comes_after_its_delay(
    conditions: Conditions, ends: tuple[socket.socket, socket.socket]
) -> None:
    client, server = ends
    conditions.delay = 0.5
    began = time.monotonic()
    for number in range(20):
        client.sendall(bytes([number]))
        time.sleep(0.005)  # the pieces are to be pieces: what comes at once is read at once
    assert heard(server, 20) == bytes(range(20))
    assert time.monotonic() - began >= 0.5 + 19 * 0.005


def test_changing_it_while_data_flows_keeps_the_order(
    conditions: Conditions, ends: tuple[socket.socket, socket.socket]
) -> None:
    client, server = ends
    said = b""
    for number in range(40):
        conditions.delay = (0.0, 0.08, 0.01, 0.0)[number % 4]
        conditions.jitter, conditions.loss = 0.01 * (number % 2), 0.1 * (number % 3)
        piece = number.to_bytes(4, "big")
        client.sendall(piece)
        said += piece
        time.sleep(0.002)
    assert heard(server, len(said)) == said


def test_much_at_once_both_ways(conditions: Conditions, ends: tuple[socket.socket, socket.socket]) -> None:
    client, server = ends
    conditions.delay, conditions.jitter = 0.02, 0.01
    chance = random.Random(4)
    there, back = chance.randbytes(3_000_000), chance.randbytes(200_000)
    server.sendall(back[:100_000])
    client.setblocking(False)
    said = 0
    deadline = time.monotonic() + PATIENCE
    got = b""
    while len(got) < len(there):
        assert time.monotonic() < deadline
        if said < len(there):
            try:
                said += client.send(there[said : said + 200_000])
            except BlockingIOError:
                got += server.recv(1 << 16)
        else:
            got += server.recv(1 << 16)
    assert got == there
    server.sendall(back[100_000:])
    client.settimeout(PATIENCE)
    assert heard(client, len(back)) == back


def test_who_has_said_all_is_heard_to_the_end(
    conditions: Conditions, ends: tuple[socket.socket, socket.socket]
) -> None:
    client, server = ends
    conditions.delay = 0.05
    client.sendall(b"goodbye")
    client.shutdown(socket.SHUT_WR)
    assert heard(server, 7) == b"goodbye"
    assert server.recv(1) == b""
    server.sendall(b"and you")
    assert heard(client, 7) == b"and you"
    server.close()
    assert client.recv(1) == b""


def test_what_was_cut_short_stays_cut(conditions: Conditions) -> None:
    """A network that gets well again in between does not make a stream with a hole."""
    client, near = socket.socketpair()
    far, server = socket.socketpair()
    with client, server:
        near.setblocking(False)
        filler = 0
        with suppress(BlockingIOError):
            while True:
                filler += near.send(b"." * 1024)
        conduit = Conduit(conditions, near, far)
        conduit.limit(3)
        server.sendall(b"abcdef")
        conduit.start()
        taken(far)
        server.sendall(b"ghi")
        taken(far)  # so the first piece has been handed on as far as can be
        conduit.limit(None)
        client.settimeout(PATIENCE)
        assert heard(client, filler + 3)[filler:] == b"abc"
        assert client.recv(1) == b""


def taken(end: socket.socket) -> None:
    """Wait until nothing is left to be read at `end`."""
    until(lambda: not select.select([end], [], [], 0)[0])
