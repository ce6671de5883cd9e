"""The handles of one client, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacetimedb_sdk import handles
    from spacetimedb_sdk.bindings import ClientHandles

    from .exit import Exit
    from .player import Player
    from .room import Room
    from .room_chat import RoomChat


class Tables:
    """`client.db` with types: `Tables(client).NAME` is the handle of a table."""

    def __init__(self, client: ClientHandles) -> None:
        self.exit: handles.TableHandle[Exit] = client.db.exit
        self.player: handles.TableHandle[Player] = client.db.player
        self.room: handles.TableHandle[Room] = client.db.room
        self.room_chat: handles.TableHandle[RoomChat] = client.db.room_chat


class Reducers:
    """`client.reducers` with types: a call goes out at once and is told, or awaited, when it ends."""

    def __init__(self, client: ClientHandles) -> None:
        self._reducers: handles.Reducers = client.reducers

    def go(self, direction: str) -> handles.ReducerCall:
        return self._reducers.go(direction)

    def join(self, name: str) -> handles.ReducerCall:
        return self._reducers.join(name)

    def say(self, text: str) -> handles.ReducerCall:
        return self._reducers.say(text)
