"""A module with the shapes of the Blackholio of SpacetimeDB 1.x: unsigned ids, no event table, no stash of entities.

Of the rules there is what a session needs to live: entering, moving, eating (whoever is touched and lighter), dying.
"""

from __future__ import annotations

from math import hypot, sqrt

from spacetimedb_sdk.module import (
    Identity,
    Module,
    Product,
    ReducerContext,
    Row,
    ScheduleAt,
    TimeDuration,
    Timestamp,
    column,
    f32,
    u32,
    u64,
)

__all__ = ["older"]

older = Module("older_blackholio", style="1.x")


@older.type
class DbVector2(Product):
    x: f32
    y: f32


@older.table(public=True)
class Config(Row):
    id: u32 = column(primary_key=True)
    world_size: u64


@older.table(public=True)
class Entity(Row):
    entity_id: u32 = column(primary_key=True, auto_inc=True)
    position: DbVector2
    mass: u32


@older.table(public=True)
class Circle(Row):
    entity_id: u32 = column(primary_key=True)
    player_id: u32 = column(index=True)
    direction: DbVector2
    speed: f32
    last_split_time: Timestamp


@older.table(public=True)
class Player(Row):
    identity: Identity = column(primary_key=True)
    player_id: u32 = column(unique=True, auto_inc=True)
    name: str


@older.table(public=True)
class Food(Row):
    entity_id: u32 = column(primary_key=True)


@older.table(scheduled="move_all_players")
class MoveAllPlayersTimer(Row):
    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@older.init
def init(ctx: ReducerContext) -> None:
    ctx.db[Config].insert(Config(id=0, world_size=1000))
    every = ScheduleAt.Interval(TimeDuration(50_000))
    ctx.db[MoveAllPlayersTimer].insert(MoveAllPlayersTimer(scheduled_id=0, scheduled_at=every))
    for number in range(20):
        place = DbVector2(100.0 + 40.0 * number, 900.0)
        food = ctx.db[Entity].insert(Entity(entity_id=0, position=place, mass=2))
        ctx.db[Food].insert(Food(entity_id=food.entity_id))


@older.client_connected
def connect(ctx: ReducerContext) -> None:
    if not ctx.db[Player].contains(ctx.sender):
        ctx.db[Player].insert(Player(identity=ctx.sender, player_id=0, name=""))


@older.reducer
def enter_game(ctx: ReducerContext, name: str) -> None:
    player = _caller(ctx)
    ctx.db[Player].update(player.replace(name=name))
    _spawn(ctx, player.player_id)


@older.reducer
def respawn(ctx: ReducerContext) -> None:
    _spawn(ctx, _caller(ctx).player_id)


@older.reducer
def suicide(ctx: ReducerContext) -> None:
    for circle in ctx.db[Circle].filter(player_id=_caller(ctx).player_id):
        _destroy(ctx, circle.entity_id)


@older.reducer
def update_player_input(ctx: ReducerContext, direction: DbVector2) -> None:
    speed = min(hypot(direction.x, direction.y), 1.0)
    for circle in ctx.db[Circle].filter(player_id=_caller(ctx).player_id):
        ctx.db[Circle].update(circle.replace(direction=direction, speed=speed))


@older.reducer
def player_split(ctx: ReducerContext) -> None:
    for circle in ctx.db[Circle].filter(player_id=_caller(ctx).player_id):
        entity = ctx.db[Entity].get(circle.entity_id)
        if entity is not None and entity.mass >= 2:
            half = entity.mass // 2
            ctx.db[Entity].update(entity.replace(mass=entity.mass - half))
            _place(ctx, circle.player_id, DbVector2(entity.position.x + 1.0, entity.position.y), half)


@older.reducer
def move_all_players(ctx: ReducerContext, timer: MoveAllPlayersTimer) -> None:
    for circle in ctx.db[Circle].iter():
        entity = ctx.db[Entity].get(circle.entity_id)
        if entity is None:
            continue
        x = entity.position.x + circle.direction.x * circle.speed * 10.0
        y = entity.position.y + circle.direction.y * circle.speed * 10.0
        moved = entity.replace(position=DbVector2(min(max(x, 0.0), 1000.0), min(max(y, 0.0), 1000.0)))
        ctx.db[Entity].update(moved)
        _eat(ctx, moved, circle.player_id)


def _eat(ctx: ReducerContext, eater: Entity, player_id: int) -> None:
    for other in ctx.db[Entity].iter():
        owner = ctx.db[Circle].get(other.entity_id)
        near = hypot(other.position.x - eater.position.x, other.position.y - eater.position.y)
        if (
            other.mass < eater.mass * 0.85
            and near < sqrt(eater.mass)
            and (owner is None or owner.player_id != player_id)
        ):
            _destroy(ctx, other.entity_id)
            eater = ctx.db[Entity].update(eater.replace(mass=eater.mass + other.mass))


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
