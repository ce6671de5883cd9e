"""How long to wait before a lost connection is opened again."""

from __future__ import annotations

from .records import record

__all__ = ["ReconnectPolicy"]


@record
class ReconnectPolicy:
    """Waits `initial` seconds, then `factor` times longer each time, at most `maximum`.

    A share of each wait, up to `jitter`, is left to chance, so that the clients of a server that restarts do not all come
    back at once.
    """

    initial: float = 0.1
    factor: float = 2.0
    maximum: float = 10.0
    jitter: float = 0.5

    def delay(self, attempt: int, chance: float) -> float:
        """Seconds before attempt number `attempt` (from 0); `chance` is a random number from 0 to 1."""
        whole = min(self.maximum, self.initial * self.factor ** min(attempt, 64))
        return whole * (1 - self.jitter * chance)
