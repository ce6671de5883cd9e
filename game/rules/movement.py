"""The tick of the world: inputs, movement, then who eats whom."""

from spacetimedb_sdk.module import ReducerContext

from .constants import SMALLEST_MOVE, max_speed, radius
from .eating import find_meals, schedule_meal
from .inputs import apply_inputs
from .spawning import world_size
from .splitting import add_own_drift
from .tables import Circle, DbVector2, Entity, MoveAllPlayersTimer, module

__all__ = ["move_all_players"]


@module.reducer
def move_all_players(ctx: ReducerContext, timer: MoveAllPlayersTimer) -> None:
    """Advance the world by one tick. An entity that does not move is not written."""
    if ctx.db[Circle].count() == 0:
        return
    circles = apply_inputs(ctx)
    entities = {entity.entity_id: entity for entity in ctx.db[Entity].iter()}
    _move(ctx, circles, entities, _own_drift(ctx, circles, entities))
    owners = {circle.entity_id: circle.player_id for circle in circles if circle.entity_id in entities}
    for consumer_id, consumed_id in find_meals(entities.values(), owners):
        schedule_meal(ctx, consumer_id, consumed_id)


def _own_drift(
    ctx: ReducerContext, circles: list[Circle], entities: dict[int, Entity]
) -> dict[int, tuple[float, float]]:
    by_player: dict[int, list[Circle]] = {}
    for circle in circles:
        by_player.setdefault(circle.player_id, []).append(circle)
    drift: dict[int, tuple[float, float]] = {}
    now = ctx.timestamp.micros
    for own in by_player.values():
        if len(own) > 1:
            add_own_drift(own, entities, drift, now)
    return drift


def _move(
    ctx: ReducerContext,
    circles: list[Circle],
    entities: dict[int, Entity],
    drift: dict[int, tuple[float, float]],
) -> None:
    """Move every circle, keep it inside the world, and put the new row into the table and into `entities`."""
    size = world_size(ctx)
    update = ctx.db[Entity].update
    for circle in circles:
        entity = entities.get(circle.entity_id)
        if entity is None:
            continue
        mass = entity.mass
        position = entity.position
        old_x, old_y = position.x, position.y
        x, y = old_x, old_y
        if circle.speed > 0.0:
            step = circle.speed * max_speed(mass)
            x += circle.direction.x * step
            y += circle.direction.y * step
        if circle.entity_id in drift:
            drift_x, drift_y = drift[circle.entity_id]
            x += drift_x
            y += drift_y
        margin = radius(mass)
        far_margin = size - margin
        x = margin if x < margin else far_margin if x > far_margin else x
        y = margin if y < margin else far_margin if y > far_margin else y
        if abs(x - old_x) > SMALLEST_MOVE or abs(y - old_y) > SMALLEST_MOVE:
            entity = Entity(entity.entity_id, DbVector2(x, y), mass)
            update(entity)
            entities[entity.entity_id] = entity
