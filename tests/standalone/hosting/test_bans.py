"""Bans: who is banned is told so and goes, comes in by no way, and may come again when the ban is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from spacetimedb_sdk import ConnectCause, ConnectError
from spacetimedb_sdk.errors import HttpError
from spacetimedb_sdk.http import HttpClient
from spacetimedb_sdk.reconnect import ReconnectPolicy
from spacetimedb_sdk.spacetimedb_client import SpacetimeDBClient
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.hosting.bans import DEFAULT_REASON, Bans
from spacetimedb_sdk.types import Identity
from tests.codegen.golden import conformance as bindings
from tests.plugins.waiting import until
from tests.standalone.http_client import JSON, ask, new_identity

BANS = "/v1/database/conformance/bans"
PLAYER = Identity.from_string("c2" * 32)


@pytest.fixture
def owner(server: Server) -> HttpClient:
    return HttpClient(server.url, server.owner_token)


def client_of(server: Server, token: str | None = None, **options: Any) -> SpacetimeDBClient:
    return SpacetimeDBClient.init(token, server.host, "conformance", False, bindings, **options)


@pytest.mark.parametrize("protocol", ["v1", "v2"])
def test_who_is_banned_is_told_why_and_does_not_come_back(
    server: Server, owner: HttpClient, protocol: str
) -> None:
    lost: list[str] = []
    quick = ReconnectPolicy(initial=0.01, maximum=0.05)
    client = client_of(
        server,
        protocol=protocol,
        reconnect=quick,
        on_disconnect=lost.append,
    )
    until(lambda: client.is_connected, client)
    assert client.identity is not None
    owner.ban("conformance", client.identity, reason="too loud\nfor us")
    with pytest.raises(ConnectError, match="too loud for us") as refused:
        until(lambda: False, client, what="the end of the client")
    assert refused.value.cause is ConnectCause.FORBIDDEN
    assert "1008 (too loud for us)" in lost[0]
    assert not client.is_connected
    client.close()
    until(lambda: server.run(lambda database: not database.clients))


def test_a_ban_holds_for_one_identity_of_many_connections(server: Server, owner: HttpClient) -> None:
    _, token = new_identity(server)
    clients = [client_of(server, token), client_of(server, token), client_of(server)]
    until(lambda: all(client.is_connected for client in clients), *clients)
    assert clients[0].identity is not None
    owner.ban("conformance", clients[0].identity)
    until(lambda: not any(client.is_connected for client in clients[:2]), *clients[:2])
    clients[2].update()
    assert clients[2].is_connected
    for client in clients:
        client.close()


def test_no_route_of_the_database_is_open_to_who_is_banned(server: Server, owner: HttpClient) -> None:
    identity, token = new_identity(server)
    owner.ban("conformance", Identity.from_string(identity))
    database = "/v1/database/conformance"
    requests: list[Callable[[str], Any]] = [
        lambda path: ask(server, "POST", f"{path}/call/add_note", "[]", JSON, token),
        lambda path: ask(server, "POST", f"{path}/sql", "SELECT * FROM note", token=token),
        lambda path: ask(server, "GET", f"{path}/subscribe", token=token),
        lambda path: ask(server, "GET", f"{path}/schema?version=9&token={token}"),
    ]
    for request in requests:
        for path in (database, f"/v1/database/{server.database.identity}"):
            answer = request(path)
            assert (answer.status, answer.body) == (403, DEFAULT_REASON)
    # The server itself, and databases there are not, know nothing of it.
    assert ask(server, "GET", f"/v1/identity/{identity}/verify", token=token).status == 204
    assert ask(server, "GET", "/v1/database/nothing", token=token).status == 404


def test_a_ban_is_listed_and_lifted(server: Server, owner: HttpClient) -> None:
    identity, token = new_identity(server)
    banned = Identity.from_string(identity)
    assert owner.bans("conformance") == []
    owner.ban("conformance", banned, reason="a", seconds=600)
    owner.ban("conformance", PLAYER)
    timed, endless = owner.bans("conformance")
    assert (timed.identity, timed.reason) == (banned, "a")
    assert timed.seconds_left is not None
    assert 0 < timed.seconds_left <= 600
    assert (endless.identity, endless.seconds_left) == (PLAYER, None)
    assert owner.lift_ban("conformance", banned)
    assert not owner.lift_ban("conformance", banned)
    client = client_of(server, token)
    until(lambda: client.is_connected, client)
    client.close()


def test_a_ban_ends_with_its_time() -> None:
    now = 100.0
    bans = Bans(lambda: now)
    bans.add(PLAYER, seconds=10.0)
    now = 109.9
    assert bans.of(PLAYER) is not None
    now = 110.0
    assert bans.of(PLAYER) is None
    assert not bans.lift(PLAYER)
    assert bans.all() == []


def test_the_owner_alone_bans_and_never_itself(server: Server, owner: HttpClient) -> None:
    _, token = new_identity(server)
    for method, path in (("GET", BANS), ("PUT", f"{BANS}/{PLAYER}"), ("DELETE", f"{BANS}/{PLAYER}")):
        assert ask(server, method, path, token=token).status in (401, 403)
        assert ask(server, method, path).status in (401, 403)
    with pytest.raises(HttpError, match="owner") as refused:
        owner.ban("conformance", server.database.owner)
    assert refused.value.status == 400
    assert owner.bans("conformance") == []


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "{",
        '{"reason": 1}',
        '{"seconds": 0}',
        '{"seconds": -1}',
        '{"seconds": true}',
        '{"seconds": 1e999}',
        '{"seconds": NaN}',
        '{"second": 1}',
        "[" * 100_000,
    ],
)
def test_terms_that_are_none_ban_nobody(server: Server, owner: HttpClient, body: str) -> None:
    answer = ask(server, "PUT", f"{BANS}/{PLAYER}", body, JSON, server.owner_token)
    assert answer.status == 400
    assert answer.body
    assert owner.bans("conformance") == []
    assert ask(server, "PUT", f"{BANS}/xyz", "", JSON, server.owner_token).status == 400


def test_the_longest_reason_fits_what_tells_it(server: Server, owner: HttpClient) -> None:
    lost: list[str] = []
    client = client_of(server, on_disconnect=lost.append)
    until(lambda: client.is_connected, client)
    assert client.identity is not None
    owner.ban("conformance", client.identity, reason="é" * 5000)
    until(lambda: lost, client)
    assert "1008 (éééé" in lost[0]
    client.close()
