"""The public table `entity`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow

from .db_vector2 import DbVector2


@dataclass(frozen=True, slots=True)
class Entity(TableRow):
    """One row of `entity`; its class methods are the table."""

    primary_key: ClassVar[str] = "entity_id"

    entity_id: int
    position: DbVector2
    mass: int

    if TYPE_CHECKING:

        def replace(self, *, entity_id: int = ..., position: DbVector2 = ..., mass: int = ...) -> Entity: ...

    @classmethod
    def filter_by_entity_id(cls, entity_id: int) -> Entity | None:
        """The row whose unique `entity_id` equals the value, or None."""
        return cls._find("entity_id", entity_id)

    @classmethod
    def filter_by_position(cls, position: DbVector2) -> Rows[Entity]:
        """The rows whose `position` equals the value."""
        return Entity._filter("position", position)

    @classmethod
    def filter_by_mass(cls, mass: int) -> Rows[Entity]:
        """The rows whose `mass` equals the value."""
        return Entity._filter("mass", mass)
