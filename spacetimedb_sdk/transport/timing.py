"""How far away the server is, in time: smoothed from pings and from the timestamps of transactions."""

from __future__ import annotations

import time

from ..protocol.outcomes import Outcome, Transaction

__all__ = ["LinkTiming"]

# As in TCP's own estimate (RFC 6298): the newest sample counts an eighth, of the deviation a quarter.
ROUND_TRIP_SHARE = 1 / 8
JITTER_SHARE = 1 / 4
# Seconds. What comes sooner after another says nothing new of the server's clock, and to take it in costs as much as a row.
CLOCK_INTERVAL = 0.01


class LinkTiming:
    """`round_trip` and `jitter` in seconds, `clock_offset` the server's clock minus ours; None until measured."""

    __slots__ = ("_is_stale", "_noted_at", "clock_offset", "jitter", "round_trip")

    def __init__(self) -> None:
        self._is_stale = False
        self._noted_at = -CLOCK_INTERVAL
        self.round_trip: float | None = None
        self.jitter: float | None = None
        self.clock_offset: float | None = None

    def ponged(self, seconds: float) -> None:
        """A ping was answered after `seconds`."""
        if self.round_trip is None or self.jitter is None:
            self.round_trip, self.jitter = seconds, seconds / 2
            return
        if self._is_stale:
            self._is_stale = False
            self.round_trip = seconds
            return
        self.jitter += JITTER_SHARE * (abs(seconds - self.round_trip) - self.jitter)
        self.round_trip += ROUND_TRIP_SHARE * (seconds - self.round_trip)

    def restart(self) -> None:
        """The way there is another one from now on: the next round trip counts for all that were before."""
        self._is_stale = True

    def note(self, outcomes: list[Outcome], now: float) -> None:
        """Take the server's time from the newest of the transactions that say it, as they come: `now`, by a clock that is not set."""
        if now - self._noted_at < CLOCK_INTERVAL:
            return
        for outcome in reversed(outcomes):
            if isinstance(outcome, Transaction) and outcome.micros is not None:
                self._noted_at = now
                # The server's clock showed that when it was sent, ours shows this now that it has arrived.
                offset = outcome.micros / 1e6 + (self.round_trip or 0.0) / 2 - time.time()
                if self.clock_offset is None:
                    self.clock_offset = offset
                else:
                    self.clock_offset += ROUND_TRIP_SHARE * (offset - self.clock_offset)
                return
