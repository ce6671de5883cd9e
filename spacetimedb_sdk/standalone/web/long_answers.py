"""Long answers over HTTP: written as they are taken, and counted with what all clients are owed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

from .backlog import Backlog
from .connection import IDLE_SECONDS
from .requests import BACKLOG

__all__ = ["bound_long_answers"]

# What is shorter is written at once: the system's own buffers hold as much.
_PART_BYTES = 64 << 10


class _LongBody(Payload):
    """`body`, of which the transport is given a part at a time. Who takes none of it for 30 s, or is owed most while all
    clients together are owed too much, is dropped."""

    def __init__(
        self, body: bytes, content_type: str, backlog: Backlog, transport: asyncio.Transport
    ) -> None:
        super().__init__(body, content_type=content_type)
        self._size = self.owed_bytes = len(body)
        self._body = body
        self._backlog = backlog
        self._transport = transport

    @property
    def own_bytes(self) -> int:
        return self.owed_bytes

    def frames(self) -> Iterable[bytes]:
        return ()

    def drop(self) -> None:
        self._transport.abort()

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self._body.decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        self._backlog.connections.add(self)
        self._backlog.add(self.owed_bytes)
        try:
            for start in range(0, len(self._body), _PART_BYTES):
                part = self._body[start : start + _PART_BYTES]
                async with asyncio.timeout(IDLE_SECONDS):
                    await writer.write(part)
                    await writer.drain()
                self.owed_bytes -= len(part)
                self._backlog.add(-len(part))
        except TimeoutError:
            self.drop()
            raise ConnectionResetError("the client takes nothing of its answer") from None
        finally:
            self._backlog.connections.discard(self)
            self._backlog.add(-self.owed_bytes)
            self.owed_bytes = 0


async def bound_long_answers(request: web.Request, response: web.StreamResponse) -> None:
    """For every answer that is about to be written."""
    transport = request.transport
    if not isinstance(response, web.Response) or not isinstance(transport, asyncio.Transport):
        return
    body = response.body
    if isinstance(body, bytes) and len(body) > _PART_BYTES:
        response.body = _LongBody(body, response.content_type, request.app[BACKLOG], transport)
