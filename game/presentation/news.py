"""News: who came and who ate whom, in a few words that pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..language import gettext, ngettext
from ..match.shown import mass_by_player
from .leaderboard import nameless

if TYPE_CHECKING:
    from ..match.shown import Flight
    from ..match.world import World

__all__ = ["BEST_FROM", "News", "Toast"]

# How long a toast stands, how long of that it fades, how many there are at once; how often heads are counted.
_SHOWN_SECONDS = 4.0
_FADE_SECONDS = 0.6
_MOST = 5
_LOOK_SECONDS = 0.25
# Players eaten in one life from which on it is news, and by how much a new leader must be heavier.
_STREAK = 2
_LEAD = 1.05
# The least mass of whose crown it is news: while all are small it goes from head to head.
_CROWNED_FROM = 60
# The least mass of a best run that is worth a word: who has just appeared has done nothing yet.
BEST_FROM = 60
# Seconds within which those who come are told of in one sentence: bots come by the dozen.
_TOGETHER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Toast:
    """One sentence, from `at` (seconds) on; `is_own` when the own player has part in it."""

    text: str
    at: float
    is_own: bool

    def strength(self, now: float) -> float:
        """1 while it is to be read, falling to 0 at its end."""
        return min(max((self.at + _SHOWN_SECONDS - now) / _FADE_SECONDS, 0.0), 1.0)


class News:
    """Watches a world; `toasts` are the newest last. Who is there already when it begins is no news.

    `best` is the largest mass of all lives before, 0 where that is not known. `feats` counts what the own player has to be
    proud of: a crown, a best run, revenge on the `nemesis`, who has eaten the own player last.
    """

    def __init__(self, world: World) -> None:
        self.toasts: tuple[Toast, ...] = ()
        self._world = world
        self._announced: set[tuple[int, float]] = set()
        self._known: set[int] | None = None
        self._arrived: list[int] = []
        self._arrival: Toast | None = None
        self._look_due = 0.0
        self._streaks: dict[int, int] = {}
        # The heaviest player, who wears the crown.
        self.leader: int | None = None
        self.nemesis: int | None = None
        self.best = 0
        self.feats = 0
        self._is_best_run = False

    def update(self, now: float) -> None:
        """Take in what has happened up to the time `now`."""
        fresh = [*self._kills(now)]
        if now >= self._look_due:
            self._look_due = now + _LOOK_SECONDS
            fresh += self._arrivals(now)
            fresh += self._coronation(now)
            fresh += self._best_run(now)
        kept = [toast for toast in self.toasts if now - toast.at < _SHOWN_SECONDS]
        if fresh or len(kept) != len(self.toasts):
            self.toasts = (*kept, *fresh)[-_MOST:]

    def cheer(self, text: str, now: float) -> None:
        """Something more that the own player has to be proud of."""
        self.feats += 1
        self.toasts = (*self.toasts, Toast(text, now, True))[-_MOST:]

    def _kills(self, now: float) -> list[Toast]:
        flights = self._world.flights
        if not flights:
            self._announced = set()
            return []
        fresh = [flight for flight in flights if (flight.entity_id, flight.start) not in self._announced]
        self._announced = {(flight.entity_id, flight.start) for flight in flights}
        return [toast for flight in fresh if (toast := self._kill(flight, now)) is not None]

    def _kill(self, flight: Flight, now: float) -> Toast | None:
        """The end of a player, if the flight is one; a single circle of many is no news."""
        eaten, eater = flight.player_id, flight.eater.player_id if flight.eater is not None else None
        if eaten is None or eater is None or eater == eaten:
            return None
        if any(circle.player_id == eaten for circle in self._world.circles.values()):
            return None
        own = self._world.own_player_id
        self._streaks.pop(eaten, None)
        streak = self._streaks[eater] = self._streaks.get(eater, 0) + 1
        if eater == own and eaten == self.nemesis:
            text = gettext("Revenge: you ate {eaten}")
            self.nemesis = None
            self.feats += 1
        elif eater == own:
            text = gettext("You ate {eaten}")
        elif eaten == own:
            text = gettext("{eater} ate you")
            self.nemesis = eater
        else:
            text = gettext("{eater} ate {eaten}")
        text = text.format(eater=self._name(eater), eaten=self._name(eaten))
        if streak >= _STREAK:
            text += gettext("   ·   {count} in a row").format(count=streak)
        return Toast(text, now, own in (eater, eaten))

    def _coronation(self, now: float) -> list[Toast]:
        """Another player is the heaviest of all; the first one is no news."""
        masses = mass_by_player(self._world.circles.values())
        if not masses:
            return []
        leader = max(masses, key=lambda player_id: (masses[player_id], -player_id))
        before, lead = self.leader, masses.get(self.leader or 0, 0)
        # A crown that changes heads at every bite is none.
        if before is not None and leader != before and masses[leader] < lead * _LEAD:
            return []
        self.leader = leader
        if before is None or leader == before or masses[leader] < _CROWNED_FROM:
            return []
        is_own = leader == self._world.own_player_id
        self.feats += is_own
        text = gettext("You take the crown") if is_own else gettext("{name} takes the crown")
        return [Toast(text.format(name=self._name(leader)), now, is_own)]

    def _best_run(self, now: float) -> list[Toast]:
        """The own player is heavier than in any life before; told once in a life."""
        life = self._world.life
        if life is None:
            self._is_best_run = False
            return []
        if self._is_best_run or self.best < BEST_FROM or life.peak_mass <= self.best:
            return []
        self._is_best_run = True
        self.feats += 1
        return [Toast(gettext("Your best run ever"), now, True)]

    def _arrivals(self, now: float) -> list[Toast]:
        here = {circle.player_id for circle in self._world.circles.values()}
        if self._known is None:
            if here:
                self._known = here
            return []
        new = here - self._known - {self._world.own_player_id}
        self._known |= here
        if not new:
            return []
        last = self._arrival
        if last is None or now - last.at >= _TOGETHER_SECONDS:
            self._arrived = []
        else:
            self.toasts = tuple(toast for toast in self.toasts if toast is not last)
        self._arrived += sorted(new)
        name, more = self._name(self._arrived[0]), len(self._arrived) - 1
        if more:
            text = ngettext("{name} and {more} more joined", "{name} and {more} more joined", more)
        else:
            text = gettext("{name} joined")
        self._arrival = Toast(text.format(name=name, more=more), now, False)
        return [self._arrival]

    def _name(self, player_id: int) -> str:
        return self._world.names.get(player_id) or nameless()
