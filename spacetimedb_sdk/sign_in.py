"""Signing in at an OpenID Connect provider, in the player's own browser: the authorization code flow with PKCE, by a redirect to
this machine (RFC 8252, RFC 7636).

    from spacetimedb_sdk.sign_in import refresh, sign_in

    account = sign_in("https://accounts.example.com", "the-client-id")
    client = module_bindings.connect("play.example.com", "mygame", token=account.id_token)

Both functions wait, and may be called on any thread: a game that goes on drawing calls them on one of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, NoReturn
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit

from .errors import SignInError
from .records import field, record

__all__ = ["Account", "refresh", "sign_in"]

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_CONFIGURATION = "/.well-known/openid-configuration"
_ANSWER_SECONDS = 15.0
# Of one answer of the provider: what is longer is none.
_ANSWER_LIMIT = 1 << 20
# How often it is looked whether the time is over.
_LOOK_SECONDS = 0.2
_THANKS = "<!doctype html><meta charset=utf-8><title>Signed in</title><p>You may close this window and go back to the game."
_SORRY = (
    "<!doctype html><meta charset=utf-8><title>Not signed in</title><p>That did not work. The game says why."
)


@record
class Account:
    """Who has signed in: `id_token` is the token of a client, good until `expires_at` (seconds since 1970).

    `refresh_token` gives the next ones without a browser, None where the provider gave none; keep it as a password.
    """

    id_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: float
    subject: str


def sign_in(
    issuer: str,
    client_id: str,
    *,
    client_secret: str | None = None,
    scope: str = "openid",
    redirect: str = "http://127.0.0.1:0/",
    parameters: Mapping[str, str] | None = None,
    show: Callable[[str], object] | None = None,
    timeout: float = 300.0,
) -> Account:
    """Open the provider's page and wait until the player has signed in there, `timeout` seconds at most.

    `issuer` and `client_id` are what the provider calls itself and the game; `client_secret` is for providers that give one to
    programs on players' machines, where it is none. `redirect` is the address that is registered there: on this machine, with
    port 0 for any that is free. `parameters` go into the page's address, as Google's `access_type=offline`. `show` opens an
    address, or shows it to the player, in the place of `webbrowser.open`; False says that it could not.

    SignInError where the player did not, or the provider does not fit; ValueError for a redirect to another machine.
    """
    place = _loopback(redirect)
    provider = _configuration(issuer)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with _listener(issuer, place, state) as server:
        host = f"[{place.hostname}]" if ":" in (place.hostname or "") else place.hostname
        back = f"http://{host}:{server.server_port}{place.path or '/'}"
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": back,
            "scope": scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": _unpadded(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **(parameters or {}),
        }
        page = _endpoint(issuer, provider, "authorization_endpoint")
        address = f"{page}{'&' if urlsplit(page).query else '?'}{urlencode(asked)}"
        if (show or webbrowser.open)(address) is False:
            raise SignInError(
                issuer, "no browser could be opened: give show=, which shows the address to the player"
            )
        answer = server.wait(timeout)
    if answer is None:
        raise SignInError(issuer, f"nobody signed in within {timeout:g} seconds")
    if "code" not in answer:
        raise SignInError(issuer, f"the provider said {_error_text(answer)}")
    if answer.get("iss", issuer) != issuer:
        raise SignInError(issuer, "the answer is of another provider")
    told = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    account = _account(issuer, provider, client_id, client_secret, told)
    if not hmac.compare_digest(str(_claims(account.id_token).get("nonce")), nonce):
        raise SignInError(issuer, "the provider's token was made for another sign-in")
    return account


def refresh(issuer: str, client_id: str, refresh_token: str, *, client_secret: str | None = None) -> Account:
    """A new `id_token`, without a browser. SignInError where the provider gives none any more: sign in again."""
    told = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _account(issuer, _configuration(issuer), client_id, client_secret, told, refresh_token)


def _loopback(redirect: str) -> SplitResult:
    """The parts of an address on this machine, which no other machine can read an answer from."""
    place = urlsplit(redirect)
    if place.scheme != "http" or place.hostname not in _LOOPBACK:
        raise ValueError(
            f"the redirect must be http and on this machine, 127.0.0.1 or localhost, not {redirect}"
        )
    return place


def _listener(issuer: str, place: SplitResult, state: str) -> _Listener:
    try:
        return _Listener((place.hostname or "", place.port or 0), place.path or "/", state)
    except OSError as error:
        raise SignInError(issuer, f"cannot listen at {place.geturl()}: {error.strerror or error}") from error


def _configuration(issuer: str) -> dict[str, Any]:
    """What the provider says of itself."""
    found = _asked(issuer, issuer.removesuffix("/") + _CONFIGURATION)
    if found.get("issuer") != issuer:
        raise SignInError(
            issuer, f"the provider calls itself {found.get('issuer')!r}: give that as the issuer"
        )
    return found


def _endpoint(issuer: str, provider: Mapping[str, Any], name: str) -> str:
    address = provider.get(name)
    if not isinstance(address, str):
        raise SignInError(issuer, f"its configuration has no {name}")
    _check_encrypted(issuer, address)
    return address


def _account(
    issuer: str,
    provider: Mapping[str, Any],
    client_id: str,
    client_secret: str | None,
    told: Mapping[str, str],
    refresh_token: str | None = None,
) -> Account:
    """What the provider's token endpoint gives. It came from there itself, encrypted: its signature proves nothing more."""
    form = {**told, "client_id": client_id}
    if client_secret is not None:
        form["client_secret"] = client_secret
    answer = _asked(issuer, _endpoint(issuer, provider, "token_endpoint"), urlencode(form).encode())
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise SignInError(issuer, "it gave no id_token: the scope must have openid")
    claims = _claims(token)
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
            found = json.loads(answer.read(_ANSWER_LIMIT))
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
        said = json.loads(error.read(_ANSWER_LIMIT))
    except (OSError, ValueError):
        said = None
    text = _error_text(said) if isinstance(said, dict) and "error" in said else f"{error.code} {error.reason}"
    raise SignInError(issuer, f"{error.url} answered {text}") from None


