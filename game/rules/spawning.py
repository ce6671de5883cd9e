"""Spawning: how circles and food come into the world."""

from __future__ import annotations

from math import hypot, inf

from spacetimedb_sdk.module import ReducerContext, Timestamp

from .protection import protect
from .rule_set import RuleSet, radius, rules_of
from .tables import Circle, Config, DbVector2, Entity, Food, Player, SpawnFoodTimer, base

__all__ = [
    "anywhere",
    "far_from_danger",
    "spawn_circle",
    "spawn_first_circle",
    "spawn_food",
    "world_size",
]

# How many places are looked at, and how far from a circle that can eat a newcomer is good enough: what a window shows.
_PLACES = 48
_FAR = 300.0


def world_size(ctx: ReducerContext) -> float:
    """Edge of the square world in world units, from the config row."""
    config = ctx.db[Config].get(0)
    return float(rules_of(ctx).world_size if config is None else config.world_size)


def spawn_circle(
    ctx: ReducerContext,
    player_id: int,
    *,
    mass: int,
    position: DbVector2,
    direction: DbVector2,
    speed: float,
    last_split_time: Timestamp,
) -> Entity:
    """Insert an entity and its circle; returns the entity with its id."""
    entity = ctx.db[Entity].insert(Entity(entity_id=0, position=position, mass=mass))
    ctx.db[Circle].insert(
        Circle(
            entity_id=entity.entity_id,
            player_id=player_id,
            direction=direction,
            speed=speed,
            last_split_time=last_split_time,
        )
    )
    return entity


def spawn_first_circle(ctx: ReducerContext, player_id: int) -> Entity:
    """Insert a resting circle of the starting mass where the rules have newcomers appear, protected as they say."""
    rules = rules_of(ctx)
    protect(ctx, player_id)
    return spawn_circle(
        ctx,
        player_id,
        mass=rules.start_mass,
        position=rules.place(ctx, rules),
        direction=DbVector2(x=0.0, y=1.0),
        speed=0.0,
        last_split_time=ctx.timestamp,
    )


def anywhere(ctx: ReducerContext, rules: RuleSet) -> DbVector2:
    """A place for a newcomer: any."""
    return _random_place(ctx, radius(rules.start_mass))


def far_from_danger(ctx: ReducerContext, rules: RuleSet) -> DbVector2:
    """A place for a newcomer: far from every circle that could eat it, or as far as there is one."""
    circles = ctx.db[Circle]
    dangers = [
        (entity.position.x, entity.position.y, radius(entity.mass))
        for entity in ctx.db[Entity].iter()
        if entity.mass * rules.safe_mass_ratio > rules.start_mass and circles.contains(entity.entity_id)
    ]
    margin = max(rules.food_margin, radius(rules.start_mass))
    best, best_room = _random_place(ctx, margin), -inf
    for _ in range(_PLACES):
        place = _random_place(ctx, margin)
        room = min((hypot(x - place.x, y - place.y) - reach for x, y, reach in dangers), default=inf)
        if room > best_room:
            best, best_room = place, room
        if room >= _FAR:
            break
    return best


@base.reducer
def spawn_food(ctx: ReducerContext, timer: SpawnFoodTimer) -> None:
    """Fill the world up to the target count of food while at least one player is connected."""
    if ctx.db[Player].count() == 0:
        return
    rules = rules_of(ctx)
    entities, food = ctx.db[Entity], ctx.db[Food]
    for _ in range(rules.food_count - food.count()):
        mass = ctx.rng.randint(rules.food_mass_min, rules.food_mass_max)
        place = _random_place(ctx, max(rules.food_margin, radius(mass)))
        food.insert(Food(entity_id=entities.insert(Entity(entity_id=0, position=place, mass=mass)).entity_id))


def _random_place(ctx: ReducerContext, margin: float) -> DbVector2:
    far_margin = world_size(ctx) - margin
    return DbVector2(x=ctx.rng.uniform(margin, far_margin), y=ctx.rng.uniform(margin, far_margin))
