"""Which queries a commit is shown to: all that it can concern, and hardly any other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.module import Module, ReducerContext, ReducerError, Row, f32
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.standalone import Database
from spacetimedb_sdk.standalone.engine.calls import Transaction
from spacetimedb_sdk.standalone.sessions.v2 import V2Session
from spacetimedb_sdk.standalone.subscriptions import query_index
from spacetimedb_sdk.standalone.subscriptions.query_index import QueryIndex, SharedQuery
from spacetimedb_sdk.standalone.subscriptions.registry import Subscriptions
from spacetimedb_sdk.standalone.turns import Alone
from spacetimedb_sdk.types import ConnectionId, Identity
from tests.conformance.conformance_module import Vector2, module

CLIENTS = 400
SENDER = Identity(bytes(31) + b"\x01")


def database() -> Database:
    return Database(module, clock=lambda: 1_000_000)


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[SharedQuery]:
    """The queries that were shown a commit."""
    queries: list[SharedQuery] = []
    original = SharedQuery.delta
    monkeypatch.setattr(
        SharedQuery, "delta", lambda self, changes: queries.append(self) or original(self, changes)
    )
    return queries


def test_a_commit_costs_what_its_rows_can_match(evaluated: list[SharedQuery]) -> None:
    ours = database()
    subscriptions = Subscriptions(ours)
    ours.on_commit = subscriptions.broadcast
    told: list[int] = []

    def noting(number: int) -> Callable[[object], None]:
        return lambda _frame: told.append(number)

    for number in range(1, CLIENTS + 1):
        session = V2Session(
            ours,
            subscriptions,
            noting(number),
            identity=SENDER,
            connection_id=ConnectionId(number.to_bytes(16, "big")),
            token="",
            clock=lambda: 1_000_000,
        )
        session.open()
        queries = [f"SELECT * FROM item WHERE item_id = {number} AND level < 90", "SELECT * FROM scalar"]
        session.receive_now(v2.CLIENT_MESSAGE.encode(v2.Subscribe(1, v2.QuerySetId(1), queries)))
    evaluated.clear()
    told.clear()
    ours.call("add_items", "i", 10, sender=SENDER)
    assert (len(evaluated), sorted(told)) == (10, list(range(1, 11)))
    ours.call("move_item", 7, Vector2(1.0, 2.0), sender=SENDER)
    assert (len(evaluated), told[10:]) == (11, [7])
    ours.call(
        "add_items", "more", CLIENTS, sender=SENDER
    )  # levels beyond 89 are somebody's item, but match nobody
    assert (len(evaluated), len(told)) == (11 + CLIENTS - 10, 11 + 90)


def test_a_float_is_found_however_its_rounded_value_is_written() -> None:
    """The f32 nearest to 0.1 is written in many ways: no look-up by value may stand between a query and its rows."""
    sizes = Module("sizes")

    @sizes.table(public=True)
    class Size(Row):
        size: f32

    @sizes.reducer
    def measure(ctx: ReducerContext, size: f32) -> None:
        ctx.db[Size].insert(Size(size))

    ours = Database(sizes, clock=lambda: 1_000_000)
    index, found = QueryIndex(), list[bool]()
    texts = ["SELECT * FROM size WHERE size = 0.10000000149011612"]
    for query in asyncio.run(Subscriptions(ours).find(texts, SENDER, Alone())):
        index.add(query)
    ours.on_commit = lambda transaction: found.append(
        bool(index.deltas({change.store.name: change for change in transaction.changes}, {}))
    )
    ours.call("measure", 0.1, sender=SENDER)
    ours.call("measure", 0.2, sender=SENDER)
    assert found == [True, False]


def test_many_queries_between_two_numbers_cost_what_their_rows_do(evaluated: list[SharedQuery]) -> None:
    ours = database()
    subscriptions, index = Subscriptions(ours), QueryIndex()
    texts = [f"SELECT * FROM item WHERE item_id >= {n} AND {n + 2} > item_id" for n in range(1, CLIENTS, 2)]
    queries = asyncio.run(subscriptions.find(texts, SENDER, Alone()))
    for query in queries:
        index.add(query)
    found: list[int] = []
    ours.on_commit = lambda transaction: found.append(
        len(index.deltas({change.store.name: change for change in transaction.changes}, {}))
    )
    ours.call("add_items", "i", 10, sender=SENDER)
    assert (len(evaluated), found) == (5, [5])
    for query in queries[8:]:
        index.discard(query)
    ours.call("move_item", 4, Vector2(1.0, 2.0), sender=SENDER)
    assert (len(evaluated), found) == (6, [5, 1])
    index.discard(queries[0])  # so few are tried one by one
    ours.call("move_item", 4, Vector2(2.0, 2.0), sender=SENDER)
    assert (len(evaluated), found) == (6 + 7, [5, 1, 1])


def test_floats_are_between_numbers_as_they_are_compared() -> None:
    """Rounded as the column rounds them; what is no number is between no two."""
    sizes = Module("sizes")

    @sizes.table(public=True)
    class Size(Row):
        size: f32

    @sizes.reducer
    def measure(ctx: ReducerContext) -> None:
        for size in (float("nan"), 0.1, float("-inf"), 0.2, 0.30000001192092896, float("inf"), float("nan")):
            ctx.db[Size].insert(Size(size))

    ours = Database(sizes, clock=lambda: 1_000_000)
    subscriptions, index = Subscriptions(ours), QueryIndex()
    texts = [
        "size >= 0.1 AND size < 0.3",
        "size > 0.1",
        "size <= 0.30000001",
        "0.2 <= size AND 5 > size",
        "size > 0.1 AND size > 0.2",
        "size < 0.2 AND size <= 0.1",
        "size > 4 AND size < 3",
        "size >= -1e39",
    ]
    queries = asyncio.run(
        subscriptions.find([f"SELECT * FROM size WHERE {text}" for text in texts], SENDER, Alone())
    )
    for query in queries:
        index.add(query)
    told: dict[SharedQuery, list[object]] = {}

    def note(transaction: Transaction) -> None:
        changes = {change.store.name: change for change in transaction.changes}
        for query, delta in index.deltas(changes, {}).items():
            told[query] = list(delta.inserts.rows)
        assert told == {query: rows for query in queries if (rows := query.query.delta(changes)[1])}

    ours.on_commit = note
    ours.call("measure", sender=SENDER)
    assert [len(told.get(query, [])) for query in queries] == [2, 3, 4, 2, 2, 2, 0, 5]


COMPARISONS = st.one_of(
    st.tuples(st.sampled_from(["item_id", "level"]), st.just("="), st.integers(0, 6).map(str)),
    st.tuples(
        st.sampled_from(["item_id", "level"]),
        st.sampled_from(["<", "<=", ">", ">=", "<>"]),
        st.integers(0, 6).map(str),
    ),
    st.tuples(st.integers(0, 6).map(str), st.sampled_from(["<", "<=", ">", ">="]), st.just("item_id")),
    st.tuples(st.just("name"), st.just("="), st.sampled_from(["'a0'", "'a1'", "'b2'"])),
    st.tuples(st.just("owner"), st.just("="), st.just(":sender")),
).map(" ".join)
WHERE = st.recursive(
    COMPARISONS,
    lambda part: st.tuples(part, st.sampled_from(["AND", "OR"]), part).map(lambda p: f"({' '.join(p)})"),
    max_leaves=4,
)
CALLS = st.one_of(
    st.tuples(st.just("add_items"), st.sampled_from("ab"), st.integers(1, 4)),
    st.tuples(st.just("move_item"), st.integers(1, 6), st.just(Vector2(0.5, 0.5))),
    st.tuples(st.just("remove_item"), st.integers(1, 6)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WHERE, min_size=1, max_size=5), st.lists(CALLS, max_size=6), st.sampled_from([1, 8]))
def test_no_query_that_matches_is_passed_over(
    conditions: list[str], calls: list[tuple[object, ...]], many: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # From how many on queries between two numbers are found by rows in order.
        patch.setattr(query_index, "_MANY", many)
        compare_with_all(conditions, calls)


def compare_with_all(conditions: list[str], calls: list[tuple[object, ...]]) -> None:
    ours = database()
    subscriptions, index = Subscriptions(ours), QueryIndex()
    joined = "SELECT item.* FROM item JOIN presence ON item.owner = presence.identity"
    texts = ["SELECT * FROM item", joined, *(f"SELECT * FROM item WHERE {where}" for where in conditions)]
    queries = asyncio.run(subscriptions.find(texts, SENDER, Alone()))
    for query in queries:
        index.add(query)

    def compare(transaction: Transaction) -> None:
        changes = {change.store.name: change for change in transaction.changes}
        concerned = [query for query in queries if set(query.query.tables) & set(changes)]
        tried = {query: delta for query in concerned if (delta := query.delta(changes)) is not None}
        found = index.deltas(changes, {})
        assert found.keys() == tried.keys()
        for query, delta in found.items():
            assert delta.deletes.bsatn() == tried[query].deletes.bsatn()
            assert delta.inserts.bsatn() == tried[query].inserts.bsatn()

    ours.on_commit = compare
    ours.connect(SENDER, ConnectionId(bytes(15) + b"\x01"))
    for reducer, *args in calls:
        try:
            ours.call(str(reducer), *args, sender=SENDER)
        except ReducerError:
            continue  # no such item, or a name that is taken: nothing changes
    for query in queries:
        index.discard(query)
    assert not index
