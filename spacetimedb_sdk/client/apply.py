"""What a client does with each outcome of its connection: the cache first, then the callbacks.

Every step is a generator that yields wherever the frame may end; the next call goes on there. Nothing of the next message
happens before the last callback of this one.
"""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import ConnectCause, ConnectionLost, SpacetimeDBException, SubscriptionError
from ..events import ReducerArgs, ReducerEvent, TransactionUpdateMessage
from ..protocol.connection import Connection
from ..protocol.outcomes import (
    Call,
    Closed,
    Connected,
    Malformed,
    OneOffResult,
    Outcome,
    ProcedureReturned,
    Removed,
    SubscriptionApplied,
    SubscriptionRefused,
    Transaction,
)
from ..transport.gc_pause import BULK_BYTES, GcPause
from ..transport.refusals import connect_error
from .cache import TableChanges
from .calls import ReducerCall, Request
from .subscriptions import PendingSwap

if TYPE_CHECKING:
    from ..spacetimedb_client import SpacetimeDBClient
    from ..transport.io_thread import Link

__all__ = ["OutcomeApplier"]

log = logging.getLogger("spacetimedb_sdk.client")
Steps: TypeAlias = Generator[None, None, None]


# How servers of 1.x and of 2.x say that there is no such table.
_NO_TABLE = re.compile(r"`([^`]+)` is not a valid table|no such table: `([^`]+)`")


