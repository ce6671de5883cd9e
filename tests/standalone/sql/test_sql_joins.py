"""Joins of subscriptions: what they select, and that their deltas are the difference of two evaluations."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.module import Identity, Module, Row, column, i32, u64
from spacetimedb_sdk.standalone.engine.database import Database
from spacetimedb_sdk.standalone.errors import QueryError
from spacetimedb_sdk.standalone.sql.query import JoinQuery, Pairs, Query, TooManyPairs
from spacetimedb_sdk.standalone.sql.relation import Moment
from spacetimedb_sdk.standalone.sql.subscription_query import compile_query

ALICE = Identity.from_string("c2" + "0" * 61 + "a")
BOB = Identity.from_string("c2" + "0" * 61 + "b")
module = Module("joins")


@module.table(public=True)
class Player(Row):
    player_id: u64 = column(primary_key=True)
    team: i32 = column(index=True)
    owner: Identity
    key: bytes = b""


@module.table(public=True)
class Badge(Row):
    # Without a primary key: rows are told apart by all of their columns.
    holder: u64 = column(index=True)
    team: i32 = column(index=True)
    level: i32


@module.table(public=True, event=True)
class Shout(Row):
    team: i32 = column(index=True)
    loudness: i32


QUERIES = {
    "partners": "SELECT p.* FROM player p JOIN badge b ON p.team = b.team",
    "filtered": "SELECT badge.* FROM player JOIN badge ON badge.holder = player.player_id"
    " WHERE badge.level > 1 AND player.owner = :sender",
    "either": "SELECT b.* FROM badge AS b INNER JOIN player AS p ON b.team = p.team"
    " WHERE b.level = 1 OR p.player_id = 2",
    "itself": "SELECT a.* FROM player a JOIN player b ON a.team = b.team WHERE a.player_id < b.player_id",
    "one's badges": "SELECT b.* FROM badge b JOIN player p ON b.holder = p.player_id"
    " WHERE p.player_id = 1 AND b.level <> 0",
    "a team's players": "SELECT p.* FROM badge b JOIN player p ON b.team = p.team WHERE b.holder = 2 AND p.team = 1",
    "of many": "SELECT b.* FROM badge b JOIN player p ON b.holder = p.player_id WHERE p.team = 1",
    "or both": "SELECT b.* FROM badge b JOIN player p ON b.team = p.team WHERE p.player_id = 1 AND (b.level = 1 OR p.team = 2)",
    "its own badges": "SELECT a.* FROM badge a JOIN badge b ON a.team = b.team",
}


def matches(name: str, database: Database) -> list[Any]:
    """The rows of a query of QUERIES, by looking at every pair."""
    players, badges = database.rows(Player), database.rows(Badge)
    if name == "partners":
        return [p for p in players for b in badges if p.team == b.team]
    if name == "filtered":
        return [
            b for p in players for b in badges if b.holder == p.player_id and b.level > 1 and p.owner == ALICE
        ]
    if name == "either":
        return [b for b in badges for p in players if b.team == p.team and (b.level == 1 or p.player_id == 2)]
    if name == "one's badges":
        return [b for p in players for b in badges if b.holder == p.player_id == 1 and b.level != 0]
    if name == "a team's players":
        return [p for b in badges for p in players if b.team == p.team == 1 and b.holder == 2]
    if name == "of many":
        return [b for b in badges for p in players if b.holder == p.player_id and p.team == 1]
    if name == "or both":
        return [
            b
            for b in badges
            for p in players
            if b.team == p.team and p.player_id == 1 and (b.level == 1 or p.team == 2)
        ]
    if name == "itself":
        return [a for a in players for b in players if a.team == b.team and a.player_id < b.player_id]
    return [a for a in badges for b in badges if a.team == b.team]


def compiled(database: Database, text: str) -> Query:
    return compile_query(text, database.datastore.stores, ALICE, unknown_table="no such table: `{}`")


def commit(database: Database, work: Callable[[], object]) -> dict[str, Any]:
    return {change.store.name: change for change in database.datastore.transact(lambda: (work(), None)[1])}


players = st.builds(Player, st.integers(0, 4), st.integers(0, 2), st.sampled_from([ALICE, BOB]), st.just(b""))
badges = st.builds(Badge, st.integers(0, 4), st.integers(0, 2), st.integers(0, 2))
# One step puts a row there (over the one with its key) or takes one away.
steps = st.tuples(st.booleans(), st.one_of(players, badges))
transactions = st.lists(st.lists(steps, min_size=1, max_size=6), max_size=6)


def apply(database: Database, work: list[tuple[bool, Any]]) -> Iterator[None]:
    for insert, row in work:
        table = database.datastore.tables[type(row)]
        if not insert:
            table.delete(row)
        elif isinstance(row, Player) and table.contains(row.player_id):
            table.update(row)
        else:
            table.insert(row)
        yield


@settings(max_examples=60, deadline=None)
@given(transactions)
def test_deltas_are_the_difference_of_two_evaluations(work: list[list[tuple[bool, Any]]]) -> None:
    database = Database(module, clock=lambda: 0)
    queries = {name: compiled(database, text) for name, text in QUERIES.items()}
    told: dict[str, Counter[Any]] = {name: Counter() for name in queries}
    for transaction in work:
        changes = commit(database, partial(deque, apply(database, transaction), 0))
        for name, query in queries.items():
            expected = Counter(matches(name, database))
            assert Counter(query.rows()) == expected
            if changes.keys() & set(query.tables):
                deletes, inserts = query.delta(changes)
                assert not Counter(deletes) & Counter(inserts)
                told[name].subtract(deletes)
                told[name].update(inserts)
            assert +told[name] == expected
            assert not -told[name]


def test_the_cost_of_a_delta_follows_the_changed_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database(module, clock=lambda: 0)
    table = database.datastore.tables[Player]
    commit(database, lambda: [table.insert(Player(n, n, ALICE)) for n in range(2000)] and None)
    query = compiled(database, QUERIES["partners"])

    def never() -> list[Any]:
        raise AssertionError("a whole table was read")

    for store in database.datastore.stores.values():
        monkeypatch.setattr(type(store), "rows", lambda self: never())
    changes = commit(database, lambda: database.datastore.tables[Badge].insert(Badge(1, 1500, 1)) and None)
    assert query.delta(changes) == ([], [Player(1500, 1500, ALICE)])


def test_events_meet_what_their_transaction_left() -> None:
    database = Database(module, clock=lambda: 0)
    query = compiled(database, "SELECT s.* FROM shout s JOIN player p ON s.team = p.team")

    def work() -> None:
        database.datastore.tables[Shout].insert(Shout(7, 3))
        database.datastore.tables[Player].insert(Player(1, 7, ALICE))

    assert query.delta(commit(database, work)) == ([], [Shout(7, 3)])
    assert query.rows() == []
    with pytest.raises(Exception, match="event tables cannot be looked up"):
        compiled(database, "SELECT p.* FROM shout s JOIN player p ON s.team = p.team")


def test_what_a_query_tells_of_itself() -> None:
    database = Database(module, clock=lambda: 0)
    join = compiled(database, QUERIES["filtered"])
    assert isinstance(join, JoinQuery)
    assert (join.store.name, join.tables) == ("badge", ("player", "badge"))
    assert join.names_sender
    assert join.equality is None
    plain = compiled(database, "SELECT * FROM player WHERE team > 0 AND (owner = :sender)")
    assert (plain.equality, plain.names_sender, plain.tables) == ((2, ALICE), True, ("player",))
    assert compiled(database, "SELECT * FROM player WHERE team = 1 OR player_id = 2").equality is None


def test_the_sender_on_a_column_of_bytes() -> None:
    database = Database(module, clock=lambda: 0)
    row = Player(1, 1, BOB, ALICE.data)
    commit(database, lambda: database.datastore.tables[Player].insert(row) and None)
    assert compiled(database, "SELECT * FROM player WHERE key = :sender").rows() == [row]
    assert compiled(database, f"SELECT * FROM player WHERE key = 0x{ALICE}").rows() == [row]
    assert compiled(database, "SELECT * FROM player WHERE owner = :sender").rows() == []


def test_the_owner_alone_finds_private_tables() -> None:
    hidden = Module("hidden")

    @hidden.table
    class Secret(Row):
        key: str = column(primary_key=True)

    database = Database(hidden, clock=lambda: 0)
    stores = database.datastore.stores
    owned = compile_query("SELECT * FROM secret", stores, ALICE, unknown_table="no `{}`", is_owner=True)
    # Equal texts of others must not find the owner's query.
    assert owned.names_sender
    with pytest.raises(Exception, match="no `secret`"):
        compile_query("SELECT * FROM secret", stores, ALICE, unknown_table="no `{}`")


def test_clients_who_ask_for_their_own_look_at_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of many clients joins by its own literal: the changed rows of others are never tried."""
    database = Database(module, clock=lambda: 0)
    table = database.datastore.tables
    commit(database, lambda: [table[Player].insert(Player(n, n, ALICE)) for n in range(300)] and None)
    text = "SELECT b.* FROM badge b JOIN player p ON b.holder = p.player_id WHERE p.player_id = {}"
    queries = [compiled(database, text.format(number)) for number in range(300)]
    pairs = Pairs()
    changes = commit(
        database, lambda: [table[Badge].insert(Badge(n, n, 1)) for n in range(0, 300, 2)] and None
    )
    told = [query.delta(changes, pairs) for query in queries]
    assert told == [([], [Badge(n, n, 1)] if n % 2 == 0 else []) for n in range(300)]
    # Its own row, and the badge that goes with it where there is one, as a changed row, for its partner and as what is told.
    assert pairs.looked_at == 300 + 3 * 150
    changes = commit(database, lambda: [table[Player].delete_by_key(n) for n in range(300)] and None)
    pairs = Pairs()
    told = [query.delta(changes, pairs) for query in queries]
    assert told == [([Badge(n, n, 1)] if n % 2 == 0 else [], []) for n in range(300)]
    assert pairs.looked_at == 300 + 2 * 150


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a.* FROM player a JOIN player b ON a.team = b.team WHERE b.player_id < 0",
        "SELECT b.* FROM badge b JOIN player p ON b.team = p.team WHERE p.player_id < 0",
        "SELECT b.* FROM player p JOIN badge b ON b.team = p.team",
    ],
)
def test_a_delta_looks_at_each_partner_once_however_many_rows_have_changed(text: str) -> None:
    database = Database(module, clock=lambda: 0)
    table = database.datastore.tables
    commit(database, lambda: [table[Player].insert(Player(n, 0, ALICE)) for n in range(300)] and None)
    commit(database, lambda: table[Badge].insert(Badge(1, 0, 1)) and None)
    query = compiled(database, text)
    pairs = Pairs()
    query.delta(
        commit(database, lambda: [table[Player].update(Player(n, 0, BOB)) for n in range(200)] and None),
        pairs,
    )
    # 200 rows changed, twice each of two tables; their partners were once 300, or 500 with those of before.
    assert pairs.looked_at < 2_000


