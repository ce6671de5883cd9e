"""Playback: a match that is over, shown as time passes: paused, slower, faster, from any moment of it."""

from __future__ import annotations

from typing import Any, Protocol

from spacetimedb_sdk import Identity

from ..tables import LocalTable, LocalTables
from ..world import World
from .history import Moment, Rows

__all__ = ["SPEEDS", "Match", "Playback"]

# Seconds of the match in a second.
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)

# Messages that are read in a frame: ahead of what is shown, so that the picture does not stop, and while one waits.
_AHEAD, _WAITING = 8, 60


class Match(Protocol):
    """What can be played back; times are seconds. `load` reads on, and `loaded` is how far that has come."""

    damage: str | None

    @property
    def identity(self) -> Identity | None: ...

    @property
    def start(self) -> float: ...

    @property
    def end(self) -> float: ...

    @property
    def loaded(self) -> float: ...

    def load(self, messages: int) -> None: ...

    def rows(self, at: float) -> Rows: ...

    def moments(self, after: float, until: float) -> Any: ...

    def close(self) -> None: ...


class Playback:
    """Shows a match in a world. `position` and `length` are seconds from the match's beginning.

    The world has a time of its own that only goes on, wherever in the match one is: what is eased goes on easily.
    """

    def __init__(self, match: Match, world: World) -> None:
        self.match = match
        self.is_paused = False
        self._world = world
        self._tables = LocalTables()
        self._speed = SPEEDS.index(1.0)
        self._shown: float | None = None
        self._wanted: float | None = match.start
        self._now = 0.0
        world.attach(self._tables)

    @property
    def length(self) -> float:
        return max(self.match.end - self.match.start, 0.0)

    @property
    def position(self) -> float:
        at = self._wanted if self._wanted is not None else self._shown
        return min(max((self.match.start if at is None else at) - self.match.start, 0.0), self.length)

    @property
    def loaded(self) -> float:
        """Up to which position it can be shown at once."""
        return min(max(self.match.loaded - self.match.start, 0.0), self.length)

    @property
    def is_waiting(self) -> bool:
        """Whether what is to be shown is still being read."""
        return self._wanted is not None

    @property
    def is_over(self) -> bool:
        """Whether everything has been shown."""
        return self._wanted is None and self._shown is not None and self._shown >= self.match.end

    @property
    def speed(self) -> float:
        """Seconds of the match in a second."""
        return SPEEDS[self._speed]

    def faster(self, by: int) -> None:
        """One step of `SPEEDS` up (1) or down (-1)."""
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)

    def seek(self, position: float) -> None:
        """Go on from there; what lies beyond either end is that end."""
        self._wanted = self.match.start + min(max(position, 0.0), self.length)

    def advance(self, elapsed: float) -> float:
        """Go on by `elapsed` seconds of the watcher's time; returns how many seconds the world has gone on."""
        match = self.match
        match.load(_AHEAD if self._wanted is None else _WAITING)
        if self._wanted is not None:
            # Only now it may be known when the first rows came, and that a broken match ends earlier than it was said to.
            wanted = max(min(self._wanted, match.end), match.start)
            if match.loaded < wanted:
                return 0.0
            self._jump(wanted)
        if self.is_paused or self._shown is None or self.is_over:
            return 0.0
        until = min(self._shown + elapsed * self.speed, match.loaded, match.end)
        passed = max(until - self._shown, 0.0)
        self._now += passed
        self._world.begin(self._now)
        for moment in match.moments(self._shown, until):
            self._apply(moment)
        self._shown = max(until, self._shown)
        self._world.settle()
        return passed

    @property
    def now(self) -> float:
        """The time of the world."""
        return self._now

    # -- inside ------------------------------------------------------------------------------------------------

    def _apply(self, moment: Moment) -> None:
        moment.apply(self._put)

    def _put(self, table: str, key: Any, row: Any) -> None:
        handle: LocalTable[Any] = getattr(self._tables, table)
        if row is not None:
            handle.put(row)
        elif handle.find(**{handle.key: key}) is not None:
            handle.remove(key)

    def _jump(self, at: float) -> None:
        """Be at the time `at`, whatever was shown before: what is there then has not moved there from anywhere."""
        self._shown, self._wanted = at, None
        self._world.begin(self._now)
        self._world.identity = self.match.identity
        for table, rows in self.match.rows(at).items():
            handle: LocalTable[Any] = getattr(self._tables, table)
            for old in list(handle.iter()):
                key = getattr(old, handle.key)
                if rows.get(key) is not old:
                    handle.remove(key)
            for key, row in rows.items():
                if handle.find(**{handle.key: key}) is None:
                    handle.put(row)
        self._world.settle(witnessed=False)