class OutcomeApplier:
    """Applies outcomes to one client, in order, each whole before the next."""

    def __init__(self, client: SpacetimeDBClient) -> None:
        self._client = client
        self._work: Steps | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a message is applied in part."""
        return self._work is not None

    def drain(self, link: Link, budget: float | None, pause: GcPause) -> None:
        """Apply what waits now, no more; with `budget` (seconds) stop there and go on in the next call.

        Where much waits `pause` is begun, callbacks included: one pass over all rows takes longer than a frame.
        """
        deadline = None if budget is None else time.perf_counter() + budget
        self._client._dispatcher.deadline = deadline
        if self._work is not None or link.queued_bytes >= BULK_BYTES:
            pause.begin()
        self._drain(link, deadline)

    def _drain(self, link: Link, deadline: float | None) -> None:
        waiting = link.waiting
        while True:
            work, self._work = self._work, None
            if work is None:
                outcome = link.take() if waiting else None
                if outcome is None:
                    return
                waiting -= 1
                work = self.receive(outcome)
            if deadline is None:
                deque(work, maxlen=0)
                continue
            for _ in work:
                if time.perf_counter() >= deadline:
                    self._work = work
                    return
            if time.perf_counter() >= deadline:
                return

    def drain_to_the_end(self, link: Link) -> None:
        """Take everything, but apply the end alone: rows and callbacks of what still came would be nobody's."""
        self._work = None
        while (outcome := link.take()) is not None:
            if isinstance(outcome, Closed):
                self.end(outcome)

    def end(self, closed: Closed) -> None:
        deque(self.receive(closed), maxlen=0)

    def receive(self, outcome: Outcome) -> Steps:
        """Apply one outcome, with a pause at each yield."""
        client = self._client
        with client._lock:
            if client._connection is None:
                return
            outcome = client._connection.receive(outcome)
        match outcome:
            case Connected():
                self._connected(outcome)
            case Transaction() | SubscriptionApplied() | Removed():
                if not client.subscriptions.holding(outcome):
                    yield from self._apply(outcome)
            case SubscriptionRefused():
                yield from self._refused(outcome)
            case OneOffResult():
                self._queried(outcome)
            case ProcedureReturned():
                self._returned(outcome)
            case Malformed(error):
                self._closed(Closed(str(error), error), broken=error)
            case Closed():
                self._closed(outcome)
        hold = client.subscriptions.released()
        if hold is not None:
            yield from self._release(hold)

    # -- rows ----------------------------------------------------------------------------------------------------------

    def _apply(self, outcome: Transaction | SubscriptionApplied | Removed) -> Steps:
        client = self._client
        if isinstance(outcome, SubscriptionApplied) and client.subscriptions.replaces_all(outcome):
            changes = yield from client.cache.replacing(outcome.tables)
        else:
            changes = yield from client.cache.applying(outcome.tables)
        match outcome:
            case Transaction():
                yield from self._transaction(outcome, changes)
            case SubscriptionApplied():
                yield from self._rows(changes)
                client.subscriptions.applied(outcome)
                client._dispatcher.subscription_applied()
            case _:
                yield from self._rows(changes)

    def _release(self, hold: PendingSwap) -> Steps:
        """Apply what was held as one change; then tell whom it answers."""
        client = self._client
        replaces, tables = hold.rows()
        changes = yield from (client.cache.replacing(tables) if replaces else client.cache.applying(tables))
        yield from self._rows(changes)
        for outcome in hold.outcomes:
            if isinstance(outcome, Transaction):
                yield from self._transaction(outcome, [])
            elif isinstance(outcome, SubscriptionApplied):
                if outcome.replaces:
                    client.subscriptions.replaces_all(outcome)
                client.subscriptions.applied(outcome)
        client._dispatcher.subscription_applied()

    def _rows(self, tables: list[TableChanges], event: ReducerEvent | None = None) -> Steps:
        self._client._stats.row_updates += sum(len(update.changes) for update in tables)
        yield from self._client._dispatcher.rows(tables, event)

    def _transaction(self, transaction: Transaction, tables: list[TableChanges]) -> Steps:
        client, call = self._client, transaction.call
        event = self._event(transaction)
        failed_here = call is not None and call.own and transaction.status != "committed"
        client._stats.transactions += 1
        request: ReducerCall | None = call.waiting if call is not None else None
        if failed_here:
            self._failed(event, request)
        yield from self._rows(tables, event)
        if client._dispatcher.on_event and (transaction.tables or failed_here):
            classes = client.bindings.table_classes
            events = {classes[update.table].__name__: list(update.changes) for update in tables}
            client._dispatcher.event(TransactionUpdateMessage.of(event, events))
            yield
        client._dispatcher.reducer(event)
        if request is not None:
            request.answered(event)

    def _failed(self, event: ReducerEvent, request: ReducerCall | None) -> None:
        client = self._client
        client._stats.reducer_errors += 1
        heard = request is not None and request.is_heard
        if not heard and not client._dispatcher.listens_to_reducer(event.reducer_name):
            log.warning("reducer %s failed: %s", event.reducer_name, event.message or event.status)

    def _event(self, transaction: Transaction) -> ReducerEvent:
        call = transaction.call or Call("", [], b"", None, None, 0)
        names = self._client.bindings.parameter_names.get(call.reducer_name, ())
        return ReducerEvent.of(
            call.caller_identity,
            call.caller_address,
            call.reducer_name,
            transaction.status,
            transaction.message,
            ReducerArgs(call.args, names),
        )

    # -- answers -------------------------------------------------------------------------------------------------------

    def _queried(self, outcome: OneOffResult) -> None:
        request = self._client._requests.pop(outcome.request_id, None)
        if request is None:
            return
        if outcome.error is not None:
            request.refuse(outcome.error)
        else:
            request.finish([row for table in outcome.tables for row in table.inserts.rows])

    def _returned(self, outcome: ProcedureReturned) -> None:
        client = self._client
        assert client._connection is not None
        request = client._requests.pop(outcome.request_id, None)
        try:
            value = client._connection.returned(outcome)
        except SpacetimeDBException as error:
            if request is not None:
                request.fail(error)
            return
        if request is not None:
            request.finish(value)

    def _refused(self, refused: SubscriptionRefused) -> Steps:
        client = self._client
        if refused.dropped_all:
            error: SubscriptionError | None = client.subscriptions.dropped_all(refused.message)
            yield from self._rows((yield from client.cache.replacing([])))
        else:
            error = client.subscriptions.refused(refused)
        if error is not None:
            client._fail(SubscriptionError(error.queries, error.message, self._hint(error.message)))

    def _hint(self, message: str) -> str:
        """The table's name as the server has it, where the refused one is the class name or another spelling."""

        def plain(name: str) -> str:
            return name.replace("_", "").lower()

        unknown = _NO_TABLE.search(message)
        if unknown is None:  # what was refused is something else in the query
            return ""
        asked = unknown.group(1) or unknown.group(2)
        tables = self._client.bindings.tables.values()
        meant = [t.name for t in tables if plain(t.name) == plain(asked) and t.name != asked]
        return f"on this server it is called {', '.join(meant)}" if meant else ""

    # -- the connection itself -----------------------------------------------------------------------------------------

    def _connected(self, connected: Connected) -> None:
        client = self._client
        client.token = connected.token
        again, client._away = client._away, False
        client._retries = 0
        client._enter(client._connection.state if client._connection else client.state)
        # What is asked for in these callbacks is asked for once: they find a connection that has asked for nothing yet.
        dispatcher, subscriptions = client._dispatcher, client.subscriptions
        subscriptions.begin(again=again)
        dispatcher.call(dispatcher.on_connect)
        dispatcher.call(dispatcher.on_identity, connected.token, connected.identity, connected.connection_id)
        if client.is_connected:
            subscriptions.ask()

    def _closed(self, closed: Closed, *, broken: SpacetimeDBException | None = None) -> None:
        client = self._client
        assert client._connection is not None
        assert client._link is not None
        was_connected = client._connection.was_connected
        client._link.close()
        lost = ConnectionLost(closed.reason, may_have_committed=True)
        requests = {number: client._requests.pop(number) for number in list(client._requests)}
        requests |= self._calls_of(client._connection)
        comes_back = client._reconnects(closed, broken)
        client.subscriptions.lost(lost, for_good=not comes_back)
        for _, request in sorted(requests.items()):
            if closed.error is not None and not request.is_heard:
                log.warning("%r: %s", request, lost)
            request.fail(lost)
        client._connection_ended(comes_back)
        if broken is not None:
            client._fail(broken)
        elif closed.error is not None and not was_connected and not comes_back:
            client._fail(self._never_connected(closed.error))
        if was_connected:
            client._dispatcher.call(client._dispatcher.on_disconnect, closed.reason)

    def lost_meanwhile(self, connection: Connection) -> None:
        """Another thread called a reducer while the connection ended: too late to be among what `_closed` found."""
        lost = ConnectionLost("it ended during the call", may_have_committed=True)
        for call in self._calls_of(connection).values():
            log.warning("%r: %s", call, lost)
            call.fail(lost)

    def _calls_of(self, connection: Connection) -> dict[int, Request[Any]]:
        """The calls without an answer, by request id; each is taken out once, whoever asks."""
        taken = [(number, connection.calls.pop(number, None)) for number in list(connection.calls)]
        return {number: asked[2] or ReducerCall(self._client, asked[0]) for number, asked in taken if asked}

    def _never_connected(self, error: SpacetimeDBException) -> SpacetimeDBException:
        link = self._client._link
        if not isinstance(error, ConnectionLost) or link is None:
            return error
        return connect_error(link.request.place, ConnectCause.REJECTED, error.reason)
