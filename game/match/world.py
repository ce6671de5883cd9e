"""World: the client's cache, walked once a frame, and what stands beside its rows by key."""

from __future__ import annotations

from collections.abc import Mapping
from math import hypot, inf

from module_bindings import Circle, Entity, Food, WorldRules
from spacetimedb_sdk import Identity
from spacetimedb_sdk.netcode import Interpolation

from .bounds import DEFAULT_WORLD_SIZE, clamped, shown_mass, shown_name, shown_radius, world_side
from .life import Account, Death, Life
from .observation import Blob
from .own_motion import OwnMotion
from .shown import FLIGHT_SECONDS, GROW_SECONDS, Flight, Gone, ShownCircle, growth
from .tables import ChangedKeys, LocalTables, WorldTables

__all__ = ["World"]

# A meal is reported a tick after it was seen by the server, and its eater may have moved on by then: 1.5 ticks of the
# fastest circle.
_MEAL_SLACK = 15.0


class World:
    """The tables `db`, and what only this player knows of them.

    One round: `begin(now)`, then the client's `update()`, then `settle()`, which walks the tables; then `advance(now)`
    once a frame, and drawing. Of what happens between two walks callbacks tell: what came, moved or gained, and left.
    `circles` and `own` are circles as they are shown, by key, in the order of the rows; `entities` are rows by key,
    `protected` the ids of the players who cannot be eaten.
    """

    def __init__(self, db: WorldTables | None = None) -> None:
        self.size = DEFAULT_WORLD_SIZE
        self.now = 0.0
        self.identity: Identity | None = None
        self.own_player_id: int | None = None
        self.names: dict[int, str] = {}
        self.entities: Mapping[int, Entity] = {}
        self.circles: dict[int, ShownCircle] = {}
        self.own: dict[int, ShownCircle] = {}
        self.flights: list[Flight] = []
        self.born: dict[int, float] = {}
        self.protected: frozenset[int] = frozenset()
        self.places: Interpolation[Entity] = Interpolation(self._place_of)
        self.motion = OwnMotion(self.places)
        self.account = Account()
        # What may lie elsewhere as food, or be none any more, up to the last walk and since then.
        self.food_changes = ChangedKeys()
        self._food_changed: list[int] = []
        # Whether entities came, changed or left between the last two walks.
        self.is_fresh = self._has_changed = False
        self._owners: dict[int, int] = {}
        self._vanished: list[Entity] = []
        self._gained: set[int] = set()
        self._advanced: float | None = None
        self.db: WorldTables
        self.attach(LocalTables() if db is None else db)

    def attach(self, db: WorldTables) -> None:
        """Show these tables from now on."""
        self.db = db
        self._has_changed = True
        self.food_changes.add_all()
        db.entity.on_insert(self._entity_came)
        db.entity.on_update(self._entity_changed)
        db.entity.on_delete(self._entity_left)
        db.circle.on_insert(self._circle_came)
        db.food.on_insert(self._food_changes)
        db.food.on_delete(self._food_changes)

    # -- what happened since the last walk -----------------------------------------------------------------------------

    def begin(self, now: float) -> None:
        """Rows that follow arrived at `now` (seconds)."""
        self.now = now

    def _entity_came(self, row: Entity, event: object) -> None:
        self._has_changed = True
        self.born[row.entity_id] = self.now
        self._food_changed.append(row.entity_id)

    def _entity_changed(self, old: Entity, new: Entity, event: object) -> None:
        self._has_changed = True
        self.places.row_updated(old, new)
        if new.mass > old.mass:
            self._gained.add(new.entity_id)
        if new.entity_id not in self.circles:
            self._food_changed.append(new.entity_id)

    def _entity_left(self, row: Entity, event: object) -> None:
        self._has_changed = True
        self.places.row_deleted(row)
        self._vanished.append(row)
        self._food_changed.append(row.entity_id)

    def _food_changes(self, row: Food, event: object) -> None:
        self._food_changed.append(row.entity_id)

    def _circle_came(self, row: Circle, event: object) -> None:
        # Who is placed and eaten in one round is in no walk.
        self._owners[row.entity_id] = row.player_id

    # -- the walk ------------------------------------------------------------------------------------------------------

    def settle(self, *, witnessed: bool = True) -> None:
        """Walk the tables, and conclude who was eaten by whom and whether the own player lives.

        What vanished during an absence was not `witnessed`: where it went is not known.
        """
        self.places.settle(self.now)
        self.is_fresh, self._has_changed = self._has_changed, False
        before = self.circles
        self._walk()
        gone = [self._gone(row, before) for row in self._vanished] if witnessed else []
        eaters: dict[int, ShownCircle] = {}
        for each in gone:
            eater = self._eater_of(each)
            if eater is not None:
                eaters[each.entity_id] = eater
                eater.feed(each.mass, self.now)
                if eater.player_id == self.own_player_id:
                    self.account.count_meal(each, self.own_player_id)
            self.flights.append(Flight(each, eater, start=self.now))
        own_gone = [each for each in gone if each.player_id == self.own_player_id is not None]
        self._count_kills(gone, eaters)
        self.account.settle(self.now, self.own_mass(), own_gone, eaters, self._mass_of)
        self._vanished.clear()
        self._gained.clear()
        self._owners.clear()
        self.food_changes.add(self._food_changed)
        self._food_changed.clear()

    def _count_kills(self, gone: list[Gone], eaters: Mapping[int, ShownCircle]) -> None:
        """Who has no circle any more, and whose last one the own player has eaten."""
        own = self.own_player_id
        victims = {
            each.player_id
            for each in gone
            if each.player_id is not None
            and each.player_id != own
            and (eater := eaters.get(each.entity_id)) is not None
            and eater.player_id == own
        }
        for victim in victims - {circle.player_id for circle in self.circles.values()} if victims else ():
            self.account.count_kill(victim)

    def _mass_of(self, player_id: int) -> int:
        return sum(circle.mass for circle in self.circles.values() if circle.player_id == player_id)

    def _walk(self) -> None:
        db, before = self.db, self.circles
        for config in db.config.iter():
            self.size = world_side(config.world_size)
        for player in db.player.iter():
            # The name of a player who left is kept: it may be needed for a death.
            self.names[player.player_id] = shown_name(player.name)
        self.protected = frozenset(row.player_id for row in db.protection.iter())
        me = None if self.identity is None else db.player.find(identity=self.identity)
        if me is not None:
            self.own_player_id = me.player_id
        side = self.size
        if self.is_fresh:  # between two ticks of a server a game draws several frames
            self.entities = {row.entity_id: row for row in db.entity.iter()}
        entities = self.entities
        circles: dict[int, ShownCircle] = {}
        for row in db.circle.iter():
            entity_id = row.entity_id
            entity = entities.get(entity_id)
            if entity is None:
                continue
            circle = before.get(entity_id)
            if circle is None:
                x, y = self._place_of(entity)
                circle = ShownCircle(entity_id, row.player_id, x, y, shown_mass(entity.mass))
                circle.came_at = self.now
            else:
                circle.player_id = row.player_id
                circle.take(entity, side)
            circle.is_protected = row.player_id in self.protected
            circles[entity_id] = circle
        self.circles = circles
        self.own = {key: circle for key, circle in circles.items() if circle.player_id == self.own_player_id}

    def _place_of(self, row: Entity) -> tuple[float, float]:
        position = row.position
        return clamped(position.x, self.size), clamped(position.y, self.size)

    # -- what is shown -------------------------------------------------------------------------------------------------

    def advance(self, now: float) -> None:
        """Move everything shown to the time `now`."""
        elapsed = 0.0 if self._advanced is None else max(now - self._advanced, 0.0)
        self._advanced = self.now = now
        side, entities, at, own = self.size, self.entities, self.places.at, self.own
        self.motion.advance(now, elapsed, list(own))
        share = growth(elapsed)
        for key, circle in self.circles.items():
            x, y = at(entities[key], now)
            place = self.motion.ahead((x, y), circle.mass, side, now) if key in own else (x, y)
            circle.advance(place, share, side)
        if self.flights:
            self.flights = [flight for flight in self.flights if now - flight.start < FLIGHT_SECONDS]
        if self.born:
            growing = {key: at for key, at in self.born.items() if now - at < GROW_SECONDS}
            if len(growing) != len(self.born):
                self.food_changes.add(self.born.keys() - growing.keys())
                self.born = growing

    @property
    def food(self) -> dict[int, Blob]:
        """Every piece of food, by key: a snapshot."""
        pieces: dict[int, Blob] = {}
        for food in self.db.food.iter():
            entity = self.entities.get(food.entity_id)
            if entity is not None:
                x, y = self._place_of(entity)
                pieces[food.entity_id] = Blob(food.entity_id, x, y, shown_mass(entity.mass))
        return pieces

    @property
    def rules(self) -> WorldRules | None:
        """What the world is played by, where it says so: an official one does not."""
        return self.db.world_rules.find(id=0)

    @property
    def life(self) -> Life | None:
        """The running account of the present life."""
        return self.account.life

    @property
    def death(self) -> Death | None:
        """How the last life ended, until the next one begins."""
        return self.account.death

    def row_counts(self) -> dict[str, int]:
        """The number of rows by table."""
        tables = ("circle", "config", "entity", "food", "player")
        return {name: getattr(self.db, name).count() for name in tables}

    @property
    def tick_lateness(self) -> float:
        """Seconds by which the server's ticks miss their rhythm, smoothed."""
        return self.places.clock.lateness

    def largest_own_mass(self) -> int:
        """The mass of the heaviest own circle; 0 without any."""
        return max((circle.mass for circle in self.own.values()), default=0)

    def own_mass(self) -> int:
        """The mass of all own circles together."""
        return sum(circle.mass for circle in self.own.values())

    # -- inside --------------------------------------------------------------------------------------------------------

    def _gone(self, row: Entity, before: Mapping[int, ShownCircle]) -> Gone:
        (x, y), mass = self._place_of(row), shown_mass(row.mass)
        circle = before.get(row.entity_id)
        if circle is None:
            owner = self._owners.get(row.entity_id)
            return Gone(row.entity_id, owner, x, y, mass, x, y, shown_radius(mass))
        # What never was advanced is drawn at its true size.
        radius = circle.shown_radius or shown_radius(mass)
        return Gone(row.entity_id, circle.player_id, x, y, mass, circle.shown_x, circle.shown_y, radius)

    def _eater_of(self, gone: Gone) -> ShownCircle | None:
        """The circle that ate `gone`: now the bigger one, fed in this very round, and its rim the nearest.

        A meal gives its mass in the transaction that takes the eaten away. A player who left, or gave up, fed no one.
        """
        best: ShownCircle | None = None
        best_gap = inf
        for entity_id in self._gained:
            circle = self.circles.get(entity_id)
            if circle is None or circle.mass <= gone.mass:
                continue
            gap = hypot(circle.x - gone.x, circle.y - gone.y) - circle.radius
            # Own circles merge from wherever they are.
            limit = inf if circle.player_id == gone.player_id else _MEAL_SLACK
            if gap < min(best_gap, limit):
                best, best_gap = circle, gap
        return best
