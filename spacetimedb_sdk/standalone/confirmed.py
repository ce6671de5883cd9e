"""Confirmed reads: frames that wait until what they tell survives (spec: websocket.md sections 1 and 6)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from .storage import CommitLog

__all__ = ["ConfirmedDelivery"]


class ConfirmedDelivery:
    """Passes frames on to `deliver` in their order, each once every commit that came before it is durable."""

    def __init__(self, commits: CommitLog, deliver: Callable[[bytes], None]) -> None:
        self._commits = commits
        self._deliver = deliver
        self._held: deque[tuple[int, bytes]] = deque()

    def __call__(self, frame: bytes) -> None:
        position = self._commits.position
        if position <= self._commits.durable_position and not self._held:
            self._deliver(frame)
            return
        if not self._held or self._held[-1][0] < position:
            self._commits.when_durable(position, self._release)
        self._held.append((position, frame))

    def _release(self) -> None:
        durable = self._commits.durable_position
        while self._held and self._held[0][0] <= durable:
            self._deliver(self._held.popleft()[1])
