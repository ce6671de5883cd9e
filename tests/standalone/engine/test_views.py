"""Views beyond the recordings: what is evaluated when, conditions on views, and views that fail."""

from __future__ import annotations

import json
import struct
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from spacetimedb_sdk.errors import ModuleError
from spacetimedb_sdk.module import (
    AnonymousViewContext,
    Identity,
    Module,
    Product,
    ReducerContext,
    ReducerError,
    Row,
    ViewContext,
    column,
    i32,
    u32,
)
from spacetimedb_sdk.protocol.messages import v2
from spacetimedb_sdk.sats.schema.v10 import read_v10, write_v10
from spacetimedb_sdk.standalone import Database, Server
from spacetimedb_sdk.standalone.engine.time_limit import TimeLimit
from spacetimedb_sdk.standalone.errors import QueryError
from spacetimedb_sdk.standalone.sessions.v2 import V2Session
from tests.conformance.conformance_2x_module import module as conformance
from tests.standalone.inbox import Inbox, payloads
from tests.standalone.raw_client import row_bytes


class Scores:
    """A module whose views say when they are evaluated."""

    def __init__(self) -> None:
        module = self.module = Module("scores")
        self.evaluated: list[str] = []
        self.broken = False
        self.refusal = ""

        @module.table(public=True)
        class Score(Row):
            id: u32 = column(primary_key=True)
            player: Identity = column(index=True)
            points: i32

        @module.table(public=True)
        class Chat(Row):
            text: str

        @module.reducer
        def score(ctx: ReducerContext, id: u32, points: i32) -> None:
            ctx.db[Score].delete_by_key(id)
            ctx.db[Score].insert(Score(id, ctx.sender, points))

        @module.reducer
        def say(ctx: ReducerContext, text: str) -> None:
            ctx.db[Chat].insert(Chat(text))

        @module.view(public=True)
        def mine(ctx: ViewContext) -> list[Score]:
            self.evaluated.append("mine")
            if self.refusal:
                raise ReducerError(self.refusal)
            if self.broken:
                raise RuntimeError("broken")
            return ctx.db[Score].filter(player=ctx.sender)

        @module.view(public=True)
        def best(ctx: AnonymousViewContext) -> Score | None:
            self.evaluated.append("best")
            return max(ctx.db[Score].iter(), key=lambda row: row.points, default=None)

        @module.view
        def hidden(ctx: AnonymousViewContext) -> list[Score]:
            return ctx.db[Score].iter()  # type: ignore[return-value]  # nobody gets to see it

        self.inbox = Inbox(module)
        self.database = self.inbox.database

    def score(self, session: V2Session, id: int, points: int) -> None:
        self.database.call("score", id, points, sender=session.identity)


def subscribed(scores: Scores | Guild, number: int, *queries: str) -> tuple[Any, list[bytes]]:
    session, frames = scores.inbox.session(number, V2Session)
    session.receive_now(v2.CLIENT_MESSAGE.encode(v2.Subscribe(1, v2.QuerySetId(1), list(queries))))
    return session, frames


def messages(frames: list[bytes]) -> list[Any]:
    found = [v2.SERVER_MESSAGE.decode(payload) for payload in payloads(frames)]
    frames.clear()
    return found


def counts(frames: list[bytes]) -> list[tuple[str, int, int]]:
    """(view, inserts, deletes) of each update."""
    return [
        (table.table_name, len(row_bytes(part.value.inserts)), len(row_bytes(part.value.deletes)))
        for message in messages(frames)
        for table in message.query_sets[0].tables
        for part in table.rows
    ]


