"""What the page of differences says of HTTP and SQL, where no other test holds it: how many databases and names there are, what
deleting leaves, which system tables and routes are there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from spacetimedb_sdk.module import Module, Row, column, u32
from spacetimedb_sdk.standalone import Server
from tests.standalone.http_client import JSON, ask, new_identity, sql

module = Module("counted")


@module.table(public=True)
class Thing(Row):
    number: u32 = column(primary_key=True)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(module, database="first", publishable={"counted": module}) as server:
        yield server


def publish(server: Server, name: str, token: str) -> int:
    return ask(server, "PUT", f"/v1/database/{name}", "counted", token=token).status


def test_sixteen_databases_in_all(server: Server) -> None:
    _, token = new_identity(server)
    assert [publish(server, f"db-{number}", token) for number in range(17)] == [200] * 15 + [500] * 2
    assert ask(server, "DELETE", "/v1/database/db-3", token=token).status == 200
    assert publish(server, "another", token) == 200


def test_sixty_four_names_of_which_those_give_way_that_are_of_no_database(server: Server) -> None:
    owner, (_, token) = server.owner_token, new_identity(server)
    for number in range(70):
        assert publish(server, f"passing-{number}", token) == 200
        assert ask(server, "DELETE", f"/v1/database/passing-{number}", token=token).status == 200
    # The one that was deleted first is forgotten, the one that was deleted last is not.
    known = [ask(server, "GET", f"/v1/database/passing-{number}").body for number in (0, 69)]
    assert known[0] != known[1].replace("passing-69", "passing-0")
    names = ["first", *(f"n-{number}" for number in range(63))]
    path = "/v1/database/first/names"
    assert ask(server, "PUT", path, json.dumps(names), JSON, owner).status == 200
    assert ask(server, "POST", path, "n-63", token=owner).status == 500
    assert publish(server, "one-more", token) == 500
    assert ask(server, "PUT", path, json.dumps(names[:10]), JSON, owner).status == 200
    assert publish(server, "one-more", token) == 200


def test_deleting_the_servers_own_database_closes_it_and_leaves_its_file(tmp_path: Path) -> None:
    with Server(module, database="kept", data_dir=tmp_path) as server:
        owner = server.owner_token
        assert sql(server, "INSERT INTO thing (number) VALUES (7)", owner).status == 200
        assert ask(server, "DELETE", "/v1/database/kept", token=owner).status == 200
        assert ask(server, "GET", "/v1/database/kept").status == 404
    with Server(module, database="kept", data_dir=tmp_path) as server:
        assert sql(server, "SELECT * FROM thing").json[0]["rows"] == [[7]]


@pytest.mark.parametrize("name", ["st_table", "st_client", "st_column", "st_index", "st_module", "st_view"])
def test_two_system_tables_are_read_by_the_owner(server: Server, name: str) -> None:
    status = sql(server, f"SELECT * FROM {name}", server.owner_token).status
    assert status == (200 if name in ("st_table", "st_client") else 400)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/energy/00"),
        ("POST", "/v1/database/first/pre_publish"),
        ("PUT", "/v1/database/first/reset"),
        ("POST", "/v1/database/first/lock"),
        ("GET", "/v1/database/first/route/any"),
        ("POST", "/v1/database/first/mcp"),
    ],
)
def test_routes_that_are_not_there(server: Server, method: str, path: str) -> None:
    assert ask(server, method, path, token=server.owner_token).status == 404


def test_a_hex_literal_is_refused_for_a_number(server: Server) -> None:
    answer = sql(server, "SELECT * FROM thing WHERE number = 0x10")
    assert answer.status == 400
