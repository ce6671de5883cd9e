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
    player_id: int
    name: str

    if TYPE_CHECKING:

        def replace(self, *, identity: Identity = ..., player_id: int = ..., name: str = ...) -> Player: ...

    @classmethod
    def filter_by_identity(cls, identity: Identity) -> Player | None:
        """The row whose unique `identity` equals the value, or None."""
        return cls._find("identity", identity)

    @classmethod
    def filter_by_player_id(cls, player_id: int) -> Player | None:
        """The row whose unique `player_id` equals the value, or None."""
        return cls._find("player_id", player_id)

    @classmethod
    def filter_by_name(cls, name: str) -> Rows[Player]:
        """The rows whose `name` equals the value."""
        return Player._filter("name", name)
