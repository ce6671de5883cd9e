"""A recorded match: a session in a file, read on as it is watched."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from pathlib import Path

import module_bindings
from spacetimedb_sdk import Identity, SpacetimeDBClient, SpacetimeDBException, SubscriptionError
from spacetimedb_sdk.testing import Replay

from ...language import gettext
from .history import History, Moment, Rows

__all__ = ["MatchReplay"]

# Seconds between messages of one time, so that their order is kept.
_APART = 1e-6


class MatchReplay:
    """Tells what a server said to a client of its own, message by message, and keeps what changed by that.

    Raises ValueError for a file that is no recording, OSError for one that cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._replay = Replay(path)
        if not self._replay.received:
            raise ValueError(
                self._replay.damage
                or gettext("{path} is empty: the connection never came about").format(path=path)
            )
        # What keeps the rest of the match from being played, in one sentence for the watcher; None where nothing does.
        self.damage = self._replay.damage
        self._times: list[float] = []
        for time in self._replay.times:
            # Each message has a time of its own: what is shown up to a time is shown whole.
            self._times.append(max(time, self._times[-1] + _APART) if self._times else time)
        self._next = 0
        self._history = History()
        self._client: SpacetimeDBClient | None = None

    @property
    def identity(self) -> Identity | None:
        """Who has recorded it, once that is read."""
        return None if self._client is None else self._client.identity

    @property
    def start(self) -> float:
        """The time of the first rows: a file may begin with a long silence, which is left out."""
        return self._history.start if len(self._history) else self._times[0]

    @property
    def end(self) -> float:
        """The time of the last message."""
        return self._times[-1]

    @property
    def loaded(self) -> float:
        """Up to when it is read."""
        if self._next >= len(self._times):
            return self.end
        return self._times[self._next - 1] if len(self._history) else -inf

    def load(self, messages: int) -> None:
        """Read so many messages more."""
        if self._client is None:
            self._client = self._open()
        for _ in range(messages):
            if self._next >= len(self._times):
                return
            self._history.begin(self._times[self._next])
            try:
                self._replay.step(self._client)
            except SubscriptionError:
                # Official worlds have no rules to be asked for; their refusal was part of the match.
                pass
            except SpacetimeDBException as error:
                # A line that is whole may still hold what no server says.
                self._stop(str(error).splitlines()[0])
                return
            self._next += 1

    def rows(self, at: float) -> Rows:
        """All rows as they were at the time `at`, as far as it is read."""
        return self._history.rows(at)

    def moments(self, after: float, until: float) -> Iterator[Moment]:
        """What changed later than `after`, up to `until`."""
        return self._history.moments(after, until)

    def close(self) -> None:
        """Twice is fine."""
        if self._client is not None:
            self._client.close()

    def _open(self) -> SpacetimeDBClient:
        client = SpacetimeDBClient(module_bindings)
        self._history.listen(module_bindings.Tables(client))
        return self._replay.connect_client(module_bindings, client)

    def _stop(self, reason: str) -> None:
        """End here: what comes next cannot be read. What came before it can be watched."""
        self.damage = gettext("the match cannot be read beyond this moment ({reason})").format(reason=reason)
        self._times = self._times[: max(self._next, 1)]
