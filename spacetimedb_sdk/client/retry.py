"""Retry: when a lost connection is opened again, and a first one that broke while it was being made.

`due` is a moment on the client's clock: None where no attempt is planned. `is_away` says that the rows in the cache are
those of a connection that was lost; the next one that stands tells the difference alone.
"""

from __future__ import annotations

from ..errors import (
    AuthenticationError,
    ConnectCause,
    ConnectError,
    DatabaseNotFoundError,
    SpacetimeDBException,
)
from ..system.clock import Clock
from .options import ConnectOptions

__all__ = ["Retry"]

# A first connection that breaks while it is being made is tried so often; what it breaks for is mostly over by then.
FIRST_ATTEMPTS = 3


class Retry:
    """The attempts of one client to come back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.options = ConnectOptions()
        self.due: float | None = None
        self.attempts = 0
        self.is_away = False

    @property
    def seconds_left(self) -> float | None:
        """Until the next attempt; None where none is planned."""
        return None if self.due is None else max(self.due - self._clock.now(), 0.0)

    def is_worth_it(self, error: SpacetimeDBException | None, was_connected: bool) -> bool:
        """Whether a connection that ended in `error` is to be opened again; None: it was closed on this side."""
        if self.options.policy is None or error is None:
            return False
        if not (self.is_away or was_connected):
            # A wrong address fails at once, and where something else answers there the program is told soon.
            broke = isinstance(error, ConnectError) and error.cause is ConnectCause.LOST
            return broke and self.attempts < FIRST_ATTEMPTS - 1
        if isinstance(error, AuthenticationError):
            return self.options.token_provider is not None
        if isinstance(error, ConnectError) and error.cause is ConnectCause.FORBIDDEN:
            return False
        # What is gone does not come back by asking; a server that restarts refuses or does not answer instead.
        return not isinstance(error, DatabaseNotFoundError)

    def plan(self, was_connected: bool = False) -> None:
        """Plan the next attempt, later each time. `was_connected`: there are rows of the connection that ended."""
        policy = self.options.policy
        assert policy is not None
        self.is_away = self.is_away or was_connected
        self.due = self._clock.now() + policy.delay(self.attempts, self._clock.chance())
        self.attempts += 1

    def begin(self, patience: float | None) -> bool:
        """Whether it is time for the attempt that was planned; waits for that, up to `patience` seconds."""
        left = self.seconds_left
        if left and patience:
            self._clock.sleep(min(left, patience))
        if self.seconds_left != 0.0:
            return False
        self.due = None
        return True

    def succeeded(self) -> bool:
        """The connection stands: the next loss begins anew. Whether it took the place of one that was lost."""
        was_away, self.is_away = self.is_away, False
        self.attempts = 0
        return was_away

    def give_up(self) -> None:
        """The client closes."""
        self.due = None
        self.is_away = False
