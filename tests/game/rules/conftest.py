"""The rules in an in-process database under a clock of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from game.rules.sets import arcade, official
from game.rules.tables import Circle, DbVector2, Entity, Food, Player
from spacetimedb_sdk.module import ConnectionId, Identity, Module, ReducerContext, Timestamp
from spacetimedb_sdk.standalone import Database

START = 1_700_000_000_000_000


class World:
    """One database; times are in seconds, positions in world units."""

    def __init__(self, seed: int = 1, module: Module = official.module) -> None:
        self.now = START
        self.db = Database(module, clock=lambda: self.now, seed=seed)
        self._connections = 0

    def identity(self, number: int) -> Identity:
        return Identity.from_bytes(bytes([number]) * 32)

    def connect(self, number: int) -> ConnectionId:
        self._connections += 1
        connection = ConnectionId(self._connections.to_bytes(16, "big"))
        self.db.connect(self.identity(number), connection)
        return connection

    def disconnect(self, number: int, connection: ConnectionId) -> None:
        self.db.disconnect(self.identity(number), connection)

    def join(self, number: int, name: str = "Ann") -> Player:
        """Connect a new identity and let it enter the game."""
        self.connect(number)
        self.call(number, "enter_game", name)
        return self.player(number)

    def call(self, number: int, reducer: str, *arguments: Any) -> None:
        self.db.call(reducer, *arguments, sender=self.identity(number))

    def steer(self, number: int, x: float, y: float) -> None:
        self.call(number, "update_player_input", DbVector2(x, y))

    def advance(self, seconds: float) -> None:
        """Run everything that falls due in this time, each at its own moment."""
        end = self.now + round(seconds * 1_000_000)
        while (due := self.db.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.db.run_scheduled(self.now)
        self.now = end

    def tick(self, count: int = 1) -> None:
        self.advance(count * official.RULES.tick_interval / 1_000_000)

    def player(self, number: int) -> Player:
        (player,) = [row for row in self.db.rows(Player) if row.identity == self.identity(number)]
        return player

    def circles(self, player: Player) -> list[Circle]:
        return [row for row in self.db.rows(Circle) if row.player_id == player.player_id]

    def entities(self, player: Player) -> list[Entity]:
        own = {circle.entity_id for circle in self.circles(player)}
        return [row for row in self.db.rows(Entity) if row.entity_id in own]

    def entity(self, player: Player) -> Entity:
        """The one circle's entity of a player."""
        (entity,) = self.entities(player)
        return entity

    def arrange(self, work: Callable[[Any], object]) -> None:
        """Change rows as a reducer would, in one transaction."""
        self.db.datastore.transact(lambda: work(self.db.datastore.tables))

    def put(self, player: Player, *, mass: int, x: float, y: float, ago: float = 0.0) -> int:
        """Give the player one more circle, split off `ago` seconds before; its entity id."""
        ids: list[int] = []

        def work(tables: Any) -> None:
            entity = tables[Entity].insert(Entity(entity_id=0, position=DbVector2(x, y), mass=mass))
            split = Timestamp(self.now - round(ago * 1_000_000))
            tables[Circle].insert(Circle(entity.entity_id, player.player_id, DbVector2(0.0, 1.0), 0.0, split))
            ids.append(entity.entity_id)

        self.arrange(work)
        return ids[0]

    def only(self, player: Player, *, mass: int, x: float, y: float, ago: float = 0.0) -> int:
        """Like `put`, in place of all circles that the player has."""
        own = [circle.entity_id for circle in self.circles(player)]

        def work(tables: Any) -> None:
            for entity_id in own:
                tables[Circle].delete_by_key(entity_id)
                tables[Entity].delete_by_key(entity_id)

        self.arrange(work)
        return self.put(player, mass=mass, x=x, y=y, ago=ago)

    def context(self, tables: Any) -> ReducerContext:
        """What a scheduled reducer is given, for calling one by hand inside `arrange`."""
        return ReducerContext(
            sender=self.db.identity,
            connection_id=None,
            timestamp=Timestamp(self.now),
            identity=self.db.identity,
            db=tables,
        )

    def put_food(self, *, mass: int, x: float, y: float) -> int:
        ids: list[int] = []

        def work(tables: Any) -> None:
            entity = tables[Entity].insert(Entity(entity_id=0, position=DbVector2(x, y), mass=mass))
            tables[Food].insert(Food(entity.entity_id))
            ids.append(entity.entity_id)

        self.arrange(work)
        return ids[0]

    def mass(self, entity_id: int) -> int | None:
        """The mass of an entity, None when it has gone."""
        return next((row.mass for row in self.db.rows(Entity) if row.entity_id == entity_id), None)

    def position(self, entity_id: int) -> tuple[float, float]:
        (entity,) = [row for row in self.db.rows(Entity) if row.entity_id == entity_id]
        return entity.position.x, entity.position.y


@pytest.fixture
def world() -> World:
    """A fresh world of the official rules."""
    return World()


@pytest.fixture
def arcade_world() -> World:
    """A fresh world of the arcade rules."""
    return World(module=arcade.module)


@pytest.fixture
def make_world() -> Callable[[int], World]:
    """Worlds by their seed."""
    return World


@pytest.fixture
def world_of() -> Callable[[Module], World]:
    """Worlds by their module."""
    return lambda module: World(module=module)
