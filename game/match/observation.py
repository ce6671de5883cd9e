"""Observation: what a player sees of the world, plain values taken out of the client cache, for a brain to decide upon."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

from module_bindings import Circle, Config, Entity, Protection, WorldRules

from .bounds import DEFAULT_WORLD_SIZE, clamped, shown_mass, world_side

__all__ = [
    "DEFAULT_REACH",
    "SAFE_MASS_RATIO",
    "SPLIT_MASS",
    "TICK_SECONDS",
    "Blob",
    "Observation",
    "full_speed",
    "observe",
]

# A little more than half of what the window shows to a person: a circle at full speed crosses it in about a second.
DEFAULT_REACH = 220.0
# What the rules of every world hold and no table says: a circle eats another player's below this share of its own mass.
SAFE_MASS_RATIO = 0.85
# From this mass on a circle splits, in worlds that do not tell their rules.
SPLIT_MASS = 60
# Between two moves of the server: it applies what it was sent at the next one.
TICK_SECONDS = 0.05
# World units a tick of a circle of the smallest mass at full speed, and the mass from which the speed counts.
_FULL_SPEED, _START_MASS = 10.0, 15.0


# A tuple, because a bot that looks seven times a second makes a hundred of them each time.
class Blob(NamedTuple):
    """A circle or food: centre in world units, and mass; of a circle also its velocity in units a tick, and whose it is."""

    entity_id: int
    x: float
    y: float
    mass: int
    vx: float = 0.0
    vy: float = 0.0
    player_id: int = 0


@dataclass(frozen=True, slots=True)
class Observation:
    """The own circles (heaviest first), and the circles of others and the food around them.

    Without own circles there is no place to look from: `others` and `food` are empty then. `now` is the time of the look
    in seconds, from any beginning. `protected` are the ids of players who cannot be eaten yet. `throws` is set where what
    is split off is thrown; `eject_from` is the mass from which mass can be ejected, 0 where it cannot.
    """

    me: tuple[Blob, ...]
    others: tuple[Blob, ...]
    food: tuple[Blob, ...]
    world_size: float
    now: float = 0.0
    protected: frozenset[int] = frozenset()
    throws: bool = False
    eject_from: int = 0


def full_speed(mass: float) -> float:
    """World units that a circle of `mass` covers in a tick of 50 ms at full speed."""
    return 2.0 * _FULL_SPEED / (1.0 + sqrt(mass / _START_MASS))


def observe(player_id: int, *, reach: float = DEFAULT_REACH, now: float = 0.0) -> Observation:
    """What a player observes, from the ambient client's cache, as far as `reach` world units from its circles' middle.

    Call it inside a callback of the client, or with a single client open.
    """
    config = Config.filter_by_id(0)
    side = DEFAULT_WORLD_SIZE if config is None else world_side(config.world_size)
    me = _own_blobs(player_id, side)
    if not me:
        return Observation((), (), (), side, now)
    total = sum(blob.mass for blob in me)
    middle_x = sum(blob.x * blob.mass for blob in me) / total
    middle_y = sum(blob.y * blob.mass for blob in me) / total
    left, right = middle_x - reach, middle_x + reach
    low, high = middle_y - reach, middle_y + reach
    others: list[Blob] = []
    food: list[Blob] = []
    # One dictionary is less work than asking for each piece of food whether it is a circle.
    circles = {circle.entity_id: circle for circle in Circle.iter()}
    for entity in Entity.iter():
        position = entity.position
        x, y = position.x, position.y
        if left <= x <= right and low <= y <= high:
            circle = circles.get(entity.entity_id)
            if circle is None:
                food.append(
                    Blob(entity.entity_id, clamped(x, side), clamped(y, side), shown_mass(entity.mass))
                )
            elif circle.player_id != player_id:
                others.append(_blob(entity, circle, side))
    # An official world has neither table, and the rows of none.
    protected = frozenset(row.player_id for row in Protection.iter())
    rules = WorldRules.filter_by_id(0)
    if rules is None:
        return Observation(me, tuple(others), tuple(food), side, now, protected)
    return Observation(me, tuple(others), tuple(food), side, now, protected, True, rules.eject_from)


def _own_blobs(player_id: int, side: float) -> tuple[Blob, ...]:
    blobs: list[Blob] = []
    for circle in Circle.filter_by_player_id(player_id):
        entity = Entity.filter_by_entity_id(circle.entity_id)
        if entity is not None:
            blobs.append(_blob(entity, circle, side))
    blobs.sort(key=lambda blob: (-blob.mass, blob.entity_id))
    return tuple(blobs)


def _blob(entity: Entity, circle: Circle, side: float) -> Blob:
    position, direction = entity.position, circle.direction
    mass = shown_mass(entity.mass)
    # What another module tells may be no number: no bot steers by it.
    speed = full_speed(mass) * clamped(circle.speed, 1.0)
    vx, vy = direction.x * speed, direction.y * speed
    if not (abs(vx) <= speed and abs(vy) <= speed):
        vx = vy = 0.0
    return Blob(
        entity.entity_id,
        clamped(position.x, side),
        clamped(position.y, side),
        mass,
        vx,
        vy,
        circle.player_id,
    )
