"""Which timer row is due when. Knows no clock: the time is passed in."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from ...types import ScheduleAt
from ..tables.datastore import TableChange
from ..tables.table_store import TableStore

__all__ = ["Moment", "Scheduler", "Timer", "at_once"]


def at_once(run: Callable[[], None], ran: Callable[[], None]) -> None:
    """Runs the procedure of a timer where there is no loop to run it beside, then what is to be done after it."""
    run()
    ran()


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, in microseconds: `wall` since the epoch, as people set it; `steady` since whenever, it only goes on."""

    wall: int
    steady: int


@dataclass(order=True, slots=True)
class Timer:
    """One row of a scheduled table, to run its reducer at `due`: on the steady clock where it has an `interval`, which
    a clock set back or forward must not stop, else on the wall's. In microseconds."""

    due: int
    order: int
    interval: int | None = field(compare=False)
    store: TableStore[object] = field(compare=False, repr=False)
    key: int = field(compare=False)

    def remaining(self, now: Moment) -> int:
        """How long until it is due; negative: how late it is."""
        return self.due - (now.wall if self.interval is None else now.steady)


class Scheduler:
    """The timers of a database. One that was removed or replaced stays in its heap and is skipped when it comes up."""

    def __init__(self) -> None:
        self._times: list[Timer] = []
        self._intervals: list[Timer] = []
        self._timers: dict[tuple[str, int], Timer] = {}
        self._count = 0

    def apply(self, changes: list[TableChange], now: Moment) -> None:
        """Follows what a transaction at `now` did to tables that have timers."""
        for change in changes:
            for row in change.deletes:
                self._timers.pop((change.store.name, row.scheduled_id), None)
            for row in change.inserts:
                at = row.scheduled_at
                interval = at.value.micros if isinstance(at, ScheduleAt.Interval) else None
                due = at.value.micros if interval is None else now.steady + max(interval, 1)
                self._add(Timer(due, 0, interval, change.store, row.scheduled_id))

    def _add(self, timer: Timer) -> None:
        self._count += 1
        timer.order = self._count
        self._timers[timer.store.name, timer.key] = timer
        heapq.heappush(self._times if timer.interval is None else self._intervals, timer)

    def is_live(self, timer: Timer) -> bool:
        """Whether the timer's row is still there, unreplaced."""
        return self._timers.get((timer.store.name, timer.key)) is timer

    def _first(self, heap: list[Timer]) -> Timer | None:
        while heap and not self.is_live(heap[0]):
            heapq.heappop(heap)
        return heap[0] if heap else None

    def next(self, now: Moment) -> Timer | None:
        """The timer that is due first."""
        found = [timer for heap in (self._times, self._intervals) if (timer := self._first(heap)) is not None]
        if len(found) < 2:
            return found[0] if found else None
        return min(found, key=lambda timer: (timer.remaining(now), timer.order))

    def take_due(self, now: Moment) -> Timer | None:
        """The timer that is due at `now` and has been the longest; it stays live."""
        timer = self.next(now)
        if timer is None or timer.remaining(now) > 0:
            return None
        return heapq.heappop(self._times if timer.interval is None else self._intervals)

    def rearm(self, timer: Timer, now: Moment) -> None:
        """Sets an interval timer for its next turn: counted from when this one was meant to be, so that lateness does
        not add up; turns that are over by `now` are left out, so that they do not pile up."""
        interval = max(timer.interval or 0, 1)
        missed = max(-timer.remaining(now), 0) // interval
        self._timers.pop((timer.store.name, timer.key), None)
        self._add(Timer(timer.due + (missed + 1) * interval, 0, timer.interval, timer.store, timer.key))
