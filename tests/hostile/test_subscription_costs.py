"""What the queries of one client may cost a row that any client changes: bounded, by the rows that they ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spacetimedb_sdk.module import Module, Row, column, f32, i32
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.standalone import Server
from tests.standalone.raw_client import RawClient


def module() -> Module:
    module = Module("moving")

    @module.table(public=True)
    class Entity(Row):
        id: i32 = column(primary_key=True)
        level: i32
        x: f32

    @module.table(public=True)
    class Other(Row):
        id: i32 = column(primary_key=True)

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
        "SELECT entity.* FROM entity JOIN other ON entity.id = other.id WHERE entity.x > {0}",
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
