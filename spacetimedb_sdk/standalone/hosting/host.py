"""One database on the air: its name, its clients, its timers, driven by the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import Callable
from typing import Protocol

from ...module import Module
from ...sats.schema.v9 import write_v9
from ...sats.schema.v10 import write_v10
from ...types import Identity
from ..alarms import Alarm, Alarms
from ..engine.calls import Transaction
from ..engine.database import Database
from ..engine.module_log import ModuleLogHandler
from ..engine.scheduler import Timer
from ..sql.statements import StatementRunner
from ..sql.visibility import check_filters
from ..subscriptions.registry import Subscriptions
from .auth import Tokens
from .bans import Ban, Bans
from .beside import Beside
from .timer_lateness import Lateness

__all__ = ["DATABASE_NAME", "ClientConnection", "DatabaseHost"]

# Names are looked up with care for case: what breaks the grammar is refused before it is looked for.
DATABASE_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_LOOK_AGAIN_SECONDS = 1.0
# With so long until the next timer there is time for what nobody waits for.
_REST_SECONDS = 0.02
# How long timers that are due run one after the other, in one turn of the loop.
_TIMERS_SECONDS = 0.01
# The Close codes of RFC 6455 for a server that goes away, and for who has broken its rules.
_AWAY, _POLICY = 1001, 1008
# What a banned client is told has so long to be taken.
_LAST_WORD_SECONDS = 1.0


class ClientConnection(Protocol):
    """What a host asks of a client's socket, whatever carries it."""

    client: object | None
    identity: Identity | None

    @property
    def waiting_frames(self) -> int: ...

    def go_away(self, code: int, reason: str) -> None: ...

    def drop(self) -> None: ...

    def check_alive(self) -> None: ...


