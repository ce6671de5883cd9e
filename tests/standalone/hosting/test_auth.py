"""Identities, tokens and the key they are signed with."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_mock import MockerFixture

from spacetimedb_sdk.errors import ConfigError
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.standalone.hosting.auth import SigningKey, Tokens
from spacetimedb_sdk.standalone.hosting.credentials import TokenRefused
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


KEYS: dict[str, Callable[[Path], object]] = {
    "a link to nothing": lambda path: path.symlink_to(path.parent / "nowhere"),
    "no file": lambda path: path.mkdir(),
    "no signing key": lambda path: path.write_bytes(bytes(100_000)),
    "holds no signing key": lambda path: path.write_text(
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    ),
    "is no file": lambda path: os.mkfifo(path),
}


@pytest.mark.parametrize("what", KEYS)
def test_what_is_no_key_is_one_sentence(tmp_path: Path, what: str) -> None:
    KEYS[what](tmp_path / "id_ecdsa")
    with pytest.raises(ConfigError, match=what):
        SigningKey.in_folder(tmp_path)


def test_a_key_of_another_curve_is_named(tmp_path: Path) -> None:
    pem = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "id_ecdsa").write_bytes(pem)
    with pytest.raises(ConfigError, match="holds no ES256 key"):
        SigningKey.in_folder(tmp_path)


def test_a_key_that_cannot_be_read_is_one_sentence(tmp_path: Path, mocker: MockerFixture) -> None:
    SigningKey.in_folder(tmp_path)
    mocker.patch.object(Path, "read_bytes", side_effect=PermissionError(13, "Permission denied"))
    with pytest.raises(ConfigError, match="Permission denied"):
        SigningKey.in_folder(tmp_path)


def test_what_others_may_read_is_said_and_closed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Also what an earlier release made: the database, its log, the key, in a folder for all."""
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o755)
    before = os.umask(0)  # what is made now would be open to all
    try:
        with Server(module, database="one", data_dir=folder) as server, RawClient(server):
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
        assert {name for name, mode in modes.items() if mode & 0o077} <= {"id_ecdsa.pub"}
        assert {"one.sqlite", "one.sqlite-wal", "one.sqlite-last", "id_ecdsa"} <= set(modes)
        assert caplog.text.count("is open to others (mode 0755)") == 1
        for file in folder.iterdir():
            file.chmod(0o644)
        caplog.clear()
        with Server(module, database="one", data_dir=folder):
            pass
        said = [record.getMessage() for record in caplog.records]
        assert len(said) == 3, said
        assert all("was open to others (mode 0644), it is not any more" in text for text in said)
        assert any("id_ecdsa" in text and "remove it, and a new one is made" in text for text in said)
        caplog.clear()
        with Server(module, database="one", data_dir=folder):
            pass
        assert not caplog.records
        with Server(module, database="one", data_dir=tmp_path / "new" / "data"):
            pass
        assert stat.S_IMODE((tmp_path / "new" / "data").stat().st_mode) == 0o700
    finally:
        os.umask(before)
