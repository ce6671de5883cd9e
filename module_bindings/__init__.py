"""Bindings of the module `blackholio`. Generated from the module definition: regenerate instead of editing.

Tables: Circle, Config, ConsumeEntityEvent, Entity, Food, Player

Types: DbVector2

Reducers: enter_game, player_split, respawn, suicide, update_player_input
"""

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import lazy_classes

from . import (
    enter_game_reducer,
    player_split_reducer,
    respawn_reducer,
    suicide_reducer,
    update_player_input_reducer,
)
from ._connect import connect, connect_async
from ._handles import Reducers, Tables
from ._module import MODULE
from .circle import Circle
from .config import Config
from .consume_entity_event import ConsumeEntityEvent
from .db_vector2 import DbVector2
from .enter_game_reducer import enter_game, register_on_enter_game
from .entity import Entity
from .food import Food
from .player import Player
from .player_split_reducer import player_split, register_on_player_split
from .respawn_reducer import register_on_respawn, respawn
from .suicide_reducer import register_on_suicide, suicide
from .update_player_input_reducer import register_on_update_player_input, update_player_input

if TYPE_CHECKING:
    from ._async_client import AsyncClient
    from ._client import Client

if not TYPE_CHECKING:
    __getattr__ = lazy_classes(__name__, {"AsyncClient": "._async_client", "Client": "._client"})

MODULE.bind(
    types={0: Circle, 1: DbVector2, 2: Config, 3: ConsumeEntityEvent, 4: Entity, 5: Food, 6: Player},
    tables={
        "circle": Circle,
        "config": Config,
        "consume_entity_event": ConsumeEntityEvent,
        "entity": Entity,
        "food": Food,
        "player": Player,
    },
)

__all__ = [
    "AsyncClient",
    "Circle",
    "Client",
    "Config",
    "ConsumeEntityEvent",
    "DbVector2",
    "Entity",
    "Food",
    "Player",
    "Reducers",
    "Tables",
    "connect",
    "connect_async",
    "enter_game",
    "enter_game_reducer",
    "player_split",
    "player_split_reducer",
    "register_on_enter_game",
    "register_on_player_split",
    "register_on_respawn",
    "register_on_suicide",
    "register_on_update_player_input",
    "respawn",
    "respawn_reducer",
    "suicide",
    "suicide_reducer",
    "update_player_input",
    "update_player_input_reducer",
]
