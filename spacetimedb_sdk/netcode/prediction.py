"""Prediction: an own entity where it will be, once the server knows what its player wants.

def step(place, wish, seconds):  # the rules of the server, for one entity
    return place[0] + wish[0] * SPEED * seconds, place[1] + wish[1] * SPEED * seconds

own = Prediction(step)
...
own.wish((1.0, 0.0), now)                       # whenever the wish is sent
own.lag = client.stats.round_trip + places.delay + 0.5 * tick
x, y = own.ahead(places.at(entity, now), now)   # what the server says, and what was wished since
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import pairwise
from typing import Generic, TypeVar

__all__ = ["Prediction"]

State = TypeVar("State")
Wish = TypeVar("Wish")

# Wishes that are kept, at the most: five seconds of twenty a second.
_KEPT = 100


class Prediction(Generic[State, Wish]):
    """Replays what a player has wished since the state that the server tells of.

    `step(state, wish, seconds)` is the server's rule for the entity, a pure function. `lag` is the time from sending a wish
    to seeing what comes of it, in seconds: the round trip, half a tick until the server looks, and the delay of an
    interpolation where what it shows is the state. Reconciling needs no numbers of messages: the server's state is where
    each replay begins, so that whatever it decides differently (a wall, a push, a wish that came late) shows at once and
    never adds up. With the server's states smooth, what `ahead` gives is smooth.

    A server that does nothing of what is wished is believed after a while: see `trust`.
    """

    def __init__(self, step: Callable[[State, Wish, float], State], *, lag: float = 0.1) -> None:
        self._step = step
        self.lag = lag
        self._wishes: deque[tuple[float, Wish]] = deque(maxlen=_KEPT)

    def wish(self, wish: Wish, now: float) -> None:
        """Note what is wished from `now` on."""
        self._wishes.append((now, wish))

    def forget(self) -> None:
        """Begin anew: after a respawn, or a loss of the connection, old wishes hold no longer."""
        self._wishes.clear()

    @property
    def newest(self) -> tuple[float, Wish] | None:
        """When the newest wish was made, and what it is; None before the first."""
        return self._wishes[-1] if self._wishes else None

    def ahead(self, state: State, now: float, *, trust: float = 1.0) -> State:
        """The state at `now`: `state` with all that was wished in the last `lag` seconds.

        `trust` 0..1 is the share of the lag that is replayed: 0 shows what the server says.
        """
        began = now - self.lag * trust
        wishes = self._wishes
        while len(wishes) > 1 and wishes[1][0] <= now - 2.0 * self.lag:
            wishes.popleft()
        for (at, wish), (until, _) in pairwise((*wishes, (now, None))):
            seconds = until - max(at, began)
            if seconds > 0.0 and wish is not None:
                state = self._step(state, wish, seconds)
        return state
