"""Who is subscribed to what, and what each commit means to them (spec: websocket.md sections 4.5 and 4.6).

Equal queries are one: evaluated once per commit, their rows encoded once, the bytes shared. Clients with equal sets of
queries are told by one frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ..types import ConnectionId, Identity
from . import v1_writer
from .database import Database, Transaction
from .datastore import TableChange
from .errors import QueryError
from .outgoing import Outgoing
from .sql import Query, compile_query, is_all_tables, normalised

__all__ = ["SharedQuery", "Subscriber", "Subscriptions"]


class SharedQuery:
    """A query of any number of clients."""

    __slots__ = ("_current", "_version", "key", "query", "table_id", "table_name", "users")

    def __init__(self, query: Query, sender: Identity) -> None:
        self.query = query
        self.key = (query.text, sender if query.names_sender else None)
        self.table_id = query.store.table_id
        self.table_name = query.store.name
        self.users = 0
        self._version = -1
        self._current: tuple[int, bytes] = (0, v1_writer.EMPTY_ROW_LIST)

    def current(self, version: int) -> tuple[int, bytes]:
        """How many rows match now, and their row list, made once for each state of the database."""
        if self._version != version:
            self._current = self._listed(self.query.store.rows())
            self._version = version
        return self._current

    def delta(self, change: TableChange) -> tuple[int, bytes] | None:
        """How many rows of a commit match, and their query update; None where none does."""
        deletes, removed = self._listed(change.deletes)
        inserts, added = self._listed(change.inserts)
        if not deletes and not inserts:
            return None
        return deletes + inserts, v1_writer.query_update(removed, added)

    def _listed(self, rows: list[object]) -> tuple[int, bytes]:
        matching = self.query.select(rows)
        encoded = self.query.store.encoded
        return len(matching), v1_writer.row_list([encoded(row) for row in matching])


class Subscriber(Protocol):
    """What the registry knows of a client."""

    identity: Identity
    connection_id: ConnectionId
    light: bool

    def send(self, message: Outgoing) -> None: ...


class _QuerySet:
    """Clients whose queries are equal: the legacy set and the others apart, since a query in both is told twice."""

    __slots__ = ("members", "queries")

    def __init__(self, queries: tuple[SharedQuery, ...]) -> None:
        self.queries = queries
        self.members: dict[Subscriber, None] = {}

    def update(self, deltas: dict[SharedQuery, tuple[int, bytes]]) -> bytes | None:
        """The DatabaseUpdate of one commit; None where no query matched."""
        tables: dict[int, tuple[str, int, list[bytes]]] = {}
        for query in self.queries:
            delta = deltas.get(query)
            if delta is not None:
                name, count, updates = tables.get(query.table_id) or (query.table_name, 0, [])
                updates.append(delta[1])
                tables[query.table_id] = (name, count + delta[0], updates)
        if not tables:
            return None
        return v1_writer.database_update(
            [v1_writer.table_update(table_id, *parts) for table_id, parts in tables.items()]
        )


class _Client:
    """One client's subscriptions."""

    __slots__ = ("legacy", "live", "query_set")

    def __init__(self) -> None:
        self.legacy: tuple[SharedQuery, ...] = ()
        self.live: dict[int, tuple[SharedQuery, ...]] = {}
        self.query_set: tuple[frozenset[SharedQuery], frozenset[SharedQuery]] = (frozenset(), frozenset())


