"""Where things are shown: 100 ms in the past, between the places the server told. Depends on time alone."""

from __future__ import annotations

from math import exp

from .bounds import shown_radius

__all__ = [
    "FLIGHT_SECONDS",
    "GROW_SECONDS",
    "GUESSED_SECONDS",
    "SHOWN_DELAY",
    "TICK_SECONDS",
    "Flight",
    "TickClock",
    "Track",
]

TICK_SECONDS = 0.05
SHOWN_DELAY = 0.1
FLIGHT_SECONDS = 0.2
GROW_SECONDS = 0.25
# A network stalls for so long when it loses a packet: meanwhile what moved is taken to move on.
GUESSED_SECONDS = 0.25

_RADIUS_RATE = 9.0
_SAMPLES_KEPT = 8


class TickClock:
    """Turns arrival times of the server's ticks into evenly spaced ones.

    Rows arrive when a frame happens to look for them: at 60 frames a second the 50 ms between two ticks look like
    33 or 67. Shown as they arrive, everything would tremble; so the ticks are predicted, and the prediction is
    drawn gently towards the arrivals (a phase-locked loop whose period follows a server slower than it should be).
    """

    __slots__ = ("_last", "lateness", "period")

    def __init__(self) -> None:
        self._last: float | None = None
        self.period = TICK_SECONDS
        # By how much arrivals miss the prediction, smoothed over about ten ticks.
        self.lateness = 0.0

    @property
    def newest(self) -> float | None:
        """The time of the newest tick."""
        return self._last

    def stamp(self, arrival: float, ticks: int = 1) -> float:
        """The time, in seconds, of the newest of so many `ticks` that arrived at `arrival`; later than all before."""
        last = self._last
        if last is None or arrival - last > (ticks + 4) * TICK_SECONDS:
            # After silence there is no rhythm to keep; after a stall the ticks of meanwhile come all at once, and it is.
            self._last = arrival if last is None else max(arrival, last + 0.001)
            return self._last
        expected = last + ticks * self.period
        error = arrival - expected
        # Ticks that come far too early are the rest of a burst: catching up with them must not take seconds.
        gain = 0.1 if error > -0.1 else 0.5
        stamp = max(expected + gain * error, last + 0.005)
        self.period = min(max(self.period + 0.0025 * error, 0.03), 0.12)
        self.lateness += 0.1 * (abs(error) - self.lateness)
        self._last = stamp
        return stamp

    def stamps(self, arrival: float, ticks: int) -> list[float]:
        """The times of so many ticks that arrived together, evenly spaced up to the newest, later than all before."""
        last = self._last
        newest = self.stamp(arrival, ticks)
        step = self.period if last is None else min(self.period, (newest - last) / ticks)
        return [newest - step * number for number in range(ticks - 1, -1, -1)]


