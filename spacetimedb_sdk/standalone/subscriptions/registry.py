"""Who is subscribed to what, and whom each commit concerns (spec: websocket.md sections 4.5, 4.6 and 5.4).

Equal queries are one: evaluated once per commit, their rows encoded once, the bytes shared. Clients of one protocol with
equal sets of queries get one frame. What the bytes are is left to `announcements`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...types import ConnectionId, Identity
from ..engine.calls import Transaction
from ..engine.database import Database
from ..engine.views import ViewStore
from ..errors import QueryError
from ..sql.allowance import Allowance, aside_if_long
from ..sql.parser import MAX_SQL_LENGTH
from ..sql.relation import Moment
from ..sql.subscription_query import Query, compile_query, is_all_tables, normalised
from ..sql.visibility import VisibleRows, VisibleTables
from ..tables.datastore import TableChange
from ..tables.readable import SubscribableTable
from ..turns import Share
from ..wire.row_batch import QueryDelta, RowBatch
from ..wire.v1_json_writer import V1JsonWriter
from ..wire.v1_writer import V1BsatnWriter
from .audience import Audience, Audiences, ClientState
from .fan_out import Announcement, Announcer, Subscriber, V1Announcer, V2Announcer
from .first_rows import Begun, Form, put_into_form, room_for, written
from .join_costs import TOO_MANY_PAIRS, JoinCosts, PairBudget
from .query_index import QueryIndex, QueryKey, SharedQuery

__all__ = ["Subscriptions"]

Stores = Mapping[str, SubscribableTable]
# What a client's queries may cost a changed row: a tick that changes some hundred rows bears it from a stranger.
_MAX_COMPARISONS = 3_000
# Of queries of one client, which come and go together with it: some tens of milliseconds.
_MAX_QUERIES = 4_000
_TOO_MANY = f"A client subscribes to {_MAX_QUERIES} queries at most: ask for more rows with each of them"
_NO_EVENTS = (
    "Subscribing to event tables requires WebSocket v2. Please upgrade your client SDK and regenerate your "
    "module bindings."
)


class Subscriptions:
    """The subscriptions of one database; `broadcast` is what it calls with every commit. `visible`: what each client may read,
    of the module of now."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._clients: dict[Subscriber, ClientState] = {}
        # How often the database had another module: what was compiled before is none of its queries.
        self._modules = 0
        self._by_connection: dict[ConnectionId, Subscriber] = {}
        self._begin()

    def _begin(self) -> None:
        """Everything that is made of the database's module."""
        self.visible = VisibleTables(self._database)
        self._modules += 1
        self._commits = 0
        database = self._database
        compatibility = database.compatibility
        light_for_all = compatibility.light_updates and database.module.style == "2.x"
        self.v1_bsatn = V1Announcer(V1BsatnWriter(), light_for_all=light_for_all)
        self.v1_json = V1Announcer(V1JsonWriter(database), light_for_all=light_for_all)
        self.v2 = V2Announcer()
        self._queries: dict[QueryKey, SharedQuery] = {}
        self._index = QueryIndex()
        self._evaluated: dict[SharedQuery, RowBatch] = {}
        self._audiences = Audiences()
        self._join_costs = JoinCosts(self._budgets)

    def module_changed(self, wider: frozenset[str] = frozenset()) -> list[Subscriber]:
        """The database has another module with the same rows: every query is made anew, and no client is sent anything.
        Returns the clients that cannot go on so, because a query is none any more, or reads a view, whose rows may be
        others now, or one of the tables whose rows are `wider` than they know; they are without subscriptions."""
        states = self._clients
        self._clients = {client: ClientState() for client in states}
        self._begin()
        left: list[Subscriber] = []
        for client, state in states.items():
            try:
                legacy = self._made_anew(tuple(state.legacy), client.identity, wider)
                live = {
                    number: self._made_anew(queries, client.identity, wider)
                    for number, queries in state.live.items()
                }
            except QueryError:
                left.append(client)
                continue
            self.replace_legacy(client, legacy)
            for number, queries in live.items():
                self.subscribe(client, number, queries)
        return left

    def _made_anew(
        self, queries: Sequence[SharedQuery], sender: Identity, wider: frozenset[str]
    ) -> list[SharedQuery]:
        for query in queries:
            if query.store.name in wider:
                raise QueryError(f"the rows of `{query.store.name}` have got more columns")
            if query.views:
                raise QueryError(f"`{query.views[0].name}` is a view")
            if query.filtered:
                raise QueryError(f"the filters of `{query.filtered[0].name}` may be others")
        stores = self.visible.stores(sender)
        made = []
        for query in queries:
            text = query.query.text
            again = self._known(text, sender) or SharedQuery(
                self._checked(self._compiled(text, sender, stores, self._database.row_limit, False)), sender
            )
            if again.filtered:
                # The client holds rows that are not for it any more.
                raise QueryError(f"`{again.filtered[0].name}` has got filters")
            made.append(again)
        return made

    def add(self, client: Subscriber) -> None:
        self._clients[client] = ClientState()
        self._by_connection[client.connection_id] = client

    def remove(self, client: Subscriber) -> None:
        """Forgets a client and what only it had asked for. One that was never added is nothing to forget."""
        state = self._clients.pop(client, None)
        if state is None:
            return
        if self._by_connection.get(client.connection_id) is client:
            del self._by_connection[client.connection_id]
        if state.audience is not None:
            self._audiences.leave(client, state.audience)
        for queries in (state.legacy, *state.live.values()):
            self._release(queries)

    # Queries

    async def find(
        self, texts: Sequence[str], sender: Identity, share: Share, *, events: bool = False
    ) -> tuple[SharedQuery, ...]:
        """The queries of `texts` without repetitions, `SELECT * FROM *` as one for each public table.

        QueryError names the text that is wrong: `executing: ...`; queries of event tables are refused without `events`.
        """
        while True:
            modules = self._modules
            found = await self._find(texts, sender, share, events=events)
            await room_for([query.query for query in found if query not in self._evaluated], share)
            # Another module came meanwhile: its tables may be others.
            if modules == self._modules:
                return found

    async def _find(
        self, texts: Sequence[str], sender: Identity, share: Share, *, events: bool
    ) -> tuple[SharedQuery, ...]:
        stores = self.visible.stores(sender)
        found: dict[QueryKey, SharedQuery] = {}
        seen: set[str] = set()
        for text in texts:
            await share.checkpoint()
            if text in seen:
                continue
            seen.add(text)
            if len(seen) > _MAX_QUERIES:
                raise QueryError(_TOO_MANY)
            if is_all_tables(text):
                for name in self._readable(sender):
                    query = await self._shared(f"SELECT * FROM {name}", sender, share, stores)
                    found[query.key] = query
                continue
            try:
                query = await self._shared(text, sender, share, stores)
            except QueryError as error:
                shown = text.strip() if len(text) <= MAX_SQL_LENGTH else f"{text[:120].strip()}..."
                raise QueryError(f"{error}, executing: `{shown}`", str(error)) from None
            if query.store.is_event and not events:
                raise QueryError(_NO_EVENTS)
            found.setdefault(query.key, query)
        return tuple(found.values())

    def _readable(self, sender: Identity) -> list[str]:
        """The public tables that store anything, and the public views; to the owner private tables are open, too."""
        stores = self._database.datastore.stores.values()
        is_owner = sender == self._database.owner
        plain = [
            store.name for store in stores if (is_owner or store.definition.is_public) and not store.is_event
        ]
        return plain + [view.name for view in self._database.views if view.is_public]

    async def _shared(self, text: str, sender: Identity, share: Share, stores: Stores) -> SharedQuery:
        known = self._known(text, sender)
        if known is not None:
            return known
        compiled = await self._compile(text, sender, share, stores)
        return self._known(text, sender) or SharedQuery(compiled, sender)

    def _known(self, text: str, sender: Identity) -> SharedQuery | None:
        if len(text) > MAX_SQL_LENGTH:
            return None
        key = normalised(text)
        return self._queries.get((key, None)) or self._queries.get((key, sender))

    async def compile(self, text: str, sender: Identity, share: Share) -> Query:
        """A query to be answered once."""
        while True:
            modules = self._modules
            query = await self._compile(text, sender, share, self.visible.stores(sender), once=True)
            await room_for([query], share)
            if modules == self._modules:
                return query

    async def _compile(
        self, text: str, sender: Identity, share: Share, stores: Stores, *, once: bool = False
    ) -> Query:
        query = await aside_if_long(text, share, lambda: self._compiled(text, sender, stores, None, once))
        await self.visible.found(query.stores, Allowance(share))
        if self._database.row_limit is not None:
            # The limit counts rows, which others change meanwhile.
            query = self._compiled(text, sender, stores, self._database.row_limit, once)
        return self._checked(query)

    def _compiled(
        self, text: str, sender: Identity, stores: Stores, row_limit: int | None, once: bool
    ) -> Query:
        unknown, is_owner = self._database.compatibility.unknown_table, sender == self._database.owner
        return compile_query(
            text, stores, sender, unknown_table=unknown, is_owner=is_owner, row_limit=row_limit, once=once
        )

    def _checked(self, query: Query) -> Query:
        for store in query.stores:
            if isinstance(store, ViewStore):
                store.rows()  # a view that fails is refused before anything has changed
        query.names_sender = query.names_sender or self.visible.differ(query)
        return query

    # Rows

    async def initial_rows(self, queries: Sequence[SharedQuery], share: Share, form: Form) -> list[RowBatch]:
        """The rows that match at the call, query by query, as new subscriptions get them: without those that read an empty
        table. They are written in that `form`. Others have their turns meanwhile, and what they commit does not show."""
        (batches,) = await self.initial_rows_of_sets([queries], share, form)
        return batches

    async def initial_rows_of_sets(
        self, sets: Sequence[Sequence[SharedQuery]], share: Share, form: Form
    ) -> list[list[RowBatch]]:
        """The same for several sets, all at the same moment."""
        moment = Moment()
        begun = [
            [self._begun(query, moment) for query in queries if self._reads_rows(query)] for queries in sets
        ]
        allowance = Allowance(share)
        return [[await self._finished(found, allowance, form) for found in queries] for queries in begun]

    async def current(self, query: SharedQuery, share: Share, form: Form) -> RowBatch:
        """The rows that match at the call. Kept until the next commit: who asks before it shares them."""
        return await self._finished(self._begun(query, Moment()), Allowance(share), form)

    async def once(self, query: Query, share: Share, form: Form) -> RowBatch:
        """The same for a query that is not shared."""
        return await written(query, query.begin(Moment()), Allowance(share), form)

    def _begun(self, query: SharedQuery, moment: Moment) -> Begun:
        known = self._evaluated.get(query)
        return Begun(query, known, query.query.begin(moment) if known is None else iter(()), self._commits)

    async def _finished(self, begun: Begun, allowance: Allowance, form: Form) -> RowBatch:
        if begun.known is not None:
            await put_into_form(begun.known, form, allowance)
            return begun.known
        batch = await written(begun.query.query, begun.steps, allowance, form)
        if begun.commits == self._commits and begun.query.users:
            self._evaluated[begun.query] = batch
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
                if shared.query.is_join:
                    shared.costs = self._join_costs
                self._index.add(shared)
            shared.users += 1
            used.append(shared)
        return tuple(used)

    def _release(self, queries: Iterable[SharedQuery]) -> None:
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
        before = state.legacy
        self._check_cost(state, queries, tuple(before))
        used = self._use(queries)
        state.count += len(used) - len(before)
        state.legacy = dict.fromkeys(used)
        self._audiences.move(client, state, before | state.legacy, legacy_before=before)
        self._release(before)
        return used

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
        self._check_cost(state, queries, ())
        used = self._use(queries)
        state.count += len(used)
        added = tuple(query for query in used if query not in state.sets_of)
        state.live[query_id] = used
        self._audiences.move(client, state, dict.fromkeys(used), joined=query_id)
        return added

    def unsubscribe(self, client: Subscriber, query_id: int) -> tuple[SharedQuery, ...] | None:
        """Drops the set; returns the queries the client has under no other id, or None for an unknown id."""
        state = self._clients[client]
        dropped = state.live.pop(query_id, None)
        if dropped is None:
            return None
        state.count -= len(dropped)
        self._audiences.move(client, state, dict.fromkeys(dropped), left=query_id)
        self._release(dropped)
        return tuple(query for query in dropped if query not in state.sets_of)

    @staticmethod
    def _check_cost(
        state: ClientState, queries: Sequence[SharedQuery], instead_of: Sequence[SharedQuery]
    ) -> None:
        """QueryError where a client would have too many queries, or they would cost each changed row too much, whichever
        client changes it."""
        count = state.count + len(queries) - len(instead_of)
        # Empty sets are something to be kept, too.
        if max(count, len(state.live) + 1) > _MAX_QUERIES:
            raise QueryError(_TOO_MANY)
        if state.cost_with(queries, instead_of) > _MAX_COMPARISONS:
            raise QueryError(
                f"The subscriptions of this client cost a changed row more than {_MAX_COMPARISONS} comparisons: "
                "ask for rows by a column's value, or for less"
            )

    # What commits mean to them

    def broadcast(self, transaction: Transaction) -> None:
        """Tells everybody whom a commit concerns: its caller always (unless asked not to), others where rows match."""
        changes = {change.store.name: change for change in transaction.changes}
        visible: Mapping[VisibleRows, TableChange] = {}
        if changes:
            self._commits += 1
            self._evaluated.clear()
            visible = self.visible.committed(changes)
        call = transaction.call
        caller = None
        if call.notify_success and call.connection_id is not None:
            caller = self._by_connection.get(call.connection_id)
        if not (changes and self._index):
            if caller is not None:
                caller.announcer.announcement(transaction).send((caller,), (), caller)
            return
        announcements: dict[Announcer, Announcement] = {}
        answered = False
        concerned, too_costly = self._concerned(changes, visible)
        for audience, matched in concerned.items():
            announcer = next(iter(audience.members)).announcer
            announcement = announcements.get(announcer)
            if announcement is None:
                announcement = announcements[announcer] = announcer.announcement(transaction)
            announcement.send(audience.members, matched, caller)
            answered = answered or caller in audience.members
        if caller is not None and not answered:
            caller.announcer.announcement(transaction).send((caller,), (), caller)
        for client in too_costly:
            client.turn_away(TOO_MANY_PAIRS)

    def _budgets(self, query: SharedQuery) -> list[PairBudget]:
        audiences = self._audiences.listening(query)
        return [self._clients[client].pairs for audience in audiences for client in audience.members]

    def _concerned(
        self, changes: Mapping[str, TableChange], visible: Mapping[VisibleRows, TableChange]
    ) -> tuple[dict[Audience, list[tuple[QueryDelta, tuple[int, ...]]]], list[Subscriber]]:
        """The audiences that have queries which match, with what matched; and the clients whose joins were too much, which
        are without subscriptions now."""
        deltas = self._index.deltas(changes, visible)
        too_costly: list[Subscriber] = []
        exceeded = self._join_costs.exceeded
        if exceeded:
            too_costly = [client for client, state in self._clients.items() if state.pairs in exceeded]
            exceeded.clear()
            for client in too_costly:
                self.remove(client)
                self.add(client)
        concerned: dict[Audience, list[tuple[QueryDelta, tuple[int, ...]]]] = {}
        for query, delta in deltas.items():
            for audience in self._audiences.listening(query):
                concerned.setdefault(audience, []).append((delta, audience.places[query]))
        return concerned, too_costly
