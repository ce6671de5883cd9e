"""Confirmed reads: a client hears of a commit once it is durable (spec: websocket.md section 1, `confirmed`)."""

from __future__ import annotations

from collections import deque

from ..storage.commit_log import CommitLog
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
        self._held: deque[tuple[int, bytes]] = deque()
        self._held_bytes = 0

    def __call__(self, frame: bytes) -> None:
        position = self._commits.position
        if not self._held and position <= self._commits.durable_position:
            self._connection.deliver(frame)
            return
        if not self._held or self._held[-1][0] < position:
            self._commits.when_durable(position, self._release)
        self._held.append((position, frame))
        self._held_bytes += len(frame) + OVERHEAD_BYTES
        if self._held_bytes > self._connection.limit:
            self._held.clear()
            self._connection.drop()

    def _release(self) -> None:
        durable = self._commits.durable_position
        while self._held and self._held[0][0] <= durable:
            frame = self._held.popleft()[1]
            self._held_bytes -= len(frame) + OVERHEAD_BYTES
            self._connection.deliver(frame)
