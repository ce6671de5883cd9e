"""Who reads the socket: one owner at a time, and a table of what makes it another.

The thread that has the time reads. A message that is read by the thread which waits for it, or by the event loop which serves it,
saves the way through a second thread, which is half of what a call costs; a program that is busy drawing must not keep a
message, or a ping, waiting. So the socket has an owner, and the owner changes with what the program does:

    NONE        there is no socket yet
    IO_THREAD   the process's I/O thread: where the socket is whenever no better place is known
    WAITER      the thread inside `wait(timeout)`, which reads for itself
    LEASE       that thread has gone to work on what it got, and likely comes back: for a moment none reads, since a
                socket that wanders at each frame costs more than it saves. It ends by itself (`LEASE` seconds)
    LOOP        an event loop watches the socket and calls `read` when something has come
    LARGE       a large message is coming in: the I/O thread alone goes on with it, whichever thread began, so that neither a
                frame nor a loop stands still while it is decoded
    FULL        too much waits to be taken: none reads, and the server notices by its own full buffers
    ENDED       there is nothing to read any more

Three rules hold the table together. An event that the table does not name for an owner changes nothing: to give back what
is not lent is fine. Being the owner is the right to *begin* a read; that one goes on is what `Link._reading` (a lock) says,
so an owner that has just been replaced may still finish its message. And who lost the socket without asking, to LARGE,
FULL or OVERDUE, learns it at its next look at `owner`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, auto

from .locks import ReentrantLock

__all__ = ["LEASE", "Event", "Owner", "Reading"]

# Longer than a frame of a game at its slowest, shorter than a person notices.
LEASE = 0.25


# Integers, and by names of their own where each message passes: Python 3.11 looks an enum's member up in 0.4 us and hashes a
# plain one in as much.
class Owner(IntEnum):
    NONE = auto()
    IO_THREAD = auto()
    WAITER = auto()
    LEASE = auto()
    LOOP = auto()
    LARGE = auto()
    FULL = auto()
    ENDED = auto()


class Event(IntEnum):
    OPENED = auto()  # the connection stands
    WAIT_BEGINS = auto()  # a thread has nothing to do but wait
    WAIT_ENDS = auto()  # it goes to work, and will likely wait again
    WAIT_IS_OVER = auto()  # it will not: it only had a look, or the connection is being closed
    LEASE_RAN_OUT = auto()  # it did not come back in time
    LENT = auto()  # to an event loop
    GIVEN_BACK = auto()  # by it
    OVERDUE = auto()  # the loop has not read for so long that it must be stuck in a callback
    LARGE_BEGINS = auto()
    LARGE_ENDS = auto()
    FILLED = auto()  # what waits reached its bound
    EMPTIED = auto()  # it is below again
    CLOSING = auto()  # this side said goodbye, and the other's is to be read
    ENDED = auto()


# For each owner the events that make it another one.
TABLE: dict[Owner, dict[Event, Owner]] = {
    Owner.NONE: {
        Event.OPENED: Owner.IO_THREAD,
        Event.ENDED: Owner.ENDED,
    },
    Owner.IO_THREAD: {
        Event.WAIT_BEGINS: Owner.WAITER,
        Event.LENT: Owner.LOOP,
        Event.LARGE_BEGINS: Owner.LARGE,
        Event.FILLED: Owner.FULL,
        Event.ENDED: Owner.ENDED,
    },
    Owner.WAITER: {
        Event.WAIT_ENDS: Owner.LEASE,
        Event.WAIT_IS_OVER: Owner.IO_THREAD,
        Event.LARGE_BEGINS: Owner.LARGE,
        Event.FILLED: Owner.FULL,
        Event.ENDED: Owner.ENDED,
    },
    Owner.LEASE: {
        Event.WAIT_BEGINS: Owner.WAITER,
        Event.LENT: Owner.LOOP,
        Event.LEASE_RAN_OUT: Owner.IO_THREAD,
        # The thread that closes does not come back to read the goodbye.
        Event.CLOSING: Owner.IO_THREAD,
        # Of a read that was going on when its owner changed.
        Event.LARGE_BEGINS: Owner.LARGE,
        Event.FILLED: Owner.FULL,
        Event.ENDED: Owner.ENDED,
    },
    Owner.LOOP: {
        Event.GIVEN_BACK: Owner.IO_THREAD,
        Event.OVERDUE: Owner.IO_THREAD,
        Event.LARGE_BEGINS: Owner.LARGE,
        Event.FILLED: Owner.FULL,
        Event.ENDED: Owner.ENDED,
    },
    Owner.LARGE: {
        Event.LARGE_ENDS: Owner.IO_THREAD,
        Event.FILLED: Owner.FULL,
        Event.ENDED: Owner.ENDED,
    },
    Owner.FULL: {
        Event.EMPTIED: Owner.IO_THREAD,
        Event.ENDED: Owner.ENDED,
    },
    Owner.ENDED: {},
}


_LEASED, _IO_THREAD, _LARGE = Owner.LEASE, Owner.IO_THREAD, Owner.LARGE
_WAIT_ENDS, _WAIT_IS_OVER, _LEASE_RAN_OUT = Event.WAIT_ENDS, Event.WAIT_IS_OVER, Event.LEASE_RAN_OUT


class Reading:
    """The owner of one link's socket. `lock` guards it: held wherever the owner changes, not where it is only looked at.

    A look without the lock may be old by the time it is used; every user of one looks again, or finds the lock of the
    read itself taken.
    """

    def __init__(self, lock: ReentrantLock, clock: Callable[[], float]) -> None:
        self.owner = Owner.NONE
        self._lock = lock
        self._clock = clock
        self._lease_until = 0.0

    def happens(self, event: Event) -> bool:
        """Follow `event`; whether the owner is another one now."""
        assert self._lock.locked(), "the owner changes under its lock"
        after = TABLE[self.owner].get(event)
        if after is None:
            return False
        self.owner = after
        return True

    def end_wait(self, *, renew: bool) -> bool:
        """The waiting thread goes; with `renew` it is expected back within `LEASE` seconds. Whether the owner changed.

        Without, a lease that has not run out goes on: a look in between (`wait(0)`) neither ends nor prolongs it.
        """
        now = self._clock()
        if renew:
            self._lease_until = now + LEASE
        # As `happens`, by hand: each message passes it.
        after = TABLE[self.owner].get(_WAIT_ENDS if now < self._lease_until else _WAIT_IS_OVER)
        if after is None:
            return False
        self.owner = after
        return True

    def close(self) -> bool:
        """This side says goodbye: no lease goes on, nor is one given any more."""
        self._lease_until = 0.0
        return self.happens(Event.CLOSING)

    @property
    def is_leased(self) -> bool:
        return self.owner is _LEASED and self._clock() < self._lease_until

    @property
    def is_io_threads(self) -> bool:
        """Whether the I/O thread is the one to read; with the lock held, since a lease that ran out becomes its own."""
        if self.owner is _LEASED and self._clock() >= self._lease_until:
            self.happens(_LEASE_RAN_OUT)
        return self.owner is _IO_THREAD or self.owner is _LARGE
