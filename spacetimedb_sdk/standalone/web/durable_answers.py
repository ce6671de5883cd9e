"""HTTP answers wait for the disk: what may have changed something is answered once it is as safe as was promised."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from ..engine.database import Database
from .requests import DATABASES, Refusal

__all__ = ["durable", "durable_answers"]

_READS = ("GET", "HEAD", "OPTIONS")


@web.middleware
async def durable_answers(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Holds back the answer of every route that is no read, refusals too: a call that failed may have connected a
    client. Queries that ask for unconfirmed reads are answered at once."""
    before = request.app[DATABASES].hosts
    try:
        return await handler(request)
    finally:
        if request.method not in _READS and request.query.get("confirmed") != "false":
            # Those too that were made or deleted by it.
            for host in {*before, *request.app[DATABASES].hosts}:
                await durable(host.database)


async def durable(database: Database) -> None:
    """Returns once everything committed so far survives. Refusal where it never will."""
    storage = database.storage
    position = storage.position
    if position <= storage.durable_position:
        return
    reached: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settle() -> None:
        if not reached.done():  # a client that left meanwhile has cancelled it
            reached.set_result(None)

    storage.when_durable(position, settle)
    await reached
    if storage.durable_position < position:
        raise Refusal(503, "the commit could not be kept: the server's disk fails")
