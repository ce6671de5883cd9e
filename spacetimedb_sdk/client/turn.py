"""The turn to update: one thread at a time applies messages and runs callbacks; the others wait.

Who holds it        update() here            result() here                        callback attached here
free, no owner      takes it, becomes owner  takes it for as long as it waits     runs at once
free, owner here    takes it                 takes it                             runs at once
free, owner else    takes it, becomes owner  waits for the owner's update()       postponed to the next update()
this thread         ClientStateError         ClientStateError                     runs at once
another thread      ClientStateError         waits                                postponed to the next update()

The *owner* is the thread whose program calls `update()` (of the async client: the thread of its event loop). It keeps
the title between two frames, so that a thread that waits for an answer does not run the callbacks of a game whose frame
takes its time. A thread that only waits for answers owns nothing: its turn ends with the wait. A thread that has ended
owns nothing either.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import get_ident

from ..errors import ClientStateError

__all__ = ["Turn"]


class Turn:
    """Who updates one client. From any thread."""

    def __init__(self, lock: threading.RLock) -> None:
        # The client's lock: an answer is given and waited for under the same one, so that none is missed.
        self._lock = lock
        self._changed = threading.Condition(lock)
        self._waiters = 0
        # The turn while none has it: to pop it is one step, which no other thread can get into, and costs a tenth of a lock.
        self._free = [None]
        self._holder: int | None = None
        self._owner: threading.Thread | None = None
        # What `_owner` itself says by way of Python, where each update looks.
        self._owner_ident = 0
        # How many updates have ended while a thread waited: a wait without a limit ends where this stands still.
        self.ended = 0

    @property
    def is_taken(self) -> bool:
        """Whether an update is under way."""
        return self._holder is not None

    @property
    def is_held_here(self) -> bool:
        """Whether this thread is updating: it is inside a callback then."""
        return self._holder == threading.get_ident()

    @property
    def runs_callbacks_here(self) -> bool:
        """Whether a callback may run on this thread now."""
        if self._holder is not None:
            return self.is_held_here
        return self._is_own()

    @property
    def owner_name(self) -> str:
        """The name of the thread that calls `update()`."""
        owner = self._owner
        return "no thread" if owner is None else f"the thread {owner.name!r}"

    def _is_own(self) -> bool:
        owner = self._owner
        return owner is None or owner.ident == threading.get_ident() or not owner.is_alive()

    @property
    def is_owned_here(self) -> bool:
        """Whether this thread is the one that calls `update()`."""
        return self._owner is not None and self._owner.ident == threading.get_ident()

    def own(self) -> None:
        """Make this thread the one that updates."""
        self._owner = threading.current_thread()
        self._owner_ident = threading.get_ident()

    def take(self) -> None:
        """Begin to update, as the thread that does. ClientStateError where that is under way already."""
        me = get_ident()
        try:
            self._free.pop()
        except IndexError:
            where = "from inside a callback" if self._holder == me else "from a second thread"
            raise ClientStateError(
                f"update() was called {where}: one thread calls it, outside of callbacks"
            ) from None
        self._holder = me
        if self._owner_ident != me:
            self.own()

    def take_if_free(self) -> bool:
        """Begin to update unless that is under way."""
        try:
            self._free.pop()
        except IndexError:
            return False
        self._holder = threading.get_ident()
        return True

    def take_to_wait(self) -> bool:
        """Begin to update for as long as this thread waits; False where another thread is the one to do it."""
        return self._is_own() and self.take_if_free()

    def end(self) -> None:
        """The update is over."""
        self._holder = None
        self._free.append(None)
        # Without the lock: who comes to wait counts itself before it looks at the holder, so one of the two sees the other.
        if self._waiters:
            with self._lock:
                self.ended += 1
                self._changed.notify_all()

    def answered(self) -> None:
        """An answer has come: threads that wait look for theirs. With the client's lock held."""
        if self._waiters:
            self._changed.notify_all()

    def wait(self, answered: Callable[[], bool], seconds: float, *, may_update: bool) -> bool:
        """Wait until `answered()`, or, with `may_update`, until this thread has to update; False after `seconds`."""
        with self._changed:
            self._waiters += 1
            try:
                return self._changed.wait_for(
                    lambda: answered() or (may_update and self._holder is None and self._is_own()), seconds
                )
            finally:
                self._waiters -= 1
