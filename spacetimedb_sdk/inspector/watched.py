"""A database that is watched: its schema, one client of it, who looks at which table, and what it does a second.

It comes back whenever it was lost, and begins anew where the schema has changed: `generation` is another number then.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from ..bindings.live import LiveBindings
from ..client.requests.subscriptions import Subscription
from ..errors import SpacetimeDBException
from ..events import TransactionUpdateMessage
from ..http import HttpClient
from ..sats.schema.versions import read_schema
from ..spacetimedb_async_client import SpacetimeDBAsyncClient
from ..system.aside import aside
from ..system.plain_text import error_text
from ..types import Identity
from .columns import TableColumns
from .server_figures import ServerFigures, server_figures

__all__ = ["Sample", "WatchedDatabase", "WatchedTable"]

# Seconds until a lost database is tried again, and between looks at whether it has another schema now.
_RETRY = 1.0
_LOOK = 10.0
# Events of an event table that are kept, and samples of the figures: one a second, two minutes of them.
_EVENTS = 1000
_SAMPLES = 120
_COUNTED = "n"


@dataclass(frozen=True, slots=True)
class Sample:
    """What a second was like. Rates are per second, times in seconds; None is what is not known.

    `transactions` and `rows` are the server's where it counts them and a page asked, else those this connection received.
    """

    at: float
    transactions: float
    rows: float
    received: float
    round_trip: float | None
    calls: float | None = None
    lateness: float | None = None


@dataclass(slots=True)
class WatchedTable:
    """A table or view that may be looked at. `count` is how many rows it has, None until that is known."""

    name: str
    kind: str
    is_public: bool
    columns: TableColumns
    count: int | None = None
    # Why its rows do not come.
    problem: str = ""
    watchers: int = 0
    subscription: Subscription | None = None
    # Those of an event table, which are nowhere else.
    events: deque[Any] | None = None
    # Another number after each change of its rows.
    version: int = 0

    @property
    def has_rows(self) -> bool:
        """Whether its rows are here."""
        return self.subscription is not None and self.subscription.applied


class WatchedDatabase:
    """`state` is what a person is told of the connection, `problem` why there is none. All of it belongs to one event loop."""

    def __init__(self, server_url: str, database: str, token: str | None) -> None:
        self.server_url, self.name = server_url, database
        self.token = token
        self.state = "connecting"
        self.problem = ""
        self.generation = 0
        self.identity: Identity | None = None
        self.is_owner = False
        self.live: LiveBindings | None = None
        self.client: SpacetimeDBAsyncClient | None = None
        self.tables: dict[str, WatchedTable] = {}
        self.samples: deque[Sample] = deque(maxlen=_SAMPLES)
        # How often each reducer was run, as far as the protocol tells.
        self.reducers_run: Counter[str] = Counter()
        # How many look at what the server counts: it is asked for nothing that is not looked at.
        self.figures_watchers = 0
        self._schema: Any = None

    @property
    def http(self) -> HttpClient:
        """The same server over HTTP, as the same identity. Its calls wait: they are for threads."""
        return HttpClient(self.server_url, self.token)

    @property
    def is_connected(self) -> bool:
        return self.client is not None and self.client.is_connected

    async def run(self) -> None:
        """Connect, and again whenever the connection is lost, until cancelled."""
        while True:
            try:
                await self._once()
            except SpacetimeDBException as error:
                self.state, self.problem = "lost", error_text(error)
            self.client = None
            await asyncio.sleep(_RETRY)

    async def _once(self) -> None:
        http = self.http
        schema = await aside(lambda: http.schema(self.name))
        owner = (await aside(lambda: http.database(self.name))).owner_identity
        if schema != self._schema or self.live is None:
            self._take(schema)
        assert self.live is not None
        client = self.client = SpacetimeDBAsyncClient(self.live.bindings)
        client.register_on_event(self._transaction)
        for table in self.tables.values():
            client.register_row_update(table.name, self._changed(table))

        def connected(token: str, identity: Identity) -> None:
            self.token, self.identity = token, identity
            self.is_owner = identity == owner
            self.state, self.problem = "connected", ""
            for table in self.tables.values():
                table.subscription = None
                if table.watchers:
                    self._subscribe(table)

        asides = [asyncio.ensure_future(work) for work in (self._sample(client), self._look(client))]
        try:
            place = (self.token, self.server_url, self.name, None)
            # The schema was asked for a moment ago.
            await client.run(*place, connected, on_error=self._has_problem, verify_schema=False)
        finally:
            self.state = "lost"
            for work in asides:
                work.cancel()
            await asyncio.gather(*asides, return_exceptions=True)

    def _take(self, schema: Any) -> None:
        """Begin anew with this schema."""
        live = LiveBindings(read_schema(schema))
        kinds = {table.name: "event table" if table.is_event else "table" for table in live.module.tables}
        public = {table.name for table in live.module.tables if table.is_public}
        public |= {view.name for view in live.module.views if view.is_public}
        counts = {table.name: table.count for table in self.tables.values()}
        self.tables = {
            name: WatchedTable(
                name, kinds.get(name, "view"), name in public, TableColumns(live, name), counts.get(name)
            )
            for name in sorted(live.bindings.tables, key=lambda name: (name not in public, name))
        }
        self.live, self._schema = live, schema
        self.generation += 1

    def _has_problem(self, message: str) -> None:
        self.problem = message

    def _transaction(self, message: TransactionUpdateMessage) -> None:
        if message.reducer_name:
            self.reducers_run[message.reducer_name] += 1

    def _changed(self, table: WatchedTable) -> Any:
        if table.kind == "event table":
            table.events = deque(maxlen=_EVENTS)

        def changed(_op: str, _old: Any, new: Any, _event: Any) -> None:
            table.version += 1
            if table.events is not None and new is not None:
                table.events.append(new)

        return changed

    # -- tables --------------------------------------------------------------------------------------------------------

    def may_read(self, table: WatchedTable) -> bool:
        """Private tables are for the owner."""
        return table.is_public or self.is_owner

    @contextmanager
    def watching(self, table: WatchedTable) -> Iterator[None]:
        """While this lasts the rows of the table come, and their changes."""
        table.watchers += 1
        if table.watchers == 1 and self.is_connected:
            self._subscribe(table)
        try:
            yield
        finally:
            table.watchers -= 1
            if not table.watchers and table.subscription is not None:
                subscription, table.subscription = table.subscription, None
                with suppress(
                    SpacetimeDBException
                ):  # the connection has gone, and with it what was subscribed to
                    subscription.unsubscribe()

    def rows(self, table: WatchedTable) -> list[Any]:
        """The rows that are here, none where they are not."""
        if table.events is not None:
            return list(table.events)
        if self.client is None or table.name not in self.client.bindings.tables:
            return []
        rows = list(self.client.cache.table(table.name).rows.values())
        if table.has_rows:
            table.count = len(rows)
        return rows

    def _subscribe(self, table: WatchedTable) -> None:
        if not self.may_read(table):
            table.problem = f"{table.name} is private: give the token of the database's owner with --token"
            return
        assert self.client is not None
        table.problem = ""
        query = str(self.client.bindings.query(table.name, None))
        subscription = table.subscription = self.client.subscriptions.add([query])

        def refused(error: SpacetimeDBException) -> None:
            if table.subscription is subscription:
                table.problem = error_text(error)

        def applied(_none: None) -> None:
            table.version += 1

        subscription.on_result(applied, refused)

    async def count(self, table: WatchedTable) -> None:
        """Ask how many rows there are, unless they are here."""
        if table.has_rows or table.kind == "event table" or not self.may_read(table) or not self.is_connected:
            return
        assert self.client is not None
        query = str(self.client.bindings.query(table.name, None)).replace("*", f"COUNT(*) AS {_COUNTED}", 1)
        http = self.http
        with suppress(SpacetimeDBException, LookupError, TypeError, ValueError):  # then it is not known
            answers = await aside(lambda: http.sql(self.name, query))
            table.count = int(answers[0]["rows"][0][0])

    # -- figures -------------------------------------------------------------------------------------------------------

    async def _sample(self, client: SpacetimeDBAsyncClient) -> None:
        loop = asyncio.get_running_loop()
        # A copy: the client goes on counting in its own.
        before, then = replace(client.stats), loop.time()
        counted: ServerFigures | None = None
        while True:
            await asyncio.sleep(1.0)
            figures = await self._server_figures() if self.figures_watchers else None
            stats, now = replace(client.stats), loop.time()
            passed = now - then
            sample = Sample(
                now,
                (stats.transactions - before.transactions) / passed,
                (stats.row_updates - before.row_updates) / passed,
                (stats.bytes_received - before.bytes_received) / passed,
                stats.round_trip,
            )
            if figures is not None and counted is not None:
                timers = figures.timers - counted.timers
                sample = replace(
                    sample,
                    transactions=(figures.commits - counted.commits) / passed,
                    rows=(figures.changed_rows - counted.changed_rows) / passed,
                    calls=(figures.calls - counted.calls) / passed,
                    lateness=(figures.late_seconds - counted.late_seconds) / timers if timers > 0 else None,
                )
            self.samples.append(sample)
            before, then, counted = stats, now, figures

    async def _server_figures(self) -> ServerFigures | None:
        http = self.http
        try:
            return server_figures(await aside(http.metrics), self.name)
        except SpacetimeDBException:  # a server that has none
            return None

    async def _look(self, client: SpacetimeDBAsyncClient) -> None:
        """Begin anew where the module was changed, which no message tells."""
        http = self.http
        while True:
            await asyncio.sleep(_LOOK)
            with suppress(
                SpacetimeDBException
            ):  # the connection itself tells when there is no server any more
                if await aside(lambda: http.schema(self.name)) != self._schema and client.is_connected:
                    client.force_close()
