"""The handles of one client, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacetimedb_sdk import handles
    from spacetimedb_sdk.bindings import ClientHandles

    from .circle import Circle
    from .config import Config
    from .consume_entity_event import ConsumeEntityEvent
    from .db_vector2 import DbVector2
    from .entity import Entity
    from .food import Food
    from .player import Player


class Tables:
    """`client.db` with types: `Tables(client).NAME` is the handle of a table."""

    def __init__(self, client: ClientHandles) -> None:
        self.circle: handles.TableHandle[Circle] = client.db.circle
        self.config: handles.TableHandle[Config] = client.db.config
        self.consume_entity_event: handles.TableHandle[ConsumeEntityEvent] = client.db.consume_entity_event
        self.entity: handles.TableHandle[Entity] = client.db.entity
        self.food: handles.TableHandle[Food] = client.db.food
        self.player: handles.TableHandle[Player] = client.db.player


class Reducers:
    """`client.reducers` with types: a call goes out at once and is told, or awaited, when it ends."""

    def __init__(self, client: ClientHandles) -> None:
        self._reducers: handles.Reducers = client.reducers

    def enter_game(self, name: str) -> handles.ReducerCall:
        return self._reducers.enter_game(name)

    def player_split(self) -> handles.ReducerCall:
        return self._reducers.player_split()

    def respawn(self) -> handles.ReducerCall:
        return self._reducers.respawn()

    def suicide(self) -> handles.ReducerCall:
        return self._reducers.suicide()

    def update_player_input(self, direction: DbVector2) -> handles.ReducerCall:
        return self._reducers.update_player_input(direction)
