"""The guard of the page: it answers this machine alone, and of it only who has the key.

The page acts as the owner of a database. Another program's user on this machine can reach a port of loopback, and a page from
anywhere can make a browser send requests there, under a name that it has had the browser resolve to 127.0.0.1. So a request
has to name this server in `Host`, may come from no other page (`Origin`), and has a key that only the printed address tells,
or the cookie that the key was exchanged for.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

__all__ = ["Guard"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEADERS = [
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class Guard:
    """An ASGI application in front of another, `app`, on `port` of loopback. `address` is what opens the page."""

    def __init__(self, app: App, port: int, key: str | None = None) -> None:
        self._app = app
        self._key = key or secrets.token_urlsafe(24)
        # Browsers share cookies between the ports of a host.
        self._cookie = f"spacetimedb_inspector_{port}"
        self._hosts = {f"{host}:{port}" for host in ("127.0.0.1", "localhost", "[::1]")}
        self.address = f"http://127.0.0.1:{port}/?key={self._key}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(scope, receive, send, refusal)
        elif scope["type"] == "http" and self._given_key(scope):
            await self._let_in(send)
        elif not self._has_cookie(scope):
            await _refuse(
                scope,
                receive,
                send,
                "Open the whole address that `inspect` printed: it ends in a key for this page.",
            )
        else:
            await self._app(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> str | None:
        hosts = _headers(scope, b"host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return "This page answers to 127.0.0.1 and localhost alone."
        origins = _headers(scope, b"origin")
        if scope["type"] == "websocket" and len(origins) != 1:
            return "A WebSocket of this page names its origin."
        if any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
            return "Another page may not use this one."
        return None

    def _given_key(self, scope: Scope) -> bool:
        given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("key", [])
        return scope["method"] == "GET" and scope["path"] == "/" and any(map(self._is_key, given))

    def _has_cookie(self, scope: Scope) -> bool:
        for header in _headers(scope, b"cookie"):
            try:
                found = SimpleCookie(header).get(self._cookie)
            except CookieError:
                continue
            if found is not None and self._is_key(found.value):
                return True
        return False

    def _is_key(self, text: str) -> bool:
        return secrets.compare_digest(text.encode("utf-8", "replace"), self._key.encode())

    async def _let_in(self, send: Send) -> None:
        """The cookie in the place of the key, which then stands in no history of the browser."""
        cookie = f"{self._cookie}={self._key}; Path=/; HttpOnly; SameSite=Strict"
        headers = [
            (b"location", b"/"),
            (b"set-cookie", cookie.encode()),
            (b"cache-control", b"no-store"),
            *_HEADERS,
        ]
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _headers(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


async def _refuse(scope: Scope, receive: Receive, send: Send, reason: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": reason})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *_HEADERS]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": reason.encode()})


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *_HEADERS]}
        await send(message)

    return sending