def _error_text(answer: Mapping[str, Any]) -> str:
    """An error of the provider, in its words."""
    error, description = str(answer.get("error", "nothing")), str(answer.get("error_description", ""))
    return f"{error[:100]}: {description[:300]}".removesuffix(": ")


def _check_encrypted(issuer: str, url: str) -> None:
    place = urlsplit(url)
    if place.scheme != "https" and not (place.scheme == "http" and place.hostname in _LOOPBACK):
        raise SignInError(issuer, f"{url} is not https")


def _claims(token: str) -> dict[str, Any]:
    try:
        part = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _Listener(HTTPServer):
    """Waits at the redirect's address for the answer of this sign-in, which is the one with its `state`."""

    timeout = _LOOK_SECONDS

    def __init__(self, place: tuple[str, int], path: str, state: str) -> None:
        self.path, self.state = path, state
        self.answer: dict[str, str] | None = None
        super().__init__(place, _Redirected)

    def wait(self, seconds: float) -> dict[str, str] | None:
        end = time.monotonic() + seconds
        while self.answer is None and time.monotonic() < end:
            self.handle_request()
        return self.answer


class _Redirected(BaseHTTPRequestHandler):
    """A browser that comes back. Another one, or another address, is none."""

    server: _Listener
    # A browser that opens a connection ahead of need, and says nothing on it, holds nobody up for long.
    timeout = 2.0

    def do_GET(self) -> None:
        place = urlsplit(self.path)
        answer = {name: values[0] for name, values in parse_qs(place.query).items()}
        if place.path != self.server.path or not hmac.compare_digest(
            answer.get("state", ""), self.server.state
        ):
            self.send_error(404)
            return
        self.server.answer = answer
        text = (_THANKS if "code" in answer else _SORRY).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(text)))
        # The code in the page's address goes nowhere else.
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing: the address has the code."""
