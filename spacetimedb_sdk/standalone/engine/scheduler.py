"""Which timer row is due when. Knows no clock: the time is passed in."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

from ...types import ScheduleAt
from ..tables.datastore import TableChange
from ..tables.table_store import TableStore

__all__ = ["Scheduler", "Timer"]


@dataclass(order=True, slots=True)
class Timer:
    """One row of a scheduled table, to run its reducer at `due` (microseconds since the epoch)."""

    due: int
    order: int
    interval: int | None = field(compare=False)
    store: TableStore[Any] = field(compare=False, repr=False)
    key: int = field(compare=False)


class Scheduler:
    """The timers of a database. One that was removed or replaced stays in the heap and is skipped when it comes up."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._timers: dict[tuple[str, int], Timer] = {}
        self._count = 0

    def apply(self, changes: list[TableChange], now: int) -> None:
        """Follows what a transaction at `now` did to the timer tables."""
        for change in changes:
            schedule = change.store.definition.schedule
            if schedule is None:
                continue
            for row in change.deletes:
                self._timers.pop((change.store.name, row.scheduled_id), None)
            for row in change.inserts:
                at = row.scheduled_at
                interval = at.value.micros if isinstance(at, ScheduleAt.Interval) else None
                due = at.value.micros if interval is None else now + max(interval, 1)
                self._add(Timer(due, 0, interval, change.store, row.scheduled_id))

    def _add(self, timer: Timer) -> None:
        self._count += 1
        timer.order = self._count
        self._timers[timer.store.name, timer.key] = timer
        heapq.heappush(self._heap, timer)

    def is_live(self, timer: Timer) -> bool:
        """Whether the timer's row is still there, unreplaced."""
        return self._timers.get((timer.store.name, timer.key)) is timer

    def next_due(self) -> int | None:
        """When the next timer is due, or None where there is none."""
        while self._heap and not self.is_live(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0].due if self._heap else None

    def take_due(self, now: int) -> Timer | None:
        """The timer that is due at `now` and has been the longest; it stays live."""
        due = self.next_due()
        return heapq.heappop(self._heap) if due is not None and due <= now else None

    def rearm(self, timer: Timer, now: int) -> None:
        """Sets an interval timer for its next turn: counted from when this one was meant to be, so that lateness does
        not add up; turns that are over by `now` are left out, so that they do not pile up."""
        interval = max(timer.interval or 0, 1)
        missed = max(now - timer.due, 0) // interval
        self._timers.pop((timer.store.name, timer.key), None)
        self._add(Timer(timer.due + (missed + 1) * interval, 0, timer.interval, timer.store, timer.key))
