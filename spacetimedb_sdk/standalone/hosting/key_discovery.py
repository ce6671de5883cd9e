"""Discovery of an issuer's keys, as OpenID Connect describes it: over HTTP, with bounds on time and size."""

from __future__ import annotations

import asyncio
import ipaddress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from aiohttp import ClientError, ClientSession, DummyCookieJar
from cryptography.exceptions import UnsupportedAlgorithm

from ...system.parsing import parsed_json
from ...system.plain_text import error_text, one_line

__all__ = ["ALGORITHMS", "KeysUnavailable", "VerificationKey", "discover_keys", "is_safe_url"]

# By a key's kind and curve. What signs by a secret (HS256) is not among them: keys that everybody has are no secret.
_BY_KIND = {
    ("RSA", None): frozenset(("RS256", "RS384", "RS512")),
    ("EC", "P-256"): frozenset(("ES256",)),
    ("EC", "P-384"): frozenset(("ES384",)),
    ("EC", "P-521"): frozenset(("ES512",)),
}
ALGORITHMS = frozenset[str]().union(*_BY_KIND.values())
# The private parts of a key, where an issuer gives them away, are not taken.
_PUBLIC_MEMBERS = ("kty", "n", "e", "crv", "x", "y")
# Below it RSA is too weak to trust, above it a signature takes long to check.
_RSA_BITS = range(2048, 8193)
# Issuers have two to ten keys, and a document of some thousand bytes.
_MAX_KEYS = 64
_MAX_BYTES = 1 << 18
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


class KeysUnavailable(Exception):
    """No keys could be had; the text says why, `status` what HTTP answered where it did."""

    def __init__(self, reason: str, status: int = 0) -> None:
        self.status = status
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """A public key of an issuer, and the algorithms it is for."""

    kid: str | None
    algorithms: frozenset[str]
    key: Any


def is_safe_url(url: str) -> bool:
    """Whether what comes from `url` is what its host sent: over TLS, or from this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018 - a ValueError where it is no number
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def discover_keys(issuer: str, seconds: float) -> tuple[VerificationKey, ...]:
    """The keys that `issuer` signs with now. KeysUnavailable where they cannot be had within `seconds`."""
    try:
        async with (
            asyncio.timeout(seconds),
            ClientSession(cookie_jar=DummyCookieJar(), auto_decompress=False, headers=_HEADERS) as session,
        ):
            document = await _document(session, await _keys_url(session, issuer))
    except TimeoutError:
        raise KeysUnavailable(f"no answer within {seconds:g} s") from None
    except (ClientError, OSError, ValueError) as error:
        raise KeysUnavailable(one_line(error_text(error))) from None
    listed = document.get("keys")
    if not isinstance(listed, list):
        raise KeysUnavailable("its document of keys has no list of them")
    keys = tuple(key for key in map(_verification_key, listed[:_MAX_KEYS]) if key is not None)
    if not keys:
        raise KeysUnavailable(f"it has no key for any of {', '.join(sorted(ALGORITHMS))}")
    return keys


async def _keys_url(session: ClientSession, issuer: str) -> str:
    base = issuer.rstrip("/")
    try:
        document = await _document(session, f"{base}/.well-known/openid-configuration")
    except KeysUnavailable as error:
        if error.status not in (404, 410):
            raise
        return f"{base}/.well-known/jwks.json"
    if str(document.get("issuer")).rstrip("/") != base:
        # Else one issuer could have its tokens taken for another's.
        raise KeysUnavailable("its configuration is that of another issuer")
    url = document.get("jwks_uri")
    if not isinstance(url, str) or not is_safe_url(url):
        raise KeysUnavailable("its configuration names no https address of keys")
    if url.startswith("http:") and not base.startswith("http:"):
        raise KeysUnavailable("its configuration names no https address of keys")
    return url


async def _document(session: ClientSession, url: str) -> dict[str, Any]:
    """The JSON object at `url`. No redirects: they could lead where plain HTTP, or another host, answers."""
    async with session.get(url, allow_redirects=False) as answer:
        if answer.status != 200:
            raise KeysUnavailable(f"{url} answers {answer.status}", answer.status)
        body = bytearray()
        async for piece in answer.content.iter_any():
            body += piece
            if len(body) > _MAX_BYTES:
                raise KeysUnavailable(f"{url} has more than {_MAX_BYTES} bytes")
    try:
        document = parsed_json(bytes(body))
    except ValueError:
        raise KeysUnavailable(f"{url} is no JSON") from None
    if not isinstance(document, dict):
        raise KeysUnavailable(f"{url} is no JSON object")
    return document


def _verification_key(listed: object) -> VerificationKey | None:
    """None for what is no key, or none to check tokens with."""
    if not isinstance(listed, dict) or listed.get("use", "sig") != "sig":
        return None
    public = {name: listed[name] for name in _PUBLIC_MEMBERS if isinstance(listed.get(name), str)}
    kind, kid, only = public.get("kty", ""), listed.get("kid"), listed.get("alg")
    algorithms = _BY_KIND.get((kind, public.get("crv")), frozenset())
    if only is not None:
        algorithms &= {str(only)}
    if not algorithms or not (kid is None or isinstance(kid, str)):
        return None
    reader = jwt.algorithms.RSAAlgorithm if kind == "RSA" else jwt.algorithms.ECAlgorithm
    try:
        key: Any = reader.from_jwk(public)
    except (jwt.PyJWTError, ValueError, UnsupportedAlgorithm):
        return None
    if kind == "RSA" and key.key_size not in _RSA_BITS:
        return None
    return VerificationKey(kid, algorithms, key)
