"""Who is subscribed to what, and whom each commit concerns (spec: websocket.md sections 4.5, 4.6 and 5.4).

Equal queries are one: evaluated once per commit, their rows encoded once, the bytes shared. Clients of one protocol with
equal sets of queries are told by one frame. What the bytes are is left to `announcements`.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...types import ConnectionId, Identity
from ..engine.database import Database, Transaction
from ..engine.views import ViewStore
from ..errors import QueryError
from ..sql.subscription_query import Query, compile_query, is_all_tables, normalised
from ..wire.row_batch import QueryDelta, RowBatch
from ..wire.v1_json_writer import V1JsonWriter
from ..wire.v1_writer import V1BsatnWriter
from .fan_out import Announcement, Announcer, Subscriber, V1Announcer, V2Announcer
from .query_index import QueryIndex, QueryKey, SharedQuery

__all__ = ["Subscriptions"]

# Where v1 tells a query's rows: once for the legacy set, once for all the others together.
_LEGACY, _OTHERS = -1, 0
_NO_EVENTS = (
    "Subscribing to event tables requires WebSocket v2. Please upgrade your client SDK and regenerate your "
    "module bindings."
)


class _Audience:
    """Clients of one protocol whose queries are equal; `places` says under which sets each query's rows are told."""

    __slots__ = ("key", "members", "places")

    def __init__(self, key: object, places: dict[SharedQuery, tuple[int, ...]]) -> None:
        self.key = key
        self.places = places
        self.members: dict[Subscriber, None] = {}


class _Client:
    """One client's subscriptions."""

    __slots__ = ("audience", "legacy", "live")

    def __init__(self) -> None:
        self.legacy: tuple[SharedQuery, ...] = ()
        self.live: dict[int, tuple[SharedQuery, ...]] = {}
        self.audience: _Audience | None = None


