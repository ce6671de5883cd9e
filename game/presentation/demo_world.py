"""Demo world: a world without a server, to look at behind the menus: circles that wander from one piece of food to the next."""

from __future__ import annotations

import random
from math import hypot

from module_bindings import Circle, DbVector2, Entity, Food
from spacetimedb_sdk import Timestamp

from ..match.tables import LocalTables
from ..match.world import World

__all__ = ["DemoWorld"]

# As often as a server moves; after a break of more than so many ticks it goes on from now.
_TICK = 0.05
_MOST_TICKS = 5
# As full as a good match looks. What is eaten comes back within `_PLACE`, circles go for food within `_REACH`, and one
# that weighs `_SATED` begins anew.
_CIRCLES = 44
_FOOD = 420
_PLACE = (180.0, 820.0)
_REACH = 90.0
_SATED = 150


class DemoWorld:
    """Changes the rows that a `World` shows as a server would, 20 times a second. The same seed gives the same wandering."""

    def __init__(self, world: World, *, seed: int = 7) -> None:
        self._world = world
        self._chance = random.Random(seed)
        self._tables = LocalTables()
        self._targets: dict[int, int] = {}
        self._due: float | None = None
        world.attach(self._tables)
        world.begin(0.0)
        for number in range(_FOOD):
            self._put(number + 1, *self._place(), self._chance.choice((2, 3)))
            self._tables.food.put(Food(number + 1))
        for number in range(_CIRCLES):
            entity_id = _FOOD + number + 1
            self._put(entity_id, *self._place(), round(15 * 1.06**number))
            self._tables.circle.put(Circle(entity_id, number + 1, DbVector2(0.0, 0.0), 0.0, Timestamp(0)))
            self._targets[entity_id] = 1 + self._chance.randrange(_FOOD)
        world.settle()

    def update(self, now: float) -> None:
        """Go on to the time `now`; after a long gap only the last quarter of a second is made up for."""
        if self._due is None or now - self._due > _MOST_TICKS * _TICK:
            self._due = now
        while self._due <= now:
            self._world.begin(self._due)
            for entity_id in self._targets:
                self._move(entity_id)
            self._world.settle()
            self._due += _TICK

    def _move(self, entity_id: int) -> None:
        entity, target = self._entity(entity_id), self._entity(self._targets[entity_id])
        dx, dy = target.position.x - entity.position.x, target.position.y - entity.position.y
        away = hypot(dx, dy)
        step = 3.0 / (1.0 + (entity.mass / 15) ** 0.5)
        if away > max(step, entity.mass**0.5):
            place = entity.position.x + dx / away * step, entity.position.y + dy / away * step
            self._put(entity_id, *place, entity.mass)
            return
        # Who has eaten enough begins again, as everybody does sooner or later.
        fed = entity.mass + target.mass
        self._put(entity_id, entity.position.x, entity.position.y, fed if fed < _SATED else 15)
        self._renew(target)
        self._targets[entity_id] = self._near(entity)

    def _renew(self, eaten: Entity) -> None:
        """The same piece of food, somewhere else: it vanishes here first, or it would be seen to fly there."""
        self._tables.food.remove(eaten.entity_id)
        self._tables.entity.remove(eaten.entity_id)
        self._put(eaten.entity_id, *self._place(), eaten.mass)
        self._tables.food.put(Food(eaten.entity_id))

    def _near(self, entity: Entity) -> int:
        """Some food not too far away, or any."""
        for _ in range(20):
            food = self._entity(1 + self._chance.randrange(_FOOD))
            reach = hypot(food.position.x - entity.position.x, food.position.y - entity.position.y)
            if reach < _REACH:
                return food.entity_id
        return 1 + self._chance.randrange(_FOOD)

    def _place(self) -> tuple[float, float]:
        return self._chance.uniform(*_PLACE), self._chance.uniform(*_PLACE)

    def _entity(self, entity_id: int) -> Entity:
        entity = self._tables.entity.find(entity_id=entity_id)
        assert entity is not None, "entities of this world are replaced, never taken away"
        return entity

    def _put(self, entity_id: int, x: float, y: float, mass: int) -> None:
        self._tables.entity.put(Entity(entity_id, DbVector2(x, y), mass))
