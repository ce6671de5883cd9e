"""Calls and SQL over HTTP (spec: http-api.md sections 3.5 and 3.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter_ns

from aiohttp import web

from ...module import ReducerError
from ...system.plain_text import error_text
from ...types import ConnectionId
from ..answer_slots import NoAnswerSlot
from ..engine.arguments import arguments_of
from ..engine.calls import Transaction
from ..engine.procedures import ProcedureOutcome
from ..errors import CallRefused, QueryError, ReducerPanic
from ..hosting.credentials import Credentials
from ..hosting.host import DatabaseHost
from ..sessions.answer_room import AnswerRoom
from .durable_answers import durable
from .long_answers import in_pieces
from .requests import NO_JSON, Refusal, answer_text, authenticated, find_database, flag, own_share, text_of

__all__ = ["NO_PLACE", "add_routes"]

_MIME = re.compile(r"[\w.+*-]+/[\w.+*-]+\s*(?:;|\Z)", re.ASCII)
NO_PLACE = "others are still being sent long answers: ask again later, or for less (a WHERE, a LIMIT)"


def add_routes(router: web.UrlDispatcher) -> None:
    database = "/v1/database/{database}"
    router.add_post(f"{database}/call/{{function}}", authenticated(_call))
    router.add_post(f"{database}/sql", authenticated(_sql))


@contextmanager
def _connected(host: DatabaseHost, credentials: Credentials) -> Iterator[ConnectionId]:
    """A connection of its own for one request. Refusal where the module rejects it."""
    connection_id = ConnectionId.random()
    try:
        host.database.connect(credentials.identity, connection_id, brief=True)
    except (ReducerError, ReducerPanic) as error:
        raise Refusal(403, host.database.failure_text(error)) from None
    try:
        yield connection_id
    finally:
        host.database.disconnect(credentials.identity, connection_id)


async def _call(request: web.Request, credentials: Credentials) -> web.Response:
    host = find_database(request)
    _require_json(request)
    body = await text_of(request)
    with _connected(host, credentials) as connection_id:
        name = request.match_info["function"]
        if name not in host.database.reducers and name in host.database.procedures:
            outcome = await _procedure(host, name, body, credentials, connection_id)
            return _returned(outcome)
        try:
            async with own_share() as share:
                transaction = host.database.call_encoded(
                    await arguments_of(host.database, name, body, share),
                    sender=credentials.identity,
                    connection_id=connection_id,
                    notify_success=False,
                )
        except CallRefused as error:
            missing = error.status == 404
            if missing and not host.database.compatibility.v1_only:
                host.database.module_log.missing(name, kind="procedure")
            text = host.database.compatibility.unknown_reducer if missing else error.message
            raise Refusal(error.status, text) from None
    return _outcome(transaction)


def _require_json(request: web.Request) -> None:
    """Refusal for a request that is not said to have JSON: in these words, and without a charset."""
    type_ = request.headers.get("Content-Type")
    if type_ is None:
        raise Refusal(400, "Header of type `content-type` was missing")
    if not _MIME.match(type_.strip()):
        raise Refusal(400, "invalid HTTP header (content-type)")
    if type_.strip().lower() != "application/json":
        raise Refusal(415, NO_JSON)


async def _procedure(
    host: DatabaseHost, name: str, body: str, credentials: Credentials, connection_id: ConnectionId
) -> ProcedureOutcome:
    """Runs beside the loop: others are served while a procedure waits."""
    call = partial(
        host.database.procedures.call,
        name,
        body,
        sender=credentials.identity,
        connection_id=connection_id,
        as_json=True,
    )
    if host.beside is None:
        return call()
    room = AnswerRoom(own_share())
    try:
        outcome = await host.beside.run(lambda: call(room=room))
        await room.take(sum(map(len, outcome.json)))
    except NoAnswerSlot:
        raise Refusal(503, NO_PLACE) from None
    return outcome


def _outcome(transaction: Transaction) -> web.Response:
    headers = {
        "spacetime-energy-used": "0",
        "spacetime-execution-duration-micros": str(transaction.duration_micros),
    }
    if transaction.error is None:
        return answer_text("", 200, headers)
    return answer_text(transaction.error, 530, headers)


def _returned(outcome: ProcedureOutcome) -> web.Response:
    if outcome.error is not None:
        raise Refusal(400 if outcome.refused else 500, outcome.error)
    headers = {"spacetime-execution-duration-micros": str(outcome.duration_micros)}
    return in_pieces(outcome.json, headers)


async def _sql(request: web.Request, credentials: Credentials) -> web.Response:
    host = find_database(request)
    confirmed = flag(request, "confirmed", default=True)
    text = await text_of(request)
    if not host.database.compatibility.connects_for_sql:
        return await _answer(request, host, text, credentials, confirmed=confirmed)
    with _connected(host, credentials):
        return await _answer(request, host, text, credentials, confirmed=confirmed)


async def _answer(
    request: web.Request, host: DatabaseHost, text: str, credentials: Credentials, *, confirmed: bool
) -> web.Response:
    began = perf_counter_ns()
    share = own_share()
    try:
        async with share:
            result = await host.statements.run(text, credentials.identity, share)
    except (QueryError, ReducerError) as error:
        raise Refusal(400, error_text(error)) from None
    except NoAnswerSlot:
        raise Refusal(503, NO_PLACE) from None
    duration = (perf_counter_ns() - began) // 1000
    if confirmed:
        await durable(host.database)
    headers = {"spacetime-execution-duration-micros": str(duration)}
    return in_pieces([b"[", *result.to_json(duration), b"]"], headers)
