"""The handles of one client, typed. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import GeneratedGroup

if TYPE_CHECKING:
    from typing import Any, overload

    from spacetimedb_sdk import handles
    from spacetimedb_sdk.bindings import ClientHandles, Rows
    from spacetimedb_sdk.types import Identity, Timestamp

    from .circle import Circle
    from .config import Config
    from .consume_entity_event import ConsumeEntityEvent
    from .db_vector2 import DbVector2
    from .entity import Entity
    from .food import Food
    from .player import Player
    from .protection import Protection
    from .world_rules import WorldRules

    class CircleHandle(handles.TableHandle[Circle]):
        """The table `circle`."""

        def find(self, *, entity_id: int) -> Circle | None: ...

        def filter(
            self,
            *,
            entity_id: int | handles.Between | handles.Range = ...,
            player_id: int | handles.Between | handles.Range = ...,
            direction: DbVector2 = ...,
            speed: float | handles.Between | handles.Range = ...,
            last_split_time: Timestamp | handles.Between | handles.Range = ...,
        ) -> Rows[Circle]: ...

    class ConfigHandle(handles.TableHandle[Config]):
        """The table `config`."""

        def find(self, *, id: int) -> Config | None: ...

        def filter(
            self,
            *,
            id: int | handles.Between | handles.Range = ...,
            world_size: int | handles.Between | handles.Range = ...,
        ) -> Rows[Config]: ...

    class ConsumeEntityEventHandle(handles.EventTableHandle[ConsumeEntityEvent]):
        """The event table `consume_entity_event`."""

    class EntityHandle(handles.TableHandle[Entity]):
        """The table `entity`."""

        def find(self, *, entity_id: int) -> Entity | None: ...

        def filter(
            self,
            *,
            entity_id: int | handles.Between | handles.Range = ...,
            position: DbVector2 = ...,
            mass: int | handles.Between | handles.Range = ...,
        ) -> Rows[Entity]: ...

    class FoodHandle(handles.TableHandle[Food]):
        """The table `food`."""

        def find(self, *, entity_id: int) -> Food | None: ...

        def filter(self, *, entity_id: int | handles.Between | handles.Range = ...) -> Rows[Food]: ...

    class PlayerHandle(handles.TableHandle[Player]):
        """The table `player`."""

        @overload
        def find(self, *, identity: Identity | None) -> Player | None: ...

        @overload
        def find(self, *, player_id: int) -> Player | None: ...

        def find(self, *args: Any, **column: Any) -> Player | None: ...

        def filter(
            self,
            *,
            identity: Identity | None = ...,
            player_id: int | handles.Between | handles.Range = ...,
            name: str | handles.Between | handles.Range = ...,
        ) -> Rows[Player]: ...

    class ProtectionHandle(handles.TableHandle[Protection]):
        """The table `protection`."""

        def find(self, *, player_id: int) -> Protection | None: ...

        def filter(
            self,
            *,
            player_id: int | handles.Between | handles.Range = ...,
            until: Timestamp | handles.Between | handles.Range = ...,
        ) -> Rows[Protection]: ...

    class WorldRulesHandle(handles.TableHandle[WorldRules]):
        """The table `world_rules`."""

        def find(self, *, id: int) -> WorldRules | None: ...

        def filter(
            self,
            *,
            id: int | handles.Between | handles.Range = ...,
            name: str | handles.Between | handles.Range = ...,
            start_mass: int | handles.Between | handles.Range = ...,
            split_from: int | handles.Between | handles.Range = ...,
            most_circles: int | handles.Between | handles.Range = ...,
            recombine: float | handles.Between | handles.Range = ...,
            protection: float | handles.Between | handles.Range = ...,
            eject_from: int | handles.Between | handles.Range = ...,
            eject_cost: int | handles.Between | handles.Range = ...,
            pellet_mass: int | handles.Between | handles.Range = ...,
        ) -> Rows[WorldRules]: ...


class Tables(GeneratedGroup):
    """`client.db` with types: `client.db.NAME` is the handle of a table."""

    def __init__(self, client: ClientHandles) -> None:
        db = client.by_name.db
        self.circle: CircleHandle = db.circle
        self.config: ConfigHandle = db.config
        self.consume_entity_event: ConsumeEntityEventHandle = db.consume_entity_event
        self.entity: EntityHandle = db.entity
        self.food: FoodHandle = db.food
        self.player: PlayerHandle = db.player
        self.protection: ProtectionHandle = db.protection
        self.world_rules: WorldRulesHandle = db.world_rules


class Reducers(GeneratedGroup):
    """`client.reducers` with types: a call goes out at once; its end calls back, or is awaited."""

    def __init__(self, client: ClientHandles) -> None:
        self._reducers: handles.Reducers = client.by_name.reducers

    def eject_mass(self) -> handles.ReducerCall:
        return self._reducers.eject_mass()

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
