"""What strangers can try on every route, and what they get."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.hosting.auth import SigningKey, Tokens
from spacetimedb_sdk.standalone.web.application import make_application
from tests.conformance.conformance_2x_module import module as conformance_2x
from tests.conformance.conformance_module import Secret
from tests.standalone.http_client import JSON, ask, new_identity, sql
from tests.standalone.raw_client import RawClient

SECRET = "nobody-shall-read-this"
# Routes that do not ask who is there: what they tell, they tell everybody.
OPEN = {
    ("GET", "/v1/health"),
    ("GET", "/v1/metrics"),
    ("POST", "/v1/identity"),
    ("GET", "/v1/identity/public-key"),
    ("GET", "/v1/identity/{identity}/databases"),
}


_WORDS = """SELECT * , FROM item secret JOIN ON WHERE AND OR NOT ( ) = <> ' " ; -- :sender 0xff X'a' COUNT(*) AS n
LIMIT 1 INSERT INTO VALUES UPDATE SET DELETE item.level . NULL IN CASE CAST :: $$ UNION WITH RETURNING"""
WORDS = _WORDS.split()


@pytest.fixture(scope="module")
def guarded() -> Iterator[Server]:
    with Server(conformance_2x, database="guarded", publishable={"conformance": conformance_2x}) as server:
        insert = f"INSERT INTO secret (key, value) VALUES ('{SECRET}', '{SECRET}')"
        assert sql(server, insert, server.owner_token).status == 200
        yield server


def routes(server: Server) -> list[tuple[str, str]]:
    """Every route there is: method, and path with its placeholders."""
    router = make_application(server.running.database_host).router
    return sorted(
        {
            (route.method, route.resource.canonical)
            for route in router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
    )


def path_of(server: Server, route: str) -> str:
    identity = str(server.database.owner)
    return route.format(database="guarded", identity=identity, function="write_note") + "?version=9"


def compact(value: Any) -> bytes:
    return json.dumps(value).encode()


def bad_tokens(server: Server) -> dict[str, str]:
    tokens = server.running.database_host.tokens
    owner = f"owner of {server.name}"
    claims = tokens.mint(owner).claims
    foreign = Tokens(SigningKey(ec.generate_private_key(ec.SECP256R1())), lambda: time.time_ns() // 1000)
    head, body, signature = tokens.mint("somebody").token.split(".")
    forged = jwt.utils.base64url_encode(compact(claims)).decode()
    pem = tokens.key.public_pem
    return {
        "garbage": "garbage",
        "three parts": "a.b.c",
        "expired": tokens.mint(owner, seconds=-3600).token,
        "foreign key": foreign.mint(owner).token,
        "forged claims": f"{head}.{forged}.{signature}",
        "no signature": f"{head}.{body}.",
        "alg none": jwt.encode(claims, key="", algorithm="none"),
        "alg none, written otherwise": jwt.utils.base64url_encode(b'{"alg":"NONE"}').decode() + f".{body}.",
        # The public key, which everybody has, as the secret of another algorithm.
        "public key as secret": hmac_signed(claims, pem),
        "another's identity": jwt.encode(
            {**claims, "sub": "somebody else"}, tokens.key.private, algorithm="ES256"
        ),
        "no subject": jwt.encode({"iss": "localhost"}, tokens.key.private, algorithm="ES256"),
        "endless subject": jwt.encode(
            {"iss": "localhost", "sub": "x" * 129}, tokens.key.private, algorithm="ES256"
        ),
    }


def hmac_signed(claims: dict[str, Any], key: bytes) -> str:
    parts = [jwt.utils.base64url_encode(compact(part)) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    signature = hmac.new(key, b".".join(parts), hashlib.sha256).digest()
    return b".".join([*parts, jwt.utils.base64url_encode(signature)]).decode()


def test_bad_tokens_are_refused_on_every_route(guarded: Server) -> None:
    everywhere = routes(guarded)
    assert set(everywhere) > OPEN
    assert len(everywhere) >= 20
    for method, route in everywhere:
        path = path_of(guarded, route)
        for kind, token in bad_tokens(guarded).items():
            for answer in (
                ask(guarded, method, path, token=token),
                ask(guarded, method, f"{path}&token={token}"),
            ):
                if (method, route) in OPEN:
                    assert answer.status == 200, (kind, method, route)
                    assert "spacetime-identity" not in answer.headers
                else:
                    assert answer.status == 401, (kind, method, route)
                    assert answer.body.startswith("Invalid token: ")
                    assert token not in answer.body
    assert guarded.run(lambda database: len(database.rows(Secret))) == 2


def test_no_route_shows_a_private_table(guarded: Server) -> None:
    identity, token = new_identity(guarded)
    bodies = ["", "SELECT * FROM secret", '["x"]', "[]", SECRET.replace("-", ""), '["x"', "secret"]
    for method, route in routes(guarded):
        if method == "DELETE" or route.endswith("/subscribe"):
            continue
        for body in bodies:
            for headers in ({}, JSON):
                answer = ask(guarded, method, path_of(guarded, route), body, headers, token)
                assert SECRET not in answer.body
                assert guarded.owner_token not in answer.body
    with RawClient(guarded, token=token) as client:
        queries = [
            "SELECT * FROM secret",
            "SELECT * FROM \"secret\" WHERE key = 'answer'",
            "SELECT i.* FROM item i JOIN secret s ON i.name = s.key",
            "SELECT s.* FROM item i JOIN secret s ON i.name = s.key",
            "SELECT a.* FROM secret a JOIN secret b ON a.key = b.key",
        ]
        for number, query in enumerate(queries):
            answer = client.subscribe(query, query_id=number)
            assert "no such table: `secret`" in answer.error
            once = client.ask(v1.OneOffQuery(b"\1", query))
            assert "no such table: `secret`" in once.error
        everything = client.subscribe("SELECT * FROM *", query_id=99)
        assert "secret" not in {table.table_name for table in everything.update.tables}
    assert str(client.identity) == identity


@pytest.mark.parametrize(
    "reducer", ["init", "client_connected", "client_disconnected", "tick", "_secret", ".."]
)
def test_private_reducers_are_called_by_nobody(guarded: Server, reducer: str) -> None:
    for token in (new_identity(guarded)[1], ""):
        for body in ("[]", '[[0, [1, [0]], "x"]]'):
            answer = ask(guarded, "POST", f"/v1/database/guarded/call/{reducer}", body, JSON, token)
            assert answer.status in (400, 404, 405)
            assert answer.body in ("No such procedure", "no such reducer", "") or answer.body.startswith(
                "can't directly call special"
            )


@pytest.mark.parametrize(
    "body",
    [
        "[" * 500_000,
        '{"a":' * 200_000,
        "[" + "9" * 1_000_000 + "]",
        '["' + "\\u0000" * 200_000,
        "[1e999999]",
        "[NaN]",
        '{"text":"x","text":"y","z":1}',
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
    ids=lambda body: repr(body[:12]),
)
def test_strange_arguments_are_refused_soon(guarded: Server, body: str) -> None:
    began = time.process_time()  # work, not time: the machine may be busy
    answer = ask(guarded, "POST", "/v1/database/guarded/call/write_note", body, JSON)
    assert answer.status == 400
    assert answer.body.startswith("invalid arguments for reducer write_note: ")
    assert len(answer.body) < 5000
    assert time.process_time() - began < 3.0


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM item WHERE " + " OR ".join(f"level = {n}" for n in range(3000)),
        "SELECT * FROM item WHERE " + "(" * 20_000,
        "SELECT * FROM item WHERE " + "NOT " * 10_000 + "true",
        "SELECT * FROM item WHERE level = " + "-" * 40_000 + "1",
        "SELECT * FROM item WHERE level = 1e999999999",
        "SELECT * FROM item WHERE level = 1e-999999999",
        "SELECT * FROM item WHERE level = " + "9" * 40_000,
        "SELECT * FROM item " + "JOIN item " * 2000,
        "SELECT " + "name, " * 8000 + "name FROM item",
        "/*" * 20_000,
        "--" * 20_000,
        '"' * 40_001,
        "'" * 40_001,
        "SELECT" + " " * 40_000 + "*",
        "(" * 40_000 + "SELECT",
        "INSERT INTO item (a) VALUES " + "(1)," * 10_000,
        "CREATE TABLE " + "x" * 40_000,
    ],
    ids=lambda query: repr(query[:40]),
)
def test_strange_sql_is_answered_soon(guarded: Server, query: str) -> None:
    began = time.process_time()
    answer = sql(guarded, query)
    assert answer.status in (200, 400)
    assert time.process_time() - began < 3.0
    with RawClient(guarded) as client:
        assert isinstance(client.subscribe(query), v1.SubscribeMultiApplied | v1.SubscriptionError)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(WORDS),
            max_size=14,
        ).map(" ".join),
    )
)
def test_any_words_are_answered_or_refused(guarded: Server, text: str) -> None:
    with suppress(UnicodeEncodeError):
        answer = sql(guarded, text)
        assert answer.status in (200, 400), answer.body
        assert SECRET not in answer.body or SECRET in text
