"""Movement: the tick of the world. Inputs, movement, then who eats whom."""

from __future__ import annotations

from collections.abc import Mapping

from spacetimedb_sdk.module import ReducerContext

from .eating import find_meals, schedule_meal
from .inputs import apply_inputs
from .protection import end_protection, protected_players
from .rule_set import RuleSet, radius, rules_of
from .spawning import world_size
from .splitting import add_own_drift, ease_together
from .tables import Circle, DbVector2, Entity, MoveAllPlayersTimer, base
from .throwing import steps_of_thrown

__all__ = ["move_all_players"]

# An f32 near 1000 has steps of 0.00006: a shorter way is rounding, not movement, and must not cost a row update.
_SMALLEST_MOVE = 0.001

_Steps = dict[int, tuple[float, float]]


@base.reducer
def move_all_players(ctx: ReducerContext, timer: MoveAllPlayersTimer) -> None:
    """Advance the world by one tick. An entity that does not move is not written."""
    if ctx.db[Circle].count() == 0:
        return
    rules = rules_of(ctx)
    circles = apply_inputs(ctx)
    entities = {entity.entity_id: entity for entity in ctx.db[Entity].iter()}
    thrown = steps_of_thrown(ctx, rules)
    drift, merges = _own_drift(ctx, rules, circles, entities, thrown)
    came_from = {entity_id: entities[entity_id].position for entity_id in thrown if entity_id in entities}
    for entity_id, (x, y) in thrown.items():
        pushed_x, pushed_y = drift.get(entity_id, (0.0, 0.0))
        drift[entity_id] = pushed_x + x, pushed_y + y
    _move(ctx, rules, circles, entities, drift)
    owners = {circle.entity_id: circle.player_id for circle in circles if circle.entity_id in entities}
    _move_pellets(ctx, thrown, owners, entities)
    meals, held_back = find_meals(
        entities,
        owners,
        safe_mass_ratio=rules.safe_mass_ratio,
        protected=protected_players(ctx, rules),
        came_from=came_from,
    )
    for consumer_id, consumed_id in (*meals, *merges):
        schedule_meal(ctx, consumer_id, consumed_id)
    if held_back:
        # A player that moves against another is like any other from then on; one that is run into stays protected.
        for player_id in {circle.player_id for circle in circles if circle.speed > 0.0} & held_back:
            end_protection(ctx, player_id)


def _own_drift(
    ctx: ReducerContext,
    rules: RuleSet,
    circles: list[Circle],
    entities: Mapping[int, Entity],
    thrown: Mapping[int, object],
) -> tuple[_Steps, list[tuple[int, int]]]:
    """How players' circles move each other, and which of them become one."""
    by_player: dict[int, list[Circle]] = {}
    for circle in circles:
        by_player.setdefault(circle.player_id, []).append(circle)
    drift: _Steps = {}
    merges: list[tuple[int, int]] = []
    now = ctx.timestamp.micros
    for own in by_player.values():
        if len(own) > 1:
            add_own_drift(own, entities, drift, rules, now, in_flight=thrown)
            if rules.merge is not None:
                merges += ease_together(own, entities, drift, rules, rules.merge, now)
    return drift, merges


def _move(
    ctx: ReducerContext,
    rules: RuleSet,
    circles: list[Circle],
    entities: dict[int, Entity],
    drift: Mapping[int, tuple[float, float]],
) -> None:
    """Move every circle, keep it inside the world, and put the new row into the table and into `entities`."""
    size = world_size(ctx)
    update, max_speed = ctx.db[Entity].update, rules.max_speed
    # Radius and full speed by mass: many circles have the same, and inside a database the two take as long as the rest of a step.
    of_mass: dict[int, tuple[float, float]] = {}
    for circle in circles:
        entity = entities.get(circle.entity_id)
        if entity is None:
            continue
        mass = entity.mass
        position = entity.position
        old_x, old_y = position.x, position.y
        x, y = old_x, old_y
        known = of_mass.get(mass)
        if known is None:
            known = of_mass[mass] = radius(mass), max_speed(mass)
        margin, full_speed = known
        if circle.speed > 0.0:
            step = circle.speed * full_speed
            x += circle.direction.x * step
            y += circle.direction.y * step
        if circle.entity_id in drift:
            drift_x, drift_y = drift[circle.entity_id]
            x += drift_x
            y += drift_y
        far_margin = size - margin
        x = margin if x < margin else far_margin if x > far_margin else x
        y = margin if y < margin else far_margin if y > far_margin else y
        # Compared by hand, as the bounds above: inside a database a call of `abs` takes longer than all four.
        dx, dy = x - old_x, y - old_y
        if dx > _SMALLEST_MOVE or dx < -_SMALLEST_MOVE or dy > _SMALLEST_MOVE or dy < -_SMALLEST_MOVE:
            entity = Entity(entity.entity_id, DbVector2(x, y), mass)
            update(entity)
            entities[entity.entity_id] = entity


def _move_pellets(
    ctx: ReducerContext,
    thrown: Mapping[int, tuple[float, float]],
    owners: Mapping[int, int],
    entities: dict[int, Entity],
) -> None:
    """Move what flies and is no circle; where it ends was settled when it was thrown."""
    for entity_id, (x, y) in thrown.items():
        entity = entities.get(entity_id)
        if entity is not None and entity_id not in owners:
            position = DbVector2(x=entity.position.x + x, y=entity.position.y + y)
            entities[entity_id] = ctx.db[Entity].update(entity.replace(position=position))
