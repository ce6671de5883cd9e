"""Interpolation: where a table's rows were a moment ago, on the straight line between what the server said.

places = Interpolation(lambda row: (row.position.x, row.position.y))
places.attach(client.db.entity)
while True:
    client.update()
    places.settle(time.monotonic())
    for entity in Entity.iter():
        x, y = places.at(entity, time.monotonic())
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

from .tick_clock import TickClock

__all__ = ["Columns", "Interpolation"]

Row = TypeVar("Row")
Columns = tuple[float, ...]

# Moves of a row that are kept, at the least: the delay spans two or three, a burst after a stall a few more.
_KEPT = 8


class _Table(Protocol):
    """What is asked of a table handle of a client."""

    def on_update(self, callback: Callable[[Any, Any, Any], object]) -> object: ...

    def on_delete(self, callback: Callable[[Any, Any], object]) -> object: ...


class Interpolation(Generic[Row]):
    """The moving columns of one table, shown `delay` seconds late and evenly, whatever the network does.

    `columns` gives a row's numbers that move (a place, an angle that does not wrap), `key` its primary key (the row class'
    own by default). Rows are noted as callbacks bring them and timed in `settle`, once after each `update()`; a row that
    changes twice in between belongs to two ticks. `guess` seconds long something that moved in the newest tick is taken to
    move on when nothing comes any more; then it comes back to what the server said last. Everything belongs to the
    thread that updates the client.
    """

    def __init__(
        self,
        columns: Callable[[Row], Columns],
        *,
        key: Callable[[Row], object] | None = None,
        tick: float = 0.05,
        delay: float = 0.1,
        guess: float = 0.25,
    ) -> None:
        self.clock = TickClock(tick)
        self.delay = delay
        self._columns = columns
        self._key = key
        self._guess = guess
        self._paths: dict[object, list[tuple[float, Columns]]] = {}
        # By tick: where what moved in it came from and came to.
        self._moves: list[dict[object, tuple[Columns, Columns]]] = []

    def attach(self, table: _Table) -> None:
        """Note the changes of a table of a client."""
        table.on_update(self.row_updated)
        table.on_delete(self.row_deleted)

    def row_updated(self, old: Row, new: Row, event: object = None) -> None:
        """Row callback: a row changed under its key."""
        before, after = self._columns(old), self._columns(new)
        if before == after:
            return
        key = self._key_of(new)
        if not self._moves or key in self._moves[-1]:
            # The first movement of this round, or the second one of the same row: another tick.
            self._moves.append({})
        self._moves[-1][key] = before, after

    def row_deleted(self, row: Row, event: object = None) -> None:
        """Row callback: a row left. What comes under the same key later has not moved from here."""
        key = self._key_of(row)
        self._paths.pop(key, None)
        for moved in self._moves:
            moved.pop(key, None)

    def settle(self, now: float) -> None:
        """Give the movements since the last call their times; `now` is when they arrived."""
        if not self._moves:
            return
        moves, self._moves = self._moves, []
        period = self.clock.period
        for at, moved in zip(self.clock.stamps(now, len(moves)), moves, strict=True):
            for key, (before, after) in moved.items():
                self._step(key, before, after, at, period)

    def has_moved(self, key: object) -> bool:
        """Whether the row of that key has moved since it came: others are where their row says."""
        return key in self._paths

    def moved_at(self, key: object) -> float | None:
        """The time of the newest movement under that key; None for what has not moved."""
        path = self._paths.get(key)
        return None if path is None else path[-1][0]

    def at(self, row: Row, now: float) -> Columns:
        """The moving columns of `row` as they are to be shown at `now`."""
        path = self._paths.get(self._key_of(row))
        return self._columns(row) if path is None else self._along(path, now - self.delay)

    def _key_of(self, row: Row) -> object:
        key = self._key
        if key is None:
            # Every row class with a primary key names it.
            key = self._key = attrgetter(type(row).primary_key)  # type: ignore[attr-defined]
        return key(row)

    def _step(self, key: object, before: Columns, after: Columns, at: float, period: float) -> None:
        path = self._paths.get(key)
        if path is None:
            self._paths[key] = [(at - period, before), (at, after)]
            return
        # Only movement is sent. Without the end of the rest, the rest would be shown as a slow slide.
        if at - path[-1][0] > 1.5 * period:
            path.append((at - period, path[-1][1]))
        path.append((at, after))
        if len(path) > 2 * _KEPT:
            del path[:_KEPT]

    def _along(self, path: list[tuple[float, Columns]], when: float) -> Columns:
        later_at, later = path[-1]
        if when >= later_at:
            newest = self.clock.newest
            if newest is None or newest > later_at:
                return later
            earlier_at, earlier = path[-2]
            past = when - later_at
            reach = past if past <= self._guess else max(2.0 * self._guess - past, 0.0)
            return _between(earlier, later, 1.0 + reach / (later_at - earlier_at))
        for index in range(len(path) - 2, -1, -1):
            earlier_at, earlier = path[index]
            if earlier_at <= when:
                return _between(earlier, later, (when - earlier_at) / (later_at - earlier_at))
            later_at, later = earlier_at, earlier
        return later


def _between(earlier: Columns, later: Columns, share: float) -> Columns:
    if len(later) == 2:
        # Most games: twice as fast as the loop below.
        x, y = earlier
        return x + (later[0] - x) * share, y + (later[1] - y) * share
    return tuple(a + (b - a) * share for a, b in zip(earlier, later, strict=True))
