"""The public table `presence`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Identity, Timestamp


@dataclass(frozen=True, slots=True)
class Presence(TableRow):
    """One row of `presence`; its class methods are the table."""

    primary_key: ClassVar[str] = "identity"

    identity: Identity
    online: bool
    connections: int
    last_seen: Timestamp

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            identity: Identity = ...,
            online: bool = ...,
            connections: int = ...,
            last_seen: Timestamp = ...,
        ) -> Presence: ...

    @classmethod
    def filter_by_identity(cls, identity: Identity) -> Presence | None:
        """The row whose unique `identity` equals the value, or None."""
        return cls._find("identity", identity)

    @classmethod
    def filter_by_online(cls, online: bool) -> Rows[Presence]:
        """The rows whose `online` equals the value."""
        return Presence._filter("online", online)

    @classmethod
    def filter_by_connections(cls, connections: int) -> Rows[Presence]:
        """The rows whose `connections` equals the value."""
        return Presence._filter("connections", connections)

    @classmethod
    def filter_by_last_seen(cls, last_seen: Timestamp) -> Rows[Presence]:
        """The rows whose `last_seen` equals the value."""
        return Presence._filter("last_seen", last_seen)
