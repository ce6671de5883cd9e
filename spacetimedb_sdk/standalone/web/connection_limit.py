"""Connection limit: how many connections a server holds, and how long one may stay that has not asked for anything."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from time import monotonic

from aiohttp import web

from ..receiving import Received, ReceivingProtocol

__all__ = ["ACCEPTED_AT_ONCE", "ConnectionLimit", "descriptor_limit"]

# How many are accepted in one turn of the loop. Those of three turns are there before any of them is let go.
ACCEPTED_AT_ONCE = 32
# Descriptors for files, databases, and those that the system accepts before they can be refused.
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


class ConnectionLimit:
    """Lets connections in to `server`: `limit` at most. For one more, the oldest that has asked for nothing yet goes; who
    has sent no whole request head within `seconds` goes, too. What they send is counted in `received`."""

    def __init__(self, server: web.Server, limit: int, seconds: float, received: Received) -> None:
        self._server = server
        self._received = received
        self._limit = limit
        self._seconds = seconds
        # Who has asked for nothing, since when; the oldest first.
        self._silent: dict[web.RequestHandler, float] = {}
        self._loop = asyncio.get_running_loop()
        self._sweeping = self._loop.create_task(self._sweep())
        # Whether those that came in this turn of the loop are yet to be counted.
        self._counting = False

    def __call__(self) -> ReceivingProtocol:
        handler = self._server()
        self._silent[handler] = monotonic()
        if not self._counting:
            self._counting = True
            # The loop calls `connection_made` after what is asked for here: in the turn after that one all who came with
            # this one are connected, and can be let go.
            self._loop.call_soon(self._count_next_turn)
        return ReceivingProtocol(self._received, handler)

    def _count_next_turn(self) -> None:
        # Who comes from here on is connected only after that count, and asks for one of its own.
        self._counting = False
        self._loop.call_soon(self._make_room)

    def _make_room(self) -> None:
        connections = self._server.connections
        if len(connections) <= self._limit:
            return
        # Those that were let go are in the list for a turn more.
        above = sum(not _is_closing(handler) for handler in connections) - self._limit
        # The newest may stay: it may be the one that asks.
        for handler in list(self._silent)[:-1]:
            if above <= 0:
                return
            if handler.transport is None:
                continue
            del self._silent[handler]
            if _is_silent(handler) and not _is_closing(handler):
                _abort(handler)
                above -= 1

    async def _sweep(self) -> None:
        last_look = monotonic()
        while True:
            await asyncio.sleep(min(self._seconds / 2, _LOOK_SECONDS))
            now = monotonic()
            for handler, since in list(self._silent.items()):
                if handler.transport is None and since >= last_look:
                    continue  # it may be only just coming in; whoever was here at the last look has come, and gone
                if not _is_silent(handler):
                    del self._silent[handler]
                elif now - since > self._seconds:
                    del self._silent[handler]
                    _abort(handler)
            last_look = now

    async def close(self) -> None:
        self._sweeping.cancel()
        await asyncio.gather(self._sweeping, return_exceptions=True)


def _is_silent(handler: web.RequestHandler) -> bool:
    """Whether no whole request head has come over a connection that stands."""
    return handler.transport is not None and handler._request_count == 0  # noqa: SLF001 - nothing else tells


def _is_closing(handler: web.RequestHandler) -> bool:
    return handler.transport is None or handler.transport.is_closing()


def _abort(handler: web.RequestHandler) -> None:
    transport = handler.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()
