"""Eating: who eats whom. Overlaps, one scheduled meal for each, and what a meal does."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import hypot

from spacetimedb_sdk.module import ReducerContext, ScheduleAt, within_reach

from .rule_set import radius
from .tables import Circle, ConsumeEntityEvent, ConsumeEntityTimer, DbVector2, Entity, Food, base

__all__ = ["consume_entity", "destroy_entity", "find_meals", "heaviest_first", "schedule_meal"]


def find_meals(
    entities: Mapping[int, Entity],
    owners: Mapping[int, int],
    *,
    safe_mass_ratio: float,
    protected: Collection[int] = (),
    came_from: Mapping[int, DbVector2] | None = None,
) -> tuple[list[tuple[int, int]], set[int]]:
    """The meals of one tick as `(consumer id, consumed id)`, the heaviest consumer first; and the players who are kept from one.

    `entities` are all by entity id, `owners` gives the player id of each circle among them; every other entity is food. An
    entity overlaps a circle when its centre is no farther than the circle's radius. No circle is eaten twice, and what is eaten
    eats nothing more.

    Circles of `protected` players neither eat others' circles nor are eaten; those who would have eaten are the second
    answer. `came_from` is where circles in flight were a tick ago: they overlap what lies on their way, too.
    """
    # As tuples and not by a key: inside a database a call takes longer than comparing two of them.
    heaviest = sorted([(-entities[entity_id].mass, entity_id) for entity_id in owners])
    circles = [entities[entity_id] for _, entity_id in heaviest]
    reached = _reached(entities.values(), circles, came_from or {})
    meals: list[tuple[int, int]] = []
    eaten: set[int] = set()
    held_back: set[int] = set()
    for circle, others in zip(circles, reached, strict=True):
        consumer_id = circle.entity_id
        # A circle reaches itself, and mostly nothing else.
        if len(others) == 1 or consumer_id in eaten:
            continue
        edible = circle.mass * safe_mass_ratio
        owner = owners[consumer_id]
        for other in others:
            other_id = other.entity_id
            if other_id in eaten:
                continue
            other_owner = owners.get(other_id)
            if other_owner is not None:
                if other_owner == owner or other.mass >= edible or other_owner in protected:
                    continue
                if owner in protected:
                    held_back.add(owner)
                    continue
            eaten.add(other_id)
            meals.append((consumer_id, other_id))
    return meals, held_back


def _reached(
    entities: Collection[Entity], circles: Sequence[Entity], came_from: Mapping[int, DbVector2]
) -> list[list[Entity]]:
    """What lies in each circle, itself too, or on its way."""
    looks = [(circle.position.x, circle.position.y, radius(circle.mass)) for circle in circles]
    if not came_from:
        return within_reach(entities, looks)
    # Of one in flight, the circle around all of its way; of what that finds, what lies beside the way is left out afterwards.
    around = list(looks)
    starts = [came_from.get(circle.entity_id) for circle in circles]
    for n, start in enumerate(starts):
        if start is not None:
            x, y, reach = looks[n]
            way_x, way_y = (x - start.x) / 2, (y - start.y) / 2
            around[n] = x - way_x, y - way_y, reach + hypot(way_x, way_y)
    reached = within_reach(entities, around)
    for n, start in enumerate(starts):
        if start is not None:
            x, y, reach = looks[n]
            reached[n] = [other for other in reached[n] if _off_the_way(other, x, y, start) <= reach * reach]
    return reached


def _off_the_way(other: Entity, x: float, y: float, start: DbVector2) -> float:
    """How far something is from the straight way of a circle to (`x`, `y`), squared: a step in flight is longer than what is
    small is wide."""
    way_x, way_y = x - start.x, y - start.y
    length_squared = way_x * way_x + way_y * way_y or 1.0
    dx, dy = other.position.x - start.x, other.position.y - start.y
    share = min(max((dx * way_x + dy * way_y) / length_squared, 0.0), 1.0)
    off_x, off_y = dx - way_x * share, dy - way_y * share
    return off_x * off_x + off_y * off_y


def schedule_meal(ctx: ReducerContext, consumer_id: int, consumed_id: int) -> None:
    """Have `consume_entity` run at once after this reducer."""
    ctx.db[ConsumeEntityTimer].insert(
        ConsumeEntityTimer(
            scheduled_id=0,
            scheduled_at=ScheduleAt.Time(ctx.timestamp),
            consumed_entity_id=consumed_id,
            consumer_entity_id=consumer_id,
        )
    )


@base.reducer
def consume_entity(ctx: ReducerContext, timer: ConsumeEntityTimer) -> None:
    """Give the consumed entity's mass to the consumer, remove it, and write the event that all clients get.

    A meal whose consumer or consumed has gone in the meantime (eaten, or its player left) is skipped.
    """
    entities = ctx.db[Entity]
    consumed = entities.get(timer.consumed_entity_id)
    consumer = entities.get(timer.consumer_entity_id)
    if consumed is None or consumer is None:
        return
    ctx.db[ConsumeEntityEvent].insert(
        ConsumeEntityEvent(consumed_entity_id=consumed.entity_id, consumer_entity_id=consumer.entity_id)
    )
    destroy_entity(ctx, consumed.entity_id)
    entities.update(consumer.replace(mass=consumer.mass + consumed.mass))


def destroy_entity(ctx: ReducerContext, entity_id: int) -> None:
    """Delete an entity with its food or circle row."""
    ctx.db[Food].delete_by_key(entity_id)
    ctx.db[Circle].delete_by_key(entity_id)
    ctx.db[Entity].delete_by_key(entity_id)


def heaviest_first(entity: Entity) -> tuple[int, int]:
    """The order in which circles eat: by mass, then by age."""
    return -entity.mass, entity.entity_id
