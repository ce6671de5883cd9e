"""Signing in at an OpenID Connect provider, in the player's own browser: the authorization code flow with PKCE, by a redirect to
this machine (RFC 8252, RFC 7636). `sign_in_elsewhere` is for machines without a browser: a code that is typed in on a phone.

    from spacetimedb_sdk.sign_in import refresh, sign_in

    account = sign_in("https://accounts.example.com", "the-client-id")
    client = module_bindings.connect("play.example.com", "mygame", token=account.id_token)

All three functions wait, and may be called on any thread: a game that goes on drawing calls them on one of its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import webbrowser
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

from ..errors import SignInError
from ..system.token_claims import token_claims
from .device import DeviceCode, sign_in_elsewhere
from .provider import Account, account_of, configuration, endpoint, error_text
from .redirect import listener, loopback

__all__ = ["Account", "DeviceCode", "refresh", "sign_in", "sign_in_elsewhere"]

_NO_BROWSER = (
    "no browser could be opened: give show=, which shows the address to the player, or use sign_in_elsewhere"
)


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
    place = loopback(redirect)
    provider = configuration(issuer)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with listener(issuer, place, state) as server:
        host = f"[{place.hostname}]" if ":" in (place.hostname or "") else place.hostname
        back = f"http://{host}:{server.server_port}{place.path or '/'}"
        query = {
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
        page = endpoint(issuer, provider, "authorization_endpoint")
        address = f"{page}{'&' if urlsplit(page).query else '?'}{urlencode(query)}"
        if (show or webbrowser.open)(address) is False:
            raise SignInError(issuer, _NO_BROWSER)
        answer = server.wait(timeout)
    if answer is None:
        raise SignInError(issuer, f"nobody signed in within {timeout:g} seconds")
    if "code" not in answer:
        raise SignInError(issuer, f"the provider said {error_text(answer)}", answer.get("error", "")[:100])
    if answer.get("iss", issuer) != issuer:
        raise SignInError(issuer, "the answer is of another provider")
    grant = {
        "grant_type": "authorization_code",
        "code": answer["code"],
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    account = account_of(issuer, provider, client_id, client_secret, grant)
    if not hmac.compare_digest(str(token_claims(account.id_token).get("nonce")), nonce):
        raise SignInError(issuer, "the provider's token was made for another sign-in")
    return account


def refresh(issuer: str, client_id: str, refresh_token: str, *, client_secret: str | None = None) -> Account:
    """A new `id_token`, without a browser. SignInError where the provider gives none any more: sign in again."""
    grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return account_of(issuer, configuration(issuer), client_id, client_secret, grant, refresh_token)


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
