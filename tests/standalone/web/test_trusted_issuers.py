"""Tokens of issuers that a server trusts: who gets in, as whom, and what becomes of all others."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import time
from collections.abc import Iterator

import jwt
import pytest
import websocket
from cryptography.hazmat.primitives.asymmetric import ec

from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.hosting import issuer_keys
from spacetimedb_sdk.standalone.identity import identity_from_claims
from tests.conformance.conformance_module import module
from tests.plugins.waiting import PATIENCE
from tests.standalone.http_client import Answer, ask
from tests.standalone.issuer import CONFIGURATION, KEYS, Issuer, rsa_key
from tests.standalone.raw_client import RawClient


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture
def trusting(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    # A busy machine asks for so long that the issuer might be asked once more.
    monkeypatch.setattr(issuer_keys, "_AGAIN_SECONDS", 3600.0)
    with Server(module, database="trusting", trusted_issuers=[f"{issuer.url}=the-game"]) as server:
        yield server


def enter(server: Server, token: str) -> Answer:
    """An answer that has the identity of who asks."""
    return ask(server, "GET", f"/v1/database/{server.name}/schema?version=9", token=token)


def refused(server: Server, token: str) -> str:
    """Why the server does not take it, which nobody may learn the token from."""
    answer = enter(server, token)
    assert answer.status == 401, answer.body
    assert "spacetime-identity" not in answer.headers
    assert all(part not in answer.body for part in token.split(".") if part)
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        RawClient(server, token=token)
    assert caught.value.status_code == 401
    return answer.body.removeprefix("Invalid token: ")


def test_an_account_is_one_identity_on_every_device(issuer: Issuer, trusting: Server) -> None:
    identity = identity_from_claims(issuer.url, "alice")
    with (
        RawClient(trusting, token=issuer.token()) as one,
        RawClient(trusting, token=issuer.token(jti="another device")) as two,
        RawClient(trusting, token=issuer.token("bob")) as other,
    ):
        assert one.identity == two.identity == identity
        assert other.identity == identity_from_claims(issuer.url, "bob")
    assert enter(trusting, issuer.token()).headers["spacetime-identity"] == str(identity)
    # The keys were fetched once, for all of them.
    assert issuer.asked == [CONFIGURATION, "/keys"]


def test_the_servers_own_tokens_go_on(issuer: Issuer, trusting: Server) -> None:
    with RawClient(trusting) as anonymous, RawClient(trusting, token=anonymous.token) as again:
        assert again.identity == anonymous.identity
    assert enter(trusting, trusting.owner_token).status == 200
    assert issuer.asked == []


def test_a_token_for_an_address_is_of_the_same_identity(issuer: Issuer, trusting: Server) -> None:
    short = ask(trusting, "POST", "/v1/identity/websocket-token", token=issuer.token()).json["token"]
    with RawClient(trusting, query=f"compression=None&token={short}") as client:
        assert client.identity == identity_from_claims(issuer.url, "alice")


def test_algorithms_of_issuers(issuer: Issuer, trusting: Server) -> None:
    issuer.keys.update(rsa=rsa_key(), wide=ec.generate_private_key(ec.SECP384R1()))
    identity = str(identity_from_claims(issuer.url, "alice"))
    for kid, algorithm in (("rsa", "RS256"), ("rsa", "RS512"), ("wide", "ES384"), ("first", "ES256")):
        token = issuer.token(kid=kid, algorithm=algorithm)
        assert enter(trusting, token).headers["spacetime-identity"] == identity
    # A token that names no key is tried with all that fit.
    assert enter(trusting, issuer.token(kid=None)).status == 200


def test_tokens_for_others_and_of_other_times_are_refused(issuer: Issuer, trusting: Server) -> None:
    now = int(time.time())
    for claims, text in (
        ({"aud": "another-game"}, "InvalidAudience"),
        ({"aud": ["another-game", 7]}, "InvalidAudience"),
        ({"aud": None}, "InvalidAudience"),
        ({"exp": now - 3600}, "ExpiredSignature"),
        ({"exp": None}, "MissingRequiredClaim(exp)"),
        ({"nbf": now + 3600}, "ImmatureSignature"),
        ({"hex_identity": "c2" * 32}, "InvalidToken"),
        ({"sub": "x" * 129}, "InvalidToken"),
        ({"iss": "https://issuer.example"}, "InvalidIssuer"),
    ):
        assert refused(trusting, issuer.token(**claims)) == text, claims
    assert enter(trusting, issuer.token(aud=["another-game", "the-game"])).status == 200
    # Clocks differ a little.
    assert enter(trusting, issuer.token(exp=now - 5, nbf=now + 20)).status == 200


def test_an_issuer_that_is_not_trusted_is_not_asked(issuer: Issuer, server: Server) -> None:
    assert refused(server, issuer.token()) == "InvalidSignature"
    with Issuer() as other, Server(module, trusted_issuers=[other.url]) as trusting:
        assert refused(trusting, issuer.token()) == "InvalidIssuer"
        # What the one signs in the name of the other.
        assert refused(trusting, issuer.token(iss=other.url)) == "InvalidSignature"
    assert issuer.asked == []


def _as_secret(issuer: Issuer, secret: bytes) -> str:
    """A token of somebody who takes the issuer's public key for a shared secret."""
    header = {"alg": "HS256", "typ": "JWT", "kid": "first"}
    _, body, _ = issuer.token().split(".")
    signed = jwt.utils.base64url_encode(json.dumps(header).encode()) + b"." + body.encode()
    signature = jwt.utils.base64url_encode(hmac.new(secret, signed, hashlib.sha256).digest())
    return (signed + b"." + signature).decode()


