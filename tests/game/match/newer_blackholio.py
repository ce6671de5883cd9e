"""A module with the shapes of the Blackholio of SpacetimeDB 2.x: signed ids, an event table, circles that are kept.

What differs from `game.rules` is what a client may notice: steering changes the public circles at once, every meal is a
transaction of its own that may fail, an identity has one connection, and reducers are written in the case of C#. Of the
rules there is what a session needs to live: entering, moving, eating (whoever is touched and lighter), dying.
"""

from __future__ import annotations

from math import hypot, sqrt

from spacetimedb_sdk.module import (
    Identity,
    Module,
    Product,
    ReducerContext,
    ReducerError,
    Row,
    ScheduleAt,
    TimeDuration,
    Timestamp,
    column,
    f32,
    i32,
    i64,
    u64,
)

__all__ = ["newer"]

newer = Module("newer_blackholio", style="2.x")


@newer.type
class DbVector2(Product):
    x: f32
    y: f32


@newer.table(public=True)
class Config(Row):
    id: i32 = column(primary_key=True)
    world_size: i64


@newer.table(public=True)
class Entity(Row):
    entity_id: i32 = column(primary_key=True, auto_inc=True)
    position: DbVector2
    mass: i32


@newer.table(public=True)
class Circle(Row):
    entity_id: i32 = column(primary_key=True)
    player_id: i32 = column(index=True)
    direction: DbVector2
    speed: f32
    last_split_time: Timestamp


@newer.table(public=True)
class Player(Row):
    identity: Identity = column(primary_key=True)
    player_id: i32 = column(unique=True, auto_inc=True)
    name: str


@newer.table
class LoggedOutPlayer(Row):
    identity: Identity = column(primary_key=True)
    player_id: i32
    name: str


@newer.table(public=True)
class Food(Row):
    entity_id: i32 = column(primary_key=True)


@newer.table(public=True, event=True)
class ConsumeEntityEvent(Row):
    consumed_entity_id: i32
    consumer_entity_id: i32


@newer.table(scheduled="move_all_players")
class MoveAllPlayersTimer(Row):
    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@newer.table(scheduled="consume_entity")
class ConsumeEntityTimer(Row):
    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt
    consumed_entity_id: i32
    consumer_entity_id: i32


@newer.init
def Init(ctx: ReducerContext) -> None:
    ctx.db[Config].insert(Config(id=0, world_size=1000))
    every = ScheduleAt.Interval(TimeDuration(50_000))
    ctx.db[MoveAllPlayersTimer].insert(MoveAllPlayersTimer(scheduled_id=0, scheduled_at=every))
    for number in range(20):
        place = DbVector2(100.0 + 40.0 * number, 900.0)
        food = ctx.db[Entity].insert(Entity(entity_id=0, position=place, mass=2))
        ctx.db[Food].insert(Food(entity_id=food.entity_id))


@newer.client_connected
def Connect(ctx: ReducerContext) -> None:
    # Whoever is connected already violates the primary key, and is refused.
    stashed = ctx.db[LoggedOutPlayer].get(ctx.sender)
    if stashed is None:
        ctx.db[Player].insert(Player(identity=ctx.sender, player_id=0, name=""))
    else:
        ctx.db[LoggedOutPlayer].delete(stashed)
        ctx.db[Player].insert(
            Player(identity=stashed.identity, player_id=stashed.player_id, name=stashed.name)
        )


@newer.client_disconnected
def Disconnect(ctx: ReducerContext) -> None:
    player = _caller(ctx)
    ctx.db[Player].delete(player)
    ctx.db[LoggedOutPlayer].insert(
        LoggedOutPlayer(identity=player.identity, player_id=player.player_id, name=player.name)
    )
    for circle in ctx.db[Circle].filter(player_id=player.player_id):
        _destroy(ctx, circle.entity_id)


@newer.reducer
def EnterGame(ctx: ReducerContext, name: str) -> None:
    player = _caller(ctx)
    ctx.db[Player].update(player.replace(name=name))
    _spawn(ctx, player.player_id)


@newer.reducer
def Respawn(ctx: ReducerContext) -> None:
    _spawn(ctx, _caller(ctx).player_id)


