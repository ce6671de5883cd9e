"""Decay: mass above the starting mass slowly melts away."""

from collections import defaultdict

from spacetimedb_sdk.module import ReducerContext

from .rule_set import rules_of
from .tables import Circle, CircleDecayTimer, Entity, base

__all__ = ["circle_decay"]


@base.reducer
def circle_decay(ctx: ReducerContext, timer: CircleDecayTimer) -> None:
    """Shrink every circle above the starting mass to the share that the rules let its player keep, rounded down."""
    rules = rules_of(ctx)
    entities = ctx.db[Entity]
    by_player: dict[int, list[Entity]] = defaultdict(list)
    for circle in ctx.db[Circle].iter():
        entity = entities.get(circle.entity_id)
        if entity is not None:
            by_player[circle.player_id].append(entity)
    for own in by_player.values():
        kept = rules.kept(sum(entity.mass for entity in own))
        for entity in own:
            if entity.mass > rules.start_mass:
                entities.update(entity.replace(mass=max(int(entity.mass * kept), rules.start_mass)))
