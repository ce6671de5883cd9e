"""Names, publishing, deleting, logs and figures: what a database's owner may do, and what others may not."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spacetimedb_sdk.module import Identity, Module, ReducerContext, ReducerError, Row, column
from spacetimedb_sdk.sats.schema.v10 import read_v10
from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_module import Note
from tests.conformance.conformance_module import module as conformance
from tests.plugins.waiting import PATIENCE
from tests.standalone.http_client import JSON, Answer, ask, new_identity, sql
from tests.standalone.raw_client import RawClient

other = Module("other")


@other.table(public=True)
class Thing(Row):
    name: str = column(primary_key=True)


@other.init
def init(ctx: ReducerContext) -> None:
    ctx.db[Thing].insert(Thing("made at the beginning"))


more = Module("other")


def with_another_reducer() -> None:
    @more.table(public=True)
    class Thing(Row):
        name: str = column(primary_key=True)

    @more.reducer
    def make(ctx: ReducerContext, name: str) -> None:
        ctx.db[Thing].insert(Thing(name))


with_another_reducer()
broken = Module("broken")


@broken.init
def refuse(ctx: ReducerContext) -> None:
    raise ReducerError("not today")


@pytest.fixture
def host() -> Iterator[Server]:
    """A server that publishes `other` and `broken`."""
    modules = {"shop.other": other, "shop.other.more": more, "broken": broken, "conformance": conformance}
    with Server(conformance, database="first", publishable=modules) as server:
        yield server


def publish(server: Server, name: str, program: str, token: str, **query: str) -> Answer:
    parameters = "&".join(f"{key}={value}" for key, value in query.items())
    return ask(server, "PUT", f"/v1/database/{name}?{parameters}", program, token=token)


def test_a_published_database_is_its_publishers(host: Server) -> None:
    owner, token = new_identity(host)
    made = publish(host, "second", "shop.other\n", token)
    assert made.status == 200
    success = made.json["Success"]
    assert (success["domain"], success["op"]) == ("second", "created")
    identity = success["database_identity"]
    assert ask(host, "GET", f"/v1/identity/{owner}/databases").json == {"identities": [identity]}
    assert ask(host, "GET", "/v1/database/second").json["owner_identity"] == {"__identity__": f"0x{owner}"}
    things = ask(host, "POST", f"/v1/database/{identity}/sql", "SELECT * FROM thing").json[0]["rows"]
    assert things == [["made at the beginning"]]
    # One database's SQL, calls and subscriptions know nothing of another's tables.
    assert sql(host, "SELECT * FROM thing").status == 400
    insert = ask(
        host, "POST", "/v1/database/second/sql", "INSERT INTO thing (name) VALUES ('x')", token=token
    )
    assert insert.status == 200
    assert ask(host, "POST", "/v1/database/first/sql", "DELETE FROM item", token=token).status == 400
    with RawClient(host, database="second") as client:
        assert client.subscribe("SELECT * FROM thing")
    again = publish(host, "second", "shop.other", token)
    assert again.json["Success"]["op"] == "updated"
    assert len(ask(host, "POST", "/v1/database/second/sql", "SELECT * FROM thing").json[0]["rows"]) == 2
    assert publish(host, "second", "shop.other", token, clear="true").status == 200
    assert len(ask(host, "POST", "/v1/database/second/sql", "SELECT * FROM thing").json[0]["rows"]) == 1


def test_a_database_without_a_name(host: Server) -> None:
    _, token = new_identity(host)
    made = ask(host, "POST", "/v1/database", "shop.other", token=token).json["Success"]
    assert made["domain"] is None
    assert ask(host, "GET", f"/v1/database/{made['database_identity']}/names").json == {"names": []}


@pytest.mark.parametrize(
    "program", ["os", "shop", "conformance_module", "import os", "\0asm\1\0\0\0", "x" * 100_000]
)
def test_what_the_host_does_not_allow_is_not_published(host: Server, program: str) -> None:
    _, token = new_identity(host)
    refused = publish(host, "third", program, token)
    assert refused.status == 500
    assert refused.body.startswith("failed to load the module")
    assert ask(host, "GET", "/v1/database/third").status == 404


def test_publishing_that_fails_leaves_nothing(host: Server) -> None:
    _, token = new_identity(host)
    refused = publish(host, "third", "broken", token)
    assert (refused.status, refused.body) == (400, "Failed to create or update the database: not today")
    assert ask(host, "GET", "/v1/database/third").status == 404
    assert publish(host, "Bad_Name", "shop.other", token).status == 400


def test_what_was_there_runs_on_where_its_successor_s_init_fails(host: Server) -> None:
    _, token = new_identity(host)
    assert publish(host, "second", "shop.other.more", token).status == 200
    identity = ask(host, "GET", "/v1/database/second/identity").body
    with RawClient(host, database="second") as client:
        client.subscribe("SELECT * FROM thing")
        refused = publish(host, "second", "broken", token, clear="true")
        assert (refused.status, refused.body) == (400, "Failed to create or update the database: not today")
        assert ask(host, "POST", "/v1/database/second/call/make", '["one"]', JSON).status == 200
        assert "one" in str(client.receive())
    assert publish(host, "second", "shop.other", token, clear="true").status == 200
    assert ask(host, "GET", "/v1/database/second/identity").body == identity
    rows = ask(host, "POST", "/v1/database/second/sql", "SELECT * FROM thing").json[0]["rows"]
    assert rows == [["made at the beginning"]]


def test_nothing_is_published_unless_the_host_allows_it(server: Server) -> None:
    _, token = new_identity(server)
    assert publish(server, "second", "conformance", token).status == 500
    assert publish(server, server.name, "conformance", server.owner_token).status == 500


def test_a_running_module_is_not_changed_over_http(host: Server) -> None:
    refused = publish(host, "first", "shop.other", host.owner_token)
    assert refused.status == 400
    assert refused.body.startswith("Database update rejected: ")
    assert publish(host, "first", "conformance", host.owner_token).json["Success"]["op"] == "updated"
    assert publish(host, "first", "conformance", host.owner_token, clear="true").status == 400


def test_a_published_database_goes_on_under_another_module(host: Server) -> None:
    _, token = new_identity(host)
    publish(host, "second", "shop.other", token)
    updated = publish(host, "second", "shop.other.more", token)
    assert updated.json["Success"]["op"] == "updated"
    path = "/v1/database/second"
    ask(host, "POST", f"{path}/call/make", '["later"]', JSON)
    things = ask(host, "POST", f"{path}/sql", "SELECT * FROM thing").json[0]["rows"]
    assert things == [["made at the beginning"], ["later"]]
    assert "make" in ask(host, "GET", f"{path}/schema?version=9").body
    refused = publish(host, "second", "conformance", token)
    assert refused.status == 400
    assert refused.body.startswith("Database update rejected: ")
    assert ask(host, "POST", f"{path}/sql", "SELECT * FROM thing").json[0]["rows"] == things


def test_a_server_holds_so_many_databases(host: Server) -> None:
    _, token = new_identity(host)
    statuses = [publish(host, f"db-{n}", "shop.other", token).status for n in range(16)]
    assert statuses == [200] * 15 + [500]


def test_deleting_ends_a_database(host: Server) -> None:
    _, token = new_identity(host)
    identity = publish(host, "second", "shop.other", token).json["Success"]["database_identity"]
    with RawClient(host, database="second") as client:
        assert ask(host, "DELETE", "/v1/database/second", token=token).status == 200
        opcode, data = client.socket.recv_data()
        assert (opcode, int.from_bytes(data[:2], "big")) == (8, 1001)
    for address in ("second", identity):
        gone = ask(host, "GET", f"/v1/database/{address}")
        assert (gone.status, gone.body) == (404, "No such database.")
    assert ask(host, "DELETE", f"/v1/database/{identity}", token=token).status == 200
    assert ask(host, "GET", "/v1/database/first").status == 200
    assert publish(host, "second", "shop.other", new_identity(host)[1]).json["Success"]["op"] == "created"


FOREIGN = [
    ("PUT", "", "update database"),
    ("DELETE", "", "delete database"),
    ("GET", "/logs", "view module logs"),
    ("GET", "/logs?follow=true", "view module logs"),
]


@pytest.mark.parametrize(("method", "path", "action"), FOREIGN)
def test_others_are_refused(host: Server, method: str, path: str, action: str) -> None:
    identity, token = new_identity(host)
    refused = ask(host, method, f"/v1/database/first{path}", "conformance", token=token)
    database = ask(host, "GET", "/v1/database/first/identity").body
    text = f"{identity} is not authorized to perform action on database {database}: {action}"
    assert (refused.status, refused.body) == (403, text)


def test_names(host: Server) -> None:
    token = host.owner_token
    path = "/v1/database/first/names"
    added = ask(host, "POST", path, "also-first", token=token)
    assert added.json["Success"]["domain"] == "also-first"
    assert ask(host, "GET", path).json == {"names": ["first", "also-first"]}
    by_alias = ask(host, "GET", "/v1/database/also-first/identity").body
    assert by_alias == ask(host, "GET", "/v1/database/first/identity").body
    assert ask(host, "POST", path, "Bad Name", token=token).status == 400
    assert ask(host, "POST", path, "mine", token=new_identity(host)[1]).status == 401
    publish(host, "second", "shop.other", token)
    assert ask(host, "POST", path, "second", token=token).json == {"PermissionDenied": {"domain": "second"}}
    taken = ask(host, "PUT", path, '["first", "second"]', JSON, token)
    assert (taken.status, taken.json["OtherError"][:23]) == (400, "Cannot rename to second")
    assert ask(host, "PUT", path, '["first", "new"]', JSON, token).json == "Success"
    assert ask(host, "GET", path).json == {"names": ["first", "new"]}
    assert ask(host, "PUT", path, "[[", JSON, token).status == 400
    assert ask(host, "PUT", path, '["new"]', JSON, new_identity(host)[1]).status == 401
    many = [f"n{number}" for number in range(100)]
    assert ask(host, "PUT", path, json.dumps(many), JSON, token).status == 400
    assert ask(host, "GET", "/v1/database/also-first").status == 404


def test_both_schemas(host: Server) -> None:
    path = "/v1/database/first/schema?version="
    definition = read_v10(ask(host, "GET", f"{path}10").json)
    assert definition.table("secret").is_public is False
    assert ask(host, "GET", f"{path}9").json["typespace"]
    assert ask(host, "GET", f"{path}11").status == 400


def log(server: Server, query: str = "") -> list[dict[str, Any]]:
    answer = ask(server, "GET", f"/v1/database/{server.name}/logs{query}", token=server.owner_token)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in answer.body.splitlines()]


def test_the_log_tells_of_failures_and_where_they_were(host: Server) -> None:
    path = "/v1/database/first/call"
    ask(host, "POST", f"{path}/fail", '["no luck"]', JSON)
    ask(host, "POST", f"{path}/crash", '["boom"]', JSON)
    ask(host, "POST", f"{path}/missing", "[]", JSON)
    logging.getLogger("spacetimedb_sdk.module.conformance").warning("said by %s", "itself")
    failure, panic, reducer, procedure, said = log(host)
    assert (failure["level"], failure["function"], failure["message"]) == ("Error", "fail", "no luck")
    assert (panic["level"], panic["function"], panic["message"]) == ("Panic", "crash", "boom")
    assert panic["filename"].endswith("conformance_module.py")
    source = Path(panic["filename"]).read_text().splitlines()[panic["line_number"] - 1]
    assert "raise RuntimeError(message)" in source
    assert panic["trace"][-1]["func_name"] == f"crash:{panic['line_number']}"
    assert 'nonexistent reducer "missing"' in reducer["message"]
    assert 'nonexistent procedure "missing"' in procedure["message"]
    assert (said["level"], said["message"]) == ("Warn", "said by itself")
    assert abs(said["ts"] - failure["ts"]) < 60_000_000
    assert log(host, "?num_lines=2") == [procedure, said]
    assert log(host, "?num_lines=0") == []
    bad = ask(host, "GET", "/v1/database/first/logs?num_lines=-1", token=host.owner_token)
    assert bad.status == 400


def test_the_log_is_followed_until_its_database_ends(host: Server) -> None:
    _, token = new_identity(host)
    publish(host, "second", "conformance", token)
    connection = http.client.HTTPConnection(host.host, timeout=PATIENCE)
    with contextlib.closing(connection):
        address = "/v1/database/second/logs?follow=true"
        connection.request("GET", address, headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        for text in ("first", "second"):
            ask(host, "POST", "/v1/database/second/call/fail", json.dumps([text]), JSON)
            assert json.loads(response.readline())["message"] == text
        ask(host, "DELETE", "/v1/database/second", token=token)
        assert response.readline() == b""


def test_the_log_forgets_its_oldest_lines(host: Server) -> None:
    def fill() -> int:
        module_log = host.database.module_log
        for number in range(12_000):
            module_log.add("Info", f"{number} " + "x" * 20_000 * (number % 100 == 0))
        return sum(map(len, module_log.lines()))

    assert host.run(lambda _database: fill()) < 9 << 20
    lines = log(host)
    assert len(lines) <= 10_000
    assert lines[-1]["message"] == "11999 "


def test_figures(host: Server) -> None:
    before = figures(host)
    with RawClient(host):
        note = Note(Identity(bytes(32)), "x")
        ask(host, "POST", "/v1/database/first/call/write_note", json.dumps([note.text]), JSON)
        ask(host, "POST", "/v1/database/first/call/fail", '["x"]', JSON)
        ask(host, "POST", "/v1/database/first/call/tick_once", '["late", 0]', JSON)
        after = figures(host)
    assert after['spacetimedb_connections{database="first"}'] == 1
    assert after['spacetimedb_table_rows{database="first",table="note"}'] == 1
    for name in ("calls_total", "failed_calls_total", "commits_total", "changed_rows_total"):
        name = f'spacetimedb_{name}{{database="first"}}'
        assert after[name] > before[name]
    assert not any("secret" in name for name in after)
    assert 'spacetimedb_tick_lateness_seconds_bucket{database="first",le="+Inf"}' in after
    assert ask(host, "GET", "/v1/health").json == {"status": "ok", "databases": 1}


def figures(server: Server) -> dict[str, float]:
    answer = ask(server, "GET", "/v1/metrics")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    samples = [line.rsplit(" ", 1) for line in answer.body.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in samples}


def test_lateness_is_counted_by_bounds() -> None:
    module = Module("ticking")
    with Server(module, database="ticking") as server:

        def note() -> None:
            lateness = server.running.database_host.lateness
            for seconds in (0.0005, 0.004, 0.3, 7.0):
                lateness.add(seconds)

        server.run(lambda _database: note())
        name = 'spacetimedb_tick_lateness_seconds_{}{{database="ticking"{}}}'
        found = figures(server)
        buckets = [
            found[name.format("bucket", f',le="{bound}"')] for bound in ("0.001", "0.005", "0.5", "+Inf")
        ]
        assert buckets == [1, 2, 3, 4]
        assert found[name.format("sum", "")] == pytest.approx(7.3045)
