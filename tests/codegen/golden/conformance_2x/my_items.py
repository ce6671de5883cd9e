"""The public view `my_items`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Identity

from .colour import Colour
from .item_row import ItemRow
from .vector2 import Vector2


class MyItems(ItemRow, TableRow):
    """One row of `my_items`, which the server computes; its class methods are the view."""

    __slots__ = ()

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
        ) -> MyItems: ...

    @classmethod
    def filter_by_item_id(cls, item_id: int) -> Rows[MyItems]:
        """The rows whose `item_id` equals the value."""
        return MyItems._filter("item_id", item_id)

    @classmethod
    def filter_by_name(cls, name: str) -> Rows[MyItems]:
        """The rows whose `name` equals the value."""
        return MyItems._filter("name", name)

    @classmethod
    def filter_by_kind(cls, kind: Colour) -> Rows[MyItems]:
        """The rows whose `kind` equals the value."""
        return MyItems._filter("kind", kind)

    @classmethod
    def filter_by_level(cls, level: int) -> Rows[MyItems]:
        """The rows whose `level` equals the value."""
        return MyItems._filter("level", level)

    @classmethod
    def filter_by_owner(cls, owner: Identity) -> Rows[MyItems]:
        """The rows whose `owner` equals the value."""
        return MyItems._filter("owner", owner)

    @classmethod
    def filter_by_position(cls, position: Vector2) -> Rows[MyItems]:
        """The rows whose `position` equals the value."""
        return MyItems._filter("position", position)
