"""Beside the loop: procedures wait in threads of their own, and come back to the loop for their transactions."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

__all__ = ["Beside"]

T = TypeVar("T")
# More than that wait for one to end.
_MAX_THREADS = 64


class Beside:
    """Threads of one database, on whose loop's thread this is made."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop_thread = threading.get_ident()
        self._running = 0
        self._waiting: deque[Callable[[], None]] = deque()
        # Transactions that threads wait for.
        self._asked: set[Future[object]] = set()

    @property
    def is_busy(self) -> bool:
        """Whether something runs there, or waits for a thread."""
        return self._running > 0

    def run(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """What `work` returns, done in a thread; to be called on the loop."""
        outcome: asyncio.Future[T] = self._loop.create_future()

        def thread() -> None:
            done: Future[T] = Future()
            _settle(done, work)
            with suppress(RuntimeError):  # the loop has ended: no task waits any more
                self._loop.call_soon_threadsafe(self._ended, outcome, done)

        def start() -> None:
            self._running += 1
            # Not to be waited for when the process ends: what a module waits for may never come.
            threading.Thread(target=thread, name="spacetimedb procedure", daemon=True).start()

        if self._running < _MAX_THREADS:
            start()
        else:
            self._waiting.append(start)
        return outcome

    def _ended(self, outcome: asyncio.Future[T], done: Future[T]) -> None:
        self._running -= 1
        if self._waiting:
            self._waiting.popleft()()
        if outcome.cancelled():
            return
        error = done.exception()
        if error is None:
            outcome.set_result(done.result())
        else:
            outcome.set_exception(error)

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
        for asked in list(self._asked):
            asked.cancel()


def _settle(future: Future[T], work: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # noqa: BLE001 - whatever it is belongs to who waits
        future.set_exception(error)
