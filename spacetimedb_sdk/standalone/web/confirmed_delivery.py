"""Confirmed reads: a client hears of a commit once it is durable (spec: websocket.md section 1, `confirmed`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from ..storage.commit_log import CommitLog
from ..wire.parts import Part, size_of
from ..wire.server_message import OVERHEAD_BYTES
from .connection import Connection

__all__ = ["ConfirmedDelivery"]


class ConfirmedDelivery:
    """Delivers frames to `connection` in their order, each once every commit that came before it survives.

    What waits for the disk is bounded as what waits for the client: more ends the connection.
    """

    def __init__(self, commits: CommitLog, connection: Connection) -> None:
        self._commits = commits
        self._connection = connection
        self._held: deque[tuple[int, Part]] = deque()
        # Of what is held; one long answer may be more than the bound by itself.
        self._held_bytes = self._longest = 0

    def deliver(self, frame: bytes) -> None:
        """Sends `frame` after those before it."""
        position = self._commits.position
        if not self._held and position <= self._commits.durable_position:
            self._connection.deliver(frame)
        else:
            self._hold(position, frame)

    def deliver_pieces(self, pieces: Sequence[bytes]) -> None:
        """The same for a long frame in pieces."""
        position = self._commits.position
        if not self._held and position <= self._commits.durable_position:
            self._connection.deliver_pieces(pieces)
        else:
            self._hold(position, tuple(pieces))

    def _hold(self, position: int, frame: Part) -> None:
        if not self._held or self._held[-1][0] < position:
            self._commits.when_durable(position, self._release)
        self._held.append((position, frame))
        size = size_of(frame) + OVERHEAD_BYTES
        self._held_bytes += size
        if isinstance(frame, tuple):
            self._longest = max(self._longest, size)
        if self._held_bytes - self._longest > self._connection.limit:
            self._held.clear()
            self._connection.drop()

    def _release(self) -> None:
        durable = self._commits.durable_position
        while self._held and self._held[0][0] <= durable:
            frame = self._held.popleft()[1]
            self._held_bytes -= size_of(frame) + OVERHEAD_BYTES
            if isinstance(frame, tuple):
                self._connection.deliver_pieces(frame)
            else:
                self._connection.deliver(frame)
        if not self._held:
            self._longest = 0