def test_each_caller_sees_its_own_and_only_what_changed() -> None:
    scores = Scores()
    (a, of_a), (_, of_b) = (subscribed(scores, n, "SELECT * FROM mine") for n in (1, 2))
    assert [type(message) for frames in (of_a, of_b) for message in messages(frames)] == [
        v2.SubscribeApplied
    ] * 2
    scores.score(a, 1, 10)
    scores.score(a, 2, 20)
    scores.score(a, 2, 30)
    scores.score(a, 2, 30)  # the same row again
    assert counts(of_a) == [("mine", 1, 0), ("mine", 1, 0), ("mine", 1, 1)]
    assert of_b == []


def test_views_are_evaluated_when_a_table_they_read_changed_and_once_for_everybody() -> None:
    scores = Scores()
    (a, of_a), (_, of_b) = (subscribed(scores, n, "SELECT * FROM best") for n in (1, 2))
    messages(of_a + of_b)
    scores.evaluated.clear()
    scores.database.call("say", "hello", sender=a.identity)
    assert scores.evaluated == []
    scores.score(a, 1, 10)
    assert scores.evaluated == ["best"]
    assert of_a[-1] is of_b[-1]
    a.close()
    scores.score(a, 1, 11)
    assert scores.evaluated == ["best"] * 2
    scores.inbox.subscriptions.remove(next(iter(scores.inbox.subscriptions._clients)))
    scores.score(a, 1, 12)
    assert scores.evaluated == ["best"] * 2  # nobody is left to look


def test_conditions_hold_for_views_as_for_tables() -> None:
    scores = Scores()
    a, of_a = subscribed(scores, 1, "SELECT * FROM mine WHERE points > 15", "SELECT * FROM best WHERE id = 2")
    messages(of_a)
    scores.score(a, 1, 10)
    assert of_a == []
    scores.score(a, 2, 20)
    assert counts(of_a) == [("best", 1, 0), ("mine", 1, 0)]
    scores.score(a, 2, 5)
    assert counts(of_a) == [("best", 0, 1), ("mine", 0, 1)]


@pytest.mark.parametrize(
    "query", ["SELECT * FROM hidden", "SELECT mine.* FROM mine JOIN score ON mine.id = score.id"]
)
def test_what_cannot_be_subscribed_to(query: str) -> None:
    _, frames = subscribed(Scores(), 1, query)
    (answer,) = messages(frames)
    assert isinstance(answer, v2.SubscriptionError)


def test_a_view_that_fails_is_refused_or_stays_as_it_was() -> None:
    scores = Scores()
    a, of_a = subscribed(scores, 1, "SELECT * FROM mine")
    scores.score(a, 1, 10)
    of_a.clear()
    scores.broken = True
    scores.score(a, 2, 20)
    assert of_a == []
    _, of_b = subscribed(scores, 2, "SELECT * FROM mine")
    (answer,) = messages(of_b)
    assert answer.error.startswith("view `mine` failed: the module's log says why")
    scores.refusal = "no scores in winter"
    _, of_c = subscribed(scores, 3, "SELECT * FROM mine")
    (answer,) = messages(of_c)
    assert answer.error.startswith("view `mine` failed: no scores in winter")
    scores.broken, scores.refusal = False, ""
    scores.score(a, 3, 30)
    assert counts(of_a) == [("mine", 2, 0)]


def test_a_view_may_read_and_nothing_else() -> None:
    module = Module("writing")

    @module.table(public=True)
    class Mark(Row):
        id: u32 = column(primary_key=True)

    @module.view(public=True)
    def marks(ctx: AnonymousViewContext) -> list[Mark]:
        ctx.db[Mark].insert(Mark(1))
        return []

    inbox = Inbox(module)
    session, frames = inbox.session(1, V2Session)
    session.receive_now(v2.CLIENT_MESSAGE.encode(v2.OneOffQuery(1, "SELECT * FROM marks")))
    (answer,) = messages(frames)
    assert answer.result.error.startswith("view `marks` failed")
    assert inbox.database.rows(Mark) == []


