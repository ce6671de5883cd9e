"""Own motion: the own circles where their player's wishes will have them, before the server says so."""

from __future__ import annotations

from math import exp
from typing import Any

from spacetimedb_sdk.netcode import Interpolation, Prediction

from .bounds import clamped, shown_radius
from .observation import TICK_SECONDS, full_speed

__all__ = ["OwnMotion"]

_ROUND_TRIP = 0.1
# How fast the lag follows what is measured: a jump of it would be seen as one of the circle.
_LAG_RATE = 0.7
# Seconds without a row of an own circle that should move, and how fast the server's word then is all that counts.
_STUCK, _TRUST_RATE = 0.4, 4.0

# Place, units a second at full speed, radius, and the side of the world.
_State = tuple[float, float, float, float, float]
_Direction = tuple[float, float]


def _step(state: _State, direction: _Direction, seconds: float) -> _State:
    """The rule of the server: along the direction, and not through the wall."""
    x, y, speed, radius, side = state
    room = max(side - 2 * radius, 0.0)
    x = radius + clamped(x + direction[0] * speed * seconds - radius, room)
    y = radius + clamped(y + direction[1] * speed * seconds - radius, room)
    return x, y, speed, radius, side


class OwnMotion:
    """What the player wishes, and the circles ahead of their rows by it.

    `round_trip` is the connection's, in seconds, or None while it is not known. Circles that do not move as they should
    are shown where the server has them: it need not follow these rules.
    """

    def __init__(self, places: Interpolation[Any]) -> None:
        self.round_trip: float | None = None
        self._places = places
        self._prediction: Prediction[_State, _Direction] = Prediction(_step, lag=0.0)
        self._trust = 1.0
        self._since: float | None = None
        # World units that the circles were shown ahead in the last frame, at the most.
        self._lead = 0.0

    def wish(self, direction: _Direction, now: float) -> None:
        """Go this way from `now` on; the length, 0 to 1, is the share of full speed."""
        newest = self._prediction.newest
        if newest is None or newest[1] != direction:
            if newest is None or newest[1] == (0.0, 0.0):
                self._since = now
            self._prediction.wish(direction, now)

    def forget(self) -> None:
        """Begin anew: new circles rest until they are steered."""
        self._prediction.forget()
        self._since = None
        self._trust = 1.0

    def advance(self, now: float, elapsed: float, own: list[int]) -> None:
        """Go on to the time `now` with the own circles of these keys."""
        prediction = self._prediction
        wanted = (
            (_ROUND_TRIP if self.round_trip is None else self.round_trip)
            + self._places.delay
            + TICK_SECONDS / 2
        )
        share = 1.0 - exp(-_LAG_RATE * elapsed) if prediction.lag else 1.0
        prediction.lag += (wanted - prediction.lag) * share
        newest = prediction.newest
        if newest is None or newest[1] == (0.0, 0.0) or self._since is None:
            return
        moved = max((self._places.moved_at(key) or 0.0 for key in own), default=0.0)
        is_stuck = now - max(moved, self._since + prediction.lag) > _STUCK
        if not is_stuck:
            self._trust = min(self._trust + _TRUST_RATE * elapsed, 1.0)
        elif self._lead > self._trust:
            # At a wall there is nothing ahead, and nothing to doubt.
            self._trust *= exp(-_TRUST_RATE * elapsed)
        self._lead = 0.0

    def ahead(self, place: tuple[float, float], mass: int, side: float, now: float) -> tuple[float, float]:
        """Where an own circle of that mass is at `now` that the server has at `place`."""
        if self._prediction.newest is None:
            return place
        state = (place[0], place[1], full_speed(mass) / TICK_SECONDS, shown_radius(mass), side)
        x, y, *_ = self._prediction.ahead(state, now, trust=self._trust)
        self._lead = max(self._lead, abs(x - place[0]), abs(y - place[1]))
        return x, y
