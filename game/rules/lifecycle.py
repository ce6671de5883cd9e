"""Lifecycle: the start of the world, and players coming and going."""

from spacetimedb_sdk.module import ReducerContext, ScheduleAt, TimeDuration

from .protection import end_protection, protect
from .rule_set import RuleSet, rules_of
from .splitting import schedule_recombine
from .tables import (
    Circle,
    CircleDecayTimer,
    Config,
    Entity,
    LoggedOutCircle,
    LoggedOutEntity,
    LoggedOutPlayer,
    MoveAllPlayersTimer,
    Player,
    PlayerConnection,
    PlayerInput,
    SpawnFoodTimer,
    base,
)

__all__ = ["begin", "connect", "disconnect"]


def begin(ctx: ReducerContext, rules: RuleSet) -> None:
    """Write the config row and start the clocks of a new world."""
    ctx.db[Config].insert(Config(id=0, world_size=rules.world_size))
    ctx.db[MoveAllPlayersTimer].insert(
        MoveAllPlayersTimer(scheduled_id=0, scheduled_at=_every(rules.tick_interval))
    )
    ctx.db[SpawnFoodTimer].insert(SpawnFoodTimer(scheduled_id=0, scheduled_at=_every(rules.food_interval)))
    ctx.db[CircleDecayTimer].insert(
        CircleDecayTimer(scheduled_id=0, scheduled_at=_every(rules.decay_interval))
    )


@base.client_connected
def connect(ctx: ReducerContext) -> None:
    """Create the caller's player with an empty name, or bring back the one stashed when it left."""
    if ctx.connection_id is not None:
        ctx.db[PlayerConnection].insert(
            PlayerConnection(connection_id=ctx.connection_id, identity=ctx.sender)
        )
    if ctx.db[Player].contains(ctx.sender):
        return
    stashed = ctx.db[LoggedOutPlayer].get(ctx.sender)
    if stashed is None:
        ctx.db[Player].insert(Player(identity=ctx.sender, player_id=0, name=""))
    else:
        _restore(ctx, stashed)


@base.client_disconnected
def disconnect(ctx: ReducerContext) -> None:
    """Stash the caller's player with its circles and entities, once its last connection has closed."""
    if ctx.connection_id is not None:
        ctx.db[PlayerConnection].delete_by_key(ctx.connection_id)
    # After a silent loss the new connection opens before the server notices that the old one is dead.
    if ctx.db[PlayerConnection].filter(identity=ctx.sender):
        return
    player = ctx.db[Player].get(ctx.sender)
    if player is not None:
        _stash(ctx, player)


def _stash(ctx: ReducerContext, player: Player) -> None:
    entities, circles = ctx.db[Entity], ctx.db[Circle]
    ctx.db[LoggedOutPlayer].insert(
        LoggedOutPlayer(identity=player.identity, player_id=player.player_id, name=player.name)
    )
    ctx.db[Player].delete(player)
    ctx.db[PlayerInput].delete_by_key(player.player_id)
    end_protection(ctx, player.player_id)
    for circle in circles.filter(player_id=player.player_id):
        circles.delete(circle)
        entity = entities.get(circle.entity_id)
        if entity is None:
            continue
        entities.delete(entity)
        ctx.db[LoggedOutEntity].insert(
            LoggedOutEntity(entity_id=entity.entity_id, position=entity.position, mass=entity.mass)
        )
        ctx.db[LoggedOutCircle].insert(
            LoggedOutCircle(
                entity_id=circle.entity_id,
                player_id=circle.player_id,
                direction=circle.direction,
                speed=circle.speed,
                last_split_time=circle.last_split_time,
            )
        )


def _restore(ctx: ReducerContext, stashed: LoggedOutPlayer) -> None:
    ctx.db[LoggedOutPlayer].delete(stashed)
    ctx.db[Player].insert(Player(identity=stashed.identity, player_id=stashed.player_id, name=stashed.name))
    restored: list[LoggedOutCircle] = ctx.db[LoggedOutCircle].filter(player_id=stashed.player_id)
    for circle in restored:
        ctx.db[LoggedOutCircle].delete(circle)
        entity = ctx.db[LoggedOutEntity].get(circle.entity_id)
        if entity is None:
            continue
        ctx.db[LoggedOutEntity].delete(entity)
        ctx.db[Entity].insert(Entity(entity_id=entity.entity_id, position=entity.position, mass=entity.mass))
        ctx.db[Circle].insert(
            Circle(
                entity_id=circle.entity_id,
                player_id=circle.player_id,
                direction=circle.direction,
                speed=circle.speed,
                last_split_time=circle.last_split_time,
            )
        )
    if restored:
        # Others were there meanwhile.
        protect(ctx, stashed.player_id)
    rules = rules_of(ctx)
    if len(restored) > 1 and rules.merge is None:
        # The timer of the split may have run while there were no circles to be merged.
        last_split = max(circle.last_split_time.micros for circle in restored)
        at = max(last_split + rules.recombine_delay, ctx.timestamp.micros)
        schedule_recombine(ctx, stashed.player_id, at=at)


def _every(micros: int) -> ScheduleAt:
    return ScheduleAt.Interval(TimeDuration(micros))
