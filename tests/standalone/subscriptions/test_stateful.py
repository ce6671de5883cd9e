"""A database as a whole against a dumb model: transactions, failures, indexes, subscriptions and restarts in any order.

The model keeps rows in dictionaries and answers queries by trying every row. What clients hold is what their first answer
and the changes since then add up to.
"""

from __future__ import annotations

import struct
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from spacetimedb_sdk.module import (
    AnonymousViewContext,
    Module,
    Range,
    ReducerContext,
    ReducerError,
    Row,
    column,
    i32,
    index,
)
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.sessions.v2 import V2Session
from spacetimedb_sdk.standalone.storage.commit_log import Storage
from spacetimedb_sdk.standalone.subscriptions.registry import Subscriptions
from spacetimedb_sdk.types import ConnectionId, Identity
from tests.standalone.inbox import payloads
from tests.standalone.raw_client import row_bytes

module = Module("league")


@module.table(public=True)
class Team(Row):
    id: i32 = column(primary_key=True)
    number: i32 = column(unique=True)
    open: bool


@module.table(public=True, indexes=[index("by_team_and_score", "team", "score")])
class Player(Row):
    id: i32 = column(primary_key=True)
    team: i32 = column(index=True)
    score: i32


@module.view(public=True)
def leaders(ctx: AnonymousViewContext) -> list[Player]:
    return ctx.db[Player].filter(score=Range(8))


@module.reducer
def set_team(ctx: ReducerContext, id: i32, number: i32, open: bool, fails: bool) -> None:
    put(ctx.db[Team], Team(id, number, open), fails)


@module.reducer
def set_player(ctx: ReducerContext, id: i32, team: i32, score: i32, fails: bool) -> None:
    put(ctx.db[Player], Player(id, team, score), fails)


@module.reducer
def drop(ctx: ReducerContext, id: i32, fails: bool) -> None:
    ctx.db[Team].delete_by_key(id)
    ctx.db[Player].delete_by_key(id)
    end(fails)


def put(table: Any, row: Any, fails: bool) -> None:
    if table.contains(row.id):
        table.update(row)
    else:
        table.insert(row)
    end(fails)


def end(fails: bool) -> None:
    if fails:
        raise ReducerError("undone")


class Model:
    def __init__(self) -> None:
        self.teams: dict[int, tuple[int, int, bool]] = {}
        self.players: dict[int, tuple[int, int, int]] = {}

    def answer(self, query: str) -> Counter[tuple[str, bytes]]:
        table, rows = QUERIES[query](self)
        layout = struct.Struct("<ii?" if table == "team" else "<iii")
        return Counter((table, layout.pack(*row)) for row in rows)


def players(matches: Callable[[Model, Any], int]) -> Callable[[Model], tuple[str, Iterator[Any]]]:
    """Each player as often as `matches` says."""
    return lambda model: ("player", (p for p in model.players.values() for _ in range(matches(model, p))))


QUERIES: dict[str, Callable[[Model], tuple[str, Any]]] = {
    "SELECT * FROM team": lambda model: ("team", model.teams.values()),
    "SELECT * FROM player": players(lambda model, p: 1),
    "SELECT * FROM player WHERE team = 1": players(lambda model, p: p[1] == 1),
    "SELECT * FROM player WHERE id = 2 OR score > 5": players(lambda model, p: p[0] == 2 or p[2] > 5),
    "SELECT * FROM player WHERE team = 2 AND score <= 5": players(lambda model, p: p[1] == 2 and p[2] <= 5),
    "SELECT player.* FROM player JOIN team ON player.team = team.id WHERE team.open = true": players(
        lambda model, p: p[1] in model.teams and model.teams[p[1]][2]
    ),
    "SELECT * FROM leaders": lambda model: (
        "leaders",
        [p for p in model.players.values() if p[2] >= 8],
    ),
}


class Hosting(Protocol):
    """What a client needs of a world."""

    database: Database
    subscriptions: Subscriptions


class Watcher:
    """A client that adds up what it is told. Its identity is its number, where it is given no other."""

    def __init__(self, world: Hosting, number: int, identity: Identity | None = None) -> None:
        self.frames: list[bytes] = []
        self.sets: dict[int, tuple[list[str], Counter[tuple[str, bytes]]]] = {}
        self.session = V2Session(
            world.database,
            world.subscriptions,
            self.frames.append,
            identity=identity or Identity(number.to_bytes(32, "big")),
            connection_id=ConnectionId(number.to_bytes(16, "big")),
            token="",
            clock=lambda: 1_000_000,
        )
        self.session.open()

    def subscribe(self, query_set_id: int, queries: list[str]) -> None:
        self.hear()
        self.sets[query_set_id] = (queries, Counter())
        self._send(v2.Subscribe(1, v2.QuerySetId(query_set_id), queries))

    def unsubscribe(self, query_set_id: int) -> None:
        self.hear()
        del self.sets[query_set_id]
        self._send(v2.Unsubscribe(1, v2.QuerySetId(query_set_id)))

    def _send(self, message: v2.ClientMessage) -> None:
        self.session.receive_now(v2.CLIENT_MESSAGE.encode(message))

    def hear(self) -> None:
        for payload in payloads(self.frames):
            match v2.SERVER_MESSAGE.decode(payload):
                case v2.SubscribeApplied(_, query_set_id, rows):
                    for table in rows.tables:
                        self._add(query_set_id.id, table.table, table.rows, 1)
                case v2.TransactionUpdate(query_sets):
                    for part in query_sets:
                        for changed in part.tables:
                            for rows_of in changed.rows:
                                assert isinstance(rows_of, v2.PersistentTable)
                                self._add(part.query_set_id.id, changed.table_name, rows_of.value.inserts, 1)
                                self._add(part.query_set_id.id, changed.table_name, rows_of.value.deletes, -1)
        self.frames.clear()

    def _add(self, query_set_id: int, table: str, rows: Any, sign: int) -> None:
        held = self.sets[query_set_id][1]
        for row in row_bytes(rows):
            held[table, row] += sign


