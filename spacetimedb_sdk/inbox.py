"""What a client does with each outcome of its connection: the cache first, then the callbacks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from .bindings import TableInfo
from .client_cache import TableChanges
from .errors import ConnectError, ConnectionLost, SpacetimeDBException, SubscriptionError
from .events import ReducerArgs, ReducerEvent, TransactionUpdateMessage
from .protocol.outcomes import (
    Call,
    Closed,
    Connected,
    Malformed,
    Outcome,
    Removed,
    SubscriptionApplied,
    SubscriptionRefused,
    Transaction,
)

if TYPE_CHECKING:
    from .spacetimedb_client import SpacetimeDBClient

__all__ = ["Inbox"]

log = logging.getLogger("spacetimedb_sdk.client")


class Inbox:
    """Applies outcomes to one client, in order, each whole before the next."""

    def __init__(self, client: SpacetimeDBClient) -> None:
        self._client = client
        self._ended = False

    def receive(self, outcome: Outcome, *, closing: bool = False) -> None:
        """Apply one outcome. While `closing` only the end is of interest: its rows would be nobody's."""
        client = self._client
        if self._ended or client._connection is None or (closing and not isinstance(outcome, Closed)):
            return
        outcome = client._connection.receive(outcome)
        match outcome:
            case Connected():
                self._connected(outcome)
            case Transaction():
                self._transaction(outcome)
            case SubscriptionApplied(tables=tables, replaces=True):
                self._rows(client.cache.replace(tables))
                client._dispatcher.subscription_applied()
            case SubscriptionApplied(tables=tables):
                self._rows(client.cache.apply(tables))
                client._dispatcher.subscription_applied()
            case Removed(tables=tables):
                self._rows(client.cache.apply(tables))
            case SubscriptionRefused():
                self._refused(outcome)
            case Malformed(error):
                self._closed(Closed(str(error), error), broken=error)
            case Closed():
                self._closed(outcome)

    def _connected(self, connected: Connected) -> None:
        client = self._client
        client.token = connected.token
        dispatcher = client._dispatcher
        asked_before = client._queries
        dispatcher.call(dispatcher.on_connect)
        dispatcher.call(dispatcher.on_identity, connected.token, connected.identity, connected.connection_id)
        if client._queries is asked_before and client.is_connected:
            client._send_subscription()

    def _rows(self, tables: list[TableChanges], event: ReducerEvent | None = None) -> None:
        self._client._stats.row_updates += sum(len(update.changes) for update in tables)
        self._client._dispatcher.rows(tables, event)

    def _transaction(self, transaction: Transaction) -> None:
        client, call = self._client, transaction.call
        tables = client.cache.apply(transaction.tables)
        event = self._event(transaction)
        own = call is not None and call.own
        client._stats.transactions += 1
        failed = transaction.status != "committed"
        if own and failed:
            client._stats.reducer_errors += 1
            if not client._dispatcher.listens_to_reducer(event.reducer_name):
                log.warning("reducer %s failed: %s", event.reducer_name, event.message or event.status)
        self._rows(tables, event)
        if client._dispatcher.on_event and (transaction.tables or (own and failed)):
            classes = client.bindings.table_classes
            events = {classes[update.table].__name__: list(update.changes) for update in tables}
            client._dispatcher.event(TransactionUpdateMessage.of(event, events))
        client._dispatcher.reducer(event)

    def _event(self, transaction: Transaction) -> ReducerEvent:
        call = transaction.call or Call("", [], b"", None, None, 0)
        info = self._client.bindings.reducers.get(call.reducer_name)
        names = [str(element.name) for element in info.params.elements] if info else []
        return ReducerEvent(
            caller_identity=call.caller_identity,
            caller_address=call.caller_address,
            reducer_name=call.reducer_name,
            status=transaction.status,
            message=transaction.message,
            args=ReducerArgs(call.args, names),
        )

    def _refused(self, refused: SubscriptionRefused) -> None:
        client = self._client
        assert client._connection is not None
        if refused.dropped_all:
            self._rows(client.cache.replace([]))
            queries = client._queries or ()
        else:
            queries = client._connection.refused_queries(refused)
        client._fail(SubscriptionError(queries, refused.message, self._hint(refused.message)))

    def _hint(self, message: str) -> str:
        """The table's name as the server has it, where the refused one is the class name or another spelling."""

        def plain(name: str) -> str:
            return name.replace("_", "").lower()

        def is_meant(table: TableInfo) -> bool:
            words = {plain(word) for word in message.replace("`", " ").replace(";", " ").split()}
            return plain(table.name) in words and f"`{table.name}`" not in message

        meant = [table.name for table in self._client.bindings.tables.values() if is_meant(table)]
        return f"on this server it is called {', '.join(meant)}" if meant else ""

    def _closed(self, closed: Closed, *, broken: SpacetimeDBException | None = None) -> None:
        self._ended = True
        client = self._client
        assert client._connection is not None
        assert client._link is not None
        client._link.close()
        client.bindings.closed(client)
        for pending in client._connection.pending_calls if closed.error else ():
            lost = ConnectionLost(closed.reason, may_have_committed=True)
            log.warning("reducer %s: %s", pending.reducer_name, lost)
        if broken is not None:
            client._fail(broken)
        elif closed.error is not None and not client._connection.was_connected:
            client._fail(self._never_connected(closed.error))
        if client._connection.was_connected:
            client._dispatcher.call(client._dispatcher.on_disconnect, closed.reason)

    def _never_connected(self, error: SpacetimeDBException) -> SpacetimeDBException:
        link = self._client._link
        if not isinstance(error, ConnectionLost) or link is None:
            return error
        return ConnectError(
            link.request.place,
            f"{error.reason} before its first message: the module's connect reducer may have refused this client",
        )
