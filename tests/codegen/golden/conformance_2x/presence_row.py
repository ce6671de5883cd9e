"""The type `PresenceRow`. Generated from the module definition: regenerate instead of editing."""

from __future__ import annotations

from dataclasses import dataclass

from spacetimedb_sdk.types import Identity, Timestamp


@dataclass(frozen=True, slots=True)
class PresenceRow:
    identity: Identity
    online: bool
    connections: int
    last_seen: Timestamp
