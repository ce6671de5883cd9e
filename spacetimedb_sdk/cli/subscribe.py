"""`subscribe`: rows as JSON lines, as they come and change."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable

from ..bindings.live import LiveBindings
from ..errors import SpacetimeDBException, SubscriptionError
from ..http import HttpClient
from ..sats.schema.versions import read_schema
from ..spacetimedb_async_client import SpacetimeDBAsyncClient
from . import output
from .arguments import seconds, whole_number
from .session import Session, add_server_options
from .sql import private_hint

__all__ = ["add_subscribe"]


def add_subscribe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("database", metavar="DATABASE", help="its name or identity")
    parser.add_argument(
        "queries", metavar="QUERY", nargs="+", help='such as "SELECT * FROM item WHERE level > 3"'
    )
    parser.add_argument("-n", "--num-changes", metavar="N", type=whole_number(1), help="end after N lines")
    parser.add_argument("--seconds", metavar="S", type=seconds, help="end after S seconds")
    parser.add_argument("--no-follow", action="store_true", help="end when the rows there are have come")
    add_server_options(parser)
    parser.set_defaults(run=subscribe)


def subscribe(options: argparse.Namespace) -> None:
    session = Session(options.server, options.database, options.token)

    def ask(http: HttpClient) -> None:
        module = read_schema(http.schema(options.database))
        try:
            asyncio.run(_Follower(LiveBindings(module), options).run(session))
        except SubscriptionError as error:
            hint = error.hint or private_hint(module.flattened(), error.message)
            raise SubscriptionError(error.queries, error.message, hint) from None

    session.run(ask)


class _Follower:
    """Prints `{"op": ..., "table": ..., "row": ...}` for each change; an update has the `old` row as well."""

    def __init__(self, live: LiveBindings, options: argparse.Namespace) -> None:
        self._live = live
        self._options = options
        self._printed = 0
        self._failure: Exception | None = None

    async def run(self, session: Session) -> None:
        client = SpacetimeDBAsyncClient(self._live.bindings)
        self._stop = client.force_close
        for name in self._live.bindings.tables:
            client.client.register_row_update(name, self._printer(name))
        client.register_on_subscription_applied(self._applied)
        if self._options.seconds is not None:
            client.schedule_event(self._options.seconds, self._stop)
        await client.run(
            session.token,
            session.server_url,
            self._options.database,
            session.server_url.startswith("https:"),
            None,
            self._options.queries,
        )
        if self._failure is not None:
            raise self._failure

    def _printer(self, table: str) -> Callable[..., None]:
        def changed(row_op: str, old: object, new: object, _event: object) -> None:
            if self._failure is not None or self._printed == self._options.num_changes:
                return
            try:
                self._print(table, row_op, old, new)
            except (OSError, SpacetimeDBException) as error:  # clients log what callbacks raise, and go on
                self._failure = error
                self._stop()

        return changed

    def _print(self, table: str, row_op: str, old: object, new: object) -> None:
        shown = {"op": row_op, "table": table}
        if row_op == "update":
            shown["old"] = self._live.row_json(table, old)
        shown["row"] = self._live.row_json(table, old if new is None else new)
        output.json_line(shown)
        self._printed += 1
        if self._printed == self._options.num_changes:
            self._stop()

    def _applied(self) -> None:
        if self._options.no_follow:
            self._stop()
        elif output.on_terminal():
            output.note("following: Ctrl-C ends it")
