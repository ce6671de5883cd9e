"""Waiting for a socket: what has come, an interruption, and both at once."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator

import pytest

from spacetimedb_sdk.transport.readiness import Readiness
from tests.plugins.waiting import PATIENCE


@pytest.fixture(params=["poll", "select"])
def sockets(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[socket.socket, Readiness]]:
    """The server's end, and what waits at the other."""
    if request.param == "select":
        monkeypatch.delattr(select, "poll", raising=False)  # as on Windows
    mine, theirs = socket.socketpair()
    with mine, theirs:
        readiness = Readiness(mine)
        yield theirs, readiness
        readiness.close()


def test_an_interruption_ends_one_wait(sockets: tuple[socket.socket, Readiness]) -> None:
    _, readiness = sockets
    assert not readiness.wait(0.0)
    readiness.interrupt()
    readiness.interrupt()
    assert not readiness.wait(PATIENCE)
    assert not readiness.wait(0.0)


def test_what_has_come_shows_until_it_is_read_interrupted_or_not(
    sockets: tuple[socket.socket, Readiness],
) -> None:
    theirs, readiness = sockets
    theirs.send(b"message")
    assert readiness.wait(PATIENCE)
    readiness.interrupt()
    assert readiness.wait(PATIENCE)
    assert readiness.wait(PATIENCE)


def test_an_end_shows(sockets: tuple[socket.socket, Readiness]) -> None:
    theirs, readiness = sockets
    readiness.interrupt()
    theirs.close()
    assert readiness.wait(PATIENCE)