def test_a_change_of_one_row_looks_at_no_other_for_a_literal_that_many_have() -> None:
    database = Database(module, clock=lambda: 0)
    table = database.datastore.tables
    commit(database, lambda: [table[Player].insert(Player(n, 1, ALICE)) for n in range(300)] and None)
    pairs = Pairs()
    for level, condition in enumerate(("p.team = 1", "p.team = 1 AND (p.player_id = 1 OR b.level = 2)")):
        query = compiled(
            database, f"SELECT b.* FROM badge b JOIN player p ON b.holder = p.player_id WHERE {condition}"
        )
        badge = Badge(1, 1, level)
        changes = commit(database, partial(table[Badge].insert, badge))
        assert query.delta(changes, pairs) == ([], [badge])
    assert pairs.looked_at < 20


def test_what_a_delta_may_look_at_is_bounded() -> None:
    database = Database(module, clock=lambda: 0)
    table = database.datastore.tables
    query = compiled(database, QUERIES["partners"])
    changes = commit(
        database,
        lambda: (
            [
                (table[Player].insert(Player(n, 1, BOB)), table[Badge].insert(Badge(n, 1, n)))
                for n in range(50)
            ]
            and None
        ),
    )
    with pytest.raises(TooManyPairs):
        query.delta(changes, Pairs(10, lambda: 2_000))
    assert len(query.delta(changes, Pairs(10, lambda: 4_000))[1]) == 2_500


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SELECT p.* FROM player p JOIN badge b", 6),
        ("SELECT p.* FROM player p JOIN badge b ON p.team = b.level", 3),
        ("SELECT p.* FROM player p JOIN badge b ON p.team = b.team JOIN player q ON q.team = b.level", 9),
        ("SELECT p.* FROM player p JOIN badge b ON p.team = b.team", 3),
    ],
)
def test_what_is_answered_once_may_join_anything(text: str, found: int) -> None:
    database = Database(module, clock=lambda: 1)
    stores = database.datastore.stores

    def fill() -> None:
        for number in range(3):
            stores["player"].insert(Player(number, 1, ALICE))
        stores["badge"].insert(Badge(1, 1, 1))
        stores["badge"].insert(Badge(2, 2, 3))

    database.change(fill, ALICE)
    query = compile_query(text, stores, ALICE, unknown_table="{}", once=True)
    assert sum(map(len, query.begin(Moment()))) == found
    if "ON p.team = b.team" not in text or "JOIN player" in text:
        with pytest.raises(QueryError):
            compile_query(text, stores, ALICE, unknown_table="{}")
