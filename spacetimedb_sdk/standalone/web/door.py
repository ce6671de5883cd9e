"""The door: how many connections a server holds, and how long one may stay that has not asked for anything."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from time import monotonic

from aiohttp import web

__all__ = ["Door", "descriptor_limit"]

# Descriptors for files, databases, and those that the system accepts before anybody can refuse them.
_RESERVED = 160
_UNLIMITED = 65_536
_LOOK_SECONDS = 1.0


def descriptor_limit() -> int:
    """How many connections the process's descriptors allow."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return _UNLIMITED
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft in (resource.RLIM_INFINITY, -1):
        return _UNLIMITED
    with suppress(OSError):
        soft -= len(os.listdir("/proc/self/fd"))
    return max(soft - _RESERVED, 16)


class Door:
    """Lets connections in to `server`: `limit` at most. For one more, the oldest that has asked for nothing yet goes; who
    has sent no whole request head within `seconds` goes, too."""

    def __init__(self, server: web.Server, limit: int, seconds: float) -> None:
        self._server = server
        self._limit = limit
        self._seconds = seconds
        # Who has asked for nothing, since when; the oldest first.
        self._silent: dict[web.RequestHandler, float] = {}
        self._sweeping = asyncio.get_running_loop().create_task(self._sweep())

    def __call__(self) -> web.RequestHandler:
        handler = self._server()
        if len(self._server.connections) >= self._limit:
            self._make_room()
        self._silent[handler] = monotonic()
        return handler

    def _make_room(self) -> None:
        while self._silent:
            handler = next(iter(self._silent))
            del self._silent[handler]
            if _is_silent(handler):
                _abort(handler)
                return

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(self._seconds / 2, _LOOK_SECONDS))
            now = monotonic()
            for handler, since in list(self._silent.items()):
                if handler.transport is None and now - since < _LOOK_SECONDS:
                    continue  # it is only just coming in
                if not _is_silent(handler):
                    del self._silent[handler]
                elif now - since > self._seconds:
                    del self._silent[handler]
                    _abort(handler)

    async def close(self) -> None:
        self._sweeping.cancel()
        await asyncio.gather(self._sweeping, return_exceptions=True)


def _is_silent(handler: web.RequestHandler) -> bool:
    """Whether no whole request head has come over a connection that stands."""
    return handler.transport is not None and handler._request_count == 0  # noqa: SLF001 - nothing else tells


def _abort(handler: web.RequestHandler) -> None:
    transport = handler.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()
