"""The module's log over HTTP, for its owner (spec: http-api.md section 3.8)."""

from __future__ import annotations

import asyncio
import threading

from aiohttp import web

from ..engine.module_log import ModuleLog
from ..hosting.auth import Credentials
from .requests import Refusal, authenticated, flag, owned_database

__all__ = ["add_routes"]

# A reader who is this many lines behind is let go.
_MAX_WAITING_LINES = 10_000
# Or has so much to read.
_MAX_WAITING_CHARACTERS = 8 << 20
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


class _Waiting:
    """Lines that a reader has not taken yet: bounded where they are put in, by whatever thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._lines: list[str] = []
        self._characters = 0
        self._ended = False
        self._come = asyncio.Event()

    def put(self, line: str) -> None:
        """One more line; an empty one, or one too many, ends it."""
        with self._lock:
            first = not self._lines
            self._characters += len(line)
            if (
                not line
                or self._characters > _MAX_WAITING_CHARACTERS
                or len(self._lines) >= _MAX_WAITING_LINES
            ):
                self._ended = True
            if self._ended:
                self._lines.clear()
            else:
                self._lines.append(line)
        if first or self._ended:
            self._loop.call_soon_threadsafe(self._come.set)

    async def take(self) -> str | None:
        """All that has come since the last time; None at the end."""
        await self._come.wait()
        with self._lock:
            self._come.clear()
            if self._ended:
                return None
            lines, self._lines, self._characters = self._lines, [], 0
        return "".join(lines)


async def _follow(response: web.StreamResponse, log: ModuleLog, lines: list[str]) -> None:
    """Writes `lines` and all that come after them, until the reader leaves, falls behind, or the server ends."""
    waiting = _Waiting()
    stop = log.follow(waiting.put)
    try:
        await response.write("".join(lines).encode())
        while (text := await waiting.take()) is not None:
            await response.write(text.encode())
    except ConnectionResetError:  # how aiohttp says that the reader has left
        return
    finally:
        stop()
