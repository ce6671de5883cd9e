"""Loop work: what a client has its event loop do, scheduled events and the tasks of `async def` callbacks.

Each runs with the client ambient. What one of them raises is logged at once, and goes to `on_error`, or ends the run.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import math
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol, SupportsFloat, SupportsIndex

from ..bindings.ambient import AMBIENT, BoundClient
from ..bindings.callbacks import describe
from .rows.dispatch import Dispatcher

__all__ = ["LoopOwner", "LoopWork"]

log = logging.getLogger("spacetimedb_sdk.callbacks")


class LoopOwner(BoundClient, Protocol):
    """The client whose work it is."""

    @property
    def dispatcher(self) -> Dispatcher: ...


class LoopWork:
    """Timers and tasks of one client, from the first `schedule` to `stop`."""

    def __init__(self, core: LoopOwner) -> None:
        self._core = core
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failed: Callable[[], None] = lambda: None
        # Set for good by `stop`: timers that are asked for afterwards never start.
        self._is_over = False
        self._waiting: list[tuple[float, Callable[..., object], tuple[object, ...]]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._tasks: set[asyncio.Task[object]] = set()
        # What ends the run: the first error that no `on_error` took.
        self.failure: BaseException | None = None

    def start(self, loop: asyncio.AbstractEventLoop, failed: Callable[[], None]) -> None:
        """Begin what was scheduled before; `failed` is called when there is a `failure`."""
        self._loop, self._failed = loop, failed
        waiting, self._waiting = self._waiting, []
        # One moment for all, however long a busy machine takes for this: what is due first comes first, and what is due at once
        # in the order in which it was asked for.
        now, due = loop.time(), -math.inf
        for delay, callback, args in sorted(waiting, key=lambda entry: entry[0]):
            due = max(now + delay, math.nextafter(due, math.inf))
            self._start_timer(loop, due, callback, args)

    def stop(self) -> None:
        """No event fires any more, and the tasks of now are cancelled."""
        self._is_over = True
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for task in self._tasks:
            task.cancel()

    async def finish(self, seconds: float) -> None:
        """Wait for the tasks of what ran since `stop`, an `async def on_disconnect` for instance; then take no more."""
        late = [task for task in self._tasks if not task.cancelling()]
        if late:
            await asyncio.wait(late, timeout=seconds)
        self._loop = None

    def schedule(self, delay: float, callback: Callable[..., object], args: tuple[object, ...]) -> None:
        """Call `callback(*args)` once, `delay` seconds from now or from the start. From any thread."""
        if not callable(callback):
            raise TypeError(f"a callback must be callable, not {callback!r}")
        seconds = _seconds(delay)
        if self._is_over:
            return
        loop = self._loop
        if loop is None:
            self._waiting.append((seconds, callback, args))
        elif _is_running_here(loop):
            self._start_timer(loop, loop.time() + seconds, callback, args)
        else:
            # Timers are the loop's own, and it would not wake for one. A loop that has ended fires nothing.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._start_timer, loop, loop.time() + seconds, callback, args)

    def _start_timer(
        self,
        loop: asyncio.AbstractEventLoop,
        due: float,
        callback: Callable[..., object],
        args: tuple[object, ...],
    ) -> None:
        if self._is_over:
            return

        def fire() -> None:
            self._timers.discard(timer)
            if not self._is_over:
                self._fire(callback, args)

        timer = loop.call_at(due, fire)
        self._timers.add(timer)

    def _fire(self, callback: Callable[..., object], args: tuple[object, ...]) -> None:
        ambient = AMBIENT.set(self._core)
        try:
            result = callback(*args)
            if inspect.iscoroutine(result):
                self.spawn(result, callback)
        except Exception as error:  # noqa: BLE001 - whatever a user's event raises ends run(), or goes to on_error
            self._raised(callback, error)
        finally:
            AMBIENT.reset(ambient)

    def _raised(self, callback: Callable[..., object], error: BaseException) -> None:
        dispatcher = self._core.dispatcher
        if dispatcher.on_error is not None and isinstance(error, Exception):
            dispatcher.report(callback, error)
            return
        log.error("%s raised %r, which ends the run", describe(callback), error, exc_info=error)
        self.failure = self.failure or error
        self._failed()

    def spawn(self, coroutine: Coroutine[Any, Any, Any], callback: Callable[..., object]) -> None:
        """A task for what an `async def` callback returned; it inherits the ambient client."""
        if self._loop is None:
            coroutine.close()
            return
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)

        def done(finished: asyncio.Task[object]) -> None:
            self._tasks.discard(finished)
            error = None if finished.cancelled() else finished.exception()
            if error is not None:
                self._raised(callback, error)

        task.add_done_callback(done)


def _seconds(delay: object) -> float:
    """TypeError for what is no number, ValueError for one that never comes."""
    if isinstance(delay, bool) or not isinstance(delay, SupportsFloat | SupportsIndex):
        raise TypeError(f"the delay of an event is a number of seconds, not {delay!r}")
    seconds = float(delay)
    if not math.isfinite(seconds):
        raise ValueError(f"the delay of an event is a finite number of seconds, not {delay!r}")
    return seconds


def _is_running_here(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
