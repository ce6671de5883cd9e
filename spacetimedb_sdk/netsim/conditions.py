"""What a bad network does to what passes: how late each piece of data comes through. No sockets, no clock of its own."""

from __future__ import annotations

import random

__all__ = ["RETRANSMISSION", "Conditions"]

# What TCP waits at least before it sends something again (Linux: 200 ms).
RETRANSMISSION = 0.2


class Conditions:
    """Lateness, in seconds. Each property may be changed while data flows, and holds for what is sent from then on.

    Each piece of data takes `delay` and, drawn anew, up to `jitter` more, each way. The share `loss` (0..1) of the pieces
    takes `stall` more: TCP loses nothing, it sends again what was lost. Nothing overtakes: what is behind a late piece is
    late too. ValueError for what no network has.
    """

    def __init__(self, *, chance: random.Random | None = None) -> None:
        self._chance = chance or random.Random()
        self._delay = self._jitter = self._loss = 0.0
        self._stall = RETRANSMISSION
        self._loses = False

    @property
    def delay(self) -> float:
        """Seconds, one way."""
        return self._delay

    @delay.setter
    def delay(self, seconds: float) -> None:
        self._delay = _duration("delay", seconds)
        self._changed()

    @property
    def jitter(self) -> float:
        """The most seconds that a piece takes longer than `delay`, one way."""
        return self._jitter

    @jitter.setter
    def jitter(self, seconds: float) -> None:
        self._jitter = _duration("jitter", seconds)
        self._changed()

    @property
    def loss(self) -> float:
        """The share of the pieces that is sent twice, 0..1."""
        return self._loss

    @loss.setter
    def loss(self, share: float) -> None:
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"loss is a share from 0 to 1, not {share!r}")
        self._loss = share
        self._changed()

    @property
    def stall(self) -> float:
        """Seconds that a lost piece takes longer."""
        return self._stall

    @stall.setter
    def stall(self, seconds: float) -> None:
        self._stall = _duration("stall", seconds)
        self._changed()

    @property
    def loses(self) -> bool:
        """Whether everything vanishes without a word."""
        return self._loses

    @loses.setter
    def loses(self, loses: bool) -> None:
        self._loses = loses
        self._changed()

    @property
    def is_bad(self) -> bool:
        """Whether anything is late, or lost, now."""
        return self._loses or self._delay > 0 or self._jitter > 0 or self._loss > 0

    def heal(self) -> None:
        """From now on nothing is late any more."""
        self._delay = self._jitter = self._loss = 0.0
        self._stall = RETRANSMISSION
        self._loses = False
        self._changed()

    def arrival(self, sent: float, last: float) -> float:
        """When a piece arrives that is sent at `sent`, behind one that arrives at `last`."""
        late = self._delay
        if self._jitter:
            late += self._chance.uniform(0.0, self._jitter)
        if self._loss and self._chance.random() < self._loss:
            late += self._stall
        return max(sent + late, last)

    def _changed(self) -> None:
        """Something about the lateness is another than before."""


def _duration(name: str, seconds: float) -> float:
    if not 0.0 <= seconds < float("inf"):
        raise ValueError(f"{name} is a time in seconds, 0 or more, not {seconds!r}")
    return seconds
