"""Debug mode: mistakes of a program that show as nothing but a slow or an empty game, named in the log.

`debug=True`, or the environment variable `SPACETIMEDB_DEBUG=1`. It names a callback that takes longer than a frame has, an
`update()` that is not called while messages wait, and a table that is read though no query of the client selects from it.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol
from weakref import ref

from ..bindings.callbacks import describe
from ..protocol.connection import ConnectionState
from ..system.clock import Clock
from ..transport.client_link import ClientLink
from .rows.cache import ClientCache

__all__ = ["DebugMode", "is_asked_for"]

log = logging.getLogger("spacetimedb_sdk.debug")
# Two frames at 60 a second: more than that is seen.
SLOW_CALLBACK = 0.033
FORGOTTEN_UPDATE = 2.0
# A program may read before it subscribes; after this long it has had its chance.
UNSUBSCRIBED_READ = 2.0
LOOK_EVERY = 0.5


def is_asked_for(option: bool | None) -> bool:
    """Whether the option, or where it is None the environment, asks for the debug mode."""
    if option is not None:
        return option
    return os.environ.get("SPACETIMEDB_DEBUG", "0").lower() not in ("", "0", "false", "no")


class _Subscribed(Protocol):
    @property
    def queries_asked(self) -> Iterable[str]: ...


class Debugged(Protocol):
    """The client that is looked at."""

    @property
    def link(self) -> ClientLink | None: ...

    @property
    def state(self) -> ConnectionState: ...

    @property
    def cache(self) -> ClientCache: ...

    @property
    def subscriptions(self) -> _Subscribed: ...


class DebugMode:
    """What is watched of one client. A thread of its own looks for an `update()` that does not come."""

    def __init__(self, client: Debugged, clock: Clock) -> None:
        self._client = ref(client)
        self._now = clock.now
        self._updated_at = clock.now()
        # One warning for each time that no update() comes.
        self._is_late = False
        self._connected_at: float | None = None
        self._read: set[str] = set()
        self._named: set[str] = set()
        # The thread looks at it between two sleeps.
        self._is_over = False
        for table in client.cache:
            table.on_read = self._read.add

    def start(self) -> None:
        """Look on from a thread of its own until `stop`, or until the client is gone."""
        threading.Thread(target=self._watch, name="spacetimedb-debug", daemon=True).start()

    def stop(self) -> None:
        """Look no more. Takes no lock: a finalizer calls it."""
        self._is_over = True

    def _watch(self) -> None:
        while not self._is_over and self._client() is not None:
            self.look()
            time.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Whether messages wait while `update()` is not called. From any thread."""
        client = self._client()
        late = self._now() - self._updated_at
        if client is None or client.link is None or self._is_late or late < FORGOTTEN_UPDATE:
            return
        if client.link.waiting:
            self._is_late = True
            log.warning(
                "update() has not been called for %.1f s and %d messages wait: call it once a frame, on one thread "
                "(of the async client: something blocks the event loop)",
                late,
                client.link.waiting,
            )

    def updated(self) -> None:
        """An update is over."""
        now = self._updated_at = self._now()
        self._is_late = False
        client = self._client()
        if client is None or client.state is not ConnectionState.CONNECTED:
            self._connected_at = None
            return
        if self._connected_at is None:
            self._connected_at = now
        if now - self._connected_at >= UNSUBSCRIBED_READ and self._read - self._named:
            self._name_reads(client)

    def _name_reads(self, client: Debugged) -> None:
        queries = " ".join(client.subscriptions.queries_asked)
        for table in sorted(self._read - self._named):
            self._named.add(table)
            if not re.search(rf"\b{re.escape(table)}\b|FROM\s+\*", queries, re.IGNORECASE):
                log.warning(
                    "table %s is read, but no subscription selects from it: its rows never come; "
                    "subscribe to SELECT * FROM %s",
                    table,
                    table,
                )

    def timed(self, callback: Callable[..., object], call: Callable[[], object]) -> object:
        """What `call` returns; `callback` is named where it took long."""
        begun = self._now()
        try:
            return call()
        finally:
            took = self._now() - begun
            if took >= SLOW_CALLBACK:
                log.warning(
                    "callback %s took %.0f ms: the game stands still meanwhile",
                    describe(callback),
                    took * 1000,
                )