@newer.reducer
def Suicide(ctx: ReducerContext) -> None:
    for circle in ctx.db[Circle].filter(player_id=_caller(ctx).player_id):
        _destroy(ctx, circle.entity_id)


@newer.reducer
def UpdatePlayerInput(ctx: ReducerContext, direction: DbVector2) -> None:
    speed = min(hypot(direction.x, direction.y), 1.0)
    for circle in ctx.db[Circle].filter(player_id=_caller(ctx).player_id):
        ctx.db[Circle].update(circle.replace(direction=direction, speed=speed))


@newer.reducer
def PlayerSplit(ctx: ReducerContext) -> None:
    for circle in ctx.db[Circle].filter(player_id=_caller(ctx).player_id):
        entity = ctx.db[Entity].get(circle.entity_id)
        if entity is not None and entity.mass >= 2:
            half = entity.mass // 2
            ctx.db[Entity].update(entity.replace(mass=entity.mass - half))
            _place(ctx, circle.player_id, DbVector2(entity.position.x + 1.0, entity.position.y), half)


@newer.reducer
def MoveAllPlayers(ctx: ReducerContext, timer: MoveAllPlayersTimer) -> None:
    for circle in ctx.db[Circle].iter():
        entity = ctx.db[Entity].get(circle.entity_id)
        if entity is None:
            continue
        x = entity.position.x + circle.direction.x * circle.speed * 10.0
        y = entity.position.y + circle.direction.y * circle.speed * 10.0
        moved = entity.replace(position=DbVector2(min(max(x, 0.0), 1000.0), min(max(y, 0.0), 1000.0)))
        ctx.db[Entity].update(moved)
        for other in ctx.db[Entity].iter():
            owner = ctx.db[Circle].get(other.entity_id)
            near = hypot(other.position.x - moved.position.x, other.position.y - moved.position.y)
            if (
                other.mass < moved.mass * 0.85
                and near < sqrt(moved.mass)
                and (owner is None or owner.player_id != circle.player_id)
            ):
                _schedule_meal(ctx, moved.entity_id, other.entity_id)


@newer.reducer
def ConsumeEntity(ctx: ReducerContext, timer: ConsumeEntityTimer) -> None:
    consumed = ctx.db[Entity].get(timer.consumed_entity_id)
    consumer = ctx.db[Entity].get(timer.consumer_entity_id)
    if consumed is None or consumer is None:
        raise ReducerError("Consumed entity doesn't exist")
    _destroy(ctx, consumed.entity_id)
    ctx.db[Entity].update(consumer.replace(mass=consumer.mass + consumed.mass))
    ctx.db[ConsumeEntityEvent].insert(
        ConsumeEntityEvent(consumed_entity_id=consumed.entity_id, consumer_entity_id=consumer.entity_id)
    )


def _schedule_meal(ctx: ReducerContext, consumer: int, consumed: int) -> None:
    ctx.db[ConsumeEntityTimer].insert(
        ConsumeEntityTimer(
            scheduled_id=0,
            scheduled_at=ScheduleAt.Time(ctx.timestamp),
            consumed_entity_id=consumed,
            consumer_entity_id=consumer,
        )
    )


def _caller(ctx: ReducerContext) -> Player:
    player = ctx.db[Player].get(ctx.sender)
    assert player is not None
    return player


def _spawn(ctx: ReducerContext, player_id: int) -> None:
    # Each next player starts heavier, in the same place: who comes second eats the first.
    mass = 15 + 30 * (player_id - 1)
    _place(ctx, player_id, DbVector2(500.0, 500.0), mass)


def _place(ctx: ReducerContext, player_id: int, place: DbVector2, mass: int) -> None:
    entity = ctx.db[Entity].insert(Entity(entity_id=0, position=place, mass=mass))
    ctx.db[Circle].insert(
        Circle(
            entity_id=entity.entity_id,
            player_id=player_id,
            direction=DbVector2(0.0, 1.0),
            speed=0.0,
            last_split_time=ctx.timestamp,
        )
    )


def _destroy(ctx: ReducerContext, entity_id: int) -> None:
    ctx.db[Food].delete_by_key(entity_id)
    ctx.db[Circle].delete_by_key(entity_id)
    ctx.db[Entity].delete_by_key(entity_id)
