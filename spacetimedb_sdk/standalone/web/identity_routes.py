"""Identities over HTTP (spec: http-api.md section 2)."""

from __future__ import annotations

from aiohttp import web

from ..hosting.credentials import Credentials
from .requests import DATABASES, authenticated, credentials_of, parse_identity, written_json

__all__ = ["add_routes", "ping"]


def add_routes(router: web.UrlDispatcher) -> None:
    router.add_post("/v1/identity", _new_identity)
    router.add_get("/v1/identity/public-key", _public_key)
    router.add_post("/v1/identity/websocket-token", authenticated(_websocket_token, required=True))
    router.add_get("/v1/identity/{identity}/verify", authenticated(_verify, required=True))
    router.add_get("/v1/identity/{identity}/databases", _databases)


async def ping(request: web.Request) -> web.Response:
    await credentials_of(request)
    return web.Response()


async def _new_identity(request: web.Request) -> web.Response:
    made = request.app[DATABASES].tokens.mint()
    return written_json({"identity": str(made.identity), "token": made.token})


async def _public_key(request: web.Request) -> web.Response:
    pem = request.app[DATABASES].tokens.key.public_pem
    return web.Response(body=pem, content_type="application/pem-certificate-chain")


async def _websocket_token(request: web.Request, credentials: Credentials) -> web.Response:
    token = request.app[DATABASES].tokens.for_websocket(credentials).token
    return written_json({"token": token})


async def _verify(request: web.Request, credentials: Credentials) -> web.Response:
    identity = parse_identity(request.match_info["identity"])
    return web.Response(status=204 if identity == credentials.identity else 400)


async def _databases(request: web.Request) -> web.Response:
    owned = request.app[DATABASES].owned_by(parse_identity(request.match_info["identity"]))
    return written_json({"identities": [str(identity) for identity in owned]})
