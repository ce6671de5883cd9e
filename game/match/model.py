"""The world as this player sees it, kept up to date row by row. No scan of the client's cache ever happens here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import hypot, inf
from typing import TYPE_CHECKING, Any

from .bounds import DEFAULT_WORLD_SIZE, clamped, shown_mass, shown_name, world_side
from .interpolation import FLIGHT_SECONDS, Flight, TickClock, Track

if TYPE_CHECKING:
    from module_bindings import Circle, Config, Entity, Food, Player

__all__ = ["Death", "Life", "RowCallback", "WorldModel"]

RowCallback = Callable[[str, Any, Any, Any], None]

# A meal is told a tick after it was seen by the server, and its eater may have moved on by then: 1.5 ticks of the
# fastest circle.
_MEAL_SLACK = 15.0


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a life: `eater` is the eating player's id, or None when nobody ate (an end by choice)."""

    at: float
    eater: int | None
    eater_entity: int | None
    peak_mass: int
    food_eaten: int
    meals: int
    lived: float


@dataclass(slots=True)
class Life:
    """The running account of the present life; times are seconds."""

    began: float
    peak_mass: int = 0
    food_eaten: int = 0
    meals: int = 0


class WorldModel:
    """Tracks of all entities, names of all players, and what happened to the own one.

    One round: `begin(now)`, then the row callbacks, then `settle()`, then `advance(now)` once per frame.
    Callbacks may come in any order of tables; conclusions are drawn only in `settle`.
    """

    def __init__(self) -> None:
        self.size = DEFAULT_WORLD_SIZE
        self._configured = False
        self.tracks: dict[int, Track] = {}
        self.circles: dict[int, Track] = {}
        self.food: dict[int, Track] = {}
        self.names: dict[int, str] = {}
        self.flights: list[Flight] = []
        self.own_player_id: int | None = None
        self.own: dict[int, Track] = {}
        self.life: Life | None = None
        self.death: Death | None = None
        self.now = 0.0
        self.peak_mass = 0
        self.deaths = 0
        self.food_eaten = 0
        self.meals = 0
        self._owners: dict[int, int] = {}
        self._food_ids: set[int] = set()
        self._players: set[int] = set()
        self._vanished: list[Track] = []
        self._gained: set[int] = set()
        self._clock = TickClock()
        # By tick: where what moved in it came to.
        self._moves: list[dict[Track, tuple[float, float]]] = []
        self._advanced: float | None = None

    # -- rows ------------------------------------------------------------------------------------------------

    def begin(self, now: float) -> None:
        """Rows that follow arrived at `now` (seconds)."""
        self.now = now

    def entity_changed(self, row_op: str, old: Entity | None, new: Entity | None, event: object) -> None:
        """Row callback of `entity`."""
        if new is None:
            if old is not None:
                self._entity_gone(old.entity_id)
            return
        track = self.tracks.get(new.entity_id)
        x, y = clamped(new.position.x, self.size), clamped(new.position.y, self.size)
        mass = shown_mass(new.mass)
        if track is None:
            track = Track(new.entity_id, x, y, mass, born=self.now)
            self.tracks[new.entity_id] = track
            self._sort_in(track)
            return
        if mass != track.mass:
            if mass > track.mass:
                self._gained.add(new.entity_id)
            track.mass = mass
        if x == track.x and y == track.y:
            return
        if not self._moves or track in self._moves[-1]:
            # The first movement of this round, or the second one of the same entity: another tick.
            self._moves.append({})
        self._moves[-1][track] = x, y
        if track.samples is None:
            track.rest()
        track.x, track.y = x, y

    def circle_changed(self, row_op: str, old: Circle | None, new: Circle | None, event: object) -> None:
        """Row callback of `circle`; steering alone changes nothing that is shown."""
        if new is None:
            if old is not None:
                self._owners.pop(old.entity_id, None)
                self.circles.pop(old.entity_id, None)
                self.own.pop(old.entity_id, None)
            return
        if old is not None and old.player_id == new.player_id:
            return
        self._owners[new.entity_id] = new.player_id
        track = self.tracks.get(new.entity_id)
        if track is not None:
            self._sort_in(track)

    def food_changed(self, row_op: str, old: Food | None, new: Food | None, event: object) -> None:
        """Row callback of `food`."""
        if new is None:
            if old is not None:
                self._food_ids.discard(old.entity_id)
                self.food.pop(old.entity_id, None)
            return
        self._food_ids.add(new.entity_id)
        track = self.tracks.get(new.entity_id)
        if track is not None:
            self._sort_in(track)

    def player_changed(self, row_op: str, old: Player | None, new: Player | None, event: object) -> None:
        """Row callback of `player`. The name of a player who left is kept: it may be needed for a death."""
        if new is not None:
            self.names[new.player_id] = shown_name(new.name)
            self._players.add(new.player_id)
        elif old is not None:
            self._players.discard(old.player_id)

    def config_changed(self, row_op: str, old: Config | None, new: Config | None, event: object) -> None:
        """Row callback of `config`."""
        if new is not None:
            self.size = world_side(new.world_size)
            self._configured = True

    def become(self, player_id: int | None) -> None:
        """Note which player is the own one."""
        if player_id != self.own_player_id:
            self.own_player_id = player_id
            self.own = {key: track for key, track in self.circles.items() if track.player_id == player_id}

    # -- conclusions -----------------------------------------------------------------------------------------

    def settle(self, *, witnessed: bool = True) -> None:
        """Draw the conclusions of a round: who was eaten by whom, and whether the own player lives.

        What vanished during an absence was not `witnessed`: nobody can tell where it went.
        """
        self._settle_moves()
        if not witnessed:
            self._vanished.clear()
        eaters: dict[int, Track] = {}
        for gone in self._vanished:
            eater = self._eater_of(gone)
            if eater is not None:
                eaters[gone.entity_id] = eater
            self.flights.append(Flight(gone, eater, start=self.now))
            self._count_meal(gone, eater)
        self._settle_life(eaters)
        self._vanished.clear()
        self._gained.clear()

    def _settle_moves(self) -> None:
        moves, self._moves = self._moves, []
        if not moves:
            return
        for at, moved in zip(self._clock.stamps(self.now, len(moves)), moves, strict=True):
            for track, (x, y) in moved.items():
                track.moved(x, y, at=at, period=self._clock.period)

    def row_counts(self) -> dict[str, int]:
        """The number of rows by table, as the callbacks told them."""
        return {
            "circle": len(self._owners),
            "config": int(self._configured),
            "entity": len(self.tracks),
            "food": len(self._food_ids),
            "player": len(self._players),
        }

    @property
    def tick_lateness(self) -> float:
        """Seconds by which the server's ticks miss their rhythm, smoothed."""
        return self._clock.lateness

    def own_mass(self) -> int:
        """The mass of all own circles together."""
        return sum(track.mass for track in self.own.values())

    def advance(self, now: float) -> None:
        """Move everything shown to the time `now`."""
        elapsed = 0.0 if self._advanced is None else max(now - self._advanced, 0.0)
        self._advanced = now
        self.now = now
        heard = self._clock.newest
        for track in self.circles.values():
            track.advance(now, elapsed, heard=heard)
        if self.flights:
            self.flights = [flight for flight in self.flights if now - flight.start < FLIGHT_SECONDS]

    # -- inside ----------------------------------------------------------------------------------------------

    def _sort_in(self, track: Track) -> None:
        entity_id = track.entity_id
        owner = self._owners.get(entity_id)
        if owner is not None:
            track.player_id = owner
            self.circles[entity_id] = track
            if owner == self.own_player_id:
                self.own[entity_id] = track
        elif entity_id in self._food_ids:
            self.food[entity_id] = track

    def _entity_gone(self, entity_id: int) -> None:
        track = self.tracks.pop(entity_id, None)
        if track is None:
            return
        self.circles.pop(entity_id, None)
        self.own.pop(entity_id, None)
        self.food.pop(entity_id, None)
        self._vanished.append(track)

    def _eater_of(self, gone: Track) -> Track | None:
        """The circle that ate `gone`: now the bigger one, fed in this very round, and its rim the nearest.

        A meal gives its mass in the transaction that takes the eaten away. Who left, or gave up, fed nobody.
        """
        best: Track | None = None
        best_gap = inf
        for entity_id in self._gained:
            track = self.circles.get(entity_id)
            if track is None or track.mass <= gone.mass:
                continue
            gap = hypot(track.x - gone.x, track.y - gone.y) - track.radius
            # Own circles merge from wherever they are.
            limit = inf if track.player_id == gone.player_id else _MEAL_SLACK
            if gap < min(best_gap, limit):
                best, best_gap = track, gap
        return best

    def _count_meal(self, gone: Track, eater: Track | None) -> None:
        if eater is None or eater.player_id != self.own_player_id or self.own_player_id is None:
            return
        if gone.player_id is None:
            self.food_eaten += 1
            if self.life is not None:
                self.life.food_eaten += 1
        elif gone.player_id != self.own_player_id:
            self.meals += 1
            if self.life is not None:
                self.life.meals += 1

    def _settle_life(self, eaters: dict[int, Track]) -> None:
        own_gone = [gone for gone in self._vanished if gone.player_id == self.own_player_id is not None]
        if self.life is None and own_gone:
            # It was placed beside somebody bigger: the whole life came in one round.
            self.life = Life(began=self.now, peak_mass=max(gone.mass for gone in own_gone))
        if self.own:
            if self.life is None:
                self.life = Life(began=self.now)
                self.death = None
            mass = self.own_mass()
            self.life.peak_mass = max(self.life.peak_mass, mass)
            self.peak_mass = max(self.peak_mass, mass)
            return
        life = self.life
        if life is None:
            return
        self.life = None
        self.deaths += 1
        eater = eaters.get(own_gone[-1].entity_id) if own_gone else None
        self.death = Death(
            at=self.now,
            eater=eater.player_id if eater is not None else None,
            eater_entity=eater.entity_id if eater is not None else None,
            peak_mass=life.peak_mass,
            food_eaten=life.food_eaten,
            meals=life.meals,
            lived=self.now - life.began,
        )