class Subscriptions:
    """The subscriptions of one database; `broadcast` is what it calls with every commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._clients: dict[Subscriber, _Client] = {}
        self._by_connection: dict[ConnectionId, Subscriber] = {}
        self._begin()

    def _begin(self) -> None:
        """Everything that is made of the database's module."""
        database = self._database
        compatibility = database.compatibility
        light_for_all = compatibility.light_onlookers and database.module.style == "2.x"
        self.v1_bsatn = V1Announcer(V1BsatnWriter(), light_for_all=light_for_all)
        self.v1_json = V1Announcer(V1JsonWriter(database), light_for_all=light_for_all)
        self.v2 = V2Announcer()
        self._queries: dict[QueryKey, SharedQuery] = {}
        self._index = QueryIndex()
        self._evaluated: dict[SharedQuery, RowBatch] = {}
        self._audiences: dict[object, _Audience] = {}
        self._listening: dict[SharedQuery, dict[_Audience, None]] = {}

    def module_changed(self, wider: frozenset[str] = frozenset()) -> list[Subscriber]:
        """The database has another module with the same rows: every query is made anew, and nobody is told anything.
        Returns the clients that cannot go on so, because a query is none any more, or reads a view, whose rows may be
        others now, or one of the tables whose rows are `wider` than they know; they are without subscriptions."""
        states = self._clients
        self._clients = {client: _Client() for client in states}
        self._begin()
        left: list[Subscriber] = []
        for client, state in states.items():
            try:
                legacy = self._made_anew(state.legacy, client.identity, wider)
                live = {
                    number: self._made_anew(queries, client.identity, wider)
                    for number, queries in state.live.items()
                }
            except QueryError:
                left.append(client)
                continue
            now = self._clients[client]
            now.legacy = self._use(legacy)
            now.live = {number: self._use(queries) for number, queries in live.items()}
            self._enter_audience(client, now)
        return left

    def _made_anew(
        self, queries: Sequence[SharedQuery], sender: Identity, wider: frozenset[str]
    ) -> list[SharedQuery]:
        for query in queries:
            if query.store.name in wider:
                raise QueryError(f"the rows of `{query.store.name}` have got more columns")
            if query.views:
                raise QueryError(f"`{query.views[0].name}` is a view")
        return [self._shared(query.query.text, sender) for query in queries]

    def add(self, client: Subscriber) -> None:
        self._clients[client] = _Client()
        self._by_connection[client.connection_id] = client

    def remove(self, client: Subscriber) -> None:
        """Forgets a client and what only it had asked for. One that was never added is nothing to forget."""
        state = self._clients.pop(client, None)
        if state is None:
            return
        if self._by_connection.get(client.connection_id) is client:
            del self._by_connection[client.connection_id]
        self._leave_audience(client, state)
        for queries in (state.legacy, *state.live.values()):
            self._release(queries)

    # Queries

    def find(
        self, texts: Sequence[str], sender: Identity, *, events: bool = False
    ) -> tuple[SharedQuery, ...]:
        """The queries of `texts` without repetitions, `SELECT * FROM *` as one for each public table.

        QueryError names the text that is wrong: `executing: ...`; queries of event tables are refused without `events`.
        """
        found: dict[QueryKey, SharedQuery] = {}
        for text in texts:
            if is_all_tables(text):
                every = [self._shared(f"SELECT * FROM {name}", sender) for name in self._readable()]
                found.update({query.key: query for query in every})
                continue
            try:
                query = self._shared(text, sender)
            except QueryError as error:
                raise QueryError(f"{error}, executing: `{text.strip()}`", str(error)) from None
            if query.store.is_event and not events:
                raise QueryError(_NO_EVENTS)
            found.setdefault(query.key, query)
        return tuple(found.values())

    def _readable(self) -> list[str]:
        """The public tables that store anything, and the public views."""
        stores = self._database.datastore.stores.values()
        plain = [store.name for store in stores if store.definition.is_public and not store.is_event]
        return plain + [view.name for view in self._database.views if view.is_public]

    def _shared(self, text: str, sender: Identity) -> SharedQuery:
        key = normalised(text)
        shared = self._queries.get((key, None)) or self._queries.get((key, sender))
        return shared or SharedQuery(self.compile(text, sender), sender)

    def compile(self, text: str, sender: Identity) -> Query:
        """A query to be answered once."""
        compatibility = self._database.compatibility
        query = compile_query(
            text,
            {**self._database.datastore.stores, **self._database.views.stores(sender)},
            sender,
            unknown_table=compatibility.unknown_table,
            is_owner=sender == self._database.owner,
            row_limit=self._database.row_limit,
        )
        views = [store for store in query.stores if isinstance(store, ViewStore)]
        if views:
            query.rows()  # a view that fails is refused before anything has changed
            query.names_sender = query.names_sender or any(view.sender is not None for view in views)
        return query

    def told(self, queries: Sequence[SharedQuery]) -> list[RowBatch]:
        """The rows that match now, query by query, as new subscriptions are told: without those that read an empty
        table."""
        return [self.current(query) for query in queries if self._reads_rows(query)]

    def current(self, query: SharedQuery) -> RowBatch:
        """The rows that match now. Kept until the next commit: who asks before it shares them."""
        batch = self._evaluated.get(query)
        if batch is None:
            batch = self._evaluated[query] = RowBatch(query.store, query.query.rows())
        return batch

    def _reads_rows(self, query: SharedQuery) -> bool:
        # A view's rows are kept for all its callers together.
        views = self._database.views
        return all(
            store.count() or (store in query.views and views.count(store.name))
            for store in query.query.stores
        )

    def _use(self, queries: Sequence[SharedQuery]) -> tuple[SharedQuery, ...]:
        used = []
        for query in queries:
            shared = self._queries.setdefault(query.key, query)
            if not shared.users:
                self._index.add(shared)
            shared.users += 1
            used.append(shared)
        return tuple(used)

    def _release(self, queries: Sequence[SharedQuery]) -> None:
        for query in queries:
            query.users -= 1
            if query.users == 0:
                self._evaluated.pop(query, None)
                self._index.discard(query)
                del self._queries[query.key]

    # What clients ask for

    def replace_legacy(self, client: Subscriber, queries: Sequence[SharedQuery]) -> tuple[SharedQuery, ...]:
        """The legacy Subscribe: returns the new set."""
        state = self._clients[client]
        before, state.legacy = state.legacy, self._use(queries)
        self._release(before)
        self._enter_audience(client, state)
        return state.legacy

    def is_live(self, client: Subscriber, query_id: int) -> bool:
        return query_id in self._clients[client].live

    def queries_of(self, client: Subscriber, query_id: int) -> tuple[SharedQuery, ...]:
        """The queries under an id, none for an unknown one."""
        return self._clients[client].live.get(query_id, ())

    def subscribe(
        self, client: Subscriber, query_id: int, queries: Sequence[SharedQuery]
    ) -> tuple[SharedQuery, ...]:
        """Adds a set under `query_id`; returns the queries the client had under no other id."""
        state = self._clients[client]
        known = {query for live in state.live.values() for query in live}
        state.live[query_id] = self._use(queries)
        self._enter_audience(client, state)
        return tuple(query for query in state.live[query_id] if query not in known)

    def unsubscribe(self, client: Subscriber, query_id: int) -> tuple[SharedQuery, ...] | None:
        """Drops the set; returns the queries the client has under no other id, or None for an unknown id."""
        state = self._clients[client]
        dropped = state.live.pop(query_id, None)
        if dropped is None:
            return None
        kept = {query for live in state.live.values() for query in live}
        self._release(dropped)
        self._enter_audience(client, state)
        return tuple(query for query in dropped if query not in kept)

    def _enter_audience(self, client: Subscriber, state: _Client) -> None:
        self._leave_audience(client, state)
        places: dict[SharedQuery, tuple[int, ...]] = dict.fromkeys(state.legacy, (_LEGACY,))
        apart = client.announcer.keeps_sets_apart
        for query_set_id, queries in state.live.items():
            for query in queries:
                known = places.get(query, ())
                if apart or _OTHERS not in known:
                    places[query] = (*known, query_set_id if apart else _OTHERS)
        if not places:
            return
        key = (client.announcer, frozenset((query, tuple(sorted(where))) for query, where in places.items()))
        audience = self._audiences.get(key)
        if audience is None:
            audience = self._audiences[key] = _Audience(key, places)
            for query in places:
                self._listening.setdefault(query, {})[audience] = None
        audience.members[client] = None
        state.audience = audience

    def _leave_audience(self, client: Subscriber, state: _Client) -> None:
        audience, state.audience = state.audience, None
        if audience is None:
            return
        del audience.members[client]
        if audience.members:
            return
        del self._audiences[audience.key]
        for query in audience.places:
            listening = self._listening[query]
            del listening[audience]
            if not listening:
                del self._listening[query]

    # What commits mean to them

    def broadcast(self, transaction: Transaction) -> None:
        """Tells everybody whom a commit concerns: its caller always (unless asked not to), others where rows match."""
        if transaction.changes:
            self._evaluated.clear()
        call = transaction.call
        caller = None
        if call.notify_success and call.connection_id is not None:
            caller = self._by_connection.get(call.connection_id)
        announcements: dict[Announcer, Announcement] = {}
        told = False
        for audience, matched in self._concerned(transaction).items():
            announcer = next(iter(audience.members)).announcer
            announcement = announcements.get(announcer)
            if announcement is None:
                announcement = announcements[announcer] = announcer.announcement(transaction)
            announcement.tell(audience.members, matched, caller)
            told = told or caller in audience.members
        if caller is not None and not told:
            caller.announcer.announcement(transaction).tell((caller,), (), caller)

    def _concerned(
        self, transaction: Transaction
    ) -> dict[_Audience, list[tuple[QueryDelta, tuple[int, ...]]]]:
        """The audiences that have queries which match, with what matched."""
        concerned: dict[_Audience, list[tuple[QueryDelta, tuple[int, ...]]]] = {}
        if transaction.changes and self._index:
            changes = {change.store.name: change for change in transaction.changes}
            for query, delta in self._index.deltas(changes).items():
                for audience in self._listening.get(query, ()):
                    concerned.setdefault(audience, []).append((delta, audience.places[query]))
        return concerned
