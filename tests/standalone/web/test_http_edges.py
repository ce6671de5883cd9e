"""HTTP requests at the edges of what routes take, with what a real 1.2.0 answered them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from spacetimedb_sdk.standalone import Server
from tests.conformance.conformance_module import module
from tests.standalone.http_client import JSON, Answer, ask, new_identity

DB = "/v1/database/conformance"
ZERO_IDENTITY = "c2" + "0" * 62
NAMES = f"{DB}/names"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(module, database="conformance", compatibility="1.2") as server:
        yield server


def asked(server: Server, request: str, body: str = "", headers: dict[str, str] | None = None) -> Answer:
    method, path = request.split(" ", 1)
    return ask(server, method, path, body, headers, server.owner_token)


@pytest.mark.parametrize(
    ("type_", "status", "text"),
    [
        (None, 400, "Header of type `content-type` was missing"),
        ("", 400, "invalid HTTP header (content-type)"),
        ("json", 400, "invalid HTTP header (content-type)"),
        ("application/json", 200, ""),
        ("APPLICATION/JSON", 200, ""),
        ("application/json; charset=utf-8", 415, "Expected request with `Content-Type: application/json`"),
        ("text/plain", 415, "Expected request with `Content-Type: application/json`"),
    ],
)
def test_what_a_call_is_said_to_have(server: Server, type_: str | None, status: int, text: str) -> None:
    answer = asked(
        server, f"POST {DB}/call/nothing", "[]", None if type_ is None else {"Content-Type": type_}
    )
    assert (answer.status, answer.body) == (status, text)


@pytest.mark.parametrize("body", ['{"text":"a","text":"b"}', '{"text":"a","x":1}', "{}", '["a","b"]'])
def test_each_argument_comes_once(server: Server, body: str) -> None:
    answer = asked(server, f"POST {DB}/call/write_note", body, JSON)
    assert answer.status == 400
    assert answer.body.startswith("invalid arguments for reducer write_note: ")


@pytest.mark.parametrize("body", ['[0,[],0,{"x":1,"y":2,"x":3}]', '["n",{"Red":[],"Red":[]},0,[1,2]]'])
def test_so_does_each_field_of_an_argument(server: Server, body: str) -> None:
    answer = asked(server, f"POST {DB}/call/add_item", body, JSON)
    assert (answer.status, "duplicate field" in answer.body) == (400, True)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("schema?version=9&version=9", "duplicate field `version`"),
        ("logs?num_lines=1&num_lines=2", "duplicate field `num_lines`"),
        ("logs?follow=false&follow=false", "duplicate field `follow`"),
        ("logs?num_lines=4294967296", "number too large to fit in target type"),
        ("logs?num_lines=" + "9" * 5000, "number too large to fit in target type"),
        ("logs?num_lines=", "cannot parse integer from empty string"),
        ("logs?num_lines=-1", "invalid digit found in string"),
    ],
)
def test_parameters_that_cannot_be_read(server: Server, query: str, text: str) -> None:
    answer = asked(server, f"GET {DB}/{query}")
    assert (answer.status, answer.body) == (400, f"Failed to deserialize query string: {text}")


def test_a_line_count_may_have_any_zeros(server: Server) -> None:
    assert asked(server, f"GET {DB}/logs?num_lines={'0' * 40}1").status == 200
    assert asked(server, f"GET {DB}/logs?num_lines=4294967295").status == 200


def test_an_empty_token_is_one_that_is_not_taken(server: Server) -> None:
    for path in ("/v1/ping", f"{DB}/identity", f"/v1/identity/{ZERO_IDENTITY}/verify"):
        answer = ask(server, "GET", f"{path}?token=")
        assert (answer.status, answer.body) == (401, "TokenError(Error(InvalidToken))")


def test_identities_in_an_address_have_no_prefix(server: Server) -> None:
    identity, token = new_identity(server)
    for spelling, status in [(identity, 204), (identity.upper(), 204), (f"0x{identity}", 400), ("c200", 400)]:
        answer = ask(server, "GET", f"/v1/identity/{spelling}/verify", token=token)
        assert answer.status == status, spelling


def test_an_identity_is_its_own_answer_whether_or_not_there_is_a_database(server: Server) -> None:
    assert asked(server, f"GET /v1/database/{ZERO_IDENTITY}/names").json == {"names": []}
    assert asked(server, f"GET /v1/database/0x{ZERO_IDENTITY}/identity").body == ZERO_IDENTITY
    assert asked(server, f"GET /v1/database/{ZERO_IDENTITY}").status == 404
    assert asked(server, "GET /v1/database/unknown/identity").status == 404


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("-a", 400, "Invalid URL: invalid hyphen in database name"),
        ("a--b", 400, "Invalid URL: invalid hyphen in database name"),
        ("a_b", 400, "Invalid URL: invalid characters in database name"),
        ("n" * 300, 404, ""),
    ],
)
def test_names_that_are_none(server: Server, name: str, status: int, text: str) -> None:
    answer = asked(server, f"GET /v1/database/{name}/identity")
    assert (answer.status, answer.body) == (status, text)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", "database names cannot be empty"),
        ("x y", "invalid characters in database name"),
        ("a-", "invalid hyphen in database name"),
    ],
)
def test_a_name_that_is_given_and_is_none(server: Server, body: str, text: str) -> None:
    answer = asked(server, f"POST {NAMES}", body)
    assert (answer.status, answer.body) == (400, text)


@pytest.mark.parametrize(
    ("body", "headers", "status", "text"),
    [
        ('["conformance"]', {"Content-Type": "text/plain"}, 415, "Expected request with `Content-Type"),
        ('["conformance"]', {}, 415, "Expected request with `Content-Type: application/json`"),
        ("[", JSON, 400, "Failed to parse the request body as JSON: "),
        ("{}", JSON, 422, "Failed to deserialize the JSON body into the target type: "),
        ("[1]", JSON, 422, "Failed to deserialize the JSON body into the target type: "),
        ('["A"]', JSON, 400, "Error parsing `A`: invalid characters in database name"),
    ],
)
def test_lists_of_names(server: Server, body: str, headers: dict[str, str], status: int, text: str) -> None:
    answer = asked(server, f"PUT {NAMES}", body, headers)
    assert (answer.status, answer.body.startswith(text)) == (status, True), answer.body


def test_a_stranger_is_told_in_plain_json(server: Server) -> None:
    answer = ask(server, "PUT", NAMES, '["x"]', JSON)
    assert (answer.status, answer.headers["content-type"]) == (401, "application/json")
    assert answer.body.startswith('{"NotYourDatabase":{"database":"')


def test_a_browser_asks_for_what_there_is(server: Server) -> None:
    assert ask(server, "OPTIONS", f"{DB}/sql").status == 200
    assert ask(server, "OPTIONS", f"{DB}/nothing-of-the-kind").status == 404
    varies = ask(server, "GET", "/v1/ping").headers["vary"]
    assert varies == "origin, access-control-request-method, access-control-request-headers"
