"""Heartbeat: when to ping the server, and when its silence means that it is gone. Time is passed in, in seconds."""

from __future__ import annotations

import struct

from .timing import LinkTiming

__all__ = ["PING_INTERVAL", "SILENCE_LIMIT", "Heartbeat"]

# A server that is there answers each ping: so long without a word, and it is gone.
SILENCE_LIMIT = 20.0
PING_INTERVAL = 2.0
# On a way that is changed while it is used (a link conditioner's), so that what is measured follows.
CLOSE_PING_INTERVAL = 0.25
# Between two looks at the clock pass 0.25 s. After more than this the process stood still itself (stopped, suspended, a
# machine without a second to spare), and what the server said meanwhile is still to be read.
STANDSTILL = 2.0


class Heartbeat:
    """Of one connection. `check` it every quarter of a second; all of it belongs to the lock of who does."""

    def __init__(self, timing: LinkTiming) -> None:
        self._timing = timing
        # When something came, whatever it was: it is set for each read.
        self.received_at = self._pinged_at = 0.0
        self._checked_at: float | None = None
        self._interval = PING_INTERVAL
        self._awaits_pong = False

    def ponged(self, payload: bytes, now: float) -> None:
        """A pong came; one that answers no ping of ours says nothing."""
        if payload == self._payload:
            self._awaits_pong = False
            self._timing.ponged(now - self._pinged_at)

    def stood_still(self, now: float) -> float:
        """Seconds that this process did not run since the last look: they are not the server's silence."""
        before, self._checked_at = self._checked_at, now
        if before is None or now - before < STANDSTILL:
            return 0.0
        self.received_at += now - before
        return now - before

    def silence(self, now: float) -> float:
        """For how long nothing has come."""
        return now - self.received_at

    def is_silent(self, now: float) -> bool:
        return self.silence(now) > SILENCE_LIMIT

    def ping(self, now: float) -> bytes | None:
        """The payload of a ping that is due, None where none is. While one is unanswered they come no closer."""
        if now - self._pinged_at <= (PING_INTERVAL if self._awaits_pong else self._interval):
            return None
        self._pinged_at, self._awaits_pong = now, True
        return self._payload

    def remeasure(self) -> None:
        """The way has changed: measure it anew, and often."""
        self._interval = CLOSE_PING_INTERVAL
        self._awaits_pong = False
        self._timing.restart()

    @property
    def _payload(self) -> bytes:
        """What a ping carries, so that its answer tells which one it was."""
        return struct.pack("<d", self._pinged_at)