class DatabaseHost:
    """Everything a request handler needs. Lives on one event loop, from `start` to `stop`."""

    def __init__(
        self,
        name: str,
        database: Database,
        tokens: Tokens,
        clock: Callable[[], int],
        alarms: Alarms | None = None,
    ) -> None:
        self.name = name
        self.database = database
        self.tokens = tokens
        self.clock = clock
        self.alarms = alarms or Alarms()  # those of all databases of the loop
        self.subscriptions = Subscriptions(database)
        self.statements = StatementRunner(database, self.subscriptions.visible)
        self.connections: set[ClientConnection] = set()
        self.bans = Bans()
        self.beside: Beside | None = None
        self.changed_rows = 0
        self.lateness = Lateness()
        # The definition's JSON as it is sent, by version: nothing is written for each who asks.
        self._schemas: dict[int, bytes] = {}
        self._program_hash: int | None = None
        self._log_handler = ModuleLogHandler(database.module_log)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._alarm: Alarm | asyncio.Handle | None = None
        self._armed_for: Timer | None = None
        # Called when timers have run and the next is far, and now and then.
        self.on_rest: Callable[[], None] = lambda: None
        # While timers are held, and the loop's time since when they go on again: till then none was late.
        self._timers_held = False
        self._on_since = 0.0
        self._keep_alive: asyncio.Task[None] | None = None

    def schema(self, version: int) -> bytes:
        """The definition as JSON of `version` 9 or 10, in UTF-8."""
        schema = self._schemas.get(version)
        if schema is None:
            write = write_v9 if version == 9 else write_v10
            text = json.dumps(write(self.database.definition), ensure_ascii=False, separators=(",", ":"))
            schema = self._schemas[version] = text.encode()
        return schema

    def program_hash(self) -> int:
        """What stands for the module's program."""
        if self._program_hash is None:
            self._program_hash = int.from_bytes(hashlib.sha3_256(self.schema(9)).digest(), "little")
        return self._program_hash

    def start(self) -> None:
        """Runs timers and keeps connections alive from now on."""
        self._loop = asyncio.get_running_loop()
        limit = self.database.time_limit
        self.beside = Beside(None if limit is None else limit.seconds)
        self.database.on_loop = self.beside.on_loop
        self._limit_procedures()
        self.database.beside = self._run_beside
        self._module_logger().addHandler(self._log_handler)
        self.database.on_commit = self._committed
        self._keep_alive = self._loop.create_task(self._watch_connections())
        self._arm()

    def _limit_procedures(self) -> None:
        if self.beside is not None:
            self.database.procedures.limited = self.beside.limited

    def _module_logger(self) -> logging.Logger:
        """By which the module speaks for itself."""
        return logging.getLogger(f"spacetimedb_sdk.module.{self.database.module.name}")

    async def stop(self) -> None:
        """Ends the timers and tells every client that the server goes away. Their disconnect reducers still run."""
        self._module_logger().removeHandler(self._log_handler)
        if self._alarm is not None:
            self._alarm.cancel()
        if self._keep_alive is not None:
            self._keep_alive.cancel()
            await asyncio.gather(self._keep_alive, return_exceptions=True)
        self._loop = None
        if self.beside is not None:
            self.beside.close()
        self.database.module_log.close()
        for connection in list(self.connections):
            connection.go_away(_AWAY, "module exited")

    def ban(self, identity: Identity, reason: str = "", seconds: float | None = None) -> Ban:
        """Ends the connections of an identity, which are told why, and lets it in no more: for so many seconds, or for as
        long as this server runs."""
        ban = self.bans.add(identity, reason, seconds)
        for connection in list(self.connections):
            if connection.identity == identity:
                self.turn_away(connection, ban)
        return ban

    def turn_away(self, connection: ClientConnection, ban: Ban) -> None:
        """Tells a client of its ban, and ends the connection whether it takes that or not."""
        connection.go_away(_POLICY, ban.reason)
        if self._loop is not None:
            self._loop.call_later(_LAST_WORD_SECONDS, connection.drop)

    def hold_timers(self) -> None:
        """Runs no timer from now on. What clients call is done all the same."""
        self._timers_held = True
        self._armed_for = None
        if self._alarm is not None:
            self._alarm.cancel()

    def let_timers_go_on(self) -> None:
        """Runs timers again. Each that was due meanwhile is run once, however many turns of it were left out."""
        self._timers_held = False
        if self._loop is not None:
            self._on_since = self._loop.time()
        self._arm()

    def change_module(self, module: Module) -> None:
        """Goes on under a changed module. Clients keep their connections and subscriptions, but for those whose queries
        are none any more, or read views or tables with new columns. ModuleChangeRefused, or what the module is mistaken in: then all is as before."""
        check_filters(module)
        self._module_logger().removeHandler(self._log_handler)
        try:
            wider = self.database.change_module(module)
        finally:
            self._module_logger().addHandler(self._log_handler)
        self._limit_procedures()
        self._schemas.clear()
        self._program_hash = None
        left = set(self.subscriptions.module_changed(wider))
        self.statements = StatementRunner(self.database, self.subscriptions.visible)
        for connection in list(self.connections):
            if connection.client in left:
                connection.go_away(_AWAY, "module updated")
        self._armed_for = None
        self._arm()

    def _committed(self, transaction: Transaction) -> None:
        for change in transaction.changes:
            self.changed_rows += len(change.deletes) + len(change.inserts)
        self.subscriptions.broadcast(transaction)
        if transaction.changes_timers:  # else the one that is due first is the one it was
            self._arm()

    # Timers: those that are due are run together, so that each client is sent what they do in one go; but for so long only, so
    # that a module that cannot keep up does not silence the sockets. One that falls due later goes before what clients ask for.

    def _arm(self) -> None:
        if self._loop is None or self._timers_held:
            return
        timer = self.database.next_timer()
        if timer is self._armed_for:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._armed_for = timer
        self._alarm = None
        if timer is None:
            return
        seconds = self.database.remaining(timer) / 1_000_000
        if seconds > 0.0:
            # No longer than a while at once: the clock that a time is of may be set meanwhile.
            self._alarm = self.alarms.set(min(seconds, _LOOK_AGAIN_SECONDS), self._fire, self._loop)
        else:
            self._alarm = self._loop.call_soon(self._fire)

    def _fire(self) -> None:
        if self._loop is None:
            return
        until = self._loop.time() + _TIMERS_SECONDS
        try:
            while self._run_next() and self._loop.time() < until:
                pass
        finally:
            self._armed_for = None
            self._arm()
        self._rest()

    def _rest(self) -> None:
        following = self._armed_for
        if following is None or self.database.remaining(following) > _REST_SECONDS * 1_000_000:
            self.on_rest()

    def _run_next(self) -> bool:
        """Runs the timer that is due first; False where none is."""
        timer = self.database.next_timer()
        late = -1.0 if timer is None else -self.database.remaining(timer) / 1_000_000
        if late >= 0.0 and self._loop is not None:
            self.lateness.add(min(late, self._loop.time() - self._on_since))
        return self.database.run_scheduled(self.clock(), limit=1) > 0

    def _run_beside(self, run: Callable[[], None], ran: Callable[[], None]) -> None:
        """Runs a timer's procedure beside the loop, and has its next turn set after that: it is never run twice at once."""
        if self.beside is None:
            run()
            ran()
            return

        def has_run(outcome: asyncio.Future[None]) -> None:
            # Whatever it raised was logged. After the end of the server its timers run no more.
            if not outcome.cancelled() and outcome.exception() is None and self._loop is not None:
                ran()
                self._arm()

        self.beside.run(run).add_done_callback(has_run)

    async def _watch_connections(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for connection in list(self.connections):
                connection.check_alive()
            self.on_rest()
