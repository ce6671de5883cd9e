"""Who eats whom: overlaps found by a grid, one scheduled meal for each, and what a meal does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import hypot

from spacetimedb_sdk.module import ReducerContext, ScheduleAt

from .rule_set import radius
from .tables import Circle, ConsumeEntityEvent, ConsumeEntityTimer, DbVector2, Entity, Food, base

__all__ = ["consume_entity", "destroy_entity", "find_meals", "schedule_meal"]

# Wide enough that a usual circle looks into one to four cells, narrow enough that a cell holds one or two entities.
_CELL = 40.0
_ROW = 4096


def find_meals(
    entities: Collection[Entity],
    owners: Mapping[int, int],
    *,
    safe_mass_ratio: float,
    protected: Collection[int] = (),
    came_from: Mapping[int, DbVector2] | None = None,
) -> tuple[list[tuple[int, int]], set[int]]:
    """The meals of one tick as `(consumer id, consumed id)`, the heaviest consumer first; and the players who are kept from one.

    `owners` gives the player id of each circle by entity id; every other entity is food. An entity overlaps a circle
    when its centre is nearer than the circle's radius. No circle is eaten twice, and what is eaten eats nothing more.

    Circles of `protected` players neither eat others' circles nor are eaten; those who would have eaten are the second
    answer. `came_from` is where circles in flight were a tick ago: they overlap what lies on their way, too.
    """
    grid = _grid_of(entities)
    circles = [entity for entity in entities if entity.entity_id in owners]
    circles.sort(key=_heaviest_first)
    meals: list[tuple[int, int]] = []
    eaten: set[int] = set()
    held_back: set[int] = set()
    for circle in circles:
        consumer_id = circle.entity_id
        if consumer_id in eaten:
            continue
        edible = circle.mass * safe_mass_ratio
        owner = owners[consumer_id]
        start = came_from.get(consumer_id) if came_from else None
        for other in _within(grid, circle) if start is None else _on_the_way(grid, circle, start):
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


def _grid_of(entities: Collection[Entity]) -> dict[int, list[Entity]]:
    """The entities by cell."""
    scale = 1.0 / _CELL
    grid: dict[int, list[Entity]] = {}
    for entity in entities:
        position = entity.position
        key = int(position.x * scale) * _ROW + int(position.y * scale)
        cell = grid.get(key)
        if cell is None:
            grid[key] = [entity]
        else:
            cell.append(entity)
    return grid


def _within(grid: Mapping[int, list[Entity]], circle: Entity) -> list[Entity]:
    """What lies in a circle, itself too."""
    scale = 1.0 / _CELL
    reach = radius(circle.mass)
    reach_squared = reach * reach
    x, y = circle.position.x, circle.position.y
    found: list[Entity] = []
    rows = range(int((y - reach) * scale), int((y + reach) * scale) + 1)
    for column in range(int((x - reach) * scale), int((x + reach) * scale) + 1):
        for row in rows:
            for other in grid.get(column * _ROW + row, ()):
                position = other.position
                dx = position.x - x
                dy = position.y - y
                if dx * dx + dy * dy < reach_squared:
                    found.append(other)
    return found


def _on_the_way(grid: Mapping[int, list[Entity]], circle: Entity, start: DbVector2) -> list[Entity]:
    """What a circle has covered on the straight way from `start`: a step in flight is longer than what is small is wide."""
    scale = 1.0 / _CELL
    reach = radius(circle.mass)
    x, y = circle.position.x, circle.position.y
    way_x, way_y = x - start.x, y - start.y
    length_squared = way_x * way_x + way_y * way_y or 1.0
    left, right = sorted((x, start.x))
    low, high = sorted((y, start.y))
    found: list[Entity] = []
    rows = range(int((low - reach) * scale), int((high + reach) * scale) + 1)
    for column in range(int((left - reach) * scale), int((right + reach) * scale) + 1):
        for row in rows:
            for other in grid.get(column * _ROW + row, ()):
                dx, dy = other.position.x - start.x, other.position.y - start.y
                share = min(max((dx * way_x + dy * way_y) / length_squared, 0.0), 1.0)
                if hypot(dx - way_x * share, dy - way_y * share) < reach:
                    found.append(other)
    return found


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
    """Give the consumed entity's mass to the consumer, remove it and tell everybody.

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


def _heaviest_first(entity: Entity) -> tuple[int, int]:
    return -entity.mass, entity.entity_id
