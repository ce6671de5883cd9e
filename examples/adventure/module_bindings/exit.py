"""The public table `exit`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow


@dataclass(frozen=True, slots=True)
class Exit(TableRow):
    """One row of `exit`; its class methods are the table."""

    primary_key: ClassVar[str] = "exit_id"

    exit_id: int
    room_id: int
    direction: str
    leads_to: int

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            exit_id: int = ...,
            room_id: int = ...,
            direction: str = ...,
            leads_to: int = ...,
        ) -> Exit: ...

    @classmethod
    def filter_by_exit_id(cls, exit_id: int) -> Exit | None:
        """The row whose unique `exit_id` equals the value, or None."""
        return cls._find("exit_id", exit_id)

    @classmethod
    def filter_by_room_id(cls, room_id: int) -> Rows[Exit]:
        """The rows whose `room_id` equals the value."""
        return Exit._filter("room_id", room_id)

    @classmethod
    def filter_by_direction(cls, direction: str) -> Rows[Exit]:
        """The rows whose `direction` equals the value."""
        return Exit._filter("direction", direction)

    @classmethod
    def filter_by_leads_to(cls, leads_to: int) -> Rows[Exit]:
        """The rows whose `leads_to` equals the value."""
        return Exit._filter("leads_to", leads_to)
