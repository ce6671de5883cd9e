"""How circles and food come into the world."""

from spacetimedb_sdk.module import ReducerContext, Timestamp

from .constants import FOOD_MASS_MAX, FOOD_MASS_MIN, START_MASS, TARGET_FOOD_COUNT, WORLD_SIZE, radius
from .tables import Circle, Config, DbVector2, Entity, Food, Player, SpawnFoodTimer, module

__all__ = ["spawn_circle", "spawn_first_circle", "spawn_food", "world_size"]


def world_size(ctx: ReducerContext) -> float:
    """Edge of the square world in world units, from the config row."""
    config = ctx.db[Config].get(0)
    return float(WORLD_SIZE if config is None else config.world_size)


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
    """Insert a resting circle of the starting mass at a random place."""
    return spawn_circle(
        ctx,
        player_id,
        mass=START_MASS,
        position=_random_place(ctx, START_MASS),
        direction=DbVector2(x=0.0, y=1.0),
        speed=0.0,
        last_split_time=ctx.timestamp,
    )


@module.reducer
def spawn_food(ctx: ReducerContext, timer: SpawnFoodTimer) -> None:
    """Fill the world up to the target count of food while at least one player is connected."""
    if ctx.db[Player].count() == 0:
        return
    entities, food = ctx.db[Entity], ctx.db[Food]
    for _ in range(TARGET_FOOD_COUNT - food.count()):
        mass = ctx.rng.randint(FOOD_MASS_MIN, FOOD_MASS_MAX)
        entity = entities.insert(Entity(entity_id=0, position=_random_place(ctx, mass), mass=mass))
        food.insert(Food(entity_id=entity.entity_id))


def _random_place(ctx: ReducerContext, mass: int) -> DbVector2:
    margin = radius(mass)
    far_margin = world_size(ctx) - margin
    return DbVector2(x=ctx.rng.uniform(margin, far_margin), y=ctx.rng.uniform(margin, far_margin))
