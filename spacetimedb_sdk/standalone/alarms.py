"""Alarms: what is due at a time goes before what clients ask for.

The event loop comes to a timer when all is done that it had to do before: calls of hundreds of clients, say, or frames for
as many. So each of those asks, when it begins, whether an alarm is due, and rings it first.
Half of the time at most goes to what is rung so.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from time import perf_counter

__all__ = ["Alarm", "Alarms"]


class Alarm:
    """Has `work` done when it is `at`, once; `cancel` it, and it never is."""

    __slots__ = ("_alarms", "_handle", "at", "work")

    def __init__(
        self, alarms: Alarms, seconds: float, work: Callable[[], object], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._alarms = alarms
        self.at = alarms.clock() + seconds
        self.work = work
        self._handle = loop.call_later(seconds, self.ring)

    def cancel(self) -> None:
        self._handle.cancel()
        self._alarms.forget(self)

    def ring(self) -> None:
        """Does the work, whether the loop has come to it or another asked first."""
        self.cancel()
        self.work()


class Alarms:
    """Those of one event loop. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self.clock = clock
        # When the first is due: compared with the time before each piece of work, so it is no function.
        self.first = math.inf
        self._set: set[Alarm] = set()  # one for each database: few
        # What was rung before other work has as long to wait then as it took: of alarms that follow each other closely each would
        # go before one call.
        self._not_before = -math.inf

    def set(
        self, seconds: float, work: Callable[[], object], loop: asyncio.AbstractEventLoop | None = None
    ) -> Alarm:
        """Has `work` done in so many seconds, by `loop` if nothing asks before; by default the one that runs."""
        alarm = Alarm(self, seconds, work, loop or asyncio.get_running_loop())
        self._set.add(alarm)
        self._find_first()
        return alarm

    def forget(self, alarm: Alarm) -> None:
        self._set.discard(alarm)
        self._find_first()

    def _find_first(self) -> None:
        self.first = max(min((alarm.at for alarm in self._set), default=math.inf), self._not_before)

    def look(self) -> None:
        """Rings those that are due, before a piece of work that no share of the loop is kept for."""
        if self.clock() >= self.first:
            self.ring()

    def ring(self) -> None:
        """Rings those that are due. What one raises is the loop's to tell, not that of who asked."""
        began = self.clock()
        for alarm in sorted((alarm for alarm in self._set if alarm.at <= began), key=lambda alarm: alarm.at):
            if alarm not in self._set:  # one before it has cancelled it
                continue
            try:
                alarm.ring()
            except Exception as error:  # noqa: BLE001 - as the loop does with what it runs
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "an alarm failed", "exception": error}
                )
        ended = self.clock()
        self._not_before = ended + (ended - began)
        self._find_first()
