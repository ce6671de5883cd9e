"""The public table `player`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Identity


@dataclass(frozen=True, slots=True)
class Player(TableRow):
    """One row of `player`; its class methods are the table."""

    primary_key: ClassVar[str] = "identity"

    identity: Identity
    name: str
    room_id: int
    online: bool

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            identity: Identity = ...,
            name: str = ...,
            room_id: int = ...,
            online: bool = ...,
        ) -> Player: ...

    @classmethod
    def filter_by_identity(cls, identity: Identity) -> Player | None:
        """The row whose unique `identity` equals the value, or None."""
        return cls._find("identity", identity)

    @classmethod
    def filter_by_name(cls, name: str) -> Player | None:
        """The row whose unique `name` equals the value, or None."""
        return cls._find("name", name)

    @classmethod
    def filter_by_room_id(cls, room_id: int) -> Rows[Player]:
        """The rows whose `room_id` equals the value."""
        return Player._filter("room_id", room_id)

    @classmethod
    def filter_by_online(cls, online: bool) -> Rows[Player]:
        """The rows whose `online` equals the value."""
        return Player._filter("online", online)
