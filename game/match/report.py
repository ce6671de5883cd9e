"""Report: what a game amounted to, in numbers."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["FrameTimes", "PlayReport"]


class FrameTimes:
    """Durations of the frames' work, in all and minute by minute.

    Kept as histograms, so that an hour costs little more memory than a second. Bins are 0.05 ms wide up to 200 ms;
    anything longer falls into the last one.
    """

    __slots__ = ("_all", "_minute", "_minutes")

    def __init__(self) -> None:
        self._all = _Histogram()
        self._minute = _Histogram()
        self._minutes: list[tuple[float, float]] = []

    def add(self, seconds: float, at: float) -> None:
        """Count one frame whose work took `seconds` and ended `at` seconds after the start."""
        if at >= 60.0 * (len(self._minutes) + 1):
            self._minutes.append((self._minute.percentile(0.50), self._minute.percentile(0.99)))
            self._minute = _Histogram()
        self._all.add(seconds)
        self._minute.add(seconds)

    def percentile(self, share: float) -> float:
        """Milliseconds that `share` (0..1) of the frames did not exceed; 0 before the first frame."""
        return self._all.percentile(share)

    @property
    def by_minute(self) -> tuple[tuple[float, float], ...]:
        """The median and the 99th percentile of each whole minute, in milliseconds."""
        return tuple(self._minutes)


class _Histogram:
    __slots__ = ("_bins", "_count")

    BIN_MS = 0.05

    def __init__(self) -> None:
        self._bins = array("Q", bytes(8 * 4001))
        self._count = 0

    def add(self, seconds: float) -> None:
        self._bins[min(int(seconds * 1000.0 / self.BIN_MS), len(self._bins) - 1)] += 1
        self._count += 1

    def percentile(self, share: float) -> float:
        wanted = share * self._count
        seen = 0
        for index, count in enumerate(self._bins):
            seen += count
            if count and seen >= wanted:
                return round((index + 1) * self.BIN_MS, 2)
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayReport:
    """The numbers of one finished game; without any, of one that ended before its first frame.

    `frame_ms_*` is the work of a frame (update, draw and flip, without the wait for the next one), `frame_cpu_ms_*` the
    processor time that it took, which does not depend on what else the machine does; `by_minute` has the median and the 99th
    percentile of each whole minute. `rows` is the size of each subscribed table at the end, `row_updates` the rows applied
    since the start. `food_eaten` and `meals` (other players' circles) count what the own circles ate; `distance` is in
    world units.
    """

    frames: int = 0
    seconds: float = 0.0
    fps: float = 0.0
    frame_ms_p50: float = 0.0
    frame_ms_p99: float = 0.0
    frame_ms_by_minute: tuple[tuple[float, float], ...] = ()
    frame_cpu_ms_p50: float = 0.0
    frame_cpu_ms_p99: float = 0.0
    frame_cpu_ms_by_minute: tuple[tuple[float, float], ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict[str, int])
    row_updates: int = 0
    reducer_calls: int = 0
    reducer_errors: int = 0
    peak_mass: int = 0
    deaths: int = 0
    food_eaten: int = 0
    meals: int = 0
    distance: float = 0.0

    def to_json(self) -> dict[str, object]:
        """The report as one JSON-ready object."""
        return {
            "frames": self.frames,
            "seconds": round(self.seconds, 3),
            "fps": round(self.fps, 2),
            "frame_ms_p50": self.frame_ms_p50,
            "frame_ms_p99": self.frame_ms_p99,
            "frame_ms_by_minute": [list(minute) for minute in self.frame_ms_by_minute],
            "frame_cpu_ms_p50": self.frame_cpu_ms_p50,
            "frame_cpu_ms_p99": self.frame_cpu_ms_p99,
            "frame_cpu_ms_by_minute": [list(minute) for minute in self.frame_cpu_ms_by_minute],
            "rows": dict(sorted(self.rows.items())),
            "row_updates": self.row_updates,
            "reducer_calls": self.reducer_calls,
            "reducer_errors": self.reducer_errors,
            "peak_mass": self.peak_mass,
            "deaths": self.deaths,
            "food_eaten": self.food_eaten,
            "meals": self.meals,
            "distance": round(self.distance, 1),
        }
