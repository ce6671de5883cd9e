"""Worlds made of rows, in tables that no server sends."""

from __future__ import annotations

import random

from game.match.tables import LocalTables
from game.match.world import World
from module_bindings import Circle, Config, DbVector2, Entity, Food, Player, WorldRules
from spacetimedb_sdk.types import Identity, Timestamp

__all__ = ["WorldRows"]

BOTS = ("Nova", "Ceres", "Halley", "Io", "Oort", "Vesta", "Rigel", "Juno", "Pallas", "Titan", "Mira", "Lyra")


class WorldRows:
    """Changes the tables of a world, as a server would: `settle` is one update of a client."""

    def __init__(self, world: World, *, seed: int = 3) -> None:
        self.world = world
        self.db = LocalTables()
        world.attach(self.db)
        self.now = 0.0
        self._chance = random.Random(seed)
        self._next = 1
        self.begin(0.0)
        self.size(1000)

    @property
    def entities(self) -> dict[int, Entity]:
        return {row.entity_id: row for row in self.db.entity.iter()}

    @property
    def circles(self) -> dict[int, Circle]:
        return {row.entity_id: row for row in self.db.circle.iter()}

    def begin(self, now: float) -> None:
        self.now = now
        self.world.begin(now)

    def settle(self) -> None:
        self.world.settle()

    def size(self, side: int) -> None:
        self.db.config.put(Config(id=0, world_size=side))

    def rules(self, rules: WorldRules) -> None:
        self.db.world_rules.put(rules)

    def player(self, player_id: int, name: str, *, own: bool = False) -> None:
        identity = Identity.from_string(f"{player_id % 2**32:064x}")
        self.db.player.put(Player(identity=identity, player_id=player_id, name=name))
        if own:
            self.world.identity = identity

    def _entity(self, x: float, y: float, mass: int) -> int:
        entity_id, self._next = self._next, self._next + 1
        self.db.entity.put(Entity(entity_id=entity_id, position=DbVector2(x, y), mass=mass))
        return entity_id

    def circle(self, player_id: int, x: float, y: float, mass: int) -> int:
        entity_id = self._entity(x, y, mass)
        row = Circle(
            entity_id=entity_id,
            player_id=player_id,
            direction=DbVector2(1.0, 0.0),
            speed=1.0,
            last_split_time=Timestamp(0),
        )
        self.db.circle.put(row)
        return entity_id

    def food(self, x: float, y: float, mass: int = 2) -> int:
        entity_id = self._entity(x, y, mass)
        self.db.food.put(Food(entity_id=entity_id))
        return entity_id

    def move(self, entity_id: int, x: float, y: float, *, mass: int | None = None) -> None:
        old = self.entities[entity_id]
        self.db.entity.put(Entity(entity_id, DbVector2(x, y), old.mass if mass is None else mass))

    def eat(self, eater: int, eaten: int) -> None:
        """One meal, in the order of a server's message: circle, entity, food."""
        if eaten in self.circles:
            self.db.circle.remove(eaten)
        fed, gone = self.entities[eater], self.entities[eaten]
        self.move(eater, fed.position.x, fed.position.y, mass=fed.mass + gone.mass)
        self.db.entity.remove(eaten)
        if self.db.food.find(entity_id=eaten) is not None:
            self.db.food.remove(eaten)

    def remove(self, entity_id: int) -> None:
        """A circle that leaves without being eaten."""
        self.db.circle.remove(entity_id)
        self.db.entity.remove(entity_id)

    def scatter_food(self, count: int = 600) -> None:
        for _ in range(count):
            self.food(self._chance.uniform(3, 997), self._chance.uniform(3, 997), self._chance.choice((2, 3)))

    def scatter_bots(self, *, around: tuple[float, float], reach: float, masses: tuple[int, ...]) -> None:
        for index, mass in enumerate(masses):
            player_id = 100 + index
            self.player(player_id, BOTS[index % len(BOTS)])
            x = around[0] + self._chance.uniform(-reach * 1.6, reach * 1.6)
            y = around[1] + self._chance.uniform(-reach, reach)
            self.circle(player_id, min(max(x, 40), 960), min(max(y, 40), 960), mass)
