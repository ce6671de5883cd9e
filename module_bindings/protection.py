"""The public table `protection`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Timestamp


@dataclass(frozen=True, slots=True)
class Protection(TableRow):
    """One row of `protection`; its class methods are the table."""

    primary_key: ClassVar[str] = "player_id"

    player_id: int
    until: Timestamp

    if TYPE_CHECKING:

        def replace(self, *, player_id: int = ..., until: Timestamp = ...) -> Protection: ...

    @classmethod
    def filter_by_player_id(cls, player_id: int) -> Protection | None:
        """The row whose unique `player_id` equals the value, or None."""
        return cls._find("player_id", player_id)

    @classmethod
    def filter_by_until(cls, until: Timestamp) -> Rows[Protection]:
        """The rows whose `until` equals the value."""
        return Protection._filter("until", until)
