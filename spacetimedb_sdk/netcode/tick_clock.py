"""Tick clock: the even rhythm of a server's ticks, from arrivals that tremble."""

from __future__ import annotations

__all__ = ["TickClock"]

# Shares of an arrival's error that the next prediction takes over: little, so that jitter is smoothed; more where ticks
# come far too early, which is the rest of a burst, and catching up with it must not take seconds.
_GAIN, _GAIN_IN_A_BURST, _BURST = 0.1, 0.5, 2.0
_PERIOD_GAIN = 0.0025
# In ticks: after so long a silence there is no rhythm to keep.
_SILENCE = 4
# The period stays within these shares of the tick that the program expects.
_FASTEST, _SLOWEST = 0.6, 2.4


class TickClock:
    """Turns arrival times of the server's ticks into evenly spaced ones.

    Rows arrive when a frame happens to look for them: at 60 frames a second the 50 ms between two ticks look like 33 or
    67, and a network adds its jitter. Shown as they arrive, everything would tremble; so the ticks are predicted, and the
    prediction is drawn gently towards the arrivals (a phase-locked loop whose period follows a server slower than it
    should be). `tick` is the time between two ticks as the server means it, in seconds.
    """

    __slots__ = ("_last", "_tick", "lateness", "period")

    def __init__(self, tick: float = 0.05) -> None:
        if not tick > 0.0:
            raise ValueError(f"tick is a number of seconds above 0, not {tick!r}")
        self._tick = tick
        self._last: float | None = None
        # The time between two ticks as it is measured.
        self.period = tick
        # By how much arrivals miss the prediction, smoothed over about ten ticks.
        self.lateness = 0.0

    @property
    def newest(self) -> float | None:
        """The time of the newest tick; None before the first."""
        return self._last

    def stamp(self, arrival: float, ticks: int = 1) -> float:
        """The time, in seconds, of the newest of so many `ticks` that arrived at `arrival`; later than all before."""
        last = self._last
        if last is None or arrival - last > (ticks + _SILENCE) * self._tick:
            # After a stall the ticks of meanwhile come all at once, and the rhythm is kept.
            self._last = arrival if last is None else max(arrival, last + 0.02 * self._tick)
            return self._last
        expected = last + ticks * self.period
        error = arrival - expected
        gain = _GAIN if error > -_BURST * self._tick else _GAIN_IN_A_BURST
        stamp = max(expected + gain * error, last + 0.1 * self._tick)
        period = self.period + _PERIOD_GAIN * error
        self.period = min(max(period, _FASTEST * self._tick), _SLOWEST * self._tick)
        self.lateness += 0.1 * (abs(error) - self.lateness)
        self._last = stamp
        return stamp

    def stamps(self, arrival: float, ticks: int) -> list[float]:
        """The times of so many ticks that arrived together, evenly spaced up to the newest, later than all before."""
        last = self._last
        newest = self.stamp(arrival, ticks)
        step = self.period if last is None else min(self.period, (newest - last) / ticks)
        return [newest - step * number for number in range(ticks - 1, -1, -1)]
