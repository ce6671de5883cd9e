"""Ejecting: a circle throws some of its mass ahead, as food for the first that gets there."""

from __future__ import annotations

from spacetimedb_sdk.module import Module, ReducerContext, ReducerError

from .inputs import steered_circles
from .players import calling_player
from .protection import end_protection
from .rule_set import Eject, RuleSet, radius, rules_of
from .spawning import world_size
from .tables import Circle, DbVector2, Entity, Food
from .throwing import throw

__all__ = ["eject_mass", "part"]

# A circle that fills a corner reaches what is so much of its radius away from both walls: 1 - sqrt(1/2), and a little.
_IN_REACH = 0.3

part = Module("ejecting", style="2.x")


@part.reducer
def eject_mass(ctx: ReducerContext) -> None:
    """Throw a pellet out of every circle of the caller that is heavy enough; others stay as they are."""
    rules = rules_of(ctx)
    if rules.eject is None:
        raise ReducerError(f"nothing can be ejected under the rules {rules.name!r}")
    player = calling_player(ctx)
    entities = ctx.db[Entity]
    has_thrown = False
    for circle in steered_circles(ctx, player.player_id):
        entity = entities.get(circle.entity_id)
        if entity is not None and entity.mass >= rules.eject.min_mass:
            _eject(ctx, rules, rules.eject, circle, entity)
            has_thrown = True
    if has_thrown:
        end_protection(ctx, player.player_id)


def _eject(ctx: ReducerContext, rules: RuleSet, eject: Eject, circle: Circle, entity: Entity) -> None:
    """One pellet: a row of food like any other, which moves. It flies as fast as its circle goes, and so much faster."""
    entities = ctx.db[Entity]
    entities.update(entity.replace(mass=entity.mass - eject.cost))
    size, pellet_radius = world_size(ctx), radius(eject.pellet)
    # Outside of the circle as it was: inside it would be eaten at once.
    ahead = radius(entity.mass) + pellet_radius
    start = _held(entity.position, circle.direction, ahead, margin=pellet_radius, size=size)
    ticks = eject.throw.duration / rules.tick_interval
    way = eject.throw.reach(entity.mass) + circle.speed * rules.max_speed(entity.mass) * ticks
    margin = max(rules.food_margin * _IN_REACH, pellet_radius)
    end = _held(start, circle.direction, way, margin=margin, size=size)
    pellet = entities.insert(Entity(entity_id=0, position=start, mass=eject.pellet))
    ctx.db[Food].insert(Food(entity_id=pellet.entity_id))
    throw(ctx, pellet.entity_id, (end.x - start.x, end.y - start.y), eject.throw.duration)


def _held(start: DbVector2, direction: DbVector2, way: float, *, margin: float, size: float) -> DbVector2:
    """So far along, and `margin` away from the walls."""
    return DbVector2(
        x=min(max(start.x + direction.x * way, margin), size - margin),
        y=min(max(start.y + direction.y * way, margin), size - margin),
    )
