"""What a client wants to be subscribed to, across connections: one set that `subscribe` replaces, and any number of handles.

Some changes take several messages: replacing a set on v2, replacing v1's set while there are handles, and coming back
after a lost connection. While one is under way everything that comes is *held*; at its end it is applied as one change,
and only the difference is told.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from ..bindings.module import ModuleBindings
from ..errors import ClientStateError, SpacetimeDBException, SubscriptionError
from ..protocol.codecs.subprotocol import Payload
from ..protocol.connection import Connection
from ..protocol.outcomes import Removed, SubscriptionApplied, SubscriptionRefused, TableRows, Transaction
from .cache import merged
from .calls import Asker, Request
from .options import ConnectOptions

__all__ = ["PendingSwap", "Subscriber", "Subscription", "SubscriptionState", "Subscriptions", "normalized"]


log = logging.getLogger("spacetimedb_sdk.client")
# What a new connection's hold waits for until it has been asked for anything; no request has this id.
ASKING = 0


class SubscriptionState(Enum):
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

    def on_applied(self, callback: Callable[[], Any]) -> None:
        """Call `callback()` when its rows have come; at once when they have."""
        self.on_result(lambda _none: callback())

    def unsubscribe(self) -> None:
        """Give it up: its rows leave, but for those another set holds. Twice is fine."""
        self._subscriptions.remove(self)

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


@dataclass(slots=True)
class PendingSwap:
    """Outcomes that are applied together once every request in `waiting` has been answered."""

    waiting: set[int]
    replaces: bool = False
    outcomes: list[Transaction | SubscriptionApplied | Removed] = field(default_factory=list)

    def rows(self) -> tuple[bool, list[TableRows]]:
        """The rows of it all as one message, and whether they are all there are.

        What came before the set that replaces everything told of rows that are gone with it.
        """
        applied = [n for n, outcome in enumerate(self.outcomes) if isinstance(outcome, SubscriptionApplied)]
        in_one_step = [n for n in applied if getattr(self.outcomes[n], "replaces", False)]
        start = in_one_step[-1] if in_one_step else applied[0] if self.replaces and applied else None
        if start is None and self.replaces:
            return True, []
        return start is not None, merged(outcome.tables for outcome in self.outcomes[start or 0 :])


class Subscriptions:
    """The subscriptions of one client: iterate over the handles, `add` one. They belong to the thread that updates it."""

    def __init__(self, core: Subscriber) -> None:
        self._core = core
        self.main: tuple[str, ...] | None = None
        self.hold: PendingSwap | None = None
        self._handles: list[Subscription] = []
        self._by_id: dict[int, Subscription] = {}
        # The set that `subscribe` replaces: its id where sets have ids, True for v1's, which has none.
        self._main_id: int | bool = False
        self._main_asked = False
        self._main_sent: dict[int, tuple[str, ...]] = {}
        # v1's first main sets that were asked for while handles stood, by request.
        self._beside_handles: set[int] = set()
        self._standing: tuple[str, ...] | None = None
        self._asked = False
        self._replacing: set[int] = set()
        self._replace_after_hold = False
        self._left_out: set[str] = set()

    def __iter__(self) -> Iterator[Subscription]:
        return iter(list(self._handles))

    def __len__(self) -> int:
        return len(self._handles)

    # -- what the program asks -----------------------------------------------------------------------------------------

    def add(self, queries: Iterable[str]) -> Subscription:
        """Subscribe to `queries` beside everything else; before the connection stands they wait for it."""
        handle = Subscription(self._core, normalized(queries))
        self._handles.append(handle)
        if self._asked:
            self._send_handle(handle)
        return handle

    def remove(self, handle: Subscription) -> None:
        """Give up the set of a handle; what `handle.unsubscribe()` does."""
        if handle not in self._handles:
            return
        self._handles.remove(handle)
        handle.withdraw()
        if handle.query_id is not None and self._asked:
            self._by_id.pop(handle.query_id, None)
            self._send(self._connection.unsubscribe(handle.query_id))

    def replace(self, queries: Iterable[str]) -> None:
        """Make `queries` the whole of the main set."""
        self.main = normalized(queries)
        if not self._asked:
            return
        if self.hold is not None and self._connection.replaces_in_one_step:
            self._replace_after_hold = True
        else:
            self._send_main()

    # -- sending -------------------------------------------------------------------------------------------------------

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
        self._by_id[handle.query_id] = handle
        return handle.query_id

    def _send_main(self) -> int:
        assert self.main is not None
        queries = self._carried(self.main)
        first, self._main_asked = not self._main_asked, True
        held = [handle for handle in self._handles if handle.query_id is not None]
        if not self._connection.replaces_in_one_step:
            request_id = self._send(self._connection.subscribe(queries))
            self._replacing.add(request_id)
        elif first or not held:
            request_id = self._send(self._connection.replace_subscription(queries))
            if held:
                self._beside_handles.add(request_id)
        else:
            # v1's answer does not say which rows the old set had: the handles step aside, and what is left is its.
            waiting = {self._send(self._connection.unsubscribe(handle.query_id or 0)) for handle in held}
            request_id = self._send(self._connection.replace_subscription(queries))
            self.hold = PendingSwap(waiting | {request_id, *map(self._send_handle, held)})
        self._main_sent[request_id] = self.main
        return request_id

    def begin(self, *, again: bool) -> None:
        """A connection stands that has been asked for nothing; `again` after one whose rows are still in the cache."""
        self._asked = False
        self._by_id.clear()
        self._replacing.clear()
        self._main_sent.clear()
        self._beside_handles.clear()
        self._main_id = self._main_asked = self._replace_after_hold = False
        self.hold = PendingSwap({ASKING}, replaces=True) if again else None

    def ask(self) -> None:
        """Ask it for everything that is wanted."""
        self._asked = True
        waiting = set() if self.main is None else {self._send_main()}
        waiting |= {self._send_handle(handle) for handle in self._handles}
        if self.hold is not None:
            self.hold.waiting = waiting

    # -- what came -----------------------------------------------------------------------------------------------------

    def holding(self, outcome: Transaction | SubscriptionApplied | Removed) -> bool:
        """Whether `outcome` is held back. A set that takes the old one's place begins to hold here."""
        if isinstance(outcome, SubscriptionApplied) and outcome.request_id in self._replacing:
            self._replacing.discard(outcome.request_id)
            old, self._main_id = self._main_id, outcome.request_id
            self._standing = self._main_sent.pop(outcome.request_id, None)
            if old is not False:
                hold = self.hold = self.hold or PendingSwap(set())
                hold.waiting.add(self._send(self._connection.unsubscribe(int(old))))
        if self.hold is None:
            return False
        self.hold.outcomes.append(outcome)
        if not isinstance(outcome, Transaction):
            self.hold.waiting.discard(outcome.request_id)
        return True

    def released(self) -> PendingSwap | None:
        """The hold that has come to its end, once."""
        hold = self.hold
        if hold is None or hold.waiting:
            return None
        self.hold = None
        if self._replace_after_hold:
            self._replace_after_hold = False
            self._send_main()
        return hold

    def replaces_all(self, outcome: SubscriptionApplied) -> bool:
        """Whether the rows of `outcome` are all there are: v1's main set came when no handle stood beside it.

        What stood is what had been asked for before it: a handle may have been given up since.
        """
        if not outcome.replaces:
            return False
        self._main_id = True
        self._standing = self._main_sent.pop(outcome.request_id, None)
        return outcome.request_id not in self._beside_handles

    def applied(self, outcome: SubscriptionApplied) -> None:
        """Tell the handle, if it is one's."""
        handle = self._by_id.get(outcome.query_id or 0)
        if handle is not None:
            handle.state = SubscriptionState.APPLIED
            handle.finish(None)

    def refused(self, outcome: SubscriptionRefused) -> SubscriptionError | None:
        """Follow a refusal: a handle is told; what is returned is the main set's, which keeps its old queries."""
        request_id, queries = self._connection.refused(outcome)
        self._replacing.discard(request_id or 0)
        if self.hold is not None:
            self.hold.waiting.discard(request_id or 0)
        query_id = outcome.query_id or request_id
        handle = self._by_id.pop(query_id or 0, None)
        error = SubscriptionError(handle.queries if handle else queries or self.main or (), outcome.message)
        if handle is not None:
            self._forget(handle, error)
        elif self._main_sent.pop(request_id or 0, None) == self.main:
            self.main = self._standing
        if outcome.request_id is None and outcome.query_id is not None:
            self._died(outcome.query_id)
        return None if handle is not None else error

    def dropped_all(self, message: str) -> SubscriptionError:
        """The server gave up every subscription of the connection."""
        error = SubscriptionError(self.main or (), message)
        for handle in list(self._handles):
            self._forget(handle, error)
        self._by_id.clear()
        self.main, self._main_id, self.hold = None, False, None
        return error

    def _forget(self, handle: Subscription, error: SubscriptionError) -> None:
        if handle in self._handles:
            self._handles.remove(handle)
        handle.fail(error)

    def _died(self, query_id: int) -> None:
        """A set ended long after it was applied. Which rows were its nobody can tell: ask for the others anew."""
        old = [handle.query_id for handle in self._handles if handle.query_id is not None]
        if query_id == self._main_id:
            self.main = None
        elif self._main_id is not False:
            old.append(int(self._main_id))
        for live in old:
            self._send(self._connection.unsubscribe(live))
        self.begin(again=True)
        self.ask()

    def lost(self, error: SpacetimeDBException, *, for_good: bool) -> None:
        """The connection is gone; handles that wait for the next one go on waiting."""
        self.hold, self._asked = None, False
        for handle in self._handles:
            handle.query_id = None
            if for_good and not handle.done:
                handle.fail(error)
