"""Figures: what a swarm does, second by second. Who plays, how heavy they are, how many calls were answered and how fast."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["CallFigures", "Second", "merged", "percentile"]

LEADERS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """One second of a swarm. `latencies` are milliseconds from a call to its answer, in no order.

    `calls` were made in it, `answers` came in it, `errors` of those were failures. `leaders` are the heaviest bots.
    """

    number: int
    playing: int
    mass: int
    leaders: tuple[tuple[str, int], ...]
    calls: int
    answers: int
    errors: int
    latencies: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """One JSON-ready object, its latencies as percentiles."""
        return {
            "second": self.number,
            "playing": self.playing,
            "mass": self.mass,
            "heaviest": self.leaders[0][1] if self.leaders else 0,
            "calls": self.calls,
            "answers": self.answers,
            "errors": self.errors,
            "latency_ms_p50": percentile(self.latencies, 0.50),
            "latency_ms_p95": percentile(self.latencies, 0.95),
            "latency_ms_p99": percentile(self.latencies, 0.99),
        }


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` of `values` lie, rounded to hundredths; None of none."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 2)


def merged(parts: Iterable[Second]) -> Second:
    """The same second of several swarms as one. ValueError for none."""
    seconds = list(parts)
    leaders = sorted((leader for part in seconds for leader in part.leaders), key=lambda leader: -leader[1])
    return Second(
        number=max(part.number for part in seconds),
        playing=sum(part.playing for part in seconds),
        mass=sum(part.mass for part in seconds),
        leaders=tuple(leaders[:LEADERS]),
        calls=sum(part.calls for part in seconds),
        answers=sum(part.answers for part in seconds),
        errors=sum(part.errors for part in seconds),
        latencies=tuple(value for part in seconds for value in part.latencies),
    )


class CallFigures:
    """Counts the calls of all bots of a process until the second is over."""

    def __init__(self) -> None:
        self._number = 0
        self._calls = 0
        self._errors = 0
        self._latencies: list[float] = []

    def called(self) -> None:
        """A call went out."""
        self._calls += 1

    def answered(self, milliseconds: float, *, failed: bool) -> None:
        """Its answer came, so long after it."""
        self._latencies.append(milliseconds)
        self._errors += failed

    def second(self, masses: Iterable[tuple[str, int]]) -> Second:
        """Close the second; `masses` are the bots by name, 0 for those that do not play now."""
        playing = sorted((each for each in masses if each[1] > 0), key=lambda each: -each[1])
        self._number += 1
        closed = Second(
            number=self._number,
            playing=len(playing),
            mass=sum(mass for _, mass in playing),
            leaders=tuple(playing[:LEADERS]),
            calls=self._calls,
            answers=len(self._latencies),
            errors=self._errors,
            latencies=tuple(self._latencies),
        )
        self._calls, self._errors, self._latencies = 0, 0, []
        return closed
