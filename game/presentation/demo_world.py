"""A world without a server, to look at behind the menus: circles that wander from one piece of food to the next."""

from __future__ import annotations

import random
from math import hypot

from module_bindings import Circle, DbVector2, Entity, Food
from spacetimedb_sdk import Timestamp

from ..match.model import WorldModel

__all__ = ["DemoWorld"]

_TICK = 0.05
_MOST_TICKS = 5
_CIRCLES = 44
_FOOD = 420
_PLACE = (180.0, 820.0)
_REACH = 90.0
_SATED = 150


class DemoWorld:
    """Feeds rows into a `WorldModel` as a server would, 20 times a second. The same seed gives the same wandering."""

    def __init__(self, world: WorldModel, *, seed: int = 7) -> None:
        self._world = world
        self._chance = random.Random(seed)
        self._entities: dict[int, Entity] = {}
        self._targets: dict[int, int] = {}
        self._due: float | None = None
        world.begin(0.0)
        for number in range(_FOOD):
            self._put(number + 1, *self._place(), self._chance.choice((2, 3)))
            world.food_changed("insert", None, Food(number + 1), None)
        for number in range(_CIRCLES):
            entity_id = _FOOD + number + 1
            self._put(entity_id, *self._place(), round(15 * 1.06**number))
            circle = Circle(entity_id, number + 1, DbVector2(0.0, 0.0), 0.0, Timestamp(0))
            world.circle_changed("insert", None, circle, None)
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
        entity = self._entities[entity_id]
        target = self._entities[self._targets[entity_id]]
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
        self._world.food_changed("delete", Food(eaten.entity_id), None, None)
        self._world.entity_changed("delete", eaten, None, None)
        self._put(eaten.entity_id, *self._place(), eaten.mass, is_new=True)
        self._world.food_changed("insert", None, Food(eaten.entity_id), None)

    def _near(self, entity: Entity) -> int:
        """Some food not too far away, or any."""
        for _ in range(20):
            food = self._entities[1 + self._chance.randrange(_FOOD)]
            reach = hypot(food.position.x - entity.position.x, food.position.y - entity.position.y)
            if reach < _REACH:
                return food.entity_id
        return 1 + self._chance.randrange(_FOOD)

    def _place(self) -> tuple[float, float]:
        return self._chance.uniform(*_PLACE), self._chance.uniform(*_PLACE)

    def _put(self, entity_id: int, x: float, y: float, mass: int, *, is_new: bool = False) -> None:
        old = None if is_new else self._entities.get(entity_id)
        new = self._entities[entity_id] = Entity(entity_id, DbVector2(x, y), mass)
        self._world.entity_changed("insert" if old is None else "update", old, new, None)