class Guild:
    """A module whose views have rows of their own type, primary keys, or both."""

    def __init__(self) -> None:
        module = self.module = Module("guild")

        @module.type
        class Standing(Product):
            player: u32
            total: i32

        @module.table(public=True)
        class Score(Row):
            id: u32 = column(primary_key=True)
            player: u32 = column(index=True)
            points: i32

        @module.table(public=True)
        class Player(Row):
            player: u32 = column(primary_key=True)
            name: str

        @module.reducer
        def score(ctx: ReducerContext, id: u32, player: u32, points: i32) -> None:
            ctx.db[Score].delete_by_key(id)
            ctx.db[Score].insert(Score(id, player, points))
            if ctx.db[Player].get(player) is None:
                ctx.db[Player].insert(Player(player, f"player {player}"))

        @module.view(public=True, primary_key="player")
        def standings(ctx: AnonymousViewContext) -> list[Standing]:
            totals: dict[int, int] = {}
            for row in ctx.db[Score].iter():
                totals[row.player] = totals.get(row.player, 0) + row.points
            return [Standing(player, total) for player, total in totals.items()]

        @module.view(public=True)
        def leader(ctx: AnonymousViewContext) -> Standing | None:
            rows = [Standing(row.player, row.points) for row in ctx.db[Score].iter()]
            return max(rows, key=lambda row: row.total, default=None)

        @module.view(public=True, primary_key="player")
        def doubled(ctx: AnonymousViewContext) -> list[Standing]:
            return [Standing(row.player, row.id) for row in ctx.db[Score].iter()]

        self.inbox = Inbox(module)

    def score(self, *args: int) -> None:
        self.inbox.database.call("score", *args, sender=self.inbox.database.owner)

    def told(self, frames: list[bytes]) -> dict[str, tuple[list[tuple[int, ...]], list[tuple[int, ...]]]]:
        """By table, the inserted and the deleted rows as the numbers they are made of."""

        def numbers(rows: Any) -> list[tuple[int, ...]]:
            return sorted(struct.unpack(f"<{len(row) // 4}i", row) for row in row_bytes(rows))

        return {
            table.table_name: (numbers(part.value.inserts), numbers(part.value.deletes))
            for message in messages(frames)
            for table in message.query_sets[0].tables
            for part in table.rows
        }


def test_a_view_may_have_rows_that_are_no_tables() -> None:
    guild = Guild()
    _, frames = subscribed(guild, 1, "SELECT * FROM leader", "SELECT * FROM standings WHERE total > 10")
    messages(frames)
    guild.score(1, 7, 5)
    assert guild.told(frames) == {"leader": ([(7, 5)], [])}
    guild.score(2, 7, 6)
    assert guild.told(frames) == {"leader": ([(7, 6)], [(7, 5)]), "standings": ([(7, 11)], [])}
    definition = guild.module.definition()
    (standings,) = [view for view in definition.views if view.name == "standings"]
    assert standings.primary_key == ("player",)
    assert read_v10(write_v10(definition)).views == definition.views
    assert guild.inbox.database.views.count("leader") == 1


def test_a_view_with_a_primary_key_can_be_joined() -> None:
    guild = Guild()
    query = "SELECT {}.* FROM standings JOIN player ON standings.player = player.player WHERE standings.total > 10"
    guild.score(1, 7, 5)
    _, of_view = subscribed(guild, 1, query.format("standings"))
    _, of_table = subscribed(
        guild, 2, "SELECT score.* FROM score JOIN standings ON score.player = standings.player"
    )
    messages(of_view)
    messages(of_table)
    guild.score(2, 7, 6)
    assert guild.told(of_view) == {"standings": ([(7, 11)], [])}
    assert guild.told(of_table) == {"score": ([(2, 7, 6)], [])}
    guild.score(3, 8, 20)
    assert guild.told(of_view) == {"standings": ([(8, 20)], [])}
    guild.score(1, 7, 1)
    assert guild.told(of_view) == {"standings": ([], [(7, 11)])}
    _, late = subscribed(guild, 3, query.format("standings"))
    (applied,) = messages(late)
    (table,) = applied.rows.tables
    assert [struct.unpack("<Ii", row) for row in row_bytes(table.rows)] == [(8, 20)]


