"""What a client has sent and nobody has acted on yet: bounded, and acted on in turns, so that the others get theirs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from aiohttp import WSMessage

__all__ = ["RequestQueue", "TooManyRequests"]

# Back-pressure (spec: websocket.md section 2).
MAX_WAITING_MESSAGES = 16_384
_MESSAGES_PER_TURN = 32


class TooManyRequests(Exception):
    """The client sends faster than its messages can be acted on."""


class RequestQueue:
    """Passes messages to `act` in their order, 32 for each turn of the loop. What `act` raises ends it: `fail` is told
    once, and what waits is forgotten."""

    def __init__(
        self,
        act: Callable[[WSMessage], None],
        fail: Callable[[Exception], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._act = act
        self._fail = fail
        self._loop = loop
        self._waiting: deque[WSMessage] = deque()
        self._left = _MESSAGES_PER_TURN
        self._turn: asyncio.Handle | None = None
        self._ended = False

    def put(self, message: WSMessage) -> None:
        """Acts on `message` now, or when it is its turn. More than 16,384 that wait are too many."""
        if self._ended:
            return
        if self._turn is None:
            # The first of a turn: those that come with it share its allowance.
            self._left = _MESSAGES_PER_TURN
            self._turn = self._loop.call_soon(self._next_turn)
        if self._left and not self._waiting:
            self._left -= 1
            self._pass_on(message)
        elif len(self._waiting) >= MAX_WAITING_MESSAGES:
            self._end(TooManyRequests("too many requests"))
        else:
            self._waiting.append(message)

    def _next_turn(self) -> None:
        self._turn = None
        if self._waiting:
            self._turn = self._loop.call_soon(self._next_turn)
        self._left = _MESSAGES_PER_TURN
        while self._left and self._waiting:
            self._left -= 1
            self._pass_on(self._waiting.popleft())

    def _pass_on(self, message: WSMessage) -> None:
        try:
            self._act(message)
        except Exception as error:  # noqa: BLE001 - the end of this client, whatever it is, not of the loop
            self._end(error)

    def _end(self, error: Exception) -> None:
        self._ended = True
        self._waiting.clear()
        self._fail(error)

    async def drain(self) -> None:
        """Acts on all that waits: the client has gone, but what it said still counts."""
        while self._waiting:
            await asyncio.sleep(0)
        self._ended = True
