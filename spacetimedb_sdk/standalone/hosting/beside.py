"""Beside the loop: procedures wait in threads of their own, and come back to the loop for their transactions."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from ..engine.failures import settled
from ..engine.time_limit import raise_timed_out
from ..errors import TimedOut
from ..quick_switching import QUICK_SWITCHING

__all__ = ["Beside"]

T = TypeVar("T")
# More than that wait for one to end.
_MAX_THREADS = 64
# Who computes has the interpreter for itself again and again, for some milliseconds each time: while so many do no more are
# begun. Those that wait for something cost nothing.
_COMPUTING_AT_ONCE = 2
# One that has just begun is looked at soon: most of those that wait do so by then.
_FIRST_LOOK_SECONDS, _LOOK_SECONDS = 0.008, 0.025
# Of the time between two looks. Two that compute, and the loop, have a third each.
_COMPUTES_FROM = 0.1


class _Task:
    """Work in a thread of its own; `result` is what it returned, or the error. `computes`: as far as is known."""

    __slots__ = (
        "_lock",
        "_may_be_ended",
        "_was_ended",
        "begun_at",
        "clock",
        "computes",
        "outcome",
        "result",
        "seen",
        "thread",
        "work",
    )

    def __init__(self, work: Callable[[], object], outcome: asyncio.Future[Any]) -> None:
        self.work = work
        self.outcome = outcome
        self.thread = 0
        # Of the processor's time of its thread; None before it runs, and where the system does not tell.
        self.clock: int | None = None
        # Seconds of the processor: when the work began, and at the last look.
        self.begun_at = self.seen = 0.0
        self.computes = True
        self.result: tuple[object, BaseException | None] = None, None
        # Whether it may be ended; held while that is settled.
        self._may_be_ended = self._was_ended = False
        self._lock = threading.Lock()

    def run(self) -> None:
        self.thread = threading.get_ident()
        self.begun_at = self.seen = time.thread_time()
        if hasattr(time, "pthread_getcpuclockid"):
            # Asked for here, where the thread is sure to live: of one that has ended it would read freed memory.
            self.clock = time.pthread_getcpuclockid(self.thread)
        try:
            self.result = self.work(), None
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs to who waits
            self.result = None, error

    def limited(self, work: Callable[[], T]) -> T:
        self._may_be_ended = True
        try:
            return settled(work)
        finally:
            with self._lock:
                self._may_be_ended = False
            if self._was_ended:
                # It may have ended by itself in the last moment: what is on its way comes here, and reaches no other code.
                with suppress(TimedOut):
                    for _ in range(2):
                        continue

    def end(self) -> None:
        """Has TimedOut raised in its thread, unless nothing of the module's runs there any more."""
        # What the loop would wait for may be what the thread was interrupted in: the next look is soon.
        if not self._lock.acquire(blocking=False):
            return
        try:
            if self._may_be_ended:
                self._was_ended = True
                raise_timed_out(self.thread)
        finally:
            self._lock.release()

    def used(self) -> float | None:
        """Seconds of the processor that its thread has had; None where the system does not tell."""
        if self.clock is None:
            return None
        try:
            return time.clock_gettime(self.clock)
        except OSError:  # the thread has ended
            return None


class Beside:
    """Threads of one database, on whose loop's thread this is made. What uses more than `seconds` of the processor is ended
    by TimedOut; None lets it compute. (Where the system does not tell what a thread uses, nothing is ended.)"""

    def __init__(self, seconds: float | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._seconds = seconds
        self._running: dict[_Task, None] = {}
        self._waiting: deque[_Task] = deque()
        # Transactions that threads wait for.
        self._asked: set[Future[object]] = set()
        self._of_thread = threading.local()
        self._look_at: asyncio.TimerHandle | None = None
        self._looked = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether something runs there, or waits for a thread."""
        return bool(self._running or self._waiting)

    def run(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """What `work` returns, done in a thread; to be called on the loop."""
        outcome: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append(_Task(work, outcome))
        self._start_some()
        return outcome

    def _start_some(self) -> None:
        while self._waiting and len(self._running) < _MAX_THREADS:
            if sum(task.computes for task in self._running) >= _COMPUTING_AT_ONCE:
                break
            task = self._waiting.popleft()
            self._running[task] = None
            # Not to be waited for when the process ends: what a module waits for may never come.
            threading.Thread(
                target=self._thread, args=(task,), name="spacetimedb procedure", daemon=True
            ).start()
            self._look_in(_FIRST_LOOK_SECONDS)

    def _thread(self, task: _Task) -> None:
        self._of_thread.task = task
        with QUICK_SWITCHING:
            task.run()
        with suppress(RuntimeError):  # the loop has ended: no task waits any more
            self._loop.call_soon_threadsafe(self._ended, task)

    def limited(self, work: Callable[[], T]) -> T:
        """What `work` returns, in the thread that this is called in. TimedOut where it has computed for too long."""
        task: _Task | None = getattr(self._of_thread, "task", None)
        return work() if task is None else task.limited(work)

    def _ended(self, task: _Task) -> None:
        del self._running[task]
        self._start_some()
        if task.outcome.cancelled():
            return
        value, error = task.result
        if error is None:
            task.outcome.set_result(value)
        else:
            task.outcome.set_exception(error)

    def _look_in(self, seconds: float) -> None:
        if self._look_at is None:
            self._looked = self._loop.time()
            self._look_at = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        """Finds out who computes, ends who has had enough, and begins more where there is room."""
        self._look_at = None
        now = self._loop.time()
        enough = (now - self._looked) * _COMPUTES_FROM
        for task in self._running:
            used = task.used()
            if used is None:  # nothing is known of it: it is in nobody's way
                task.computes = False
                continue
            task.computes = used - task.seen > enough
            task.seen = used
            if self._seconds is not None and used - task.begun_at > self._seconds:
                # Again at each look: it may take no exception for an answer. What it is interrupted in is no change of a
                # table: transactions are done on the loop's thread.
                task.end()
        self._start_some()
        if self._running:
            self._look_in(_LOOK_SECONDS)

    def on_loop(self, work: Callable[[], T]) -> T:
        """What `work` returns, done on the loop's thread, where one transaction follows the other."""
        if threading.get_ident() == self._loop_thread:
            return work()
        asked: Future[T] = Future()
        self._asked.add(asked)  # type: ignore[arg-type]  # of any kind
        try:
            self._loop.call_soon_threadsafe(_settle, asked, work)
            return asked.result()
        finally:
            self._asked.discard(asked)

    def close(self) -> None:
        """Who waits for a transaction gets none any more."""
        self._waiting.clear()
        if self._look_at is not None:
            self._look_at.cancel()
        for asked in list(self._asked):
            asked.cancel()


def _settle(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whatever it is belongs to who waits
        future.set_exception(error)
