"""Visibility filters: whatever way a client asks, it is told of the rows that are for it alone, and of their changes.

A dumb model tries every row for every client; clients that subscribe add up what they are told.
"""

from __future__ import annotations

import gc
import random
import re
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.request import urlopen

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.module import Identity, Module, ReducerContext, Row, ViewContext, column, i32
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.sats.schema.v9 import read_v9, write_v9
from spacetimedb_sdk.sats.schema.v10 import read_v10, write_v10
from spacetimedb_sdk.standalone import Database, Server
from spacetimedb_sdk.standalone.hosting.auth import SigningKey, Tokens
from spacetimedb_sdk.standalone.hosting.host import DatabaseHost
from spacetimedb_sdk.standalone.sql import visibility
from spacetimedb_sdk.standalone.subscriptions.query_index import SharedQuery
from spacetimedb_sdk.standalone.tables.table_store import TableStore
from tests.standalone.http_client import new_identity, rows, sql
from tests.standalone.raw_client import RawClient, row_bytes
from tests.standalone.sql.visible_cards import FILTERS, QUERIES, World, dealt
from tests.standalone.subscriptions.test_stateful import Watcher


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("seed", range(12))
def test_clients_hold_what_is_for_them_after_every_change(seed: int) -> None:
    world, chance = World(), random.Random(seed)
    watchers = [Watcher(world, number) for number in (1, 2, 3)]
    players = [watcher.session.identity for watcher in watchers]
    owner = Watcher(world, 4, identity=world.database.owner)
    everybody = [*watchers, owner]
    numbers = iter(range(1, 1_000))
    for _ in range(60):
        if chance.random() < 0.3:
            texts = chance.sample(sorted(QUERIES), chance.randrange(1, 4))
            chance.choice(everybody).subscribe(next(numbers), texts)
        leaving = chance.choice(everybody)
        if leaving.sets and chance.random() < 0.15:
            leaving.unsubscribe(chance.choice(list(leaving.sets)))
        world.change(chance, players)
        for watcher in everybody:
            watcher.hear()
            for texts, held in watcher.sets.values():
                who = watcher.session.identity
                assert +held == sum((world.expected(text, who) for text in texts), Counter())
                assert min(held.values(), default=0) >= 0


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(dealt(), database="cards") as server:
        yield server


def deal(server: Server, *cards: tuple[int, Identity, bool]) -> None:
    """Cards of game 1, each with a note of its number."""

    def work(database: Database) -> None:
        for number, owner, shown in cards:
            database.call("put_card", number, 1, owner, shown, sender=database.owner)
            database.call("put_note", number, number, sender=database.owner)

    server.run(work)


def test_statements_over_http_find_what_is_for_who_asks(server: Server) -> None:
    name, token = new_identity(server)
    mine, other = Identity(bytes.fromhex(name)), Identity(bytes(31) + b"\x09")
    deal(server, (1, mine, False), (2, other, False), (3, other, True))
    asked = {
        "SELECT id FROM card": [[1]],
        "SELECT COUNT(*) AS n FROM card": [[1]],
        "SELECT id FROM card WHERE id = 2": [],
        "SELECT id FROM card LIMIT 3": [[1]],
        "SELECT COUNT(*) AS n FROM note": [[1]],
        "SELECT card.id FROM card JOIN note ON card.id = note.card": [[1]],
        "SELECT note.id, c.id AS c FROM note JOIN card c": [[1, 1]],
        "SELECT a.id FROM card a JOIN card b ON a.game = b.game": [[1]],
        "SELECT talk.id FROM talk JOIN card ON talk.id = card.id": [[1]],
        "SELECT COUNT(*) AS n FROM talk": [[3]],
    }
    assert {text: rows(server, text, token) for text in asked} == asked
    server.run(lambda database: database.call("put_seat", 1, 1, mine, sender=database.owner))
    assert rows(server, "SELECT id FROM card", token) == [[1], [3]]
    assert rows(server, "SELECT id FROM note", token) == [[1], [3]]
    # Without a token somebody new asks each time; the owner asks as the server's own.
    assert rows(server, "SELECT id FROM card") == []
    owner = server.owner_token
    assert rows(server, "SELECT id FROM card", owner) == [[1], [2], [3]]
    assert sql(server, "DELETE FROM card WHERE id = 2", owner).status == 200
    assert rows(server, "SELECT COUNT(*) AS n FROM card", owner) == [[2]]


