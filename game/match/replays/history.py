"""History: the rows of a world over time, to be shown again from any moment of it."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Any

from module_bindings import DbVector2, Entity
from spacetimedb_sdk import Identity

from ..tables import WorldTables

__all__ = ["Clip", "History", "Moment", "Rows", "Timeline"]

# Each table by the column that its rows are kept by.
_KEYS = {
    "config": "id",
    "player": "identity",
    "entity": "entity_id",
    "circle": "entity_id",
    "food": "entity_id",
    "protection": "player_id",
    "world_rules": "id",
}
# Ticks between two snapshots of all rows: five seconds of a world of Blackholio.
_SEGMENT = 100

# By table, then by key.
Rows = dict[str, dict[Any, Any]]


@dataclass(slots=True)
class Moment:
    """What changed at `at` (seconds). Movements are most of it, and are kept as plain numbers: id, x, y, mass."""

    at: float
    ids: array[int] = field(default_factory=lambda: array("q"))
    numbers: array[float] = field(default_factory=lambda: array("d"))
    # (table, key, row), None for a row that left; they hold after the movements.
    others: list[tuple[str, Any, Any]] = field(default_factory=list)

    def apply(self, put: Callable[[str, Any, Any], object]) -> None:
        """Hand out each change as `put(table, key, row)`."""
        numbers = self.numbers
        for index, entity_id in enumerate(self.ids):
            x, y, mass = numbers[3 * index : 3 * index + 3]
            put("entity", entity_id, Entity(entity_id, DbVector2(x, y), int(mass)))
        for table, key, row in self.others:
            put(table, key, row)


@dataclass(slots=True)
class _Segment:
    """All rows as they were before the first of its moments, of which there is one at least."""

    rows: Rows
    moments: list[Moment]

    @property
    def start(self) -> float:
        return self.moments[0].at


class Timeline:
    """Rows by time: what a history and a clip of one can be asked for. `identity` is whose match it is."""

    def __init__(self, segments: list[_Segment], identity: Identity | None) -> None:
        self.identity = identity
        self._segments = segments

    @property
    def start(self) -> float:
        """The time of the first moment that is kept; 0 before there is any."""
        return self._segments[0].start if self._segments else 0.0

    @property
    def end(self) -> float:
        """The time of the last moment."""
        return self._segments[-1].moments[-1].at if self._segments else 0.0

    def __len__(self) -> int:
        """How many moments are kept."""
        return sum(len(segment.moments) for segment in self._segments)

    def rows(self, at: float) -> Rows:
        """All rows as they were at the time `at`; before the first moment, as they were at its beginning."""
        if not self._segments:
            return {table: {} for table in _KEYS}
        segment = self._segments[self._index(at)]
        rows: Rows = {table: dict(kept) for table, kept in segment.rows.items()}

        def put(table: str, key: Any, row: Any) -> None:
            if row is None:
                rows[table].pop(key, None)
            else:
                rows[table][key] = row

        for moment in segment.moments:
            if moment.at > at:
                break
            moment.apply(put)
        return rows

    def moments(self, after: float, until: float) -> Iterator[Moment]:
        """What changed later than `after`, up to `until`, in order."""
        for segment in self._segments[self._index(after) :]:
            if segment.start > until:
                return
            for moment in segment.moments:
                if after < moment.at <= until:
                    yield moment

    def _index(self, at: float) -> int:
        """The segment in which `at` lies; the first one for what lies before it."""
        return max(bisect_right(self._segments, at, key=lambda segment: segment.start) - 1, 0)


class Clip(Timeline):
    """A part of a history, which stays as it is while that goes on. It may be kept from a little before its `start`."""

    damage: str | None = None

    def __init__(self, segments: list[_Segment], identity: Identity | None, start: float) -> None:
        super().__init__(segments, identity)
        self._from = start

    @property
    def start(self) -> float:
        return min(max(super().start, self._from), self.end)

    @property
    def loaded(self) -> float:
        """Up to where it can be shown: all of it."""
        return self.end

    def load(self, messages: int) -> None:
        """Nothing is missing."""

    def close(self) -> None:
        """There is nothing to end."""


class History(Timeline):
    """Notes the changes of tables; `keep` bounds how many seconds of them stay, a segment more or less.

    `begin(now)`, then the tables change, as with a `World`.
    """

    def __init__(self, *, keep: float = inf) -> None:
        super().__init__([], None)
        self._keep = keep
        self._now = 0.0
        self._state: Rows = {table: {} for table in _KEYS}
        # Entities that came in the present moment: what they are is told whole.
        self._fresh: set[Any] = set()

    def listen(self, db: WorldTables) -> None:
        """Note what changes in these tables from now on."""
        for table, column in _KEYS.items():
            handle = getattr(db, table)
            handle.on_insert(partial(self._came, table, column))
            handle.on_delete(partial(self._left, table, column))
            if table != "entity":
                handle.on_update(partial(self._changed, table, column))
        db.entity.on_update(self._moved)

    def begin(self, now: float) -> None:
        """Changes that follow belong to the time `now` (seconds), which never runs backwards."""
        self._now = now

    def clip(self, start: float, end: float) -> Clip:
        """The part from about `start` to `end`, as far as it is kept."""
        kept: list[_Segment] = []
        for segment in self._segments[self._index(start) :]:
            moments = [moment for moment in segment.moments if moment.at <= end]
            if moments:
                kept.append(_Segment(segment.rows, moments))
        return Clip(kept, self.identity, start)

    # -- inside ------------------------------------------------------------------------------------------------

    def _present(self) -> Moment:
        segments = self._segments
        if segments and segments[-1].moments[-1].at == self._now:
            return segments[-1].moments[-1]
        moment = Moment(self._now)
        self._fresh.clear()
        if segments and len(segments[-1].moments) < _SEGMENT:
            segments[-1].moments.append(moment)
        else:
            segments.append(_Segment({table: dict(rows) for table, rows in self._state.items()}, [moment]))
        while len(segments) > 1 and self._now - segments[1].start >= self._keep:
            del segments[0]
        return moment

    def _came(self, table: str, column: str, row: Any, event: object) -> None:
        key = getattr(row, column)
        self._present().others.append((table, key, row))
        self._state[table][key] = row
        if table == "entity":
            self._fresh.add(key)

    def _left(self, table: str, column: str, row: Any, event: object) -> None:
        key = getattr(row, column)
        self._present().others.append((table, key, None))
        self._state[table].pop(key, None)

    def _changed(self, table: str, column: str, old: Any, row: Any, event: object) -> None:
        key = getattr(row, column)
        self._state[table][key] = row
        if table == "circle" and old.player_id == row.player_id:
            # Directions and speeds, twenty times a second: nothing of them is shown.
            return
        self._present().others.append((table, key, row))

    def _moved(self, old: Entity, row: Entity, event: object) -> None:
        moment = self._present()
        entity_id = row.entity_id
        self._state["entity"][entity_id] = row
        if entity_id in self._fresh:
            moment.others.append(("entity", entity_id, row))
            return
        moment.ids.append(entity_id)
        moment.numbers.extend((row.position.x, row.position.y, row.mass))
