"""Identities, tokens and the key they are signed with."""

from __future__ import annotations

import json
from pathlib import Path

import jwt
import pytest

from spacetimedb_sdk.errors import ConfigError
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.hosting.auth import SigningKey, TokenRefused, Tokens
from spacetimedb_sdk.standalone.identity import identity_from_claims
from tests.conformance.conformance_module import module
from tests.standalone.raw_client import RawClient

NOW = 1_700_000_000


class Clock:
    seconds = NOW

    def __call__(self) -> int:
        return self.seconds * 1_000_000


@pytest.mark.parametrize(
    ("issuer", "subject", "identity"),
    [
        ("localhost", "test-subject", "c200b3ce65d91b79ecfb7d881cd65bf8da2f647d590af1474ad19faa7aa87e38"),
        ("http://localhost", "alice", "c2005bed7d1568285f2d8c211c9464ba93678ff552324a0d04c83bbeaabd6b96"),
        ("https://example.com", "12345", "c200887b170329819f41e54d47074683a61d0dc3a6fcaf42c009a86d55d1b254"),
    ],
)
def test_identities_follow_from_issuer_and_subject(issuer: str, subject: str, identity: str) -> None:
    assert str(identity_from_claims(issuer, subject)) == identity


def test_tokens_have_the_claims_of_real_ones() -> None:
    tokens = Tokens(SigningKey.generate(), Clock())
    made = tokens.mint()
    assert jwt.get_unverified_header(made.token) == {"typ": "JWT", "alg": "ES256"}
    claims = json.loads(jwt.utils.base64url_decode(made.token.split(".")[1]))
    assert claims["hex_identity"] == str(made.identity)
    assert (claims["iss"], claims["aud"], claims["iat"], claims["exp"]) == (
        "localhost",
        ["spacetimedb"],
        NOW,
        None,
    )
    assert tokens.check(made.token).identity == made.identity
    assert made.token not in repr(made)


def sign(key: SigningKey, **claims: object) -> str:
    return jwt.api_jws.encode(json.dumps(claims).encode(), key.private, algorithm="ES256")


def test_tokens_that_are_refused() -> None:
    clock = Clock()
    key = SigningKey.generate()
    tokens = Tokens(key, clock)
    short = tokens.for_websocket(tokens.mint())
    clock.seconds = NOW + 100
    assert tokens.check(short.token).identity == short.identity  # within the leeway
    clock.seconds = NOW + 121
    with pytest.raises(TokenRefused, match="ExpiredSignature"):
        tokens.check(short.token)
    with pytest.raises(TokenRefused, match="InvalidSignature"):
        tokens.check(Tokens(SigningKey.generate(), clock).mint().token)
    with pytest.raises(TokenRefused, match="InvalidAlgorithm"):
        tokens.check(jwt.encode({"iss": "localhost", "sub": "x"}, "secret" * 8, algorithm="HS256"))
    for claims in (
        {"iss": "localhost"},
        {"iss": "", "sub": "x"},
        {"iss": "localhost", "sub": "x" * 129},
        {"iss": "localhost", "sub": 5},
        {"iss": "localhost", "sub": "x", "hex_identity": "c2" * 32},
    ):
        with pytest.raises(TokenRefused, match="InvalidToken"):
            tokens.check(sign(key, **claims))
    for text in ("", "garbage", "a.b.c", "ü"):
        with pytest.raises(TokenRefused, match="InvalidToken"):
            tokens.check(text)


def test_a_kept_key_keeps_tokens_good(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "keys"
    with Server(module, database="one", data_dir=folder) as server, RawClient(server) as client:
        token, identity = client.token, client.identity
    with Server(module, database="one", data_dir=folder) as server, RawClient(server, token=token) as client:
        assert client.identity == identity
    assert (folder / "id_ecdsa").stat().st_mode & 0o077 == 0


def test_a_broken_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "id_ecdsa").write_text("no key")
    with pytest.raises(ConfigError, match="remove it, and a new one is made"):
        SigningKey.in_folder(tmp_path)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ConfigError, match="--data-dir"):
        SigningKey.in_folder(blocked / "below")