class Track:
    """One entity as it is shown.

    `x`, `y` and `mass` are the server's newest; `shown_x`, `shown_y`, `shown_radius` are for drawing and belong to
    the last `advance`. Lengths are world units, times are seconds.
    """

    __slots__ = (
        "born",
        "entity_id",
        "mass",
        "player_id",
        "samples",
        "shown_radius",
        "shown_x",
        "shown_y",
        "x",
        "y",
    )

    def __init__(self, entity_id: int, x: float, y: float, mass: int, *, born: float) -> None:
        self.entity_id = entity_id
        self.x = self.shown_x = x
        self.y = self.shown_y = y
        self.mass = mass
        self.player_id: int | None = None
        self.born = born
        self.shown_radius = 0.0
        self.samples: list[tuple[float, float, float]] | None = None

    @property
    def radius(self) -> float:
        """The radius the server counts with: the square root of the mass."""
        return shown_radius(self.mass)

    @property
    def newest(self) -> float | None:
        """The time of the newest known movement, or None for what has not moved yet."""
        return self.samples[-1][0] if self.samples else None

    def moved(self, x: float, y: float, *, at: float, period: float = TICK_SECONDS) -> None:
        """Note that the entity was at `x`, `y` at the time `at`, one tick (`period`) after the place before."""
        samples = self.samples
        if samples is None:
            samples = self.rest()
        if len(samples) == 1:
            samples[0] = (at - period, *samples[0][1:])
            samples.append((at, x, y))
        else:
            # Only movement is sent. Without the end of the rest, the rest would be shown as a slow slide.
            if at - samples[-1][0] > 1.5 * period:
                samples.append((at - period, samples[-1][1], samples[-1][2]))
            samples.append((at, x, y))
            if len(samples) > 2 * _SAMPLES_KEPT:
                del samples[:_SAMPLES_KEPT]
        self.x = x
        self.y = y

    def rest(self) -> list[tuple[float, float, float]]:
        """Note where the entity rested before it moves for the first time."""
        self.samples = [(float("-inf"), self.x, self.y)]
        return self.samples

    def place(self, when: float, *, heard: float | None = None) -> tuple[float, float]:
        """Where the entity was at the time `when`; before the first known place there.

        After the last one there too, unless it moved in the newest tick that was `heard`: then nothing has been heard
        since, and it is taken to go on as it did, for a moment.
        """
        samples = self.samples
        if samples is None:
            return self.x, self.y
        later = samples[-1]
        if when >= later[0]:
            if heard is None or heard > later[0] or len(samples) == 1:
                return later[1], later[2]
            earlier = samples[-2]
            share = min(when - later[0], GUESSED_SECONDS) / (later[0] - earlier[0])
            return later[1] + (later[1] - earlier[1]) * share, later[2] + (later[2] - earlier[2]) * share
        for index in range(len(samples) - 2, -1, -1):
            earlier = samples[index]
            if earlier[0] <= when:
                share = (when - earlier[0]) / (later[0] - earlier[0])
                return earlier[1] + (later[1] - earlier[1]) * share, earlier[2] + (
                    later[2] - earlier[2]
                ) * share
            later = earlier
        return later[1], later[2]

    def advance(self, now: float, elapsed: float, *, heard: float | None = None) -> None:
        """Set what is shown at `now`, `elapsed` seconds after the call before; `heard` is the time of the newest tick."""
        if self.samples is None:
            self.shown_x, self.shown_y = self.x, self.y
        else:
            self.shown_x, self.shown_y = self.place(now - SHOWN_DELAY, heard=heard)
        self.shown_radius += (shown_radius(self.mass) - self.shown_radius) * (
            1.0 - exp(-_RADIUS_RATE * elapsed)
        )


class Flight:
    """The last 200 ms of something eaten: from where it was seen into its eater, or fading where nobody ate it."""

    __slots__ = ("eater", "entity_id", "player_id", "radius", "start", "x", "y")

    def __init__(self, gone: Track, eater: Track | None, *, start: float) -> None:
        self.entity_id = gone.entity_id
        self.player_id = gone.player_id
        self.x = gone.shown_x
        self.y = gone.shown_y
        # What never was advanced (food) is drawn at its true size.
        self.radius = gone.shown_radius or gone.radius
        self.eater = eater
        self.start = start

    def progress(self, now: float) -> float:
        """The share 0..1 of the way that lies behind it."""
        return min(max((now - self.start) / FLIGHT_SECONDS, 0.0), 1.0)

    def place(self, now: float) -> tuple[float, float, float]:
        """Centre and radius at `now`: it starts slowly, is fast at the end, and shrinks on the way."""
        share = self.progress(now)
        way = share * share * (3.0 - 2.0 * share)
        if self.eater is None:
            return self.x, self.y, self.radius * (1.0 - way)
        x = self.x + (self.eater.shown_x - self.x) * way
        y = self.y + (self.eater.shown_y - self.y) * way
        return x, y, self.radius * (1.0 - 0.75 * way)
