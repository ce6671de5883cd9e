"""A recorded match, played again as time passes: paused, slower or faster."""

from __future__ import annotations

from pathlib import Path

from spacetimedb_sdk.testing import Replay

from .settings import PlaySettings

__all__ = ["SPEEDS", "MatchReplay"]

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)

# A file may begin with a long silence; which is no fun to watch.
_LEAD_IN = 0.05
# Messages until the rows of the subscription have come: the greeting, and the rows.
_GREETING = 2


class MatchReplay:
    """Feeds what a server said into the session that was opened with `settings`, each message at its time.

    `position` and `length` are seconds. Raises ValueError for a file that is no recording, OSError for one that
    cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._replay = Replay(path)
        if not self._replay.received:
            raise ValueError(self._replay.damage or f"{path} is empty: the connection never came about")
        # What keeps the rest of the match from being played, in one sentence for the watcher; None where nothing does.
        self.damage = self._replay.damage
        first = self._replay.times[0] - _LEAD_IN
        self._times = [time - first for time in self._replay.times]
        self._next = 0
        self._speed = SPEEDS.index(1.0)
        self.position = 0.0
        self.is_paused = False

    @property
    def settings(self) -> PlaySettings:
        """Those of a session which plays the recording instead of a server."""
        return PlaySettings(
            server="127.0.0.1:1",
            database=self._replay.database,
            watch=True,
            on_token=lambda token: None,
            connect_options={"link_factory": self._replay.transport.connect, "reconnect": False},
        )

    @property
    def length(self) -> float:
        """The time of the last message."""
        return self._times[-1]

    @property
    def is_over(self) -> bool:
        """Whether everything has been played."""
        return self._next >= len(self._times)

    @property
    def speed(self) -> float:
        """Seconds of the match in a second."""
        return SPEEDS[self._speed]

    def faster(self, by: int) -> None:
        """One step of `SPEEDS` up (1) or down (-1)."""
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)

    def stop(self, reason: str) -> None:
        """End here: the session could not read what came last."""
        self.damage = f"the match cannot be read beyond this moment ({reason})"
        self._times = self._times[: max(self._next, 1)]

    def advance(self, elapsed: float) -> float:
        """Go on by `elapsed` seconds of the watcher's time; returns how much that was in the match."""
        if self.is_paused or self.is_over:
            return 0.0
        passed = elapsed * self.speed
        self.position = min(self.position + passed, self.length)
        link = self._replay.transport.link
        while not self.is_over and self._times[self._next] <= self.position:
            link.receive(self._replay.received[self._next])
            self._next += 1
            if self._next <= _GREETING:
                # One by one until the world is there: a broken message after it must not take it away.
                break
        return passed
