"""What a refused query meant: the hint behind the server's own text."""

from __future__ import annotations

import pytest

from spacetimedb_sdk.bindings.query_hints import query_hint
from spacetimedb_sdk.errors import RequestFailedError, SubscriptionError
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import PATIENCE

TABLES = {"kart": ["identity", "name", "lap"], "lap_time": ["lap_id", "millis"]}


@pytest.mark.parametrize(
    ("message", "query", "hint"),
    [
        ("no such table: `krat`. If the table exists, ...", "SELECT * FROM krat", "did you mean kart"),
        ("`krat` is not a valid table", "SELECT * FROM krat", "did you mean kart"),
        ("no such table: `LapTime`.", "SELECT * FROM LapTime", "on this server it is called lap_time"),
        ("no such table: `zebra`.", "SELECT * FROM zebra", ""),
        ("no such table: `kart`.", "SELECT * FROM kart", ""),
        ("`nam` is not in scope", "SELECT * FROM kart WHERE nam = 'millis'", "did you mean name"),
        ("`milis` is not in scope", "SELECT * FROM kart WHERE milis = 1", ""),
        (
            "Unsupported: SELECT ...",
            "select * from kart order  by lap",
            "SpacetimeDB's SQL has no ORDER BY: ask for the rows and do that in Python",
        ),
        ("Unsupported: SELECT ...", "SELECT * FROM kart WHERE name = 'order by'", ""),
        ("Internal error", "SELECT * FROM kart ORDER BY lap", ""),
    ],
)
def test_a_hint_names_what_is_near(message: str, query: str, hint: str) -> None:
    assert query_hint(message, [query], TABLES) == hint


def test_each_way_to_ask_has_the_hint(embedded: str) -> None:
    client = SpacetimeDBClient(bindings)
    client.connect(None, embedded, "conformance", False)
    failed: list[str] = []
    client.set_callbacks(on_error=failed.append)
    while not client.is_connected:
        client.update(timeout=0.1)
    with pytest.raises(SubscriptionError, match=r"\(did you mean item\)"):
        client.subscriptions.add(["SELECT * FROM itm"]).result(timeout=PATIENCE)
    with pytest.raises(RequestFailedError, match=r"\(did you mean level\)"):
        client.sql("SELECT * FROM item WHERE levl = 3").result(timeout=PATIENCE)
    client.subscribe(["SELECT * FROM itm"])
    while not failed:
        client.update(timeout=0.1)
    assert "(did you mean item)" in failed[0]
    client.close()
