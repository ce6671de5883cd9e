"""The connection limit, in whatever turns of the loop connections come."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from spacetimedb_sdk.standalone.receiving import Received
from spacetimedb_sdk.standalone.web.connection_limit import ConnectionLimit

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