class Subscriptions:
    """The subscriptions of one database; `broadcast` is what it calls with every commit."""

    def __init__(self, database: Database) -> None:
        self.version = 0
        self._database = database
        self._clients: dict[Subscriber, _Client] = {}
        self._by_connection: dict[ConnectionId, Subscriber] = {}
        self._queries: dict[tuple[str, Identity | None], SharedQuery] = {}
        self._by_table: dict[str, dict[SharedQuery, None]] = {}
        self._sets: dict[tuple[frozenset[SharedQuery], frozenset[SharedQuery]], _QuerySet] = {}
        compatibility = database.compatibility
        self._light_for_all = compatibility.light_onlookers and database.module.style == "2.x"

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
        self._leave_set(client, state)
        for queries in (state.legacy, *state.live.values()):
            self._release(queries)

    # Queries

    def find(self, texts: Sequence[str], sender: Identity) -> tuple[SharedQuery, ...]:
        """The queries of `texts` without repetitions, `SELECT * FROM *` as one for each public table.

        QueryError names the text that is wrong: `executing: ...`. Found queries are kept only once they are `used`.
        """
        found: dict[tuple[str, Identity | None], SharedQuery] = {}
        for text in texts:
            if is_all_tables(text):
                stores = self._database.datastore.stores.values()
                plain = [s.name for s in stores if s.definition.is_public and not s.is_event]
                every = [self._shared(f"SELECT * FROM {name}", sender) for name in plain]
                found.update({query.key: query for query in every})
                continue
            try:
                query = self._shared(text, sender)
                found.setdefault(query.key, query)
            except QueryError as error:
                raise QueryError(f"{error}, executing: `{text.strip()}`", str(error)) from None
        return tuple(found.values())

    def _shared(self, text: str, sender: Identity) -> SharedQuery:
        key = normalised(text)
        shared = self._queries.get((key, None)) or self._queries.get((key, sender))
        if shared is None:
            query = self.compile(text, sender)
            if query.store.is_event:
                raise QueryError(
                    "Subscribing to event tables requires WebSocket v2. Please upgrade your client SDK and "
                    "regenerate your module bindings."
                )
            shared = SharedQuery(query, sender)
        return shared

    def compile(self, text: str, sender: Identity) -> Query:
        """A query to be answered once."""
        compatibility = self._database.compatibility
        return compile_query(
            text, self._database.datastore.stores, sender, unknown_table=compatibility.unknown_table
        )

    def _use(self, queries: Sequence[SharedQuery]) -> tuple[SharedQuery, ...]:
        used = []
        for query in queries:
            shared = self._queries.setdefault(query.key, query)
            self._by_table.setdefault(shared.table_name, {})[shared] = None
            shared.users += 1
            used.append(shared)
        return tuple(used)

    def _release(self, queries: Sequence[SharedQuery]) -> None:
        for query in queries:
            query.users -= 1
            if query.users == 0:
                del self._by_table[query.table_name][query]
                del self._queries[query.key]

    # What clients ask for

    def replace_legacy(self, client: Subscriber, queries: Sequence[SharedQuery]) -> tuple[SharedQuery, ...]:
        """The legacy Subscribe: returns the new set."""
        state = self._clients[client]
        before, state.legacy = state.legacy, self._use(queries)
        self._release(before)
        self._enter_set(client, state)
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
        self._enter_set(client, state)
        return tuple(query for query in state.live[query_id] if query not in known)

    def unsubscribe(self, client: Subscriber, query_id: int) -> tuple[SharedQuery, ...] | None:
        """Drops the set; returns the queries the client has under no other id, or None for an unknown id."""
        state = self._clients[client]
        dropped = state.live.pop(query_id, None)
        if dropped is None:
            return None
        kept = {query for live in state.live.values() for query in live}
        self._release(dropped)
        self._enter_set(client, state)
        return tuple(query for query in dropped if query not in kept)

    def _enter_set(self, client: Subscriber, state: _Client) -> None:
        self._leave_set(client, state)
        others = dict.fromkeys(query for live in state.live.values() for query in live)
        key = state.query_set = (frozenset(state.legacy), frozenset(others))
        if key not in self._sets:
            self._sets[key] = _QuerySet((*state.legacy, *others))
        self._sets[key].members[client] = None

    def _leave_set(self, client: Subscriber, state: _Client) -> None:
        query_set = self._sets.get(state.query_set)
        if query_set is not None:
            query_set.members.pop(client, None)
            if not query_set.members:
                del self._sets[state.query_set]

    # What commits mean to them

    def broadcast(self, transaction: Transaction) -> None:
        """Tells everybody whom a commit concerns: its caller always (unless asked not to), others where rows match."""
        self.version += 1
        call = transaction.call
        caller = None
        if call.notify_success and call.connection_id is not None:
            caller = self._by_connection.get(call.connection_id)
        deltas: dict[SharedQuery, tuple[int, bytes]] = {}
        for change in transaction.changes:
            for query in self._by_table.get(change.store.name, ()):
                delta = query.delta(change)
                if delta is not None:
                    deltas[query] = delta
        if not deltas and caller is None:
            return
        tail = v1_writer.transaction_tail(transaction, call.request_id)
        told = False
        for query_set in self._sets.values() if deltas else ():
            update = query_set.update(deltas)
            if update is not None:
                self._tell(query_set, update, tail, call.request_id, caller)
                told = told or caller in query_set.members
        if caller is not None and not told:
            caller.send(Outgoing(v1_writer.transaction_update(v1_writer.database_update(()), tail)))

    def _tell(
        self, query_set: _QuerySet, update: bytes, tail: bytes, request_id: int, caller: Subscriber | None
    ) -> None:
        full = light = None
        for member in query_set.members:
            if member is not caller and (member.light or self._light_for_all):
                light = light or Outgoing(v1_writer.transaction_update_light(request_id, update))
                member.send(light)
            else:
                full = full or Outgoing(v1_writer.transaction_update(update, tail))
                member.send(full)
