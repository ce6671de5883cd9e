"""Long answers over HTTP: written piece by piece as they are taken, and counted with what is queued for all clients."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

from .backlog import Backlog
from .connection import IDLE_SECONDS
from .requests import BACKLOG, own_share

__all__ = ["Outgoing", "bound_long_answers", "in_pieces"]

# What is shorter is written at once: the system's own buffers hold as much.
_PART_BYTES = 64 << 10
_JSON = "application/json"


class Outgoing:
    """What is queued for one request's client: who takes none of it for 30 s, or has most queued while there is too
    much for all clients together, is dropped."""

    def __init__(self, backlog: Backlog, transport: asyncio.Transport) -> None:
        self.queued_bytes = self.taken_bytes = 0
        self._backlog = backlog
        self._transport = transport

    @property
    def own_bytes(self) -> int:
        return self.queued_bytes

    def frames(self) -> Iterable[bytes]:
        return ()

    def drop(self) -> None:
        self._transport.abort()

    async def send(self, pieces: Sequence[bytes], write: Callable[[bytes], Awaitable[None]]) -> None:
        """Has `write` take the pieces, part by part, and forgets each that was taken. The request leaves its place.
        ConnectionResetError where the client takes nothing."""
        left = deque(pieces)
        del pieces
        self._queue(sum(map(len, left)))
        self._backlog.connections.add(self)
        own_share().leave_slot()
        try:
            while left:
                piece = left.popleft()
                for start in range(0, len(piece), _PART_BYTES):
                    part = piece[start : start + _PART_BYTES]
                    async with asyncio.timeout(IDLE_SECONDS):
                        await write(part)
                    self._queue(-len(part))
                    self.taken_bytes += len(part)
                    # The system may take all of it at once: others have their turns all the same.
                    await asyncio.sleep(0)
        except TimeoutError:
            self.drop()
            raise ConnectionResetError("the client takes nothing of its answer") from None
        finally:
            self._backlog.connections.discard(self)
            self._queue(-self.queued_bytes)

    def _queue(self, count: int) -> None:
        self.queued_bytes += count
        self._backlog.add(count)


class _LongBody(Payload):
    """A body in pieces."""

    def __init__(self, pieces: Sequence[bytes], content_type: str) -> None:
        super().__init__(None, content_type=content_type)
        self._size = sum(map(len, pieces))
        self._pieces = pieces
        self.outgoing: Outgoing | None = None

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return b"".join(self._pieces).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        async def write(part: bytes) -> None:
            await writer.write(part)
            await writer.drain()

        pieces, self._pieces = self._pieces, ()
        assert self.outgoing is not None
        await self.outgoing.send(pieces, write)


def in_pieces(pieces: Sequence[bytes], headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer that is written already."""
    if sum(map(len, pieces)) <= _PART_BYTES:
        return web.Response(body=b"".join(pieces), content_type=_JSON, headers=headers)
    return web.Response(body=_LongBody(pieces, _JSON), headers=headers)


async def bound_long_answers(request: web.Request, response: web.StreamResponse) -> None:
    """For every answer that is about to be written."""
    transport = request.transport
    if not isinstance(response, web.Response) or not isinstance(transport, asyncio.Transport):
        return
    body = response.body
    if isinstance(body, bytes) and len(body) > _PART_BYTES:
        response.body = body = _LongBody((body,), response.content_type)
    if isinstance(body, _LongBody):
        body.outgoing = Outgoing(request.app[BACKLOG], transport)
