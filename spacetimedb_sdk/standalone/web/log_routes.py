"""The module's log over HTTP, for its owner (spec: http-api.md section 3.8)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from ..engine.module_log import ModuleLog
from ..hosting.auth import Credentials
from .requests import Refusal, authenticated, flag, owned_database

__all__ = ["add_routes"]

# A reader who is this many lines behind is let go.
_MAX_WAITING_LINES = 10_000
_MAX_DIGITS = 20


def add_routes(router: web.UrlDispatcher) -> None:
    router.add_get("/v1/database/{database}/logs", authenticated(_logs))


async def _logs(request: web.Request, credentials: Credentials) -> web.StreamResponse:
    log = owned_database(request, credentials, "view module logs").database.module_log
    count = request.query.get("num_lines")
    if count is not None and not (count.isascii() and count.isdecimal() and len(count) <= _MAX_DIGITS):
        raise Refusal(400, "Failed to deserialize query string: invalid digit found in string")
    follow = flag(request, "follow", default=False)
    response = web.StreamResponse(
        headers={"Content-Type": "application/x-ndjson", "Cache-Control": "no-cache"}
    )
    await response.prepare(request)
    lines = log.lines(None if count is None else int(count))
    if not follow:
        await response.write("".join(lines).encode())
        return response
    await _follow(response, log, lines)
    return response


async def _follow(response: web.StreamResponse, log: ModuleLog, lines: list[str]) -> None:
    """Writes `lines` and all that come after them, until the reader leaves or the server ends."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[str] = asyncio.Queue()

    def put(line: str) -> None:
        loop.call_soon_threadsafe(waiting.put_nowait, line)

    stop = log.follow(put)
    try:
        await response.write("".join(lines).encode())
        while waiting.qsize() < _MAX_WAITING_LINES and (line := await waiting.get()):
            await response.write(line.encode())
    except ConnectionResetError:  # how aiohttp says that the reader has left
        return
    finally:
        stop()
