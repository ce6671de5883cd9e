"""The connection limit, in whatever turns of the loop connections come."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.request import urlopen

import pytest
from aiohttp import web

from spacetimedb_sdk.standalone.receiving import Received
from spacetimedb_sdk.standalone.web.connection_limit import ConnectionLimit
from tests.places import ROOT
from tests.plugins.waiting import PATIENCE

LIMIT = 3
Connect = Callable[[], Awaitable[asyncio.Transport]]


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response()


@asynccontextmanager
async def limited() -> AsyncIterator[tuple[web.Server, Connect]]:
    """A server with a connection limit, and what connects one more client to it."""
    loop = asyncio.get_running_loop()
    server = web.Server(answer)
    limit = ConnectionLimit(server, LIMIT, 600.0, Received(1 << 20))
    clients = []

    async def connect() -> asyncio.Transport:
        client, accepted = socket.socketpair()
        clients.append(client)
        transport, _ = await loop.connect_accepted_socket(limit, accepted)
        return transport

    try:
        yield server, connect
    finally:
        for client in clients:
            client.close()
        while server.connections:
            await asyncio.sleep(0)
        await limit.close()


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.mark.parametrize("between", [0, 1, 2, 3, 4])
def test_whoever_comes_while_others_are_counted_is_counted(between: int) -> None:
    async def come() -> None:
        async with limited() as (server, connect):
            coming = []
            for _ in range(2):
                coming += [asyncio.ensure_future(connect()) for _ in range(LIMIT)]
                await turns(between)
            transports = await asyncio.gather(*coming)
            await turns(8)
            assert [transport.is_closing() for transport in transports] == [True] * LIMIT + [False] * LIMIT
            assert len(server.connections) == LIMIT

    asyncio.run(come())


def test_those_who_come_all_at_once_do_not_take_the_last_descriptor() -> None:
    """One turn of the loop accepts so few that those of the turns before are let go in time."""
    server = [sys.executable, "-m", "spacetimedb_sdk.standalone", "--module", "tests.hostile.hostile_module"]
    with subprocess.Popen(
        ["sh", "-c", 'ulimit -n 300 && exec "$@"', "sh", *server, "--listen", "127.0.0.1:0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[1]
            host, _, port = url.removeprefix("http://").partition(":")
            # As many as wait while the loop is at something else.
            process.send_signal(signal.SIGSTOP)
            come = [socket.create_connection((host, int(port)), timeout=PATIENCE) for _ in range(400)]
            process.send_signal(signal.SIGCONT)
            with urlopen(f"{url}/v1/ping", timeout=PATIENCE) as answer:
                assert answer.status == 200
            for client in come:
                client.close()
        finally:
            process.terminate()
        _, said = process.communicate(timeout=PATIENCE)
    assert "Too many open files" not in said
