"""Subscriptions: what a client wants, across connections. One set that `subscribe` replaces, and any number of handles.

The states they go through, and why, are in `query_sets`.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from enum import Enum
from typing import Protocol

from ...bindings.callbacks import check_takes
from ...bindings.module import ModuleBindings
from ...errors import ClientStateError, SpacetimeDBException, SubscriptionError
from ...protocol.codecs.subprotocol import Payload
from ...protocol.connection import Connection
from ...protocol.outcomes import SubscriptionApplied, SubscriptionRefused, Transaction
from ..options import ConnectOptions
from .calls import Asker, Request
from .query_sets import TRANSITIONS, Held, PendingSwap, Phase, QuerySet, SetState, Step

__all__ = ["PendingSwap", "Subscriber", "Subscription", "SubscriptionState", "Subscriptions", "normalized"]


log = logging.getLogger("spacetimedb_sdk.client")


class SubscriptionState(Enum):
    """PENDING until its rows are in the cache, APPLIED until it ends, across reconnects; ENDED for good."""

    PENDING = "pending"
    APPLIED = "applied"
    ENDED = "ended"


def normalized(queries: Iterable[str]) -> tuple[str, ...]:
    """The queries without trailing semicolons and without repetitions, in order. TypeError for a lone string."""
    if isinstance(queries, str):
        raise TypeError("give a list of queries, not one string")
    return tuple(dict.fromkeys(query.strip().rstrip(";").rstrip() for query in queries))


def _table_of(query: str) -> str:
    """The table that a simple query reads from; empty where it is not that simple."""
    found = re.search(r"\bFROM\s+\"?(\w+)", query, re.IGNORECASE)
    return found[1] if found else ""


class Subscriber(Asker, Protocol):
    """What subscriptions ask of the client they belong to."""

    @property
    def bindings(self) -> ModuleBindings: ...

    @property
    def connection(self) -> Connection | None: ...

    @property
    def options(self) -> ConnectOptions: ...

    @property
    def subscriptions(self) -> Subscriptions: ...

    def send(self, payload: Payload) -> None: ...


class Subscription(Request[None]):
    """A set of queries of its own; awaiting it waits until its rows have come. It survives a reconnect.

    `add` and `unsubscribe` belong to the thread that updates the client.
    """

    def __init__(self, core: Subscriber, queries: tuple[str, ...]) -> None:
        super().__init__(core, "subscription")
        self._subscriptions = core.subscriptions
        self.queries = queries
        self.state = SubscriptionState.PENDING
        self.query_id: int | None = None

    @property
    def applied(self) -> bool:
        """Whether its rows are in the cache."""
        return self.state is SubscriptionState.APPLIED

    @property
    def error(self) -> SpacetimeDBException | None:
        """Why it ended: the server refused it or gave it up, or it was given up before its rows had come."""
        return None if self._answer is None else self._answer[1]

    def on_applied(self, callback: Callable[[], object]) -> None:
        """Call `callback()` when its rows have come; at once when they have."""
        check_takes(callback)
        self.on_result(lambda _none: callback())

    def unsubscribe(self) -> None:
        """Give it up: its rows leave, but for those another set holds. Twice is fine."""
        self._subscriptions.remove(self)

    def applied_now(self) -> None:
        """Its rows are in the cache; again after a reconnect."""
        self.state = SubscriptionState.APPLIED
        self.finish(None)

    def withdraw(self) -> None:
        """The program gave it up. Who still waits gets a ClientStateError; `on_applied` is not called, nor `on_error`."""
        self.state = SubscriptionState.ENDED
        self._is_withdrawn = not self.done
        super().fail(
            ClientStateError(f"{self.what}: it was given up with unsubscribe() before its rows came")
        )

    def fail(self, error: SpacetimeDBException) -> None:
        """The server refused the set or gave it up, or the connection is gone for good."""
        self.state = SubscriptionState.ENDED
        self._answer = None  # a set may die long after it was applied
        super().fail(error)


class Subscriptions:
    """The subscriptions of one client: iterate over the handles, `add` one. They belong to the thread that updates it."""

    def __init__(self, core: Subscriber) -> None:
        self._core = core
        # What `subscribe` asked for last; None before it was called, and where the server gave the set up.
        self.main: tuple[str, ...] | None = None
        self._handles: list[Subscription] = []
        self._phase = Phase.APART
        # What is held, for the client to see at a glance: there is one in every phase but APART and OPEN.
        self.swap: PendingSwap | None = None
        # Every set the connection there is was asked for, by request; and the main one that stands.
        self._sets: dict[int, QuerySet[Subscription]] = {}
        self._standing: QuerySet[Subscription] | None = None
        # The main set to go back to where another is refused.
        self._stood: tuple[str, ...] | None = None
        self._left_out: set[str] = set()

    def __iter__(self) -> Iterator[Subscription]:
        return iter(list(self._handles))

    def __len__(self) -> int:
        return len(self._handles)

    @property
    def queries_asked(self) -> list[str]:
        """The queries of every set that is wanted."""
        return [*(self.main or ()), *(query for handle in self._handles for query in handle.queries)]

    # -- what the program asks -----------------------------------------------------------------------------------------

    def add(self, queries: Iterable[str]) -> Subscription:
        """Subscribe to `queries` beside everything else; before the connection stands they wait for it."""
        handle = Subscription(self._core, normalized(queries))
        self._handles.append(handle)
        if self._phase.is_asked:
            self._send_handle(handle)
        return handle

    def remove(self, handle: Subscription) -> None:
        """Give up the set of a handle; what `handle.unsubscribe()` does."""
        if handle not in self._handles:
            return
        self._handles.remove(handle)
        handle.withdraw()
        if handle.query_id is not None and self._phase.is_asked:
            self._sets.pop(handle.query_id, None)
            self._send(self._connection.unsubscribe(handle.query_id))

    def replace(self, queries: Iterable[str]) -> None:
        """Make `queries` the whole of the main set."""
        self.main = normalized(queries)
        if not self._phase.is_asked:
            return
        if self.swap is not None and self._connection.replaces_in_one_step:
            self._go(Step.WAITS)
        else:
            self._send_main()

    # -- sending -------------------------------------------------------------------------------------------------------

    def _go(self, step: Step) -> None:
        self._phase = TRANSITIONS[self._phase][step]

    @property
    def _connection(self) -> Connection:
        assert self._core.connection is not None
        return self._core.connection

    def _send(self, message: tuple[int, Payload]) -> int:
        request_id, payload = message
        self._core.send(payload)
        return request_id

    def _carried(self, queries: tuple[str, ...]) -> tuple[str, ...]:
        """The queries this connection's protocol can serve: v1 has no event tables, and the rest works without."""
        if not self._connection.replaces_in_one_step:
            return queries
        events = {name for name, table in self._core.bindings.tables.items() if table.is_event}
        left_out = {query: table for query in queries if (table := _table_of(query)) in events}
        for query, table in left_out.items():
            if table not in self._left_out:
                self._left_out.add(table)
                log.warning("%s is left out: %s is an event table, and %s", query, table, self._why_v1())
        return tuple(query for query in queries if query not in left_out)

    def _why_v1(self) -> str:
        chosen = self._core.options.protocol
        if chosen is None:
            return "this server speaks v1 alone"
        return f"v1 has none: this client chose it with protocol={chosen!r}"

    def _send_handle(self, handle: Subscription) -> int:
        handle.query_id = self._send(self._connection.subscribe(self._carried(handle.queries)))
        self._sets[handle.query_id] = QuerySet(handle.query_id, handle.queries, handle)
        return handle.query_id

    def _send_main(self) -> int:
        """Ask for the main set that is wanted; which of the ways there are it takes is in `query_sets`."""
        assert self.main is not None
        queries, connection = self._carried(self.main), self._connection
        is_first = all(known.handle is not None for known in self._sets.values())
        handles = [handle for handle in self._handles if handle.query_id is not None]
        if not connection.replaces_in_one_step:
            request_id = self._send(connection.subscribe(queries))
        elif is_first or not handles:
            request_id = self._send(connection.replace_subscription(queries))
        else:
            waiting = {self._send(connection.unsubscribe(handle.query_id or 0)) for handle in handles}
            for handle in handles:
                self._sets.pop(handle.query_id or 0, None)
            request_id = self._send(connection.replace_subscription(queries))
            self.swap = PendingSwap(waiting | {request_id, *map(self._send_handle, handles)})
            self._go(Step.SWAPS)
        is_beside = connection.replaces_in_one_step and is_first and bool(handles)
        self._sets[request_id] = QuerySet(request_id, self.main, None, is_beside)
        return request_id

    def begin(self, *, again: bool) -> None:
        """A connection stands that has been asked for nothing; `again` where rows are in the cache."""
        self._sets.clear()
        self._standing = None
        self.swap = PendingSwap(replaces=True) if again else None
        self._go(Step.RETURNS if again else Step.STANDS)

    def ask(self) -> None:
        """Ask it for everything that is wanted."""
        waiting = set() if self.main is None else {self._send_main()}
        waiting |= {self._send_handle(handle) for handle in self._handles}
        if self.swap is not None:
            self.swap.waiting = waiting
        self._go(Step.ASKED)

    # -- what came -----------------------------------------------------------------------------------------------------

    def holding(self, outcome: Held) -> bool:
        """Whether `outcome` is held back. A set that takes the old one's place begins to hold here."""
        if isinstance(outcome, SubscriptionApplied) and not outcome.replaces:
            known = self._sets.get(outcome.request_id)
            if known is not None and known.handle is None and known.state is SetState.ASKED:
                self._takes_the_place(known)
        if self.swap is None:
            return False
        self.swap.hold(outcome)
        return True

    def _takes_the_place(self, known: QuerySet[Subscription]) -> None:
        """The rows of a main set of v2 have come: what stood until now is given up."""
        old, self._standing, self._stood = self._standing, known, known.queries
        known.state = SetState.STANDING
        if old is not None:
            self._sets.pop(old.id, None)
            self.swap = self.swap or PendingSwap()
            self.swap.waiting.add(self._send(self._connection.unsubscribe(old.id)))
            self._go(Step.SWAPS)

    def released(self) -> PendingSwap | None:
        """What was held, once everything of it is there."""
        swap = self.swap
        if swap is None or swap.waiting or not self._phase.is_asked:
            return None
        self.swap = None
        wants_another = self._phase is Phase.SWAPPING_AGAIN
        self._go(Step.SETTLED)
        if wants_another:
            self._send_main()
        return swap

    def replaces_all(self, outcome: SubscriptionApplied) -> bool:
        """Whether the rows of `outcome` are all there are: v1's main set came when no handle stood beside it.

        What stood is what had been asked for before it: a handle may have been given up since.
        """
        if not outcome.replaces:
            return False
        known = self._sets.get(outcome.request_id) or QuerySet(outcome.request_id, (), None)
        if self._standing is not None and self._standing is not known:
            self._sets.pop(self._standing.id, None)
        known.state = SetState.STANDING
        self._standing, self._stood = known, known.queries
        return not known.is_beside

    def applied(self, outcome: SubscriptionApplied) -> None:
        """Tell the handle, if it is one's."""
        known = self._sets.get(outcome.query_id or 0)
        if known is not None and known.handle is not None:
            known.state = SetState.STANDING
            known.handle.applied_now()

    def refused(self, outcome: SubscriptionRefused) -> SubscriptionError | None:
        """Follow a refusal: a handle ends in it; what is returned is the main set's, which keeps its old queries."""
        request_id, queries = self._connection.refused(outcome)
        if self.swap is not None:
            self.swap.waiting.discard(request_id or 0)
        known = self._sets.pop(outcome.query_id or request_id or 0, None)
        handle = None if known is None else known.handle
        error = self._refusal(handle.queries if handle else queries or self.main or (), outcome.message)
        if handle is not None:
            self._forget(handle, error)
        elif known is not None and known.state is SetState.ASKED and known.queries == self.main:
            self.main = self._stood
        if outcome.request_id is None and outcome.query_id is not None:
            self._died(known)
        return None if handle is not None else error

    def _refusal(self, queries: tuple[str, ...], message: str) -> SubscriptionError:
        return SubscriptionError(queries, message, self._core.bindings.query_hint(message, queries))

    def dropped_all(self, message: str) -> tuple[SubscriptionError, list[Transaction]]:
        """The server gave up every set it had applied, and what it was asked for since still comes; with what was held and is
        applied all the same."""
        error = self._refusal(() if self._standing is None else self._standing.queries, message)
        gone = set() if self.swap is None else self.swap.applied
        self._sets = {
            known.id: known
            for known in self._sets.values()
            if known.state is SetState.ASKED and known.id not in gone
        }
        asked = [known.handle for known in self._sets.values()]
        for handle in list(self._handles):
            if handle not in asked:
                self._forget(handle, error)
        wants_another = self._phase is Phase.SWAPPING_AGAIN
        if None not in asked and not wants_another:
            self.main = None
        self._standing = self._stood = None
        held = self._let_go(Step.DROPPED)
        if wants_another:
            self._send_main()
        return error, held

    def _let_go(self, step: Step) -> list[Transaction]:
        """Hold no more; the transactions that were held, whose rows nothing asks for any more."""
        swap, self.swap = self.swap, None
        self._go(step)
        return [] if swap is None else swap.transactions

    def _forget(self, handle: Subscription, error: SubscriptionError) -> None:
        if handle in self._handles:
            self._handles.remove(handle)
        handle.fail(error)

    def _died(self, known: QuerySet[Subscription] | None) -> None:
        """A set ended long after it was applied. Nothing says which rows were its: ask for the others anew."""
        old = [handle.query_id for handle in self._handles if handle.query_id is not None]
        if known is not None and known is self._standing:
            self.main = None
        elif self._standing is not None and not self._connection.replaces_in_one_step:
            old.append(self._standing.id)
        for live in old:
            self._send(self._connection.unsubscribe(live))
        held = [] if self.swap is None else self.swap.transactions
        self.begin(again=True)
        self.ask()
        if self.swap is not None:
            # Their rows come again with the sets; the calls among them are answered.
            self.swap.outcomes = [replace(transaction, tables=[]) for transaction in held]

    def lost(self, error: SpacetimeDBException, *, for_good: bool) -> list[Transaction]:
        """The connection is gone; handles that wait for the next one go on waiting. What was held is returned."""
        held = self._let_go(Step.LOST)
        self._sets.clear()
        self._standing = None
        for handle in self._handles:
            handle.query_id = None
            if for_good and not handle.done:
                handle.fail(error)
        return held
