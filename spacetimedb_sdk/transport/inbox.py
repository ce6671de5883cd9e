"""Inbox: what has come and waits to be taken, within a bound in bytes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from weakref import WeakMethod

from ..protocol.outcomes import Outcome
from .locks import ReentrantLock
from .reading import Event, Reading

__all__ = ["OUTCOME_BYTES", "Inbox"]

# What an outcome costs beside the bytes it was decoded from: a million empty messages are not nothing.
OUTCOME_BYTES = 256


class Inbox:
    """Outcomes in the order they came. Any thread puts and takes; a thread may wait for the first.

    `lock` guards it and `reading` alike, since to be full or not decides who reads. `has_room` is called, without the lock, when
    reading may go on that had stopped, for as long as its object is there.
    """

    def __init__(
        self,
        limit: int,
        lock: ReentrantLock,
        reading: Reading,
        clock: Callable[[], float],
        has_room: Callable[[], None],
    ) -> None:
        self.queued = 0
        # When it filled up, None while it is not full.
        self.full_since: float | None = None
        self.limit = limit
        self._lock = lock
        self._reading = reading
        self._clock = clock
        # Weakly: it belongs to what owns the inbox, which must be gone as soon as it is let go of.
        self._has_room = WeakMethod(has_room)
        # To be looked at only; so often that no call lies in between.
        self.outcomes: deque[tuple[Outcome, int]] = deque()
        self._changed = threading.Condition(lock)
        # How many threads wait: to wake none takes three calls, for each message.
        self._waiters = 0

    def __len__(self) -> int:
        return len(self.outcomes)

    def put(self, outcomes: list[Outcome], size: int) -> bool:
        """Add what a message of `size` bytes was decoded to; whether the inbox was empty before, and is not now."""
        waiting = self.outcomes
        cost = size if size > OUTCOME_BYTES else OUTCOME_BYTES
        with self._lock:
            is_first = not waiting
            for outcome in outcomes:
                waiting.append((outcome, cost))
                self.queued += cost
                cost = OUTCOME_BYTES
            if self.queued >= self.limit and self.full_since is None:
                self.full_since = self._clock()
                self._reading.happens(Event.FILLED)
            if self._waiters:
                self._changed.notify_all()
        return is_first and bool(outcomes)

    def take(self) -> Outcome | None:
        """The oldest, None where there is none."""
        with self._lock:
            if not self.outcomes:
                return None
            outcome, cost = self.outcomes.popleft()
            self.queued -= cost
            if self.full_since is None or self.queued >= self.limit:
                return outcome
            self.full_since = None
            resumes = self._reading.happens(Event.EMPTIED)
        has_room = self._has_room()
        if resumes and has_room is not None:
            has_room()
        return outcome

    def abandon(self) -> None:
        """In a child process, where what waits is the parent's, and threads that hold the lock do not exist."""
        self._lock = ReentrantLock()
        self.outcomes.clear()

    def wait(self, seconds: float) -> bool:
        """Block until there is one; whether there is. With the lock held, which is let go meanwhile."""
        assert self._lock.locked(), "the inbox is waited for under its lock"
        self._waiters += 1
        try:
            return self._changed.wait_for(lambda: bool(self.outcomes), max(seconds, 0.0))
        finally:
            self._waiters -= 1
