"""Rows with a million lists: whoever asks for them waits, by every way in, and the others are served meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.module import Module, Product, ReducerContext, Row, column, u32
from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.standalone import Database, Server
from spacetimedb_sdk.standalone.tables.long_rows import has_long_rows, is_long, may_be_long
from spacetimedb_sdk.types import Identity
from tests.hostile.clients import LoopTurns, attacker

module = Module("hostile")
COUNT = 300_000
# Written on the loop it is three times as much and more.
LONGEST_TURN = 0.1
ALL = "SELECT * FROM board"


@module.type
class Place(Product):
    x: u32
    marks: list[u32]


@module.table(public=True)
class Board(Row):
    id: u32 = column(primary_key=True)
    lists: list[list[u32]]
    places: list[Place]


@module.table(public=True)
class Note(Row):
    id: u32 = column(primary_key=True)
    text: str
    data: bytes


@module.reducer
def fill(ctx: ReducerContext) -> None:
    ctx.db[Board].insert(Board(1, [[] for _ in range(COUNT)], []))
    ctx.db[Board].insert(Board(2, [[1], [2, 3]], [Place(7, [8])]))


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(module, database="hostile") as running:
        running.run(lambda database: database.call("fill", sender=Identity(bytes(32))))
        yield running


def forgotten(database: Database) -> None:
    """As rows are that were read from a file."""
    for row in database.rows(Board):
        Board._encoded.__set__(row, None)  # type: ignore[attr-defined]


V1 = v1.CLIENT_MESSAGE.encode(v1.Subscribe([ALL], 1))
V1_ONCE = v1.CLIENT_MESSAGE.encode(v1.OneOffQuery(b"", ALL))
V2 = v2.CLIENT_MESSAGE.encode(v2.Subscribe(1, v2.QuerySetId(1), [ALL]))


@pytest.mark.parametrize(
    ("protocol", "message"),
    [("v1.json", V1), ("v1.json", V1_ONCE), ("v1.bsatn", V1), ("v2.bsatn", V2)],
    ids=["JSON", "JSON, once", "v1", "v2"],
)
def test_first_rows_are_written_beside_the_loop(server: Server, protocol: str, message: bytes) -> None:
    server.run(forgotten)
    client = attacker(server, f"{protocol}.spacetimedb")
    turns = LoopTurns(server)
    client.send_binary(message)
    answer = client.recv()
    client.close(timeout=1)
    assert len(answer) > COUNT
    assert max(turns.seconds) < LONGEST_TURN


def test_so_are_rows_by_sql(server: Server) -> None:
    turns = LoopTurns(server)
    (result,) = HttpClient(f"http://{server.host}", server.owner_token).sql("hostile", ALL)
    assert result["rows"] == [[1, [[]] * COUNT, []], [2, [[1], [2, 3]], [[7, [8]]]]]
    assert max(turns.seconds) < LONGEST_TURN


def test_what_is_long_is_known_by_its_lists() -> None:
    database = Database(module, clock=lambda: 0)
    boards, notes = (database.datastore.stores[name] for name in ("board", "note"))
    assert may_be_long(boards)
    assert not may_be_long(notes)
    many: list[Any] = [
        Board(1, [[]] * 20_000, []),
        Board(1, [list(range(20_000))], []),
        Board(1, [], [Place(1, list(range(20_000)))]),
    ]
    few = Board(1, [[1, 2]] * 100, [Place(1, [2])] * 100)
    for known in (False, True):
        if known:
            for row in (*many, few):
                boards.encoded(row)
        assert all(map(is_long, many))
        assert not is_long(few)
    assert has_long_rows(boards, [few, many[0]])
    assert not has_long_rows(notes, [Note(1, "x" * 100_000, b"")])


def test_short_rows_around_a_long_one_are_written_as_they_are() -> None:
    with Server(module, database="hostile") as server:
        rows = [Board(number, [[number]], []) for number in range(10)]
        rows[4] = Board(4, [[9]] * 20_000, [])

        def insert(database: Database) -> None:
            database.change(
                lambda: [database.datastore.tables[Board].insert(row) for row in rows], database.owner
            )

        server.run(insert)
        client = attacker(server, "v1.json.spacetimedb")
        client.send_binary(V1)
        (table,) = json.loads(client.recv())["InitialSubscription"]["database_update"]["tables"]
        client.close(timeout=1)
    (update,) = table["updates"]
    shown = [json.loads(row) if isinstance(row, str) else row for row in update["inserts"]]
    assert [row["lists"] for row in shown] == [row.lists for row in rows]