def test_one_off_queries_and_the_legacy_subscription_are_filtered_too(server: Server) -> None:
    with RawClient(server) as first, RawClient(server) as second:
        deal(server, (1, first.identity, False), (2, second.identity, False))
        for client, own in ((first, 1), (second, 2)):
            answer = client.ask(v1.OneOffQuery(b"", "SELECT * FROM card"))
            (table,) = answer.tables
            assert [row[:4] for row in row_bytes(table.rows)] == [own.to_bytes(4, "little")]
            subscribed = client.ask(v1.Subscribe(["SELECT * FROM *"], 1))
            held = {
                table.table_name: [
                    row[:4] for update in table.updates for row in row_bytes(update.value.inserts)
                ]
                for table in subscribed.database_update.tables
            }
            assert held["card"] == held["note"] == [own.to_bytes(4, "little")]
            assert len(held["talk"]) == 2
        # A change of somebody else's card is no news for the first, a change of hers is.
        deal(server, (2, second.identity, True), (1, first.identity, True))
        update = first.receive()
        (table,) = update.status.value.tables
        changed = [row for each in table.updates for row in row_bytes(each.value.inserts)]
        assert (table.table_name, [row[:4] for row in changed]) == ("card", [(1).to_bytes(4, "little")])


def test_what_the_owner_asks_first_is_not_what_others_get(world: World) -> None:
    """Equal texts of different clients are usually one query."""
    players = [Identity(bytes([number]) * 32) for number in (1, 2)]
    world.call("put_card", 1, 1, players[0], False)
    world.model.cards[1] = (1, 1, players[0], False)
    clients = [
        Watcher(world, 9, world.database.owner),
        *(Watcher(world, n, who) for n, who in enumerate(players, 1)),
    ]
    for client in clients:
        client.subscribe(1, ["SELECT * FROM card"])
        client.hear()
    assert [sum(client.sets[1][1].values()) for client in clients] == [1, 1, 0]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_committed_while_the_first_rows_are_searched_is_seen(world: World, seed: int) -> None:
    """The search takes many steps; rows come and go before it, behind it, and come again."""
    chance, me, other = random.Random(seed), Identity(bytes(31) + b"\x01"), Identity(bytes(31) + b"\x02")
    table = world.database.datastore.stores["card"]
    card = table.row_class

    def put(number: int, owner: Identity) -> None:
        world.database.datastore.tables[card].delete_by_key(number)
        world.database.datastore.tables[card].insert(card(number, 1, owner, False))

    world.database.change(lambda: [put(number, chance.choice((me, other))) for number in range(6_000)], me)
    stores = world.subscriptions.visible.stores(me)
    rows, notes = stores["card"], stores["note"]
    steps = 0
    for _ in notes.steps():  # type: ignore[attr-defined]
        steps += 1
        number, owner = chance.randrange(6_000), chance.choice((me, other))
        world.database.change(partial(put, number, owner), me)
        world.call("put_note", steps % 4 + 1, number)
    assert steps > 5

    def check() -> None:
        mine = {item for item in table.rows() if item.owner == me}
        assert Counter(rows.rows()) == Counter(mine)
        held = {item.id for item in mine}
        all_notes = world.database.datastore.stores["note"].rows()
        assert Counter(notes.rows()) == Counter(item for item in all_notes if item.card in held)

    check()
    for number in range(50):
        world.database.change(lambda: put(chance.randrange(6_000), chance.choice((me, other))), me)
        world.call("put_note", number % 4 + 1, chance.randrange(6_000))
        check()


