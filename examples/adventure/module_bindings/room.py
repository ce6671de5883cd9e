"""The public table `room`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class Room(TableRow):
    """One row of `room`; its class methods are the table."""

    primary_key: ClassVar[str] = "room_id"

    room_id: int
    name: str
    description: str

    if TYPE_CHECKING:

        def replace(self, *, room_id: int = ..., name: str = ..., description: str = ...) -> Room: ...

    @classmethod
    def filter_by_room_id(cls, room_id: int) -> Room | None:
        """The row whose unique `room_id` equals the value, or None."""
        return cls._find("room_id", room_id)

    @classmethod
    def filter_by_name(cls, name: str) -> Rows[Room]:
        """The rows whose `name` equals the value."""
        return Room._filter("name", name)

    @classmethod
    def filter_by_description(cls, description: str) -> Rows[Room]:
        """The rows whose `description` equals the value."""
        return Room._filter("description", description)