IDS = st.integers(1, 4)
SCORES = st.integers(0, 9)


class World(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.model = Model()
        self.clients: list[Watcher] = []
        self.numbers = 0
        self.open()

    def open(self) -> None:
        self.storage = Storage(Path(self.folder.name) / "league.sqlite", snapshot_bytes=2000)
        self.database = Database(module, clock=lambda: 1_000_000, storage=self.storage)
        self.subscriptions = Subscriptions(self.database)
        self.database.on_commit = self.subscriptions.broadcast

    def call(self, reducer: str, *args: Any, then: Callable[[], Any]) -> None:
        with suppress(ReducerError):
            self.database.call(reducer, *args, sender=self.database.owner)
            then()

    @rule(id=IDS, number=IDS, is_open=st.booleans(), fails=st.booleans())
    def put_team(self, id: int, number: int, is_open: bool, fails: bool) -> None:
        taken = any(row[1] == number and row[0] != id for row in self.model.teams.values())
        before = dict(self.model.teams)
        row = (id, number, is_open)
        self.call("set_team", *row, fails, then=lambda: self.model.teams.update({id: row}))
        assert (self.model.teams == before) or not (taken or fails)

    @rule(id=IDS, team=IDS, score=SCORES, fails=st.booleans())
    def put_player(self, id: int, team: int, score: int, fails: bool) -> None:
        row = (id, team, score)
        self.call("set_player", *row, fails, then=lambda: self.model.players.update({id: row}))

    @rule(id=IDS, fails=st.booleans())
    def remove(self, id: int, fails: bool) -> None:
        def removed() -> None:
            self.model.teams.pop(id, None)
            self.model.players.pop(id, None)

        self.call("drop", id, fails, then=removed)

    @rule(
        place=st.integers(0, 2),
        queries=st.lists(st.sampled_from(sorted(QUERIES)), min_size=1, max_size=4, unique=True),
    )
    def subscribe(self, place: int, queries: list[str]) -> None:
        """One of up to three clients asks for one more set."""
        self.numbers += 1
        if place >= len(self.clients):
            self.clients.append(Watcher(self, self.numbers))
        self.clients[place % len(self.clients)].subscribe(self.numbers, queries)

    @precondition(lambda self: any(client.sets for client in self.clients))
    @rule(place=st.integers(0, 9))
    def unsubscribe(self, place: int) -> None:
        chosen = [(client, number) for client in self.clients for number in client.sets]
        client, number = chosen[place % len(chosen)]
        client.unsubscribe(number)

    @precondition(lambda self: len(self.clients) == 3)
    @rule()
    def leave(self) -> None:
        self.clients.pop().session.close()

    @precondition(lambda self: self.model.players and self.model.teams)
    @rule(sure=st.sampled_from([True, False, False, False]))
    def restart(self, sure: bool) -> None:
        """As after a crash: nobody says goodbye."""
        if sure:
            self.storage.flush()
            self.storage.close()
            self.clients.clear()
            self.open()

    @invariant()
    def clients_hold_what_their_queries_find(self) -> None:
        for client in self.clients:
            client.hear()
            for queries, held in client.sets.values():
                assert +held == sum((self.model.answer(query) for query in queries), Counter())
                assert min(held.values(), default=0) >= 0

    @invariant()
    def tables_and_indexes_hold_what_the_model_holds(self) -> None:
        tables = self.database.datastore.tables
        assert {(t.id, t.number, t.open) for t in tables[Team].iter()} == set(self.model.teams.values())
        kept = set(self.model.players.values())
        assert {(p.id, p.team, p.score) for p in tables[Player].iter()} == kept
        for team in (1, 2):
            found = tables[Player].filter(team=team, score=Range(3, 7))
            assert {(p.id, p.team, p.score) for p in found} == {
                p for p in kept if p[1] == team and 3 <= p[2] < 7
            }

    def teardown(self) -> None:
        self.storage.close()
        self.folder.cleanup()


TestWorld = World.TestCase
TestWorld.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