def test_no_other_algorithm_is_taken(issuer: Issuer, trusting: Server) -> None:
    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    issuer.keys["rsa"] = rsa_key()
    listed = issuer.key_set()
    secret = b"a secret that this issuer lists by mistake"
    listed["keys"].append(
        {"kty": "oct", "k": jwt.utils.base64url_encode(secret).decode(), "kid": "shared", "alg": "HS256"}
    )
    issuer.answers["/keys"] = 200, json.dumps(listed)
    none = jwt.encode(claims, key="", algorithm="none", headers={"kid": "first"})
    for token in (
        none,
        none + none.split(".")[1],
        _as_secret(issuer, json.dumps(listed["keys"][0]).encode()),
        jwt.encode(claims, secret, algorithm="HS256", headers={"kid": "shared"}),
        jwt.encode(claims, issuer.keys["rsa"], algorithm="PS256", headers={"kid": "rsa"}),
    ):
        assert refused(trusting, token) == "InvalidAlgorithm"
    # The kid of one key, the algorithm of another.
    assert (
        refused(trusting, jwt.encode(claims, issuer.keys["rsa"], "RS256", {"kid": "first"}))
        == "KeyIDNotFound"
    )
    # A key that is for one algorithm alone.
    listed["keys"][1]["alg"] = "RS512"
    issuer.answers["/keys"] = 200, json.dumps(listed)
    with Server(module, trusted_issuers=[issuer.url]) as strict:
        assert refused(strict, issuer.token(kid="rsa", algorithm="RS256")) == "KeyIDNotFound"


@pytest.mark.parametrize("part", ["header", "claims"])
def test_what_is_nested_deep_is_no_token(issuer: Issuer, trusting: Server, part: str) -> None:
    deep = jwt.utils.base64url_encode(b"[" * 4000).decode()
    head, body, signature = issuer.token().split(".")
    token = f"{deep}.{body}.{signature}" if part == "header" else f"{head}.{deep}.{signature}"
    assert refused(trusting, token) == "InvalidToken"


def test_new_keys_are_looked_for_and_old_ones_end(issuer: Issuer, trusting: Server) -> None:
    old = issuer.token()
    assert enter(trusting, old).status == 200
    issuer.keys = {"second": ec.generate_private_key(ec.SECP256R1())}
    assert enter(trusting, issuer.token(kid="second")).status == 200
    assert issuer.count("/keys") == 2
    # Anybody can make up names of keys: none of them has the issuer asked again.
    made_up = Issuer()
    made_up.url = issuer.url
    for number in range(10):
        made_up.keys[f"made up {number}"] = made_up.keys["first"]
        assert enter(trusting, made_up.token(kid=f"made up {number}")).status == 401
    assert issuer.count("/keys") == 2
    assert enter(trusting, old).body == "Invalid token: KeyIDNotFound"


