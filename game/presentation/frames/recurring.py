"""Recurring: work that is done a few times a second, in a frame that has little else to do."""

from __future__ import annotations

from math import inf

__all__ = ["Recurring"]


class Recurring:
    """Due every `interval` seconds; waits up to `patience` seconds more for a frame that is not busy.

    Else all that recurs would come together in the frame in which rows have come, too, and that one would be late.
    """

    def __init__(self, interval: float, patience: float = 0.1) -> None:
        self._interval = interval
        self._patience = patience
        self._due = -inf

    def is_due(self, now: float, *, is_busy: bool) -> bool:
        """Whether to do it in the frame of the time `now`; then it is due again an interval later.

        Time may go back, as in a replay.
        """
        late = now - self._due
        if -self._interval <= late < (self._patience if is_busy else 0.0):
            return False
        self._due = now + self._interval
        return True