def test_a_commit_has_nobody_look_at_all_rows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    watchers = [Watcher(world, number) for number in (1, 2, 3)]
    for watcher in watchers:
        watcher.subscribe(1, list(QUERIES))
        watcher.hear()
    looked: list[str] = []
    found = TableStore.rows

    def rows(store: TableStore[Any]) -> list[Any]:
        looked.append(store.name)
        return found(store)

    monkeypatch.setattr(TableStore, "rows", rows)
    for number, watcher in enumerate(watchers, 1):
        world.call("put_card", number, 1, watcher.session.identity, True)
        world.call("put_note", number, number)
        world.call("put_seat", number, 1, watcher.session.identity)
    assert looked == []


def test_of_many_queries_for_one_value_each_only_those_of_a_changed_row_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = dealt()

    @module.table(public=True)
    class Sign(Row):
        id: i32 = column(primary_key=True)

    @module.view(public=True)
    def signs(ctx: ViewContext) -> list[Sign]:
        return list(ctx.db[Sign].iter())

    @module.reducer
    def put_sign(ctx: ReducerContext, id: i32) -> None:
        ctx.db[Sign].insert(Sign(id))

    world = World(module)
    watcher = Watcher(world, 1)
    for table in ("card", "signs"):
        texts = [f"SELECT * FROM {table} WHERE id = {number}" for number in range(100)]
        watcher.subscribe(1 if table == "card" else 2, texts)
        watcher.hear()
    looked: list[str] = []
    delta = SharedQuery.delta

    def noted(query: SharedQuery, changes: Any) -> Any:
        looked.append(query.query.text)
        return delta(query, changes)

    monkeypatch.setattr(SharedQuery, "delta", noted)
    world.call("put_card", 7, 1, watcher.session.identity, False)
    world.call("put_card", 8, 1, Identity(bytes(32)), False)
    world.call("put_sign", 9)
    assert looked == ["SELECT * FROM card WHERE id = 7", "SELECT * FROM signs WHERE id = 9"]
    watcher.hear()
    assert sum(watcher.sets[1][1].values()) == sum(watcher.sets[2][1].values()) == 1
    watcher.unsubscribe(1)
    watcher.unsubscribe(2)
    assert not world.subscriptions._index


def test_what_everybody_sees_alike_is_held_once() -> None:
    module = dealt()

    @module.table(public=True)
    class Sign(Row):
        id: i32 = column(primary_key=True)
        shown: bool

    module.client_visibility_filter("SELECT * FROM sign WHERE shown = true")
    visible = World(module).subscriptions.visible
    one, other = (visible.stores(Identity(bytes([number]) * 32)) for number in (1, 2))
    assert one["sign"] is other["sign"]
    assert one["card"] is not other["card"]
    assert one["note"] is not other["note"]


def test_nothing_is_held_for_a_client_of_what_a_row_says_by_itself() -> None:
    module = dealt()

    @module.table(public=True)
    class Sign(Row):
        id: i32 = column(primary_key=True)
        owner: Identity

    module.client_visibility_filter("SELECT * FROM sign WHERE id >= 0")
    module.client_visibility_filter("SELECT * FROM sign WHERE owner = :sender")
    world = World(module)
    world.database.change(
        lambda: [
            world.database.datastore.tables[Sign].insert(Sign(n, Identity(bytes(32)))) for n in range(20_000)
        ],
        Identity(bytes(32)),
    )
    Watcher(world, 1).subscribe(1, ["SELECT * FROM sign WHERE id < 10"])
    tracemalloc.start()
    try:
        watchers = [Watcher(world, number) for number in range(2, 12)]
        for watcher in watchers:
            watcher.subscribe(1, ["SELECT * FROM sign WHERE id < 10"])
        watchers[-1].hear()
        assert sum(watchers[-1].sets[1][1].values()) == 10
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # For each client as much as its queries take, not as 20,000 rows do: those take a megabyte.
    assert held < 10 * 100_000


def test_what_is_held_for_all_clients_together_is_bounded(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visibility, "_MOST_HELD", 2)
    with RawClient(server) as first, RawClient(server) as second:
        deal(server, *((number, first.identity, False) for number in range(3)))
        assert (
            "rows of tables with visibility filters are held" in first.subscribe("SELECT * FROM card").error
        )
        # Of seats a row alone says who sees it; and who sees little is answered.
        assert isinstance(first.subscribe("SELECT * FROM seat"), v1.SubscribeMultiApplied)
        assert isinstance(second.subscribe("SELECT * FROM card"), v1.SubscribeMultiApplied)


