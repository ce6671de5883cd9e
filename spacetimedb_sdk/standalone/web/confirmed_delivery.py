"""Confirmed reads: a client hears of a commit once it is durable (spec: websocket.md section 1, `confirmed`)."""

from __future__ import annotations

from collections import deque

from ..storage.commit_log import CommitLog
from .connection import MAX_WAITING_FRAMES, Connection

__all__ = ["ConfirmedDelivery"]


class ConfirmedDelivery:
    """Delivers frames to `connection` in their order, each once every commit that came before it survives.

    More than 16,384 frames that wait for the disk end the connection, as those do that wait for the client.
    """

    def __init__(self, commits: CommitLog, connection: Connection) -> None:
        self._commits = commits
        self._connection = connection
        self._held: deque[tuple[int, bytes]] = deque()

    def __call__(self, frame: bytes) -> None:
        position = self._commits.position
        if not self._held and position <= self._commits.durable_position:
            self._connection.deliver(frame)
            return
        if not self._held or self._held[-1][0] < position:
            self._commits.when_durable(position, self._release)
        self._held.append((position, frame))
        if len(self._held) > MAX_WAITING_FRAMES:
            self._held.clear()
            self._connection.drop()

    def _release(self) -> None:
        durable = self._commits.durable_position
        while self._held and self._held[0][0] <= durable:
            self._connection.deliver(self._held.popleft()[1])
