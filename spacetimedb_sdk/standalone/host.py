"""One database on the air: its name, its clients, its timers, driven by the event loop."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from functools import cached_property
from typing import Any

from ..sats.schema_v9 import write_v9
from .auth import Tokens
from .connection import Connection
from .database import Database, Transaction
from .subscriptions import Subscriptions

__all__ = ["DATABASE_NAME", "DatabaseHost"]

# Names are looked up with care for case: what breaks the grammar is refused before it is looked for.
DATABASE_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")


class DatabaseHost:
    """Everything a request handler needs. Lives on one event loop, from `start` to `stop`."""

    def __init__(self, name: str, database: Database, tokens: Tokens, clock: Callable[[], int]) -> None:
        self.name = name
        self.database = database
        self.tokens = tokens
        self.clock = clock
        self.subscriptions = Subscriptions(database)
        self.connections: set[Connection] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for: int | None = None
        self._keep_alive: asyncio.Task[None] | None = None

    @cached_property
    def schema(self) -> Any:
        """The definition as version 9 JSON."""
        return json.loads(json.dumps(write_v9(self.database.definition)))

    def start(self) -> None:
        """Runs timers and keeps connections alive from now on."""
        self._loop = asyncio.get_running_loop()
        self.database.on_commit = self._committed
        self._keep_alive = self._loop.create_task(self._watch_connections())
        self._arm()

    async def stop(self) -> None:
        """Ends the timers and tells every client that the server goes away. Their disconnect reducers still run."""
        if self._timer is not None:
            self._timer.cancel()
        if self._keep_alive is not None:
            self._keep_alive.cancel()
            await asyncio.gather(self._keep_alive, return_exceptions=True)
        self._loop = None
        for connection in list(self.connections):
            connection.go_away("module exited")

    def _committed(self, transaction: Transaction) -> None:
        self.subscriptions.broadcast(transaction)
        self._arm()

    # Timers: one is run per turn of the loop, so that a module that cannot keep up does not silence the sockets.

    def _arm(self) -> None:
        due = self.database.next_due()
        if self._loop is None or due == self._armed_for:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = due
        self._timer = None
        if due is not None:
            self._timer = self._loop.call_later(max(due - self.clock(), 0) / 1_000_000, self._fire)

    def _fire(self) -> None:
        try:
            self.database.run_scheduled(self.clock(), limit=1)
        finally:
            self._armed_for = None
            self._arm()

    async def _watch_connections(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for connection in list(self.connections):
                connection.check_alive()
