"""The HTTP application: its routes under `/v1`, and what holds for all of them (spec: http-api.md)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from ...module import Module
from ..answer_slots import AnswerSlots
from ..hosting.databases import Databases
from ..hosting.host import DatabaseHost
from ..hosting.limits import Limits
from ..turns import Turns
from . import call_routes, database_routes, identity_routes, log_routes, metrics
from .backlog import Backlog
from .durable_answers import durable_answers
from .long_answers import bound_long_answers
from .requests import (
    BACKLOG,
    DATABASES,
    LIMITS,
    MAX_BODY_BYTES,
    REQUEST_ACCOUNTS,
    TURNS,
    Refusal,
    RequestAccounts,
    authenticated,
    in_turns,
)
from .websocket import subscribe

__all__ = ["make_application"]

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Vary": "origin, access-control-request-method, access-control-request-headers",
}
_PREFLIGHT = {
    **_CORS,
    "Access-Control-Allow-Methods": "*",
    "Access-Control-Allow-Headers": "authorization,accept,content-type",
}
_log = logging.getLogger("spacetimedb_sdk.standalone")


def make_application(
    host: DatabaseHost, publishable: Mapping[str, Module] | None = None, limits: Limits | None = None
) -> web.Application:
    """The web application that serves the database of `host`, and those published of the modules `publishable`."""
    limits = limits or Limits()
    backlog = Backlog(limits.all_queued_bytes)
    turns = Turns(slots=AnswerSlots(backlog), alarms=host.alarms)
    databases = Databases(host, publishable)
    application = web.Application(
        client_max_size=MAX_BODY_BYTES, middlewares=[in_turns, _plain_errors, durable_answers]
    )
    application[DATABASES] = databases
    application[LIMITS] = limits
    application[BACKLOG] = backlog
    application[REQUEST_ACCOUNTS] = RequestAccounts()
    application[TURNS] = turns
    application.on_response_prepare.append(_allow_any_origin)
    application.on_response_prepare.append(bound_long_answers)

    async def stop(_application: web.Application) -> None:
        await databases.stop()
        turns.close()

    application.on_shutdown.append(stop)
    router = application.router
    router.add_get("/v1/ping", identity_routes.ping)
    router.add_get("/v1/health", metrics.health)
    router.add_get("/v1/metrics", metrics.metrics)
    identity_routes.add_routes(router)
    database_routes.add_routes(router)
    call_routes.add_routes(router)
    log_routes.add_routes(router)
    router.add_get("/v1/database/{database}/subscribe", authenticated(subscribe), allow_head=False)
    return application


@web.middleware
async def _plain_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Unknown addresses get an empty 404, and a browser's preflight question its answer."""
    if request.method == "OPTIONS" and not isinstance(request.match_info.http_exception, web.HTTPNotFound):
        return web.Response(headers=_PREFLIGHT)
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response()
    except web.HTTPMethodNotAllowed as error:
        return web.Response(status=error.status, headers={"Allow": ",".join(sorted(error.allowed_methods))})
    except web.HTTPException as error:
        return web.Response(status=error.status)
    except ConnectionError:  # the client left in the middle of it: nobody is there to be answered
        return web.Response(status=400)
    except Exception as error:  # noqa: BLE001 - a mistake here must not end the connections of others
        _log.error("%s %s failed", request.method, request.path, exc_info=error)
        return Refusal(500, "internal error").response()


async def _allow_any_origin(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_CORS)
