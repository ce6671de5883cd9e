"""Backlog: what all clients of a server are owed together, and who is dropped when that is too much."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Protocol

__all__ = ["Backlog", "Debtor"]

# While an answer waits for room, clients are dropped that are owed much and take less than so much in so long.
_SLOW_SECONDS = 5.0
_SLOW_BYTES = 512 << 10


class Debtor(Protocol):
    """A connection to which something is owed."""

    @property
    def owed_bytes(self) -> int: ...

    @property
    def own_bytes(self) -> int:
        """What is owed to it alone, by now."""

    @property
    def taken_bytes(self) -> int:
        """What it has ever taken."""

    def frames(self) -> Iterable[bytes]:
        """What may be owed to others, too."""

    def drop(self) -> None: ...


class Backlog:
    """`limit` is in bytes. A frame that several clients are owed is one object, and counts once."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.connections: set[Debtor] = set()
        # Counted for each client: never less than what there is.
        self._bytes = 0
        # No sooner than this can there be too much: to look through all that waits takes time.
        self._look_at = limit
        # What those had taken who were owed much, when that was last looked at.
        self._taken: dict[Debtor, int] = {}
        self._pressed = -_SLOW_SECONDS

    def add(self, count: int) -> None:
        """So much more is owed to a client; less where it is negative. Drops those who are owed most while it is too
        much."""
        self._bytes += count
        if count < 0:
            # What was taken may have been counted once at the last look: the bound comes nearer by as much.
            self._look_at = max(self.limit, self._look_at + count)
        elif self._bytes > self._look_at:
            self._relieve()

    def _relieve(self) -> None:
        owed = self.bytes()
        while owed > self.limit and self.connections:
            most = max(self.connections, key=lambda connection: connection.owed_bytes)
            self.connections.discard(most)
            most.drop()
            owed = self.bytes()
        self._look_at = max(self.limit, self._bytes + self.limit - owed)

    def has_room(self, size: int) -> bool:
        """Whether so many more bytes may be owed."""
        return self.bytes() + size <= self.limit

    def press(self) -> None:
        """An answer waits for room: drops the clients that take so little of a long answer that there would be none."""
        now = monotonic()
        if now - self._pressed < _SLOW_SECONDS:
            return
        # No answer waited for long: a client that was slow then was in the way of none.
        judged = self._taken if now - self._pressed < 2 * _SLOW_SECONDS else {}
        much = [item for item in self.connections if item.owed_bytes > _SLOW_BYTES]
        for item in much:
            if item in judged and item.taken_bytes - judged[item] < _SLOW_BYTES:
                item.drop()
        self._pressed = now
        self._taken = {item: item.taken_bytes for item in much}

    def bytes(self) -> int:
        """What is owed to all together, by now."""
        shared = {id(frame): len(frame) for connection in self.connections for frame in connection.frames()}
        return sum(shared.values()) + sum(connection.own_bytes for connection in self.connections)
