"""Answer slots: how many long answers are made at once, and that there is room for what will be queued for their clients.

An answer that is short is made in its client's turn. A long one is held whole, by the client's connection or on its way
there: who asks for one waits for a slot, and until the others have taken enough of theirs.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Protocol

__all__ = ["LONG_ANSWER_BYTES", "AnswerSlots", "NoAnswerSlot", "Room"]

# Shorter answers need no slot: a thousand of them together are a gigabyte, which a thousand clients may hold.
LONG_ANSWER_BYTES = 1 << 20
# One alone would have a short query wait for one that takes ten seconds.
_SLOTS = 4
_LOOK_SECONDS = 0.05
# How often who waits for a slot is asked whether it is still there.
_ASK_SECONDS = 1.0


class NoAnswerSlot(Exception):
    """There was no slot for a long answer within the time that its client waits for one."""


class Room(Protocol):
    """What may be queued for all clients together."""

    limit: int

    def has_room(self, size: int) -> bool:
        """Whether so many more bytes may be queued."""

    def make_room(self) -> None:
        """An answer waits for room: to be called again and again meanwhile."""


class AnswerSlots:
    """The slots of one event loop, in a `room` where that is bounded."""

    def __init__(self, room: Room | None = None, count: int = _SLOTS) -> None:
        self._room = room
        self._free = count
        # Who waits: what they have used of late, in which order they came, how they are woken.
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0
        # What those who have a slot may make.
        self._promised = 0

    @property
    def longest(self) -> int | None:
        """What one answer may be at most, in bytes."""
        return None if self._room is None else self._room.limit

    async def take(self, used: float, size: int, gone: Callable[[], bool], patience: float | None) -> None:
        """Returns with a slot for an answer of about `size` bytes; those go first who have used least of late. NoAnswerSlot
        after `patience` seconds, or when the client is `gone`."""
        loop = asyncio.get_running_loop()
        until = None if patience is None else loop.time() + patience

        def check() -> None:
            if gone() or (until is not None and loop.time() > until):
                raise NoAnswerSlot

        size = self._counted(size)
        if self._free > 0:
            self._free -= 1
        else:
            await self._wait(used, check)
        try:
            while self._room is not None and not self._room.has_room(size + self._promised):
                self._room.make_room()
                await asyncio.sleep(_LOOK_SECONDS)
                check()
        except BaseException:  # whatever ends the waiting: another may have the slot
            self._pass_on()
            raise
        self._promised += size

    async def _wait(self, used: float, check: Callable[[], None]) -> None:
        woken = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (used, self._count, woken))
        try:
            while not woken.done():
                await asyncio.wait((woken,), timeout=_ASK_SECONDS)
                if not woken.done():
                    check()
        except BaseException:  # cancelled, or gone: what came in this very moment is passed on
            if not woken.cancel():
                self._pass_on()
            raise

    def give_back(self, size: int) -> None:
        """The answer is made, and counts with what is queued for its client."""
        self._promised -= self._counted(size)
        self._pass_on()

    def _counted(self, size: int) -> int:
        """Of what is longer than half the bound half counts: there would never be room."""
        return size if self._room is None else min(size, self._room.limit // 2)

    def _pass_on(self) -> None:
        while self._waiting:
            _, _, woken = heapq.heappop(self._waiting)
            if not woken.done():
                woken.set_result(None)
                return
        self._free += 1
