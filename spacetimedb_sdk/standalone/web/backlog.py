"""Backlog: what is queued for all clients of a server together, and who is dropped when that is too much."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Protocol

__all__ = ["Backlog", "SendQueue"]

# While an answer waits for room, clients are dropped that have much queued and take less than so much in so long.
_SLOW_SECONDS = 5.0
_SLOW_BYTES = 512 << 10


class SendQueue(Protocol):
    """What waits for one client to take it, and the connection that it waits for."""

    @property
    def queued_bytes(self) -> int: ...

    @property
    def own_bytes(self) -> int:
        """What is queued for it alone, by now."""

    @property
    def taken_bytes(self) -> int:
        """What it has ever taken."""

    def frames(self) -> Iterable[bytes]:
        """What may be queued for others, too."""

    def drop(self) -> None: ...


class Backlog:
    """`limit` is in bytes. A frame that is queued for several clients is one object, and counts once."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.connections: set[SendQueue] = set()
        # Counted for each client: never less than what there is.
        self._bytes = 0
        # No sooner than this can there be too much: to look through all that waits takes time.
        self._look_at = limit
        # What those had taken who had much queued, when that was last looked at.
        self._taken: dict[SendQueue, int] = {}
        self._made_room_at = -_SLOW_SECONDS

    def add(self, count: int) -> None:
        """So much more is queued for a client; less where it is negative. Drops those who have most queued while it is
        too much."""
        self._bytes += count
        if count < 0:
            # What was taken may have been counted once at the last look: the bound comes nearer by as much.
            self._look_at = max(self.limit, self._look_at + count)
        elif self._bytes > self._look_at:
            self._relieve()

    def _relieve(self) -> None:
        queued = self.bytes()
        while queued > self.limit and self.connections:
            most = max(self.connections, key=lambda connection: connection.queued_bytes)
            self.connections.discard(most)
            most.drop()
            queued = self.bytes()
        self._look_at = max(self.limit, self._bytes + self.limit - queued)

    def has_room(self, size: int) -> bool:
        """Whether so many more bytes may be queued."""
        return self.bytes() + size <= self.limit

    def make_room(self) -> None:
        """An answer waits for room: drops the clients that take so little of a long answer that there would be none."""
        now = monotonic()
        if now - self._made_room_at < _SLOW_SECONDS:
            return
        # No answer waited for long: a client that was slow then was in the way of none.
        judged = self._taken if now - self._made_room_at < 2 * _SLOW_SECONDS else {}
        much = [item for item in self.connections if item.queued_bytes > _SLOW_BYTES]
        for item in much:
            if item in judged and item.taken_bytes - judged[item] < _SLOW_BYTES:
                item.drop()
        self._made_room_at = now
        self._taken = {item: item.taken_bytes for item in much}

    def bytes(self) -> int:
        """What is queued for all together, by now."""
        shared = {id(frame): len(frame) for connection in self.connections for frame in connection.frames()}
        return sum(shared.values()) + sum(connection.own_bytes for connection in self.connections)
