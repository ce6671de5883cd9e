"""Pacing: when the next frame is due, and how long the machine has slept."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Pacer", "SleepWatch", "frame_rate"]

# After a long frame so many are made up for, and no more: a stutter is not followed by a rush.
_MOST_FRAMES_LATE = 5
# Frames a second while another window has the focus, and while this one is not seen.
_RATE_BEHIND = 20
_RATE_MINIMISED = 10
# A longer gap between frames is no frame that took long: the machine slept, or the program was stopped.
_NOTICED_SLEEP = 5.0


def frame_rate(cap: int, *, focused: bool, minimised: bool) -> int:
    """Frames per second: what the player allows in front, less where the player does not look closely, least where the window is hidden."""
    if minimised:
        return min(cap, _RATE_MINIMISED)
    return cap if focused else min(cap, _RATE_BEHIND)


class Pacer:
    """Keeps the frames on a grid: a late frame is made up for by the next ones, a long stall is not."""

    def __init__(self, now: float) -> None:
        self._due = now

    def wait(self, rate: int, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        """Sleep until the next frame of `rate` a second is due."""
        now = clock()
        self._due = max(self._due + 1.0 / rate, now - _MOST_FRAMES_LATE / rate)
        if self._due > now:
            sleep(self._due - now)


class SleepWatch:
    """Tells a machine that slept from a frame that took long, also where the program's clock stands still meanwhile."""

    def __init__(self) -> None:
        self._last: tuple[float, float] | None = None

    def slept(self, now: float, wall: float) -> float | None:
        """Seconds of sleep since the call before, if there was one; `wall` is the time of day in seconds."""
        last, self._last = self._last, (now, wall)
        if last is None:
            return None
        gap = max(now - last[0], wall - last[1])
        return gap if gap > _NOTICED_SLEEP else None