def test_an_issuer_without_a_configuration_has_its_keys_at_the_usual_place(
    issuer: Issuer, trusting: Server
) -> None:
    issuer.answers[CONFIGURATION] = 404, ""
    assert enter(trusting, issuer.token()).status == 200
    assert issuer.asked == [CONFIGURATION, KEYS]


@pytest.mark.parametrize(
    ("path", "status", "text", "reason"),
    [
        (CONFIGURATION, 500, "", "openid-configuration answers 500"),
        (CONFIGURATION, 302, "", "openid-configuration answers 302"),
        (CONFIGURATION, 200, "<html>", "is no JSON"),
        (CONFIGURATION, 200, "[" * 50_000, "is no JSON"),
        (CONFIGURATION, 200, "[]", "is no JSON object"),
        (CONFIGURATION, 200, '{"issuer": "https://issuer.example"}', "that of another issuer"),
        (CONFIGURATION, 200, '{"issuer": "ISSUER", "jwks_uri": "http://keys.example/"}', "no https address"),
        (CONFIGURATION, 200, '{"issuer": "ISSUER"}', "no https address"),
        ("/keys", 404, "", "/keys answers 404"),
        ("/keys", 200, '{"keys": "' + "x" * (1 << 18) + '"}', "more than 262144 bytes"),
        ("/keys", 200, '{"keys": 5}', "has no list of them"),
        (
            "/keys",
            200,
            '{"keys": [5, {"kty": "EC"}, {"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}',
            "no key for any of",
        ),
    ],
)
def test_what_an_issuer_cannot_say_is_named(
    issuer: Issuer,
    trusting: Server,
    caplog: pytest.LogCaptureFixture,
    path: str,
    status: int,
    text: str,
    reason: str,
) -> None:
    issuer.answers[path] = status, text.replace("ISSUER", issuer.url)
    token = issuer.token()
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            answer = enter(trusting, token)
            assert answer.status == 503
            assert issuer.url in answer.body
            assert reason in answer.body
    # It is left alone for a while after that.
    assert issuer.count(CONFIGURATION) == 1
    assert "/elsewhere" not in issuer.asked
    assert reason in caplog.text
    assert not [part for part in token.split(".") if part in caplog.text or part in answer.body]


def test_an_issuer_that_is_down_is_named(issuer: Issuer) -> None:
    with Issuer() as gone:
        token = gone.token()
    with Server(module, trusted_issuers=[gone.url, issuer.url]) as trusting:
        answer = enter(trusting, token)
        assert answer.status == 503
        assert f"the keys of its issuer {gone.url} cannot be had" in answer.body
        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            RawClient(trusting, token=token)
        assert caught.value.status_code == 503
        assert enter(trusting, issuer.token()).status == 200


def test_a_slow_issuer_holds_nobody_else_up(issuer: Issuer, trusting: Server) -> None:
    issuer.open.clear()
    answers: list[Answer] = []
    waiting = [
        threading.Thread(target=lambda: answers.append(enter(trusting, issuer.token()))) for _ in range(3)
    ]
    for thread in waiting:
        thread.start()
    assert issuer.asked_while_closed.wait(PATIENCE)
    with RawClient(trusting) as other:
        assert enter(trusting, other.token).status == 200
    assert answers == []
    issuer.open.set()
    for thread in waiting:
        thread.join()
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert issuer.asked == [CONFIGURATION, "/keys"]


def test_a_server_ends_while_an_issuer_keeps_it_waiting(issuer: Issuer) -> None:
    issuer.open.clear()
    with Server(module, trusted_issuers=[issuer.url]) as trusting:
        thread = threading.Thread(target=lambda: _try(trusting, issuer.token()))
        thread.start()
        assert issuer.asked_while_closed.wait(PATIENCE)
    thread.join()


def _try(server: Server, token: str) -> None:
    try:
        enter(server, token)
    except OSError:  # the server ended
        return
