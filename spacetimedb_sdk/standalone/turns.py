"""Turns: how the clients of one server share its event loop.

What a client asks for is worked on in slices of a few milliseconds. Who has used up a slice waits for a turn, and those
go first who have used least of late: a client that asks for little hardly waits, however much the others ask for.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from types import TracebackType
from typing import Self, TypeVar

__all__ = ["SLICE_SECONDS", "Alone", "ClientGone", "Share", "Turns"]

T = TypeVar("T")
# How long one client may keep the loop before others have their turn.
SLICE_SECONDS = 0.004
# How long all clients together may keep it between two looks at the sockets.
_TURN_SECONDS = 0.01
# What was used counts half after so long.
_HALF_LIFE_SECONDS = 1.0


class ClientGone(ConnectionError):
    """There is nobody left to answer: the work for this client ends."""


class Turns:
    """The turns of one event loop. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self.clock = clock
        # What is left of this turn of the loop.
        self.left = _TURN_SECONDS
        # Who waits for a turn: what they have used, in which order they came, how they are woken.
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0
        self._next: asyncio.Handle | None = None
        self._threads: ThreadPoolExecutor | None = None

    def share(
        self, gone: Callable[[], bool] = lambda: False, read: Callable[[bool], None] = lambda wanted: None
    ) -> Share:
        """A share for one client; `gone` says whether there is anybody left to work for, `read` whether more of what it
        sends is wanted: not while it waits."""
        return Share(self, gone, read)

    def spend(self, seconds: float) -> None:
        """Notes that the loop was kept for so long."""
        self.left -= seconds
        if self._next is None:
            self._next = asyncio.get_running_loop().call_soon(self._begin_turn)

    def _begin_turn(self) -> None:
        """The loop has looked at its sockets: one of those who wait is woken."""
        self._next = None
        self.left = _TURN_SECONDS
        while self._waiting:
            _, _, woken = heapq.heappop(self._waiting)
            if not woken.done():
                woken.set_result(None)
                break
        if self._waiting:
            self._next = asyncio.get_running_loop().call_soon(self._begin_turn)

    async def wait(self, used: float) -> None:
        """Returns when it is the turn of who has `used` so many seconds of late."""
        loop = asyncio.get_running_loop()
        woken = loop.create_future()
        self._count += 1
        heapq.heappush(self._waiting, (used, self._count, woken))
        if self._next is None:
            self._next = loop.call_soon(self._begin_turn)
        await woken

    async def aside(self, work: Callable[[], T]) -> T:
        """What `work` returns, done beside the loop. One such work at a time, so that the loop has half of the time
        however many there are."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, "spacetimedb aside")
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Nothing more is done aside."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


class Share:
    """One client's share of the loop. `async with share:` around what is done for it, `await share.checkpoint()` wherever
    others may be let in: what the rest of the work stands on must not be what they can change."""

    __slots__ = ("_began", "_gone", "_left", "_noted", "_read", "_turns", "_until", "_used", "spent")

    def __init__(self, turns: Turns, gone: Callable[[], bool], read: Callable[[bool], None]) -> None:
        self._turns = turns
        self._gone = gone
        self._read = read
        self._left = SLICE_SECONDS
        self._began = self._until = 0.0
        # What was used of late, and when that was noted.
        self._used = self._noted = 0.0
        # All that was ever used, in seconds, up to the last checkpoint that gave way.
        self.spent = 0.0

    async def __aenter__(self) -> Self:
        if self._left <= 0 or self._turns.left <= 0:
            await self._give_way()
        self._resume()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pause()

    async def checkpoint(self) -> None:
        """Lets others in where this client's slice is used up. ClientGone where there is nobody left to answer."""
        if self._turns.clock() < self._until:
            return
        self._pause()
        await self._give_way()
        self._resume()
        if self._gone():
            raise ClientGone

    async def aside(self, work: Callable[[], T]) -> T:
        """What `work` returns, done beside the loop, while others have their turns."""
        self._pause()
        try:
            return await self._turns.aside(work)
        finally:
            self._resume()

    def _resume(self) -> None:
        self._began = self._turns.clock()
        self._until = self._began + min(self._left, self._turns.left)

    def _pause(self) -> None:
        now = self._turns.clock()
        seconds = now - self._began
        self._used = self._of_late(now) + seconds
        self._noted = now
        self._left -= seconds
        self.spent += seconds
        self._turns.spend(seconds)

    def _of_late(self, now: float) -> float:
        return self._used * math.exp2((self._noted - now) / _HALF_LIFE_SECONDS)

    async def _give_way(self) -> None:
        self._read(False)
        try:
            await self._turns.wait(self._of_late(self._turns.clock()))
        finally:
            self._read(True)
        self._left = SLICE_SECONDS


class Alone(Share):
    """The share of who has nobody to share with: never gives way. For sessions without a server."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(Turns(), lambda: False, lambda wanted: None)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    async def checkpoint(self) -> None:
        return

    async def aside(self, work: Callable[[], T]) -> T:
        return work()
