"""Limits of one server: what its clients may make it hold, and how long they may keep it waiting."""

from __future__ import annotations

from dataclasses import dataclass

from ..wire.server_message import MAX_OWED_BYTES

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """`owed_bytes`: what one client may be owed, that is what it was sent and has not taken; who is owed more is dropped.
    `all_owed_bytes`: the same for all clients together, where bytes that several are owed count once. `connections`: how
    many there may be; None is as many as the process's descriptors allow. `request_seconds`: how long a request may take
    to be whole, and a connection may say nothing before its first one."""

    owed_bytes: int = MAX_OWED_BYTES
    all_owed_bytes: int = 512 << 20
    connections: int | None = None
    request_seconds: float = 10.0
