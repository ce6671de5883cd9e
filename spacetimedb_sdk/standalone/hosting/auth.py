"""Tokens and the key they are signed with (spec: http-api.md section 1)."""

from __future__ import annotations

import json
import os
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ...errors import ConfigError
from ..identity import identity_from_claims
from ..private_files import close_to_others, make_private_folder, write_once
from .credentials import ISSUER, Credentials, TokenRefused, checked_credentials, signed_claims
from .trusted_issuers import TrustedIssuers

__all__ = ["SigningKey", "Tokens", "user_key_folder"]

# It stands in an address, where others may read it: only long enough to open a connection.
_WEBSOCKET_TOKEN_SECONDS = 60
# A key in PEM has some hundred.
_KEY_BYTES = 1 << 16


def user_key_folder() -> Path:
    """Where the user's own servers keep their key."""
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "spacetimedb-python"


class SigningKey:
    """An ES256 key pair."""

    __slots__ = ("private", "public", "public_pem")

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self.private = private
        self.public = private.public_key()
        self.public_pem = self.public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def __repr__(self) -> str:
        return "SigningKey()"

    @classmethod
    def generate(cls) -> SigningKey:
        """A key that lives as long as the process."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def in_folder(cls, folder: Path) -> SigningKey:
        """The key kept in `folder`, made at the first call, so that tokens survive a restart. ConfigError where it can
        be neither read nor written."""
        path = folder / "id_ecdsa"
        try:
            if not os.path.lexists(path):
                key = cls.generate()
                make_private_folder(folder)
                pem = key.private.private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
                if write_once(path, pem):
                    (folder / "id_ecdsa.pub").write_bytes(key.public_pem)
                    return key
            return cls(_read_private(path))
        except OSError as error:
            raise ConfigError(
                f"the signing key {path} cannot be kept ({error.strerror}): give another --data-dir"
            ) from error


def _read_private(path: Path) -> ec.EllipticCurvePrivateKey:
    """ConfigError for what is no key; OSError."""
    if not path.exists():
        raise ConfigError(f"{path} is a link to nothing: remove it, and a new key is made")
    if not path.is_file():
        raise ConfigError(f"{path} is no file: remove it, and a new key is made")
    if path.stat().st_size > _KEY_BYTES:
        raise ConfigError(f"{path} holds no signing key: remove it, and a new one is made")
    close_to_others(path, secret=True)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"{path} holds no signing key: remove it, and a new one is made") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ConfigError(f"{path} holds no ES256 key: remove it, and a new one is made")
    return key


class Tokens:
    """Mints and checks tokens; `clock` returns microseconds since the epoch, `issuers` are others whose tokens are taken."""

    def __init__(
        self, key: SigningKey, clock: Callable[[], int], issuers: TrustedIssuers | None = None
    ) -> None:
        self.key = key
        self._clock = clock
        self._issuers = issuers

    def mint(
        self, subject: str | None = None, *, issuer: str = ISSUER, seconds: int | None = None
    ) -> Credentials:
        """A token for `subject`, a new anonymous one by default; it never expires unless `seconds` says when."""
        subject = subject or str(uuid.uuid4())
        identity = identity_from_claims(issuer, subject)
        now = self._clock() // 1_000_000
        claims: dict[str, Any] = {
            "hex_identity": str(identity),
            "sub": subject,
            "iss": issuer,
            "aud": ["spacetimedb"],
            "iat": now,
            "exp": None if seconds is None else now + seconds,
        }
        # PyJWT refuses to sign `exp: null`, which SpacetimeDB's own tokens have: the payload is signed as it is.
        token = jwt.api_jws.encode(
            _compact(claims), self.key.private, algorithm="ES256", headers={"typ": "JWT"}
        )
        return Credentials(identity, token, claims)

    def for_websocket(self, credentials: Credentials) -> Credentials:
        """A token of the same identity that is good for a minute: what a browser puts into an address."""
        subject, issuer = credentials.claims["sub"], credentials.claims["iss"]
        return self.mint(subject, issuer=issuer, seconds=_WEBSOCKET_TOKEN_SECONDS)

    def check(self, token: str) -> Credentials:
        """Whose token it is. TokenRefused for one that this server did not sign, that has expired or makes no sense."""
        claims = signed_claims(token, self.key.public, "ES256")
        return checked_credentials(token, claims, self._clock() // 1_000_000)

    async def check_any(self, token: str) -> Credentials:
        """The same, of a trusted issuer's token too. IssuerUnavailable where its keys cannot be had."""
        try:
            return self.check(token)
        except TokenRefused as refused:
            # What this server has signed, and what is no token at all, is refused for good.
            if not self._issuers or str(refused) not in ("InvalidSignature", "InvalidAlgorithm"):
                raise
        return await self._issuers.check(token, self._clock() // 1_000_000)


def _compact(claims: dict[str, Any]) -> bytes:
    return json.dumps(claims, separators=(",", ":")).encode()
