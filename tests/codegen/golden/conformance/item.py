"""The public table `item`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Identity

from .colour import Colour
from .vector2 import Vector2


@dataclass(frozen=True, slots=True)
class Item(TableRow):
    """One row of `item`; its class methods are the table."""

    primary_key: ClassVar[str] = "item_id"

    item_id: int
    name: str
    kind: Colour
    level: int
    owner: Identity
    position: Vector2

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            item_id: int = ...,
            name: str = ...,
            kind: Colour = ...,
            level: int = ...,
            owner: Identity = ...,
            position: Vector2 = ...,
        ) -> Item: ...

    @classmethod
    def filter_by_item_id(cls, item_id: int) -> Item | None:
        """The row whose unique `item_id` equals the value, or None."""
        return cls._find("item_id", item_id)

    @classmethod
    def filter_by_name(cls, name: str) -> Item | None:
        """The row whose unique `name` equals the value, or None."""
        return cls._find("name", name)

    @classmethod
    def filter_by_kind(cls, kind: Colour) -> Rows[Item]:
        """The rows whose `kind` equals the value."""
        return Item._filter("kind", kind)

    @classmethod
    def filter_by_level(cls, level: int) -> Rows[Item]:
        """The rows whose `level` equals the value."""
        return Item._filter("level", level)

    @classmethod
    def filter_by_owner(cls, owner: Identity) -> Rows[Item]:
        """The rows whose `owner` equals the value."""
        return Item._filter("owner", owner)

    @classmethod
    def filter_by_position(cls, position: Vector2) -> Rows[Item]:
        """The rows whose `position` equals the value."""
        return Item._filter("position", position)
