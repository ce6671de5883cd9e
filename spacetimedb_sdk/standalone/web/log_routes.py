"""The module's log over HTTP, for its owner (spec: http-api.md section 3.8)."""

from __future__ import annotations

import asyncio
import threading

from aiohttp import web

from ..engine.module_log import ModuleLog
from ..hosting.credentials import Credentials
from .long_answers import Outgoing
from .requests import BACKLOG, Refusal, authenticated, flag, owned_database, parameter

__all__ = ["add_routes"]

# A reader who is this many lines behind is let go.
_MAX_WAITING_LINES = 10_000
# Or has so much to read.
_MAX_WAITING_CHARACTERS = 8 << 20
# Longer ones are not read: Python takes its time for them, or refuses to.
_MAX_DIGITS = 10
_PIECE_CHARACTERS = 64 << 10


def add_routes(router: web.UrlDispatcher) -> None:
    router.add_get("/v1/database/{database}/logs", authenticated(_logs))


async def _logs(request: web.Request, credentials: Credentials) -> web.StreamResponse:
    log = owned_database(request, credentials, "view module logs").database.module_log
    count = _line_count(parameter(request, "num_lines"))
    follow = flag(request, "follow", default=False)
    response = web.StreamResponse(
        headers={"Content-Type": "application/x-ndjson", "Cache-Control": "no-cache"}
    )
    await response.prepare(request)
    lines = log.lines(count)
    transport = request.transport
    if not isinstance(transport, asyncio.Transport):  # the reader has left
        return response
    outgoing = Outgoing(request.app[BACKLOG], transport)
    if follow:
        await _follow(response, outgoing, log, lines)
    else:
        await _send(lines, outgoing, response)
    return response


def _line_count(text: str | None) -> int | None:
    """Refusal for what is no u32."""
    if text is None:
        return None
    if not text:
        wrong = "cannot parse integer from empty string"
    elif not text.isascii() or not text.isdecimal():
        wrong = "invalid digit found in string"
    elif len(text.lstrip("0")) > _MAX_DIGITS or int(text) >= 1 << 32:
        wrong = "number too large to fit in target type"
    else:
        return int(text)
    raise Refusal(400, f"Failed to deserialize query string: {wrong}")


async def _send(lines: list[str], outgoing: Outgoing, response: web.StreamResponse) -> None:
    """Some lines at a time: all readers share them, until they are written for one."""
    first = 0
    while first < len(lines):
        after, characters = first, 0
        while after < len(lines) and characters < _PIECE_CHARACTERS:
            characters += len(lines[after])
            after += 1
        await outgoing.send(("".join(lines[first:after]).encode(),), response.write)
        first = after


class _Waiting:
    """Lines that a reader has not taken yet: bounded where they are put in, by whatever thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        # The module's threads put lines in, the loop takes them out.
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

    async def take(self) -> list[str] | None:
        """All that has come since the last time; None at the end."""
        await self._come.wait()
        with self._lock:
            self._come.clear()
            if self._ended:
                return None
            lines, self._lines, self._characters = self._lines, [], 0
        return lines


async def _follow(
    response: web.StreamResponse, outgoing: Outgoing, log: ModuleLog, lines: list[str] | None
) -> None:
    """Writes `lines` and all that come after them, until the reader leaves, falls behind, or the server ends."""
    waiting = _Waiting()
    stop = log.follow(waiting.put)
    try:
        while lines is not None:
            await _send(lines, outgoing, response)
            lines = await waiting.take()
    except ConnectionError:  # how aiohttp says that the reader has left
        return
    finally:
        stop()
