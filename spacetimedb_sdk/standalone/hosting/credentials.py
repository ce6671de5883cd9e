"""Credentials: who a request comes from, and what the claims of a token must say, whoever has signed it
(spec: http-api.md section 1.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeGuard

import jwt

from ...errors import SpacetimeDBException
from ...types import Identity
from ..identity import identity_from_claims

__all__ = ["ISSUER", "Credentials", "TokenRefused", "checked_credentials", "signed_claims"]

# What a server calls itself in the tokens it makes.
ISSUER = "localhost"
_CLAIM_LIMIT = 128
# Clocks of two machines differ by that much.
_LEEWAY_SECONDS = 60
# The times are checked by a clock of ours, and PyJWT takes SpacetimeDB's `exp: null` for a mistake.
_SIGNATURE_ALONE = dict.fromkeys(("verify_aud", "verify_exp", "verify_iat", "verify_nbf"), False)


class TokenRefused(SpacetimeDBException):
    """A token this server does not accept; the text is the validator's (`InvalidToken`, `ExpiredSignature`, ...)."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who a request comes from, and the token that says so."""

    identity: Identity
    token: str = field(repr=False)
    claims: dict[str, Any] = field(repr=False)


def signed_claims(token: str, key: Any, algorithm: str) -> dict[str, Any]:
    """What a token says that `key`, a public one, has signed by `algorithm`. TokenRefused."""
    try:
        return jwt.decode(token, key, algorithms=[algorithm], options=_SIGNATURE_ALONE)  # type: ignore[arg-type]
    except jwt.InvalidSignatureError:
        raise TokenRefused("InvalidSignature") from None
    except jwt.InvalidAlgorithmError:
        raise TokenRefused("InvalidAlgorithm") from None
    except (jwt.PyJWTError, RecursionError):  # the latter is JSON nested a thousand deep
        raise TokenRefused("InvalidToken") from None


def checked_credentials(
    token: str, claims: dict[str, Any], now: float, *, must_expire: bool = False
) -> Credentials:
    """Whose a token with these claims is at `now`, in seconds. TokenRefused."""
    subject, issuer = claims.get("sub"), claims.get("iss")
    for claim in (subject, issuer):
        if not isinstance(claim, str) or not 0 < len(claim.encode(errors="replace")) <= _CLAIM_LIMIT:
            raise TokenRefused("InvalidToken")
    expiry, beginning = claims.get("exp"), claims.get("nbf")
    if must_expire and not _is_number(expiry):
        raise TokenRefused("MissingRequiredClaim(exp)")
    if _is_number(expiry) and not now <= expiry + _LEEWAY_SECONDS:
        raise TokenRefused("ExpiredSignature")
    if _is_number(beginning) and not now >= beginning - _LEEWAY_SECONDS:
        raise TokenRefused("ImmatureSignature")
    try:
        identity = identity_from_claims(str(issuer), str(subject))
    except UnicodeEncodeError:  # a lone surrogate
        raise TokenRefused("InvalidToken") from None
    if claims.get("hex_identity", str(identity)) != str(identity):
        raise TokenRefused("InvalidToken")
    return Credentials(identity, token, claims)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
