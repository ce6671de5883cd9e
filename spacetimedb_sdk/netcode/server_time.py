"""Server time: the clock of the server, as a client can know it.

clock = ServerTime()
client.db.round.on_update(lambda old, new, event: clock.observe(new.at, time.monotonic(), client.stats.round_trip))
...
seconds_left = (round.ends_at.micros / 1e6) - clock.at(time.monotonic())
"""

from __future__ import annotations

from collections import deque

from ..types import Timestamp

__all__ = ["ServerTime"]

# The offset is the best of so many: what came fastest was held up least.
_KEPT = 32


class ServerTime:
    """Follows the server's clock by the timestamps that come with events and rows.

    A timestamp is old when it arrives, by half a round trip at least. Of the last ones the one that was least late decides,
    so that jitter does not show, and a clock that is set is followed within some messages. Times are seconds.
    """

    def __init__(self) -> None:
        self._offsets: deque[float] = deque(maxlen=_KEPT)

    @property
    def is_known(self) -> bool:
        """Whether a timestamp has come."""
        return bool(self._offsets)

    def observe(self, timestamp: Timestamp, now: float, round_trip: float | None = None) -> None:
        """Note a timestamp of the server that arrived at the client's time `now`."""
        self._offsets.append(timestamp.micros / 1e6 + (round_trip or 0.0) / 2.0 - now)

    def at(self, now: float) -> float:
        """The server's time at the client's time `now`, in seconds since 1970. RuntimeError before a timestamp has come."""
        if not self._offsets:
            raise RuntimeError(
                "no time of the server is known yet: call observe() with a timestamp of a row or an event"
            )
        return now + max(self._offsets)
