"""The HTTP routes under `/v1` (spec: http-api.md sections 2 and 3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from ..errors import DecodeError, EncodeError
from ..module import ReducerError
from ..sats.sats_json import json_decoder
from ..types import ConnectionId, Identity
from .auth import Credentials
from .database import Reducer, Transaction
from .errors import CallRefused, ReducerPanic
from .host import DatabaseHost
from .requests import HOST, Refusal, answer_text, authenticated, credentials_of, find_database
from .websocket import subscribe

__all__ = ["make_application"]

_MAX_BODY_BYTES = 32 << 20
_CORS = {"Access-Control-Allow-Origin": "*"}
_PREFLIGHT = {
    **_CORS,
    "Access-Control-Allow-Methods": "*",
    "Access-Control-Allow-Headers": "authorization,accept,content-type",
}


def make_application(host: DatabaseHost) -> web.Application:
    """The web application that serves one database."""
    application = web.Application(client_max_size=_MAX_BODY_BYTES, middlewares=[_plain_errors])
    application[HOST] = host
    application.on_response_prepare.append(_allow_any_origin)
    database = "/v1/database/{database}"
    application.router.add_get("/v1/ping", _ping)
    application.router.add_post("/v1/identity", _new_identity)
    application.router.add_get("/v1/identity/public-key", _public_key)
    application.router.add_post(
        "/v1/identity/websocket-token", authenticated(_websocket_token, required=True)
    )
    application.router.add_get("/v1/identity/{identity}/verify", authenticated(_verify, required=True))
    application.router.add_get("/v1/identity/{identity}/databases", _databases)
    application.router.add_get(database, authenticated(_info))
    application.router.add_get(f"{database}/identity", authenticated(_identity))
    application.router.add_get(f"{database}/names", authenticated(_names))
    application.router.add_get(f"{database}/schema", authenticated(_schema))
    application.router.add_post(f"{database}/call/{{reducer}}", authenticated(_call))
    application.router.add_get(f"{database}/subscribe", authenticated(subscribe), allow_head=False)
    return application


@web.middleware
async def _plain_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Unknown addresses get an empty 404, and a browser's preflight question its answer."""
    if request.method == "OPTIONS":
        return web.Response(headers=_PREFLIGHT)
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response()
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
        return web.Response(status=error.status)


async def _allow_any_origin(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_CORS)


# Identities


async def _ping(request: web.Request) -> web.Response:
    credentials_of(request)
    return web.Response()


async def _new_identity(request: web.Request) -> web.Response:
    made = request.app[HOST].tokens.mint()
    return web.json_response({"identity": str(made.identity), "token": made.token})


async def _public_key(request: web.Request) -> web.Response:
    pem = request.app[HOST].tokens.key.public_pem
    return web.Response(body=pem, content_type="application/pem-certificate-chain")


async def _websocket_token(request: web.Request, credentials: Credentials) -> web.Response:
    return web.json_response({"token": request.app[HOST].tokens.for_websocket(credentials).token})


def _identity_in(request: web.Request) -> Identity:
    text = request.match_info["identity"]
    try:
        return Identity.from_string(text)
    except ValueError:
        raise Refusal(
            400, f'Invalid URL: invalid value: string "{text}", expected a byte array or hex string'
        ) from None


async def _verify(request: web.Request, credentials: Credentials) -> web.Response:
    return web.Response(status=204 if _identity_in(request) == credentials.identity else 400)


async def _databases(request: web.Request) -> web.Response:
    database = request.app[HOST].database
    owned = [str(database.identity)] if _identity_in(request) == database.owner else []
    return web.json_response({"identities": owned})


# Databases


async def _info(request: web.Request, _credentials: Credentials) -> web.Response:
    host = find_database(request)
    program = hashlib.sha3_256(json.dumps(host.schema).encode()).hexdigest()
    return web.json_response(
        {
            "database_identity": {"__identity__": f"0x{host.database.identity}"},
            "owner_identity": {"__identity__": f"0x{host.database.owner}"},
            "host_type": {"Wasm": []},
            "initial_program": f"0x{program}",
        }
    )


async def _identity(request: web.Request, _credentials: Credentials) -> web.Response:
    return answer_text(str(find_database(request).database.identity))


async def _names(request: web.Request, _credentials: Credentials) -> web.Response:
    return web.json_response({"names": [find_database(request).name]})


async def _schema(request: web.Request, _credentials: Credentials) -> web.Response:
    version = request.query.get("version")
    if version is None:
        raise Refusal(400, "Failed to deserialize query string: missing field `version`")
    if version != "9":
        raise Refusal(400, f"Failed to deserialize query string: unknown variant `{version}`, expected `9`")
    return web.json_response(find_database(request).schema)


# Calls


async def _call(request: web.Request, credentials: Credentials) -> web.Response:
    host = find_database(request)
    if request.headers.get("Content-Type") != "application/json":
        raise Refusal(415, "Expected request with `Content-Type: application/json`")
    body = await request.read()
    connection_id = ConnectionId.random()
    try:
        host.database.connect(credentials.identity, connection_id)
    except (ReducerError, ReducerPanic) as error:
        raise Refusal(403, str(error)) from None
    try:
        name = request.match_info["reducer"]
        reducer = host.database.find_reducer(name)
        transaction = host.database.call_encoded(
            name,
            _arguments(host, reducer, body),
            sender=credentials.identity,
            connection_id=connection_id,
            notify_success=False,
        )
    except CallRefused as error:
        missing = error.status == 404
        text = host.database.compatibility.unknown_reducer if missing else error.message
        raise Refusal(error.status, text) from None
    finally:
        host.database.disconnect(credentials.identity, connection_id)
    return _outcome(transaction)


def _arguments(host: DatabaseHost, reducer: Reducer, body: bytes) -> bytes:
    """The BSATN of JSON arguments: an array in order, or an object by name."""
    name = reducer.definition.name
    try:
        values = json_decoder(host.database.datastore.space, reducer.definition.params)(json.loads(body))
        return reducer.args.encode(values)
    except (ValueError, DecodeError, EncodeError) as error:
        message = f"invalid arguments for reducer {name}: {error}"
        raise CallRefused(name, message, reducer_id=reducer.reducer_id) from None


def _outcome(transaction: Transaction) -> web.Response:
    headers = {
        "spacetime-energy-used": "0",
        "spacetime-execution-duration-micros": str(transaction.duration_micros),
    }
    if transaction.error is None:
        return answer_text("", 200, headers)
    return answer_text(transaction.error, 530, headers)
