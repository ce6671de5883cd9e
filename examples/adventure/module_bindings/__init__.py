"""Bindings of the module `adventure`. Generated from the module definition: regenerate instead of editing.

Tables: Exit, Player, Room, RoomChat

Reducers: go, join, say
"""

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import lazy_classes

from . import go_reducer, join_reducer, say_reducer
from ._connect import connect, connect_async
from ._handles import Reducers, Tables
from ._module import MODULE
from .exit import Exit
from .go_reducer import go, register_on_go
from .join_reducer import join, register_on_join
from .player import Player
from .room import Room
from .room_chat import RoomChat
from .say_reducer import register_on_say, say

if TYPE_CHECKING:
    from ._async_client import AsyncClient
    from ._client import Client

if not TYPE_CHECKING:
    __getattr__ = lazy_classes(__name__, {"AsyncClient": "._async_client", "Client": "._client"})

MODULE.bind(
    types={0: Exit, 1: Player, 2: Room, 3: RoomChat},
    tables={"exit": Exit, "player": Player, "room": Room, "room_chat": RoomChat},
)

__all__ = [
    "AsyncClient",
    "Client",
    "Exit",
    "Player",
    "Reducers",
    "Room",
    "RoomChat",
    "Tables",
    "connect",
    "connect_async",
    "go",
    "go_reducer",
    "join",
    "join_reducer",
    "register_on_go",
    "register_on_join",
    "register_on_say",
    "say",
    "say_reducer",
]
