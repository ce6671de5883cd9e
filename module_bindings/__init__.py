"""Bindings of the module `blackholio`. Generated from the module definition: regenerate instead of editing.

Tables: Circle, Config, ConsumeEntityEvent, Entity, Food, Player, Protection, WorldRules

Types: DbVector2

Reducers: eject_mass, enter_game, player_split, respawn, suicide, update_player_input
"""

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import lazy_classes

from . import (
    eject_mass_reducer,
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
from .eject_mass_reducer import eject_mass, register_on_eject_mass
from .enter_game_reducer import enter_game, register_on_enter_game
from .entity import Entity
from .food import Food
from .player import Player
from .player_split_reducer import player_split, register_on_player_split
from .protection import Protection
from .respawn_reducer import register_on_respawn, respawn
from .suicide_reducer import register_on_suicide, suicide
from .update_player_input_reducer import register_on_update_player_input, update_player_input
from .world_rules import WorldRules

if TYPE_CHECKING:
    from ._async_client import AsyncClient
    from ._client import Client

if not TYPE_CHECKING:
    __getattr__ = lazy_classes(__name__, {"AsyncClient": "._async_client", "Client": "._client"})

MODULE.bind(
    types={
        0: Circle,
        1: DbVector2,
        2: Config,
        3: ConsumeEntityEvent,
        4: Entity,
        5: Food,
        6: Player,
        7: Protection,
        8: WorldRules,
    },
    tables={
        "circle": Circle,
        "config": Config,
        "consume_entity_event": ConsumeEntityEvent,
        "entity": Entity,
        "food": Food,
        "player": Player,
        "protection": Protection,
        "world_rules": WorldRules,
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
    "Protection",
    "Reducers",
    "Tables",
    "WorldRules",
    "connect",
    "connect_async",
    "eject_mass",
    "eject_mass_reducer",
    "enter_game",
    "enter_game_reducer",
    "player_split",
    "player_split_reducer",
    "register_on_eject_mass",
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