def test_two_rows_of_one_key_are_a_fault_of_the_view() -> None:
    guild = Guild()
    guild.score(1, 7, 5)
    guild.score(2, 7, 6)
    _, frames = subscribed(guild, 1, "SELECT * FROM doubled")
    (answer,) = messages(frames)
    assert "view `doubled` failed" in answer.error
    assert any("two rows have player=7" in line for line in guild.inbox.database.module_log.lines())


def test_a_key_that_is_none_is_named_when_the_module_is_loaded() -> None:
    module = Module("mistaken")

    @module.table
    class Thing(Row):
        a: i32
        b: list[i32]

    for key, says in (("c", "'c' is none of its columns"), ("b", "can be no")):

        def things(ctx: AnonymousViewContext) -> list[Thing]:
            return []

        module.view(primary_key=key, name=f"by_{key}")(things)
        with pytest.raises(ModuleError, match=says):
            module.build()
        module._views.clear()


def test_mistakes_in_a_view_are_named() -> None:
    module = Module("mistaken")

    @module.view
    def numbers(ctx: AnonymousViewContext) -> list[i32]:
        return [1]

    with pytest.raises(ModuleError, match="view 'numbers' returns rows"):
        module.build()
    with pytest.raises(ModuleError, match="view 'with_more' takes the context alone"):

        @module.view
        def with_more(ctx: ViewContext, more: i32) -> list[i32]:
            return [more]


def test_sql_over_http_reads_views_as_the_caller_sees_them() -> None:
    with Server(conformance, database="conformance") as server:
        tokens = server.running.database_host.tokens

        def post(who: str, path: str, body: str) -> Any:
            headers = {
                "Authorization": f"Bearer {tokens.mint(who).token}",
                "Content-Type": "application/json",
            }
            request = urllib.request.Request(
                f"{server.url}/v1/database/conformance/{path}", data=body.encode(), headers=headers
            )
            with urllib.request.urlopen(request) as answer:
                return json.loads(answer.read() or b"null")

        post("a", "call/add_item", '["sword", {"red": []}, 1, {"x": 0, "y": 0}]')
        rows = {
            who: [post(who, "sql", f"SELECT name FROM {view}")[0]["rows"] for view in ("my_items", "sword")]
            for who in "ab"
        }
        assert rows == {"a": [[["sword"]], [["sword"]]], "b": [[], [["sword"]]]}
        assert post("a", "call/add_numbers", "[2, 40]") == 42


class EndlessList(list[str]):
    def __iter__(self) -> Iterator[str]:
        while True:
            yield "x"


class StrangeName(str):
    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __hash__(self) -> int:
        raise RuntimeError


def test_what_a_view_returns_is_the_databases_own_and_has_its_time() -> None:
    shop = Module("shop", style="2.x")
    shared = ["a"]
    answer: list[Any] = []

    @shop.type
    class Shelf(Product):
        name: str
        things: list[str]

    @shop.view(public=True)
    def shelves(ctx: AnonymousViewContext) -> list[Shelf]:
        return answer

    limit = TimeLimit(0.3)
    try:
        database = Database(shop, clock=lambda: 0, time_limit=limit)

        def shown() -> list[Any]:
            return database.views.stores(Identity(bytes(32)))["shelves"].rows()

        answer[:] = [Shelf(StrangeName("b"), shared)]
        (row,) = shown()
        shared.append("after")
        assert (row.name, type(row.name), row.things) == ("b", str, ["a"])
        assert [row.things for row in shown()] == [["a", "after"]]
        answer[:] = [Shelf("b", EndlessList(["a"]))]
        with pytest.raises(QueryError, match="view `shelves` failed"):
            shown()
    finally:
        limit.close()