def test_what_was_refused_is_no_longer_held(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, not when garbage is collected next."""
    with RawClient(server) as client:
        deal(server, *((number, client.identity, False) for number in range(3)))
        gc.collect()
        gc.disable()
        try:
            with monkeypatch.context() as fewer:
                fewer.setattr(visibility, "_MOST_HELD", 2)
                assert "are held" in client.subscribe("SELECT * FROM card").error
            tables = server.running.database_host.subscriptions.visible
            assert server.run(lambda _: len(tables._live)) == 0
        finally:
            gc.enable()


def test_nobody_is_told_how_many_rows_there_are_that_it_may_not_see(server: Server) -> None:
    deal(server, (1, Identity(bytes(32)), False))
    with urlopen(f"{server.url}/v1/metrics") as answer:
        told = re.findall(
            r'^spacetimedb_table_rows\{.*table="(\w+)"\} (\d+)', answer.read().decode(), re.MULTILINE
        )
    assert told == [("talk", "1")]


def test_a_module_that_hides_rows_ends_the_clients_that_hold_them(world: World) -> None:
    """They would keep what is not for them any more, and never be told that it has gone."""
    open_to_all = dealt()
    open_to_all._visibility_filters.clear()
    world = World(open_to_all)
    watchers = [Watcher(world, number) for number in (1, 2, 3, 4)]
    for watcher, table in zip(watchers, ("card", "talk", "note", "chat"), strict=True):
        watcher.subscribe(1, [f"SELECT * FROM {table}"])
    world.database.change_module(dealt())
    assert world.subscriptions.module_changed() == [
        watchers[0].session,
        watchers[2].session,
        watchers[3].session,
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT * FROM nowhere", "no such table: `nowhere`"),
        ("SELECT id FROM card", "Column projections are not supported"),
        ("DELETE FROM card", "Non-SELECT"),
        ("SELECT * FROM card WHERE owner = 3", "cannot be parsed"),
        ("SELECT * FROM flash", "is an event table"),
    ],
)
def test_a_filter_that_is_none_is_refused_with_its_line(text: str, said: str) -> None:
    module = dealt()

    @module.table(public=True, event=True)
    class Flash(Row):
        id: i32

    module.client_visibility_filter(text)
    with pytest.raises(ModuleError, match=said) as refused, Server(module, database="cards"):
        pass
    assert refused.value.file == __file__
    assert refused.value.line == module.visibility_filters[text].line


def test_filters_that_join_each_other_in_a_circle_are_refused() -> None:
    module = dealt()
    module.client_visibility_filter("SELECT card.* FROM card JOIN note ON card.id = note.card")
    with pytest.raises(ModuleError, match="circle"), Server(module, database="cards"):
        pass


def test_a_module_with_a_wrong_filter_does_not_take_the_place_of_another() -> None:
    world = World()
    host = DatabaseHost(
        "cards",
        world.database,
        Tokens(SigningKey(ec.generate_private_key(ec.SECP256R1())), lambda: 1),
        lambda: 1,
    )
    before, wrong = world.database.module, dealt()
    wrong.client_visibility_filter("SELECT * FROM nowhere")
    with pytest.raises(ModuleError, match="nowhere"):
        host.change_module(wrong)
    assert world.database.module is before


@pytest.mark.parametrize("text", ["", "  ", None])
def test_a_filter_is_a_query(text: Any) -> None:
    with pytest.raises(ModuleError, match="a visibility filter is a query"):
        Module("empty").client_visibility_filter(text)


def test_filters_stand_in_the_definition_and_come_with_a_part() -> None:
    part, module = dealt(), Module("whole")
    module.include(part)
    definition = module.definition()
    assert definition.row_level_security == FILTERS
    assert read_v9(write_v9(definition)).row_level_security == definition.row_level_security
    assert read_v10(write_v10(definition)).row_level_security == definition.row_level_security
