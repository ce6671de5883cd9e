"""Applying: what a client does with each outcome of its connection, the cache first, then the callbacks.

Every step is a generator that yields wherever the frame may end; the next call goes on there. Nothing of the next message
happens before the last callback of this one.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias

from ..errors import ConnectCause, ConnectionLost, SpacetimeDBException, SubscriptionError
from ..events import ReducerEvent, TransactionUpdateMessage
from ..protocol.connection import Connection, ConnectionState
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
from ..slices import Slices, run, run_until
from ..system.clock import Clock
from ..transport.client_link import ClientLink
from ..transport.gc_pause import BULK_BYTES, GcPause
from ..transport.opening.refusals import connect_error
from .requests.calls import ReducerCall, Request
from .requests.query_sets import PendingSwap
from .requests.subscriptions import Subscriber
from .retry import Retry
from .rows.cache import ClientCache
from .rows.dispatch import Dispatcher
from .rows.table_cache import TableChanges
from .stats import ClientStats

__all__ = ["Applied", "OutcomeApplier"]

log = logging.getLogger("spacetimedb_sdk.client")
Steps: TypeAlias = Slices[None]
# What is left of a step, and nothing of most: to have a generator for those would cost as much as a row.
Left: TypeAlias = Steps | tuple[()]


# Looked up once: each message passes it.
_CLOSED = ConnectionState.CLOSED
# Of a transaction whose call the server does not tell of.
_UNKNOWN_CALL = Call("", [], b"", None, None, 0)


class Applied(Subscriber, Protocol):
    """What is applied to: the core of a client."""

    token: str | None
    ended_by: SpacetimeDBException | None
    was_lost: bool

    @property
    def state(self) -> ConnectionState: ...

    @property
    def cache(self) -> ClientCache: ...

    @property
    def dispatcher(self) -> Dispatcher: ...

    @property
    def counted(self) -> ClientStats: ...

    @property
    def link(self) -> ClientLink | None: ...

    @property
    def retry(self) -> Retry: ...

    @property
    def requests(self) -> dict[int, Request[Any]]: ...

    def warn_of_doubts(self) -> None: ...

    def warn_of_hidden_calls(self) -> None: ...

    def enter(self, state: ConnectionState) -> None: ...

    def end_calls(self, connection: Connection, lost: ConnectionLost, *, was_asked: bool = False) -> None: ...

    def connection_ended(self, comes_back: bool, was_connected: bool) -> None: ...


class OutcomeApplier:
    """Applies outcomes to one client, in order, each whole before the next."""

    def __init__(self, core: Applied, clock: Clock) -> None:
        self._core = core
        self._now = clock.now
        # What is left of a message that is applied in part.
        self.work: Steps | None = None

    def drain(
        self, link: ClientLink, budget: float | None, pause: GcPause, began: float | None = None
    ) -> None:
        """Apply what waits now, no more; with `budget` (seconds) stop that long after `began` and go on in the next call.

        Where much waits `pause` is begun, callbacks included: one pass over all rows takes longer than a frame.
        """
        core, take, waiting = self._core, link.take, link.waiting
        deadline = None if budget is None else (self._now() if began is None else began) + budget
        core.dispatcher.deadline = deadline
        if self.work is not None or link.queued_bytes >= BULK_BYTES:
            pause.begin()
        while True:
            work, self.work = self.work, None
            if work is None:
                outcome = take() if waiting else None
                if outcome is None:
                    return
                waiting -= 1
                connection = core.connection
                if connection is None or connection.state is _CLOSED:
                    continue  # what comes after a message that cannot be read is of no connection any more
                work = self.receive(outcome) or None
            if deadline is None:
                if work is not None:
                    run(work)
                if waiting:
                    continue
                return
            if work is not None and not run_until(work, deadline, self._now):
                self.work = work
                return
            if self._now() >= deadline:
                return

    def drain_to_the_end(self, link: ClientLink) -> None:
        """Finish the message that is applied in part; of the others apply the end alone, for nothing asks for their rows."""
        work, self.work = self.work, None
        if work is not None:
            run(work)
        while (outcome := link.take()) is not None:
            if isinstance(outcome, Closed) and self._core.state is not ConnectionState.CLOSED:
                self.end(outcome)

    def end(self, closed: Closed) -> None:
        left = self.receive(closed)
        if left:
            run(left)

    def receive(self, outcome: Outcome) -> Left:
        """Apply one outcome: all of it, or as much as comes before the first pause of what is returned."""
        core = self._core
        connection = core.connection
        if connection is None:
            return ()
        if isinstance(outcome, Transaction):  # as nearly all are: none asks for one under the lock
            transaction = connection.transaction(outcome)
            if core.subscriptions.swap is None:
                changes = core.cache.apply_plain(transaction.tables)
                if changes is not None:
                    return self._transaction(transaction, changes)
            return self._applying(transaction)
        with core.lock:
            received = connection.receive(outcome)
        return () if received is None else self._other(received)

    def _applying(self, transaction: Transaction) -> Steps:
        """A transaction that is large, or that may be held."""
        core = self._core
        if core.subscriptions.swap is None or not core.subscriptions.holding(transaction):
            changes = yield from core.cache.applying(transaction.tables)
            yield from self._transaction(transaction, changes)
        yield from self._released()

    def _other(self, received: Outcome) -> Steps:
        core = self._core
        match received:
            case SubscriptionApplied() | Removed():
                if not core.subscriptions.holding(received):
                    yield from self._apply(received)
            case Connected():
                self._connected(received)
            case SubscriptionRefused():
                yield from self._refused(received)
            case OneOffResult():
                self._queried(received)
            case ProcedureReturned():
                self._returned(received)
            case Malformed(error):
                self._closed(Closed(str(error), error), broken=error)
            case Closed():
                self._closed(received)
        yield from self._released()

    def _released(self) -> Steps:
        """Apply what was held, where it is held no longer."""
        subscriptions = self._core.subscriptions
        hold = subscriptions.released() if subscriptions.swap is not None else None
        if hold is not None:
            yield from self._release(hold)

    # -- rows ----------------------------------------------------------------------------------------------------------

    def _apply(self, outcome: SubscriptionApplied | Removed) -> Steps:
        core = self._core
        if isinstance(outcome, SubscriptionApplied) and core.subscriptions.replaces_all(outcome):
            changes = yield from core.cache.replacing(outcome.tables)
        else:
            changes = yield from core.cache.applying(outcome.tables)
        yield from self._rows(changes)
        if isinstance(outcome, SubscriptionApplied):
            core.subscriptions.applied(outcome)
            core.dispatcher.subscription_applied()

    def _release(self, hold: PendingSwap) -> Steps:
        """Apply what was held as one change; then tell whom it answers."""
        core = self._core
        replaces, tables = hold.rows()
        changes = yield from (core.cache.replacing(tables) if replaces else core.cache.applying(tables))
        yield from self._rows(changes)
        for outcome in hold.outcomes:
            if isinstance(outcome, Transaction):
                yield from self._transaction(outcome, [])
            elif isinstance(outcome, SubscriptionApplied):
                core.subscriptions.replaces_all(outcome)
                core.subscriptions.applied(outcome)
        core.dispatcher.subscription_applied()

    def _rows(self, tables: list[TableChanges], event: ReducerEvent | None = None) -> Iterable[None]:
        counted = self._core.counted
        for update in tables:
            counted.row_updates += len(update.changes)
        return self._core.dispatcher.rows(tables, event)

    def _transaction(self, transaction: Transaction, tables: list[TableChanges]) -> Left:
        """Tell of a transaction: all of it, or what comes before the first pause of what is returned."""
        core, call = self._core, transaction.call or _UNKNOWN_CALL
        dispatcher, counted = core.dispatcher, core.counted
        names = core.bindings.parameter_names
        event = ReducerEvent.of(call, transaction.status, transaction.message, names)
        failed_here = call.own and transaction.status != "committed"
        if failed_here:
            self._failed(event, call.waiting)
        counted.transactions += 1
        for update in tables:
            counted.row_updates += len(update.changes)
        left = dispatcher.rows(tables, event)
        if left or dispatcher.on_event.entries:
            is_told = bool(transaction.tables) or failed_here
            return self._rest(left, tables if is_told else None, event, call.waiting)
        if call.waiting is not None or call.reducer_name in dispatcher.of_reducers:
            self._told(event, call.waiting)
        return ()

    def _rest(
        self,
        left: Iterable[None],
        tables: list[TableChanges] | None,
        event: ReducerEvent,
        waiting: ReducerCall | None,
    ) -> Steps:
        """What is left of `_transaction`; `on_event` is told where there are `tables`, which may be empty."""
        core = self._core
        yield from left
        if core.dispatcher.on_event.entries and tables is not None:
            classes = core.bindings.table_classes
            events = {classes[update.table].__name__: list(update.changes) for update in tables}
            core.dispatcher.event(TransactionUpdateMessage.of(event, events))
            yield
        self._told(event, waiting)

    def _told(self, event: ReducerEvent, waiting: ReducerCall | None) -> None:
        """The end of a transaction: callbacks of its reducer, then who waits for the answer."""
        if event.reducer_name in self._core.dispatcher.of_reducers:
            self._core.dispatcher.reducer(event)
        if waiting is not None:
            waiting.answered(event)

    def _answer_held(self, transactions: list[Transaction]) -> None:
        """Answer the calls among transactions that were held and whose rows nothing asks for any more."""
        for transaction in transactions:
            call = transaction.call
            if call is not None and call.waiting is not None:
                names = self._core.bindings.parameter_names
                call.waiting.answered(ReducerEvent.of(call, transaction.status, transaction.message, names))

    def _failed(self, event: ReducerEvent, request: ReducerCall | None) -> None:
        core = self._core
        core.counted.reducer_errors += 1
        has_callback = request is not None and request.is_awaited
        if not has_callback and not core.dispatcher.listens_to_reducer(event.reducer_name):
            log.warning("reducer %s failed: %s", event.reducer_name, event.message or event.status)

    # -- answers -------------------------------------------------------------------------------------------------------

    def _queried(self, outcome: OneOffResult) -> None:
        request = self._core.requests.pop(outcome.request_id, None)
        if request is None:
            return
        if outcome.error is not None:
            request.refuse(outcome.error)
        else:
            request.finish([row for table in outcome.tables for row in table.rows])

    def _returned(self, outcome: ProcedureReturned) -> None:
        core = self._core
        assert core.connection is not None
        request = core.requests.pop(outcome.request_id, None)
        try:
            value = core.connection.returned(outcome)
        except SpacetimeDBException as error:
            if request is not None:
                request.fail(error)
            return
        if request is not None:
            request.finish(value)

    def _refused(self, refused: SubscriptionRefused) -> Steps:
        core = self._core
        if refused.dropped_all:
            error: SubscriptionError | None
            error, held = core.subscriptions.dropped_all(refused.message)
            self._answer_held(held)
            yield from self._rows((yield from core.cache.replacing([])))
        else:
            error = core.subscriptions.refused(refused)
        if error is not None:
            core.fail(error)

    # -- the connection itself -----------------------------------------------------------------------------------------

    def _connected(self, connected: Connected) -> None:
        core = self._core
        core.token = connected.token
        again = core.retry.succeeded()
        core.enter(ConnectionState.CONNECTED)
        core.warn_of_doubts()
        # What is asked for in these callbacks is asked for once: they find a connection that has asked for nothing yet.
        dispatcher, subscriptions = core.dispatcher, core.subscriptions
        subscriptions.begin(again=again)
        dispatcher.call(dispatcher.on_connect)
        dispatcher.call(dispatcher.on_identity, connected.token, connected.identity, connected.connection_id)
        dispatcher.standing(connected.token, connected.identity)
        if core.state is ConnectionState.CONNECTED:
            subscriptions.ask()
            core.warn_of_hidden_calls()

    def _closed(self, closed: Closed, *, broken: SpacetimeDBException | None = None) -> None:
        core = self._core
        assert core.connection is not None
        assert core.link is not None
        was_connected = core.connection.was_connected
        core.link.close()
        comes_back = broken is None and core.retry.is_worth_it(closed.error, was_connected)
        lost = ConnectionLost(closed.reason, may_have_committed=True)
        self._answer_held(core.subscriptions.lost(lost, for_good=not comes_back))
        core.end_calls(core.connection, lost, was_asked=closed.error is None)
        core.was_lost = was_connected
        if closed.error is None:
            core.ended_by = None
        else:
            core.ended_by = (
                ConnectionLost(closed.reason) if was_connected else self._never_connected(closed.error)
            )
        core.connection_ended(comes_back, was_connected)
        if broken is not None:
            core.fail(broken)
        elif core.ended_by is not None and not was_connected and not comes_back:
            core.fail(core.ended_by)
        if was_connected:
            core.dispatcher.call(core.dispatcher.on_disconnect, closed.reason)

    def _never_connected(self, error: SpacetimeDBException) -> SpacetimeDBException:
        link = self._core.link
        if not isinstance(error, ConnectionLost) or link is None:
            return error
        return connect_error(link.request.place, ConnectCause.REJECTED, error.reason)
