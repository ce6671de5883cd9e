"""The world of the adventure: rooms joined by exits, players in them, and what they said.

Start it with `python -m spacetimedb_sdk start --module adventure_module` in this folder.
"""

from __future__ import annotations

from spacetimedb_sdk.module import Identity, Module, ReducerContext, ReducerError, Row, column, u32, u64

__all__ = ["Exit", "Player", "Room", "RoomChat", "module"]

module = Module("adventure")


@module.table(public=True)
class Room(Row):
    room_id: u32 = column(primary_key=True)
    name: str
    description: str


@module.table(public=True)
class Exit(Row):
    exit_id: u32 = column(primary_key=True, auto_inc=True)
    room_id: u32 = column(index=True)
    direction: str
    leads_to: u32


@module.table(public=True)
class Player(Row):
    identity: Identity = column(primary_key=True)
    name: str = column(unique=True)
    room_id: u32 = column(index=True)
    online: bool


@module.table(public=True)
class RoomChat(Row):
    chat_id: u64 = column(primary_key=True, auto_inc=True)
    room_id: u32 = column(index=True)
    speaker: str
    text: str


START = 1
ROOMS = [
    Room(START, "Harbour", "Ropes creak. A lighthouse turns its beam over the water."),
    Room(2, "Market", "Stalls under striped cloth; it smells of bread and fish."),
    Room(3, "Tower", "A hundred steps up. You see the whole island."),
]
EXITS = [
    Exit(0, START, "north", 2),
    Exit(0, 2, "south", START),
    Exit(0, 2, "up", 3),
    Exit(0, 3, "down", 2),
]


@module.init
def build_world(ctx: ReducerContext) -> None:
    for room in ROOMS:
        ctx.db[Room].insert(room)
    for way in EXITS:
        ctx.db[Exit].insert(way)


@module.client_disconnected
def left(ctx: ReducerContext) -> None:
    player = ctx.db[Player].get(ctx.sender)
    if player is not None:
        ctx.db[Player].update(player.replace(online=False))


@module.reducer
def join(ctx: ReducerContext, name: str) -> None:
    """Enter the world, or come back to where you were under another name."""
    player = ctx.db[Player].get(ctx.sender)
    holder = ctx.db[Player].find(name=name)
    if not name.strip() or (holder is not None and holder.identity != ctx.sender):
        raise ReducerError(f"the name {name!r} is not free")
    if player is None:
        ctx.db[Player].insert(Player(ctx.sender, name, START, True))
    else:
        ctx.db[Player].update(player.replace(name=name, online=True))


@module.reducer
def go(ctx: ReducerContext, direction: str) -> None:
    player = _player(ctx)
    for way in ctx.db[Exit].filter(room_id=player.room_id):
        if way.direction == direction:
            ctx.db[Player].update(player.replace(room_id=way.leads_to))
            return
    raise ReducerError(f"there is no way {direction}")


@module.reducer
def say(ctx: ReducerContext, text: str) -> None:
    player = _player(ctx)
    ctx.db[RoomChat].insert(RoomChat(0, player.room_id, player.name, text))


def _player(ctx: ReducerContext) -> Player:
    player = ctx.db[Player].get(ctx.sender)
    if player is None:
        raise ReducerError("join first")
    return player
