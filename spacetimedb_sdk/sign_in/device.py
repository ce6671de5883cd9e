"""Signing in on another device: the player types a short code into a page on a phone, while the game asks whether they have
(RFC 8628). For machines without a browser: a console, a television, a shell on a server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import SignInError
from ..records import field, record
from .provider import Account, account_of, answer_of, client_form, configuration, endpoint

__all__ = ["DeviceCode", "sign_in_elsewhere"]

_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
# Seconds between two questions where the provider names none, and what is added where it asks for more.
_INTERVAL = 5.0
_SLOWER = 5.0
_LONGEST = 3600.0


@record
class DeviceCode:
    """What the player is shown: `user_code`, to be typed in at `address`. `whole_address` has the code in it, for a QR code; it
    is `address` where the provider gives none. Both are of use for `seconds`."""

    user_code: str
    address: str
    whole_address: str
    seconds: float
    device_code: str = field(repr=False)
    interval: float


def sign_in_elsewhere(
    issuer: str,
    client_id: str,
    *,
    show: Callable[[DeviceCode], object],
    client_secret: str | None = None,
    scope: str = "openid",
    parameters: Mapping[str, str] | None = None,
    timeout: float = 300.0,
) -> Account:
    """Have `show` tell the player where to type which code, and wait until they have signed in there, `timeout` seconds at most.

    The provider must know the device flow (`device_authorization_endpoint`), and the client be allowed it. The rest is as
    with `sign_in`. Waits: a game that goes on drawing calls it on a thread of its own.

    SignInError where the player refused, the code is out of time, or the provider does not fit.
    """
    provider = configuration(issuer)
    code = _asked_for(issuer, provider, client_id, client_secret, {"scope": scope, **(parameters or {})})
    show(code)
    end = time.monotonic() + min(code.seconds, timeout)
    interval = code.interval
    grant = {"grant_type": _GRANT, "device_code": code.device_code}
    while True:
        left = end - time.monotonic()
        if left <= 0.0:
            raise SignInError(issuer, f"nobody signed in within {min(code.seconds, timeout):g} seconds")
        time.sleep(min(interval, left))
        try:
            return account_of(issuer, provider, client_id, client_secret, grant)
        except SignInError as error:
            if isinstance(error.__cause__, OSError):
                interval = min(interval * 2, _LONGEST)  # no answer: it is asked again, less often
            elif error.code == "slow_down":
                interval += _SLOWER
            elif error.code != "authorization_pending":
                raise


def _asked_for(
    issuer: str,
    provider: Mapping[str, Any],
    client_id: str,
    client_secret: str | None,
    asked: Mapping[str, str],
) -> DeviceCode:
    form = client_form(client_id, client_secret, asked)
    answer = answer_of(issuer, endpoint(issuer, provider, "device_authorization_endpoint"), form)
    # Google calls the second by another name, from before the standard.
    address = answer.get("verification_uri", answer.get("verification_url"))
    texts = (answer.get("device_code"), answer.get("user_code"), address)
    seconds, interval = answer.get("expires_in", _LONGEST), answer.get("interval", _INTERVAL)
    if not all(isinstance(text, str) for text in texts) or not all(
        isinstance(number, int | float) and number >= 0 for number in (seconds, interval)
    ):
        raise SignInError(issuer, "its answer has no code to show")
    whole = answer.get("verification_uri_complete")
    return DeviceCode(
        user_code=str(texts[1]),
        address=str(address),
        whole_address=whole if isinstance(whole, str) else str(address),
        seconds=float(seconds),
        device_code=str(texts[0]),
        interval=float(interval),
    )
