"""Trusted issuers: whose tokens, besides its own, a server takes (spec: http-api.md section 1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import jwt

from ...errors import ConfigError
from .credentials import ISSUER, Credentials, TokenRefused, checked_credentials, signed_claims
from .issuer_keys import FETCH_SECONDS, IssuerKeys
from .key_discovery import ALGORITHMS, is_safe_url

__all__ = ["TrustedIssuer", "TrustedIssuers"]


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An OpenID Connect issuer whose tokens are taken: all, or those made for `audience`. ConfigError for what is none."""

    url: str
    audience: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.url, str) or not is_safe_url(self.url) or urlsplit(self.url).query:
            raise ConfigError(
                f"{self.url!r} is no issuer to trust: give https://HOST or https://HOST/PATH, as the `iss` of its tokens "
                "says (plain http only for this machine), with =AUDIENCE behind it for tokens of one client alone"
            )
        if self.audience is not None and not (isinstance(self.audience, str) and self.audience):
            raise ConfigError(
                f"an audience of the issuer {self.url} is a text: give URL=AUDIENCE, or URL alone"
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `URL` or `URL=AUDIENCE`."""
        url, equals, audience = text.partition("=")
        return cls(url.strip(), audience.strip() if equals else None)


class TrustedIssuers:
    """Checks tokens by the keys of the issuers that are trusted; one may be given several times, for several audiences.

    ConfigError for what is no issuer.
    """

    def __init__(
        self, trusted: Iterable[TrustedIssuer | str], *, fetch_seconds: float = FETCH_SECONDS
    ) -> None:
        if isinstance(trusted, str):
            trusted = (trusted,)
        self._keys: dict[str, IssuerKeys] = {}
        # Nothing where any audience will do.
        self._audiences: dict[str, set[str]] = {}
        for item in trusted:
            issuer = TrustedIssuer.parse(item) if isinstance(item, str) else item
            name = _name(issuer.url)
            known = self._audiences.get(name)
            if known is not None and bool(known) != (issuer.audience is not None):
                raise ConfigError(
                    f"the issuer {issuer.url} is given with an audience and without: which one?"
                )
            if known is None:
                self._keys[name] = IssuerKeys(issuer.url, fetch_seconds=fetch_seconds)
                known = self._audiences[name] = set()
            if issuer.audience is not None:
                known.add(issuer.audience)

    def __len__(self) -> int:
        return len(self._keys)

    async def check(self, token: str, now: float) -> Credentials:
        """Whose token it is at `now`, in seconds. TokenRefused for one that no trusted issuer has made for here, or that
        has expired; IssuerUnavailable where that cannot be found out."""
        algorithm, kid, name = _unverified(token)
        if algorithm not in ALGORITHMS:
            raise TokenRefused("InvalidAlgorithm")
        keys = self._keys.get(name)
        if keys is None:
            # This server's own would have been taken, had its key signed it.
            raise TokenRefused("InvalidSignature" if name == ISSUER else "InvalidIssuer")
        claims = _claims_by(token, algorithm, await keys.find(algorithm, kid))
        credentials = checked_credentials(token, claims, now, must_expire=True)
        audiences = self._audiences[name]
        if audiences and audiences.isdisjoint(_texts(claims.get("aud"))):
            raise TokenRefused("InvalidAudience")
        return credentials

    def close(self) -> None:
        """Ends what is under way."""
        for keys in self._keys.values():
            keys.close()


def _name(url: str) -> str:
    """Some issuers end in a slash, which is easily left out."""
    return url.rstrip("/")


def _unverified(token: str) -> tuple[str, str | None, str]:
    """The algorithm, the key's name and the issuer that a token gives: any client can write one, so that these only say
    what it must be checked with."""
    try:
        whole = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, RecursionError):  # the latter is JSON nested a thousand deep
        raise TokenRefused("InvalidToken") from None
    header, claims = whole["header"], whole["payload"]
    algorithm, kid, issuer = header.get("alg"), header.get("kid"), claims.get("iss")
    if not isinstance(algorithm, str) or not isinstance(issuer, str) or not isinstance(kid, str | None):
        raise TokenRefused("InvalidToken")
    return algorithm, kid, _name(issuer)


def _claims_by(token: str, algorithm: str, keys: Iterable[Any]) -> dict[str, Any]:
    """What the token says, which one of `keys` has signed."""
    refusal = TokenRefused("KeyIDNotFound")
    for key in keys:
        try:
            return signed_claims(token, key.key, algorithm)
        except TokenRefused as error:
            refusal = error
    raise refusal


def _texts(audience: object) -> list[str]:
    """`aud` is a text or a list of them."""
    listed = audience if isinstance(audience, list) else [audience]
    return [item for item in listed if isinstance(item, str)]
