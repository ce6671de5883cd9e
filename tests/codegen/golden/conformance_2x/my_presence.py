"""The public view `my_presence`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacetimedb_sdk.bindings import Rows, TableRow
from spacetimedb_sdk.types import Identity, Timestamp

from .presence_row import PresenceRow


class MyPresence(PresenceRow, TableRow):
    """One row of `my_presence`, which the server computes; its class methods are the view."""

    __slots__ = ()

    if TYPE_CHECKING:

        def replace(
            self,
            *,
            identity: Identity = ...,
            online: bool = ...,
            connections: int = ...,
            last_seen: Timestamp = ...,
        ) -> MyPresence: ...

    @classmethod
    def filter_by_identity(cls, identity: Identity) -> Rows[MyPresence]:
        """The rows whose `identity` equals the value."""
        return MyPresence._filter("identity", identity)

    @classmethod
    def filter_by_online(cls, online: bool) -> Rows[MyPresence]:
        """The rows whose `online` equals the value."""
        return MyPresence._filter("online", online)

    @classmethod
    def filter_by_connections(cls, connections: int) -> Rows[MyPresence]:
        """The rows whose `connections` equals the value."""
        return MyPresence._filter("connections", connections)

    @classmethod
    def filter_by_last_seen(cls, last_seen: Timestamp) -> Rows[MyPresence]:
        """The rows whose `last_seen` equals the value."""
        return MyPresence._filter("last_seen", last_seen)
