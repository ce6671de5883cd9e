"""Who eats whom: overlaps found by a grid, one scheduled meal for each, and what a meal does."""

from collections.abc import Collection, Mapping

from spacetimedb_sdk.module import ReducerContext, ScheduleAt

from .constants import SAFE_MASS_RATIO, radius
from .tables import Circle, ConsumeEntityEvent, ConsumeEntityTimer, Entity, Food, module

__all__ = ["consume_entity", "destroy_entity", "find_meals", "schedule_meal"]

# Wide enough that a usual circle looks into one to four cells, narrow enough that a cell holds one or two entities.
_CELL = 40.0
_ROW = 4096


def find_meals(entities: Collection[Entity], owners: Mapping[int, int]) -> list[tuple[int, int]]:
    """The meals of one tick as `(consumer id, consumed id)`, the heaviest consumer first.

    `owners` gives the player id of each circle by entity id; every other entity is food. An entity overlaps a circle
    when its centre is nearer than the circle's radius. No circle is eaten twice, and who is eaten eats nothing more.
    """
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

    circles = [entity for entity in entities if entity.entity_id in owners]
    circles.sort(key=_heaviest_first)
    meals: list[tuple[int, int]] = []
    eaten: set[int] = set()
    for circle in circles:
        consumer_id = circle.entity_id
        if consumer_id in eaten:
            continue
        reach = radius(circle.mass)
        reach_squared = reach * reach
        edible = circle.mass * SAFE_MASS_RATIO
        owner = owners[consumer_id]
        x, y = circle.position.x, circle.position.y
        rows = range(int((y - reach) * scale), int((y + reach) * scale) + 1)
        for column in range(int((x - reach) * scale), int((x + reach) * scale) + 1):
            for row in rows:
                for other in grid.get(column * _ROW + row, ()):
                    position = other.position
                    dx = position.x - x
                    dy = position.y - y
                    if dx * dx + dy * dy >= reach_squared:
                        continue
                    other_id = other.entity_id
                    if other_id in eaten:
                        continue
                    other_owner = owners.get(other_id)
                    if other_owner is None or (other_owner != owner and other.mass < edible):
                        eaten.add(other_id)
                        meals.append((consumer_id, other_id))
    return meals


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


@module.reducer
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
