"""Turns: how the clients of one server share its event loop.

What a client asks for is worked on in slices of a few milliseconds. Who has used up a slice waits for a turn, and those
go first who have used least of late: a client that asks for little hardly waits, however much the others ask for.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from types import TracebackType
from typing import Self, TypeVar

from .alarms import Alarms
from .answer_slots import AnswerSlots, NoAnswerSlot
from .quick_switching import QUICK_SWITCHING

__all__ = ["SLICE_SECONDS", "Account", "Alone", "ClientGone", "RequestShare", "Share", "Turns"]

T = TypeVar("T")
# How long one client may keep the loop before others have their turn.
SLICE_SECONDS = 0.004
# How long all clients together may keep it between two looks at the sockets.
_TURN_SECONDS = 0.01
# A turn that is asked for has the loop look at its sockets once more, without waiting for anything to come: after each
# message that would be a look, a read and a write for every few calls, and a fifth of what a call costs. So it is asked
# for when this much is left.
_RENEWED_BELOW_SECONDS = _TURN_SECONDS / 2
# How many who wait are woken at once. Who would work on when this turn is used up gives way at the first checkpoint; of one
# alone in each turn a hundred players with a call each would get a hundred turns behind.
_WOKEN_AT_ONCE = 32
# Who has used more of late is not read from while it waits; to stop and go on for who has used little costs more than
# what it may send meanwhile.
_READ_BELOW_SECONDS = 0.05
# How often it is looked whether a client is still there for which something is waited for.
_GONE_LOOK_SECONDS = 1.0
# An answer over HTTP that has not begun after so long never will.
_BEGUN_SECONDS = 1.0
# What was used counts half after so long.
_HALF_LIFE_SECONDS = 1.0


class ClientGone(ConnectionError):
    """The client is gone: the work for this client ends."""


class Turns:
    """The turns of one event loop. `clock` counts seconds; `slots` are those of long answers, `alarms` go before every turn."""

    def __init__(
        self,
        clock: Callable[[], float] = perf_counter,
        slots: AnswerSlots | None = None,
        alarms: Alarms | None = None,
    ) -> None:
        self.clock = clock
        self.slots = slots or AnswerSlots()
        self.alarms = alarms or Alarms(clock)
        # What is left of this turn of the loop.
        self.left = _TURN_SECONDS
        # Who waits for a turn: what they have used, in which order they came, how they are woken.
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0
        # Whether the next turn is asked for already.
        self.is_due = False
        self._threads: ThreadPoolExecutor | None = None

    def share(
        self, gone: Callable[[], bool] = lambda: False, read: Callable[[bool], None] = lambda wanted: None
    ) -> Share:
        """A share for one client; `gone` says whether the client has left, `read` whether more of what it
        sends is wanted: not while it waits."""
        return Share(self, gone, read)

    @property
    def is_contended(self) -> bool:
        """Whether others wait for their turns."""
        return bool(self._waiting)

    def begin_anew(self) -> None:
        """Has the next turn begin once the loop has looked at its sockets."""
        self.is_due = True
        asyncio.get_running_loop().call_soon(self._begin_turn)

    def _begin_turn(self) -> None:
        """The loop has looked at its sockets: some of those who wait are woken."""
        self.is_due = False
        self.left = _TURN_SECONDS
        count = 0
        while self._waiting and count < _WOKEN_AT_ONCE:
            _, _, woken = heapq.heappop(self._waiting)
            if not woken.done():
                woken.set_result(None)
                count += 1
        if self._waiting:
            self.begin_anew()

    async def wait(self, used: float) -> None:
        """Returns when it is the turn of who has `used` so many seconds of late."""
        woken = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._waiting, (used, self._count, woken))
        if not self.is_due:
            self.begin_anew()
        await woken

    async def aside(self, work: Callable[[], T]) -> T:
        """What `work` returns, done beside the loop. One such work at a time, so that the loop has half of the time
        however many there are."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(1, "spacetimedb aside")
        return await asyncio.get_running_loop().run_in_executor(self._threads, _switching_quickly, work)

    def close(self) -> None:
        """Nothing more is done aside."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)


def _switching_quickly(work: Callable[[], T]) -> T:
    with QUICK_SWITCHING:
        return work()


class Share:
    """One client's share of the loop. `async with share:` around what is done for it, `await share.checkpoint()` wherever
    others may be let in: what the rest of the work stands on must not be what they can change."""

    __slots__ = (
        "_began",
        "_gone",
        "_left",
        "_noted",
        "_read",
        "_since",
        "_slot",
        "_turns",
        "_until",
        "_used",
        "spent",
    )
    # How long it waits for an answer slot, in seconds; None as long as its client is there.
    patience: float | None = None

    def __init__(self, turns: Turns, gone: Callable[[], bool], read: Callable[[bool], None]) -> None:
        self._turns = turns
        self._gone = gone
        self._read = read
        self._left = SLICE_SECONDS
        self._began = self._until = 0.0
        # What had been used of late when that was noted, and what was used since.
        self._used = self._noted = self._since = 0.0
        # All that was ever used, in seconds, up to the last checkpoint that gave way.
        self.spent = 0.0
        # How long an answer it has a slot for, about.
        self._slot: int | None = None

    async def __aenter__(self) -> Self:
        if self.must_wait:
            await self.turn()
        self.begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def must_wait(self) -> bool:
        """Whether `turn` has to be awaited before `begin`."""
        return self._left <= 0 or self._turns.left <= 0

    def begin(self) -> None:
        """From here to `end` the loop is kept for this client: `async with` in two calls, for where each counts."""
        turns = self._turns
        began = turns.clock()
        if began >= turns.alarms.first:
            turns.alarms.ring()
            began = turns.clock()
        self._began = began
        left = self._left if self._left < turns.left else turns.left
        self._until = began + left

    def end(self) -> None:
        """Nothing more is done for this client at the moment."""
        turns = self._turns
        seconds = turns.clock() - self._began
        self._left -= seconds
        self._since += seconds
        self.spent += seconds
        turns.left -= seconds
        if turns.left < _RENEWED_BELOW_SECONDS and not turns.is_due:
            turns.begin_anew()

    def _used_of_late(self) -> float:
        now = self._turns.clock()
        self._used = self._since + self._used * math.exp2((self._noted - now) / _HALF_LIFE_SECONDS)
        self._noted, self._since = now, 0.0
        return self._used

    async def turn(self) -> None:
        """Returns when it is this client's turn. Nothing is read meanwhile from one that has used much."""
        used = self._used_of_late()
        if used < _READ_BELOW_SECONDS or not self._turns.is_contended:
            await self._turns.wait(used)
        else:
            self._read(False)
            try:
                await self._turns.wait(used)
            finally:
                self._read(True)
        self._left = SLICE_SECONDS

    async def checkpoint(self) -> None:
        """Lets others in where this client's slice is used up, and what is due before. ClientGone where the client has left."""
        now = self._turns.clock()
        is_used_up = now >= self._until
        if not is_used_up and now < self._turns.alarms.first:
            return
        self.end()
        try:
            if is_used_up:
                await self.turn()
        finally:
            self.begin()
        if self._gone():
            raise ClientGone

    async def aside(self, work: Callable[[], T]) -> T:
        """What `work` returns, done beside the loop, while others have their turns."""
        self.end()
        try:
            return await self._turns.aside(work)
        finally:
            self.begin()

    async def apart(self, outcomes: Collection[asyncio.Future[T]]) -> None:
        """Returns when one of `outcomes` is there, while others have their turns. ClientGone where the client has left."""
        self.end()
        try:
            done: set[asyncio.Future[T]] = set()
            while not done:
                done, _ = await asyncio.wait(
                    outcomes, timeout=_GONE_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if self._gone():
                    raise ClientGone
        finally:
            self.begin()

    def sibling(self) -> Share:
        """Another share of the same client, for what is done beside the rest of what it asks for."""
        return Share(self._turns, self._gone, self._read)

    async def beside_all(self, work: Callable[[], T]) -> T:
        """The same where nothing of the loop is kept for this client."""
        return await self._turns.aside(work)

    # Long answers

    @property
    def has_slot(self) -> bool:
        return self._slot is not None

    @property
    def longest_answer(self) -> int | None:
        """What one answer may be at most, in bytes."""
        return self._turns.slots.longest

    async def slot(self, size: int) -> None:
        """Returns with a slot for an answer of about `size` bytes, kept until `leave_slot`. NoAnswerSlot after too long a
        time, ClientGone where the client has gone."""
        if self._slot is not None:
            return
        self.end()
        try:
            await self._turns.slots.take(self._used_of_late(), size, self._gone, self.patience)
        except NoAnswerSlot:
            if self._gone():
                raise ClientGone from None
            raise
        finally:
            self.begin()
        self._slot = size

    def leave_slot(self) -> None:
        """The answer has been made: it counts with what is queued for the client."""
        if self._slot is not None:
            size, self._slot = self._slot, None
            self._turns.slots.give_back(size)


class Account:
    """What all who come from one address have used, in seconds."""

    __slots__ = ("noted", "used")

    def __init__(self) -> None:
        self.used = self.noted = 0.0

    def add(self, seconds: float, now: float) -> float:
        """What was used of late, these seconds included."""
        self.used = seconds + self.used * math.exp2((self.noted - now) / _HALF_LIFE_SECONDS)
        self.noted = now
        return self.used


class RequestShare(Share):
    """The share of one HTTP request: those of one address go by what they have used together."""

    __slots__ = ("_account",)
    patience = 30.0

    def __init__(self, turns: Turns, account: Account) -> None:
        super().__init__(turns, lambda: False, lambda wanted: None)
        self._account = account

    def charge(self, seconds: float) -> None:
        """Counts about so much of use that is not measured."""
        self._since += seconds
        turns = self._turns
        turns.left -= seconds
        if turns.left < _RENEWED_BELOW_SECONDS and not turns.is_due:
            turns.begin_anew()

    def _used_of_late(self) -> float:
        since, self._since = self._since, 0.0
        return self._account.add(since, self._turns.clock())

    def leave(self) -> None:
        """The answer is about to be written: once that has begun it counts with what is queued for the client, and the slot is
        left. Which may never be, where the client has gone."""
        self._used_of_late()
        if self._slot is not None:
            asyncio.get_running_loop().call_later(_BEGUN_SECONDS, self.leave_slot)


class Alone(Share):
    """The share of the only client: never gives way. For sessions without a server."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(Turns(), lambda: False, lambda wanted: None)

    @property
    def must_wait(self) -> bool:
        return False

    def begin(self) -> None:
        return

    def end(self) -> None:
        return

    async def checkpoint(self) -> None:
        return

    async def aside(self, work: Callable[[], T]) -> T:
        return work()

    @property
    def longest_answer(self) -> int | None:
        return None

    async def slot(self, size: int) -> None:
        return
