"""Being heavy costs: mass above the starting mass slowly melts away."""

from spacetimedb_sdk.module import ReducerContext

from .constants import DECAY_FACTOR, START_MASS
from .tables import Circle, CircleDecayTimer, Entity, module

__all__ = ["circle_decay"]


@module.reducer
def circle_decay(ctx: ReducerContext, timer: CircleDecayTimer) -> None:
    """Shrink every circle above the starting mass to 99 % of its mass, rounded down."""
    entities = ctx.db[Entity]
    for circle in ctx.db[Circle].iter():
        entity = entities.get(circle.entity_id)
        if entity is not None and entity.mass > START_MASS:
            entities.update(entity.replace(mass=int(entity.mass * DECAY_FACTOR)))
