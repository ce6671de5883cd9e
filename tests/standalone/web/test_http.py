"""The HTTP routes: statuses and bodies as recorded servers have them."""

from __future__ import annotations

import json

import pytest

from spacetimedb_sdk.sats.schema.v9 import read_v9
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.types import Identity
from tests.conformance.conformance_module import Note, Presence
from tests.places import RECORDINGS
from tests.standalone.http_client import JSON, ask, new_identity

DATABASE = "/v1/database/conformance"


def test_ping(server: Server) -> None:
    answer = ask(server, "GET", "/v1/ping")
    assert (answer.status, answer.body) == (200, "")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert ask(server, "GET", "/v1/ping", token="garbage").status == 401


def test_identities(server: Server) -> None:
    identity, token = new_identity(server)
    assert identity.startswith("c200")
    assert ask(server, "GET", f"/v1/identity/{identity}/verify", token=token).status == 204
    other, _ = new_identity(server)
    refused = ask(server, "GET", f"/v1/identity/{other}/verify", token=token)
    assert (refused.status, refused.body) == (400, "")
    anonymous = ask(server, "GET", f"/v1/identity/{identity}/verify")
    assert (anonymous.status, anonymous.body) == (401, "Authorization required")
    malformed = ask(server, "GET", "/v1/identity/xyz/verify", token=token)
    expected = 'Invalid URL: invalid value: string "xyz", expected a byte array or hex string'
    assert (malformed.status, malformed.body) == (400, expected)
    assert ask(server, "GET", f"/v1/identity/{identity}/databases").json == {"identities": []}
    key = ask(server, "GET", "/v1/identity/public-key")
    assert key.headers["content-type"] == "application/pem-certificate-chain"
    assert key.body.startswith("-----BEGIN PUBLIC KEY-----")


def test_websocket_tokens_are_the_same_identitys(server: Server) -> None:
    identity, token = new_identity(server)
    short = ask(server, "POST", "/v1/identity/websocket-token", token=token).json["token"]
    assert short != token
    assert ask(server, "GET", f"/v1/identity/{identity}/verify?token={short}").status == 204
    assert ask(server, "POST", "/v1/identity/websocket-token").status == 401


@pytest.mark.parametrize(
    ("header", "status", "body"),
    [
        ("Basic abc", 400, "Authorization is invalid: malformed token"),
        ("Bearer", 400, "Authorization is invalid: malformed token"),
        ("Bearer garbage", 401, "Invalid token: InvalidToken"),
    ],
)
def test_credentials_that_are_none(server: Server, header: str, status: int, body: str) -> None:
    answer = ask(server, "GET", DATABASE, headers={"Authorization": header})
    assert (answer.status, answer.body) == (status, body)
    assert "spacetime-identity" not in answer.headers


def test_who_asked_is_told_in_the_headers(server: Server) -> None:
    identity, token = new_identity(server)
    known = ask(server, "GET", f"{DATABASE}/identity", token=token)
    assert known.headers["spacetime-identity"] == identity
    assert known.headers["spacetime-identity-token"] == token
    anonymous = ask(server, "GET", f"{DATABASE}/nowhere-else/../identity")
    assert anonymous.status == 404
    minted = ask(server, "GET", "/v1/database/no-such-db")
    assert Identity.from_string(minted.headers["spacetime-identity"]) != Identity.from_string(identity)


def test_the_database_and_its_names(server: Server) -> None:
    identity = ask(server, "GET", f"{DATABASE}/identity")
    assert identity.body == str(server.database.identity)
    assert ask(server, "GET", f"{DATABASE}/names").json == {"names": ["conformance"]}
    by_identity = ask(server, "GET", f"/v1/database/{identity.body}")
    assert by_identity.json == ask(server, "GET", DATABASE).json
    assert by_identity.json["database_identity"] == {"__identity__": f"0x{identity.body}"}
    assert by_identity.json["host_type"] == {"Wasm": []}


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/v1/database/no-such-db", 404, "`no-such-db` not found"),
        ("/v1/database/Bad_Name", 400, "Invalid URL: invalid characters in database name"),
        ("/v1/database/" + "c2" * 32, 404, "No such database."),
        ("/v1/nowhere", 404, ""),
        ("/", 404, ""),
        (f"{DATABASE}/schema", 400, "Failed to deserialize query string: missing field `version`"),
        (
            f"{DATABASE}/schema?version=8",
            400,
            "Failed to deserialize query string: unknown variant `8`, expected `9` or `10`",
        ),
        (f"{DATABASE}/call/nothing", 405, ""),
        (f"{DATABASE}/subscribe", 426, "This service requires use of the websocket protocol"),
    ],
)
def test_refusals(server: Server, path: str, status: int, body: str) -> None:
    answer = ask(server, "GET", path)
    assert (answer.status, answer.body) == (status, body)


def test_the_schema_is_the_recorded_one(server: Server) -> None:
    answer = ask(server, "GET", f"{DATABASE}/schema?version=9")
    recorded = json.loads((RECORDINGS / "server-1.2.0" / "schema.v9.json").read_text())
    assert answer.json == recorded
    assert read_v9(answer.json).table("item").primary_key == 0


def test_preflight(server: Server) -> None:
    answer = ask(server, "OPTIONS", DATABASE, headers={"Origin": "http://x"})
    assert answer.status == 200
    assert answer.headers["access-control-allow-headers"] == "authorization,accept,content-type"


def test_calls(server: Server) -> None:
    identity, token = new_identity(server)
    done = ask(server, "POST", f"{DATABASE}/call/write_note", '["hello"]', JSON, token)
    assert (done.status, done.body) == (200, "")
    assert int(done.headers["spacetime-execution-duration-micros"]) >= 0
    assert ask(server, "POST", f"{DATABASE}/call/write_note", '{"text":"by name"}', JSON, token).status == 200
    notes = server.run(lambda database: database.rows(Note))
    assert notes == [
        Note(Identity.from_string(identity), "hello"),
        Note(Identity.from_string(identity), "by name"),
    ]
    presence = server.run(lambda database: database.rows(Presence))
    assert [(row.identity, row.online) for row in presence] == [(Identity.from_string(identity), False)]


@pytest.mark.parametrize(
    ("reducer", "body", "headers", "status", "text"),
    [
        ("fail", '["no luck"]', JSON, 530, "no luck"),
        ("crash", '["boom"]', JSON, 530, "The instance encountered a fatal error."),
        ("missing", "[]", JSON, 404, "no such reducer"),
        ("init", "[]", JSON, 400, "can't directly call special Init lifecycle reducer"),
        ("client_connected", "[]", JSON, 400, "can't directly call special OnConnect lifecycle reducer"),
        ("write_note", '["x"]', {}, 400, "Header of type `content-type` was missing"),
        ("write_note", "[]", JSON, 400, "invalid arguments for reducer write_note: "),
        ("write_note", "[1]", JSON, 400, "invalid arguments for reducer write_note: "),
        ("write_note", '["a","b"]', JSON, 400, "invalid arguments for reducer write_note: "),
        ("write_note", "not json", JSON, 400, "invalid arguments for reducer write_note: "),
        ("write_note", "", JSON, 400, "invalid arguments for reducer write_note: "),
        ("move_item", '[1, {"x": 1, "y": 2}]', JSON, 530, "no item 1"),
    ],
)
def test_calls_that_fail(
    server: Server, reducer: str, body: str, headers: dict[str, str], status: int, text: str
) -> None:
    answer = ask(server, "POST", f"{DATABASE}/call/{reducer}", body, headers)
    assert answer.status == status
    assert answer.body == text if not text.endswith(": ") else answer.body.startswith(text)
