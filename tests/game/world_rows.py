"""Worlds made of rows that come in through the same callbacks as a server's."""

from __future__ import annotations

import random

from game.match.model import WorldModel
from module_bindings import Circle, Config, DbVector2, Entity, Food, Player
from spacetimedb_sdk.types import Identity, Timestamp

__all__ = ["WorldRows"]

BOTS = ("Nova", "Ceres", "Halley", "Io", "Oort", "Vesta", "Rigel", "Juno", "Pallas", "Titan", "Mira", "Lyra")


class WorldRows:
    """Feeds a world with rows, as a server would: `tick` is one message of it."""

    def __init__(self, world: WorldModel, *, seed: int = 3) -> None:
        self.world = world
        self.now = 0.0
        self.entities: dict[int, Entity] = {}
        self.circles: dict[int, Circle] = {}
        self._chance = random.Random(seed)
        self._next = 1
        self.begin(0.0)
        world.config_changed("insert", None, Config(id=0, world_size=1000), None)

    def begin(self, now: float) -> None:
        self.now = now
        self.world.begin(now)

    def settle(self) -> None:
        self.world.settle()

    def player(self, player_id: int, name: str, *, own: bool = False) -> None:
        row = Player(
            identity=Identity.from_string(f"{player_id % 2**32:064x}"), player_id=player_id, name=name
        )
        self.world.player_changed("insert", None, row, None)
        if own:
            self.world.become(player_id)

    def _entity(self, x: float, y: float, mass: int) -> int:
        entity_id, self._next = self._next, self._next + 1
        row = self.entities[entity_id] = Entity(entity_id=entity_id, position=DbVector2(x, y), mass=mass)
        self.world.entity_changed("insert", None, row, None)
        return entity_id

    def circle(self, player_id: int, x: float, y: float, mass: int) -> int:
        entity_id = self._entity(x, y, mass)
        row = self.circles[entity_id] = Circle(
            entity_id=entity_id,
            player_id=player_id,
            direction=DbVector2(1.0, 0.0),
            speed=1.0,
            last_split_time=Timestamp(0),
        )
        self.world.circle_changed("insert", None, row, None)
        return entity_id

    def food(self, x: float, y: float, mass: int = 2) -> int:
        entity_id = self._entity(x, y, mass)
        self.world.food_changed("insert", None, Food(entity_id=entity_id), None)
        return entity_id

    def move(self, entity_id: int, x: float, y: float, *, mass: int | None = None) -> None:
        old = self.entities[entity_id]
        new = Entity(entity_id, DbVector2(x, y), old.mass if mass is None else mass)
        self.entities[entity_id] = new
        self.world.entity_changed("update", old, new, None)

    def eat(self, eater: int, eaten: int) -> None:
        """One meal, in the order of a server's message: circle, entity, food."""
        gone = self.entities.pop(eaten)
        circle = self.circles.pop(eaten, None)
        if circle is not None:
            self.world.circle_changed("delete", circle, None, None)
        fed = self.entities[eater]
        self.move(eater, fed.position.x, fed.position.y, mass=fed.mass + gone.mass)
        self.world.entity_changed("delete", gone, None, None)
        if circle is None:
            self.world.food_changed("delete", Food(entity_id=eaten), None, None)

    def remove(self, entity_id: int) -> None:
        """A circle that leaves without being eaten."""
        circle = self.circles.pop(entity_id)
        self.world.circle_changed("delete", circle, None, None)
        self.world.entity_changed("delete", self.entities.pop(entity_id), None, None)

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
