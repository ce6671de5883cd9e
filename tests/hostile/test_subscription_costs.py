"""What the queries of one client may cost a row that any client changes: bounded, by the rows that they ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import websocket

from spacetimedb_sdk.module import Module, ReducerContext, Row, column, f32, i32
from spacetimedb_sdk.protocol.messages import v1, v2
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.subscriptions import first_rows, join_costs
from tests.hostile.clients import attacker
from tests.standalone.raw_client import RawClient


def module() -> Module:
    module = Module("moving")

    @module.table(public=True)
    class Entity(Row):
        id: i32 = column(primary_key=True)
        level: i32
        x: f32
        group: i32 = column(index=True)

    @module.table(public=True)
    class Other(Row):
        id: i32 = column(primary_key=True)

    @module.reducer
    def move(ctx: ReducerContext, count: i32, level: i32) -> None:
        for number in range(count):
            row = Entity(number, level, 1.0, 0)
            if not ctx.db[Entity].contains(number):
                ctx.db[Entity].insert(row)
                ctx.db[Other].insert(Other(number))
            ctx.db[Entity].update(row)

    return module


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(module(), database="moving") as server:
        yield server


def told(client: RawClient, number: int, texts: list[str]) -> str | None:
    """What a client is told that subscribes so; None where it gets its rows."""
    answer = client.ask(v1.SubscribeMulti(texts, number, v1.QueryId(number)))
    return answer.error if isinstance(answer, v1.SubscriptionError) else None


REFUSED = "cost a changed row more than 3000 comparisons"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM entity WHERE x >= {0} AND x < {0}1",
        "SELECT * FROM entity WHERE x > -{0}",
        "SELECT * FROM entity e{0}",
        "SELECT * FROM entity WHERE level = 1 AND id > {0}",
        "SELECT * FROM entity WHERE level > {0} OR x > 3",
    ],
)
def test_no_client_has_each_row_looked_at_as_often_as_it_likes(server: Server, text: str) -> None:
    with RawClient(server) as client:
        texts = [text.format(number) for number in range(1, 181)]
        assert told(client, 1, texts[:100]) is None
        assert REFUSED in (told(client, 2, texts) or "")
        # What was refused counts for nothing, and what has gone no more.
        assert told(client, 3, texts[100:120]) is None
        client.ask(v1.UnsubscribeMulti(4, v1.QueryId(1)))
        assert told(client, 5, texts[:100]) is None


def test_long_conditions_count_as_long_as_they_are(server: Server) -> None:
    with RawClient(server) as client:
        texts = [
            "SELECT * FROM entity WHERE " + " OR ".join(f"x = {first + n}" for n in range(1_400))
            for first in (1, 2, 3)
        ]
        assert told(client, 1, texts[:2]) is None
        assert REFUSED in (told(client, 2, texts[2:]) or "")
        # Rows of another table have nothing to do with them.
        assert told(client, 3, ["SELECT * FROM other"]) is None


def test_queries_for_different_values_are_as_good_as_one(server: Server) -> None:
    with RawClient(server) as client:
        texts = [f"SELECT * FROM entity WHERE level = {number} AND x > 3" for number in range(1_000)]
        assert told(client, 1, texts) is None


def test_a_join_costs_a_row_what_looking_for_its_partners_does(server: Server) -> None:
    text = "SELECT entity.* FROM entity JOIN other ON entity.id = other.id WHERE entity.x > {0}"
    with RawClient(server) as client:
        assert told(client, 1, [text.format(number) for number in range(40)]) is None
        assert REFUSED in (told(client, 2, [text.format(number) for number in range(50, 70)]) or "")
        # One that says which rows it is for costs others little.
        assert told(client, 3, [text.format(f"1 AND other.id = {number}") for number in range(30)]) is None


PAIRS = "SELECT a.* FROM entity a JOIN entity b ON a.group = b.group WHERE a.level {0} b.level"


def close_of(client: RawClient) -> tuple[int, str]:
    """How a client's connection ends, after whatever else comes."""
    while True:
        opcode, data = client.socket.recv_data(control_frame=True)
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            return int.from_bytes(data[:2], "big"), data[2:].decode()


@pytest.mark.parametrize(
    "text", [PAIRS.format("<>"), "SELECT a.* FROM entity a JOIN entity b ON a.group = b.group"]
)
def test_who_has_joins_look_at_too_much_is_turned_away_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(join_costs, "_MOST_AT_ONCE", 3_000)
    monkeypatch.setattr(join_costs, "_PAIRS_A_SECOND", 0)
    with (
        Server(module(), database="moving") as server,
        RawClient(server) as caller,
        RawClient(server) as hostile,
        RawClient(server) as honest,
    ):
        assert told(hostile, 1, [text]) is None
        assert told(honest, 1, ["SELECT entity.* FROM entity JOIN other ON entity.id = other.id"]) is None
        for level in range(20):
            caller.call("move", 40, level)
            assert isinstance(caller.receive().status, v1.Committed)
            update = honest.receive()
            assert update.status.value.tables[0].num_rows == (40 if level == 0 else 80)
        assert close_of(hostile) == (1008, join_costs.TOO_MANY_PAIRS)
        assert len(join_costs.TOO_MANY_PAIRS.encode()) <= 123


def test_a_caller_that_is_turned_away_has_its_answer_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(join_costs, "_MOST_AT_ONCE", 100)
    with Server(module(), database="moving") as server, RawClient(server) as client:
        assert told(client, 1, [PAIRS.format("<>")]) is None
        client.call("move", 40, 1)
        assert isinstance(client.receive().status, v1.Committed)
        assert close_of(client)[0] == 1008


TEXT = "SELECT entity.* FROM entity JOIN other ON entity.id = other.id"


def test_a_set_whose_rows_are_too_many_to_be_told_ends_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Server(module(), database="moving") as server, RawClient(server) as client:
        assert told(client, 1, [TEXT]) is None
        assert isinstance(client.ask(v1.SubscribeSingle(TEXT, 2, v1.QueryId(2))), v1.SubscribeApplied)
        later = attacker(server)
        later.send_binary(v2.CLIENT_MESSAGE.encode(v2.Subscribe(1, v2.QuerySetId(1), [TEXT])))
        assert later.recv()
        client.call("move", 5, 1)
        assert client.receive()
        assert later.recv()
        monkeypatch.setattr(first_rows, "MAX_RESULT_ROWS", 1)
        later.send_binary(
            v2.CLIENT_MESSAGE.encode(v2.Unsubscribe(2, v2.QuerySetId(1), v2.UnsubscribeFlags.SendDroppedRows))
        )
        refused = v2.SERVER_MESSAGE.decode(later.recv()[1:])
        assert (refused.request_id, refused.query_set_id) == (2, v2.QuerySetId(1))
        assert "exceeds 1 rows" in refused.error
        later.close(timeout=1)
        first = client.ask(v1.UnsubscribeMulti(3, v1.QueryId(1)))
        assert isinstance(first, v1.UnsubscribeMultiApplied)  # it has the rows by the other id
        last = client.ask(v1.Unsubscribe(4, v1.QueryId(2)))
        assert (last.request_id, last.query_id) == (4, 2)
        assert "exceeds 1 rows" in last.error
        assert isinstance(client.ask(v1.UnsubscribeMulti(5, v1.QueryId(2))), v1.SubscriptionError)
        client.call("move", 1, 2)
        assert isinstance(client.receive(), v1.TransactionUpdate)
