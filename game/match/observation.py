"""What a player sees of the world: plain values taken out of the client cache, for a brain to decide upon."""

from __future__ import annotations

from dataclasses import dataclass

from module_bindings import Circle, Config, Entity

from .bounds import DEFAULT_WORLD_SIZE, clamped, shown_mass, world_side

__all__ = ["DEFAULT_REACH", "Blob", "Observation", "observe"]

# A little more than half of what the window shows to a person: a circle at full speed crosses it in about a second.
DEFAULT_REACH = 220.0


@dataclass(frozen=True, slots=True)
class Blob:
    """A circle or food: centre in world units, and mass."""

    entity_id: int
    x: float
    y: float
    mass: int


@dataclass(frozen=True, slots=True)
class Observation:
    """The own circles (heaviest first), and the circles of others and the food around them.

    Without own circles there is no place to look from: `others` and `food` are empty then.
    """

    me: tuple[Blob, ...]
    others: tuple[Blob, ...]
    food: tuple[Blob, ...]
    world_size: float


def observe(player_id: int, *, reach: float = DEFAULT_REACH) -> Observation:
    """The sight of a player from the ambient client's cache, as far as `reach` world units from its circles' middle.

    Call it inside a callback of the client, or with a single client open.
    """
    config = Config.filter_by_id(0)
    side = DEFAULT_WORLD_SIZE if config is None else world_side(config.world_size)
    me = _own_blobs(player_id, side)
    if not me:
        return Observation((), (), (), side)
    total = sum(blob.mass for blob in me)
    middle_x = sum(blob.x * blob.mass for blob in me) / total
    middle_y = sum(blob.y * blob.mass for blob in me) / total
    left, right = middle_x - reach, middle_x + reach
    low, high = middle_y - reach, middle_y + reach
    others: list[Blob] = []
    food: list[Blob] = []
    find_circle = Circle.filter_by_entity_id
    for entity in Entity.iter():
        position = entity.position
        if left <= position.x <= right and low <= position.y <= high:
            circle = find_circle(entity.entity_id)
            if circle is None:
                food.append(_blob(entity, side))
            elif circle.player_id != player_id:
                others.append(_blob(entity, side))
    return Observation(me, tuple(others), tuple(food), side)


def _own_blobs(player_id: int, side: float) -> tuple[Blob, ...]:
    blobs: list[Blob] = []
    for circle in Circle.filter_by_player_id(player_id):
        entity = Entity.filter_by_entity_id(circle.entity_id)
        if entity is not None:
            blobs.append(_blob(entity, side))
    blobs.sort(key=lambda blob: (-blob.mass, blob.entity_id))
    return tuple(blobs)


def _blob(entity: Entity, side: float) -> Blob:
    position = entity.position
    return Blob(
        entity.entity_id, clamped(position.x, side), clamped(position.y, side), shown_mass(entity.mass)
    )
