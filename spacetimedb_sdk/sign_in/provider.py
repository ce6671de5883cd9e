"""A provider of accounts (OpenID Connect): what it says of itself, and the tokens it gives."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from ..errors import SignInError
from ..records import field, record
from ..system.parsing import parsed_json
from ..system.token_claims import token_claims

__all__ = [
    "LOOPBACK",
    "Account",
    "account_of",
    "answer_of",
    "client_form",
    "configuration",
    "endpoint",
    "error_text",
]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CONFIGURATION = "/.well-known/openid-configuration"
_ANSWER_SECONDS = 15.0
# Of one answer of the provider: what is longer is none.
_ANSWER_LIMIT = 1 << 20


@record
class Account:
    """Who has signed in: `id_token` is the token of a client, good until `expires_at` (seconds since 1970).

    `refresh_token` gives the next ones without a browser, None where the provider gave none; keep it as a password.
    """

    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: float
    subject: str


def configuration(issuer: str) -> dict[str, Any]:
    """What the provider says of itself."""
    found = _asked(issuer, issuer.removesuffix("/") + _CONFIGURATION)
    if found.get("issuer") != issuer:
        raise SignInError(
            issuer, f"the provider calls itself {found.get('issuer')!r}: give that as the issuer"
        )
    return found


def endpoint(issuer: str, provider: Mapping[str, Any], name: str) -> str:
    address = provider.get(name)
    if not isinstance(address, str):
        raise SignInError(issuer, f"its configuration has no {name}")
    _check_encrypted(issuer, address)
    return address


def client_form(client_id: str, client_secret: str | None, values: Mapping[str, str]) -> dict[str, str]:
    """A form for a provider, with the client that sends it; a public one has no secret."""
    secret = {} if client_secret is None else {"client_secret": client_secret}
    return {**values, "client_id": client_id, **secret}


def account_of(
    issuer: str,
    provider: Mapping[str, Any],
    client_id: str,
    client_secret: str | None,
    grant: Mapping[str, str],
    refresh_token: str | None = None,
) -> Account:
    """What the provider's token endpoint gives. It came from there itself, encrypted: its signature proves nothing more."""
    form = client_form(client_id, client_secret, grant)
    answer = answer_of(issuer, endpoint(issuer, provider, "token_endpoint"), form)
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise SignInError(issuer, "it gave no id_token: the scope must have openid")
    claims = token_claims(token)
    audience = claims.get("aud")
    if claims.get("iss") != issuer or client_id not in (
        audience if isinstance(audience, list) else [audience]
    ):
        raise SignInError(issuer, "its token is of another provider, or for another program")
    return Account(
        id_token=token,
        refresh_token=answer.get("refresh_token", refresh_token),
        expires_at=float(claims.get("exp", 0)),
        subject=str(claims.get("sub", "")),
    )


def answer_of(issuer: str, url: str, form: Mapping[str, str]) -> dict[str, Any]:
    """The JSON object that `url` answers a form with. SignInError, with the provider's own `code`, for an error."""
    return _asked(issuer, url, urlencode(form).encode())


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the code, or the refresh token, to who knows where."""

    def redirect_request(self, *_: object) -> None:
        return None


def _asked(issuer: str, url: str, form: bytes | None = None) -> dict[str, Any]:
    """The JSON object that is at `url`."""
    _check_encrypted(issuer, url)
    request = urllib.request.Request(url, form, {"Accept": "application/json"})
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=_ANSWER_SECONDS) as answer:
            found = parsed_json(answer.read(_ANSWER_LIMIT))
    except urllib.error.HTTPError as error:
        with error:
            _refused(issuer, error)
    except (OSError, ValueError) as error:
        raise SignInError(issuer, f"{url} cannot be had: {error}") from error
    if not isinstance(found, dict):
        raise SignInError(issuer, f"{url} is no JSON object")
    return found


def _refused(issuer: str, error: urllib.error.HTTPError) -> NoReturn:
    try:
        said = parsed_json(error.read(_ANSWER_LIMIT))
    except (OSError, ValueError):
        said = None
    text = error_text(said) if isinstance(said, dict) and "error" in said else f"{error.code} {error.reason}"
    code = str(said.get("error", "")) if isinstance(said, dict) else ""
    raise SignInError(issuer, f"{error.url} answered {text}", code[:100]) from None


def error_text(answer: Mapping[str, Any]) -> str:
    """An error of the provider, in its words."""
    error, description = str(answer.get("error", "nothing")), str(answer.get("error_description", ""))
    return f"{error[:100]}: {description[:300]}".removesuffix(": ")


def _check_encrypted(issuer: str, url: str) -> None:
    place = urlsplit(url)
    if place.scheme != "https" and not (place.scheme == "http" and place.hostname in LOOPBACK):
        raise SignInError(issuer, f"{url} is not https")
