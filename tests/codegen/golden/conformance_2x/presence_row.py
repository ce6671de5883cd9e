"""The type `PresenceRow`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spacetimedb_sdk.types import Identity, Timestamp


@dataclass(frozen=True, slots=True)
class PresenceRow:
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
        ) -> PresenceRow: ...
