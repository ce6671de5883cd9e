"""The tables of Blackholio: names, column order and types are the interface that every client shares.

Official clients know no more than the public ones of `base`; what a world has besides does not trouble them.
"""

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
    "WorldRules",
    "base",
    "rules_part",
]

# What every world has; and what those have besides whose rules are not the official ones.
base = Module("blackholio", style="2.x")
rules_part = Module("world rules", style="2.x")


@base.type
class DbVector2(Product):
    """A point or a direction in the world."""

    x: f32
    y: f32


@base.table(public=True)
class Config(Row):
    """The one row `id` 0 tells how large the square world is."""

    id: i32 = column(primary_key=True)
    world_size: i64


@base.table(public=True)
class Entity(Row):
    """Where anything that can be eaten is, and how heavy: a circle or food."""

    entity_id: i32 = column(primary_key=True, auto_inc=True)
    position: DbVector2
    mass: i32


@base.table(public=True)
class Circle(Row):
    """An entity that a player steers: `direction` has length 1, `speed` is the share 0..1 of full speed."""

    entity_id: i32 = column(primary_key=True)
    player_id: i32 = column(index=True)
    direction: DbVector2
    speed: f32
    last_split_time: Timestamp


@base.table(public=True)
class Player(Row):
    """A connected player; the name is empty until `enter_game`."""

    identity: Identity = column(primary_key=True)
    player_id: i32 = column(unique=True, auto_inc=True)
    name: str


@base.table(public=True)
class Food(Row):
    """An entity that lies still, unless it was thrown, and feeds the first circle that gets there."""

    entity_id: i32 = column(primary_key=True)


@base.table(public=True, event=True)
class ConsumeEntityEvent(Row):
    """Who has just been eaten by whom."""

    consumed_entity_id: i32
    consumer_entity_id: i32


@base.table()
class LoggedOutEntity(Row):
    """An entity of a player who has left, kept for the return."""

    entity_id: i32 = column(primary_key=True)
    position: DbVector2
    mass: i32


@base.table()
class LoggedOutCircle(Row):
    """A circle of a player who has left, kept for the return."""

    entity_id: i32 = column(primary_key=True)
    player_id: i32 = column(index=True)
    direction: DbVector2
    speed: f32
    last_split_time: Timestamp


@base.table()
class LoggedOutPlayer(Row):
    """A player who has left."""

    identity: Identity = column(primary_key=True)
    player_id: i32 = column(unique=True)
    name: str


@base.table()
class PlayerInput(Row):
    """The newest steering of a player, waiting for the next tick.

    It is private: writing the public circles at once would send every input to every client on its own.
    """

    player_id: i32 = column(primary_key=True)
    direction: DbVector2
    speed: f32


@base.table()
class PlayerConnection(Row):
    """One open connection of an identity: a player leaves when the last of them has closed."""

    connection_id: ConnectionId = column(primary_key=True)
    identity: Identity = column(index=True)


@base.table(scheduled="move_all_players")
class MoveAllPlayersTimer(Row):
    """Drives the tick of the world."""

    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@base.table(scheduled="spawn_food")
class SpawnFoodTimer(Row):
    """Drives the growth of food."""

    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@base.table(scheduled="circle_decay")
class CircleDecayTimer(Row):
    """Drives the shrinking of heavy circles."""

    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt


@base.table(scheduled="circle_recombine")
class CircleRecombineTimer(Row):
    """Merges the circles of one player again, once."""

    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt
    player_id: i32


@base.table(scheduled="consume_entity")
class ConsumeEntityTimer(Row):
    """One meal."""

    scheduled_id: u64 = column(primary_key=True, auto_inc=True)
    scheduled_at: ScheduleAt
    consumed_entity_id: i32
    consumer_entity_id: i32


@rules_part.table(public=True)
class WorldRules(Row):
    """The one row `id` 0 holds the name and the main numbers of the rules that the world was begun with.

    Where `eject_from` is 0 nothing can be ejected; `protection` and `recombine` are seconds.
    """

    id: i32 = column(primary_key=True)
    name: str
    start_mass: i32
    split_from: i32
    most_circles: i32
    recombine: f32
    protection: f32
    eject_from: i32
    eject_cost: i32
    pellet_mass: i32
