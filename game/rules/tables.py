"""The tables of Blackholio: names, column order and types are the interface that every client shares."""

from spacetimedb_sdk.module import (
    ConnectionId,
    Identity,
    Module,
    Product,
    Row,
    ScheduleAt,
    Timestamp,
    column,
    f32,
    i32,
    i64,
    u64,
)

__all__ = [
    "Circle",
    "CircleDecayTimer",
    "CircleRecombineTimer",
    "Config",
    "ConsumeEntityEvent",
    "ConsumeEntityTimer",
    "DbVector2",
    "Entity",
    "Food",
    "LoggedOutCircle",
    "LoggedOutEntity",
    "LoggedOutPlayer",
    "MoveAllPlayersTimer",
    "Player",
    "PlayerConnection",
    "PlayerInput",
    "SpawnFoodTimer",
    "module",
]

module = Module("blackholio", style="2.x")


@module.type
class DbVector2(Product):
    """A point or a direction in the world."""

    x: f32
    y: f32


@module.table(public=True)
class Config(Row):
    """The one row `id` 0 tells how large the square world is."""

    id: i32 = column(primary_key=True)
    world_size: i64


@module.table(public=True)
class Entity(Row):
    """Where anything that can be eaten is, and how heavy: a circle or food."""

    entity_id: i32 = column(primary_key=True, auto_inc=True)
    position: DbVector2
    mass: i32


@module.table(public=True)
class Circle(Row):
    """An entity that a player steers: `direction` has length 1, `speed` is the share 0..1 of full speed."""

    entity_id: i32 = column(primary_key=True)
    player_id: i32 = column(index=True)
    direction: DbVector2
    speed: f32
    last_split_time: Timestamp


@module.table(public=True)
class Player(Row):
    """A connected player; the name is empty until `enter_game`."""

    identity: Identity = column(primary_key=True)
    player_id: i32 = column(unique=True, auto_inc=True)
    name: str


@module.table(public=True)
class Food(Row):
    """An entity that lies still and feeds the first circle that gets there."""

    entity_id: i32 = column(primary_key=True)


@module.table(public=True, event=True)
class ConsumeEntityEvent(Row):
    """Who has just been eaten by whom."""

    consumed_entity_id: i32
    consumer_entity_id: i32


@module.table()
class LoggedOutEntity(Row):
    """An entity of a player who has left, kept for the return."""

    entity_id: i32 = column(primary_key=True)
    position: DbVector2
    mass: i32


@module.table()
class LoggedOutCircle(Row):
    """A circle of a player who has left, kept for the return."""

    entity_id: i32 = column(primary_key=True)
    player_id: i32 = column(index=True)
    direction: DbVector2
    speed: f32
    last_split_time: Timestamp


@module.table()
class LoggedOutPlayer(Row):
    """A player who has left."""

    identity: Identity = column(primary_key=True)
    player_id: i32 = column(unique=True)
    name: str


@module.table()
class PlayerInput(Row):
    """The newest steering of a player, waiting for the next tick.

    It is private: writing the public circles at once would send every input to every client on its own.
    """

    player_id: i32 = column(primary_key=True)
    direction: DbVector2
    speed: f32


@module.table()
class PlayerConnection(Row):
    """One open connection of an identity: a player leaves when the last of them has closed."""

    connection_id: ConnectionId = column(primary_key=True)
    identity: Identity = column(index=True)


@module.table(scheduled="move_all_players")
class MoveAllPlayersTimer(Row):
    """Drives the tick of the world."""

    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@module.table(scheduled="spawn_food")
class SpawnFoodTimer(Row):
    """Drives the growth of food."""

    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@module.table(scheduled="circle_decay")
class CircleDecayTimer(Row):
    """Drives the shrinking of heavy circles."""

    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@module.table(scheduled="circle_recombine")
class CircleRecombineTimer(Row):
    """Merges the circles of one player again, once."""

    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt
    player_id: i32


@module.table(scheduled="consume_entity")
class ConsumeEntityTimer(Row):
    """One meal."""

    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt
    consumed_entity_id: i32
    consumer_entity_id: i32
