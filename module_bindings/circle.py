"""The public table `circle`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Timestamp

from .db_vector2 import DbVector2


@dataclass(frozen=True, slots=True)
class Circle(TableRow):
    """One row of `circle`; its class methods are the table."""

    primary_key: ClassVar[str] = "entity_id"

    entity_id: int
    player_id: int
    direction: DbVector2
    speed: float
    last_split_time: Timestamp

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            entity_id: int = ...,
            player_id: int = ...,
            direction: DbVector2 = ...,
            speed: float = ...,
            last_split_time: Timestamp = ...,
        ) -> Circle: ...

    @classmethod
    def filter_by_entity_id(cls, entity_id: int) -> Circle | None:
        """The row whose unique `entity_id` equals the value, or None."""
        return cls._find("entity_id", entity_id)

    @classmethod
    def filter_by_player_id(cls, player_id: int) -> Rows[Circle]:
        """The rows whose `player_id` equals the value."""
        return Circle._filter("player_id", player_id)

    @classmethod
    def filter_by_direction(cls, direction: DbVector2) -> Rows[Circle]:
        """The rows whose `direction` equals the value."""
        return Circle._filter("direction", direction)

    @classmethod
    def filter_by_speed(cls, speed: float) -> Rows[Circle]:
        """The rows whose `speed` equals the value."""
        return Circle._filter("speed", speed)

    @classmethod
    def filter_by_last_split_time(cls, last_split_time: Timestamp) -> Rows[Circle]:
        """The rows whose `last_split_time` equals the value."""
        return Circle._filter("last_split_time", last_split_time)
