"""The redirect: the address on this machine that the browser comes back to with a provider's answer (RFC 8252)."""

from __future__ import annotations

import hmac
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import SplitResult, parse_qs, urlsplit

from ..errors import SignInError
from .provider import LOOPBACK

__all__ = ["Listener", "listener", "loopback"]

# How often it is looked whether the time is over.
_LOOK_SECONDS = 0.2
_THANKS = "<!doctype html><meta charset=utf-8><title>Signed in</title><p>You may close this window and go back to the game."
_SORRY = (
    "<!doctype html><meta charset=utf-8><title>Not signed in</title><p>That did not work. The game says why."
)


def loopback(redirect: str) -> SplitResult:
    """The parts of an address on this machine, which no other machine can read an answer from."""
    place = urlsplit(redirect)
    if place.scheme != "http" or place.hostname not in LOOPBACK:
        raise ValueError(
            f"the redirect must be http and on this machine, 127.0.0.1 or localhost, not {redirect}"
        )
    return place


def listener(issuer: str, place: SplitResult, state: str) -> Listener:
    try:
        return Listener((place.hostname or "", place.port or 0), place.path or "/", state)
    except OSError as error:
        raise SignInError(issuer, f"cannot listen at {place.geturl()}: {error.strerror or error}") from error


class Listener(HTTPServer):
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

    server: Listener
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
