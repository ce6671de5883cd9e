"""Databases over HTTP: what they are, their names and schemas, publishing and deleting (spec: http-api.md section 3), bans."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from ...module import ReducerError
from ...system.parsing import parsed_json
from ...system.plain_text import error_text
from ...types import Identity
from ..errors import PublishError, ReducerPanic
from ..hosting.credentials import Credentials
from ..hosting.databases import Databases
from ..hosting.host import DatabaseHost
from .long_answers import in_pieces
from .requests import (
    DATABASES,
    NO_JSON,
    Refusal,
    answer_text,
    authenticated,
    database_name,
    find_database,
    flag,
    is_identity,
    owned_database,
    parameter,
    parse_identity,
    text_of,
    written_json,
)

__all__ = ["add_routes"]

# The longest body of a publish request: modules are read whole, and are a few megabytes.
_MAX_PROGRAM_BYTES = 64 << 20


def add_routes(router: web.UrlDispatcher) -> None:
    database = "/v1/database/{database}"
    router.add_post("/v1/database", authenticated(_publish_unnamed))
    router.add_get(database, authenticated(_info))
    router.add_put(database, authenticated(_publish))
    router.add_delete(database, authenticated(_delete))
    router.add_get(f"{database}/identity", authenticated(_identity))
    router.add_get(f"{database}/names", authenticated(_names))
    router.add_post(f"{database}/names", authenticated(_add_name))
    router.add_put(f"{database}/names", authenticated(_set_names))
    router.add_get(f"{database}/schema", authenticated(_schema))
    router.add_get(f"{database}/unstable/timestamp", authenticated(_timestamp))
    router.add_get(f"{database}/bans", authenticated(_bans))
    router.add_put(f"{database}/bans/{{identity}}", authenticated(_ban))
    router.add_delete(f"{database}/bans/{{identity}}", authenticated(_lift_ban))


async def _info(request: web.Request, _credentials: Credentials) -> web.Response:
    host = find_database(request)
    return written_json(
        {
            "database_identity": {"__identity__": f"0x{host.database.identity}"},
            "owner_identity": {"__identity__": f"0x{host.database.owner}"},
            "host_type": {"Wasm": []},
            "initial_program": f"0x{host.program_hash():x}",
        }
    )


async def _identity(request: web.Request, _credentials: Credentials) -> web.Response:
    return answer_text(str(_named(request)))


async def _timestamp(request: web.Request, _credentials: Credentials) -> web.Response:
    return written_json({"__timestamp_micros_since_unix_epoch__": find_database(request).clock()})


async def _schema(request: web.Request, _credentials: Credentials) -> web.Response:
    version = parameter(request, "version")
    if version is None:
        raise Refusal(400, "Failed to deserialize query string: missing field `version`")
    known = request.app[DATABASES].compatibility.schema_versions
    if version not in known:
        expected = " or ".join(f"`{name}`" for name in known)
        raise Refusal(
            400, f"Failed to deserialize query string: unknown variant `{version}`, expected {expected}"
        )
    return in_pieces([find_database(request).schema(int(version))])


# Names


async def _names(request: web.Request, _credentials: Credentials) -> web.Response:
    return written_json({"names": request.app[DATABASES].names_of(_named(request))})


def _named(request: web.Request) -> Identity:
    """The identity that the address names a database by, or the one behind its name. As real servers, this asks no
    database, and there need be none of that identity. Refusal for a name that is none."""
    text = request.match_info["database"]
    return Identity.from_string(text) if is_identity(text) else find_database(request).database.identity


async def _add_name(request: web.Request, credentials: Credentials) -> web.Response:
    databases, host = request.app[DATABASES], find_database(request)
    name = database_name((await text_of(request)).strip(), where="")
    may = databases.compatibility.anybody_names or credentials.identity == host.database.owner
    try:
        if not may or not databases.add_name(host, name):
            return written_json({"PermissionDenied": {"domain": name}}, status=401)
    except PublishError as error:
        return written_json({"OtherError": str(error)}, status=500)
    identity = str(host.database.identity)
    return written_json({"Success": {"domain": name, "database_identity": identity}})


async def _set_names(request: web.Request, credentials: Credentials) -> web.Response:
    host = find_database(request)
    if credentials.identity != host.database.owner:
        return written_json({"NotYourDatabase": {"database": str(host.database.identity)}}, status=401)
    if request.content_type != "application/json":
        raise Refusal(415, NO_JSON)
    try:
        names = parsed_json(await text_of(request))
    except ValueError:
        raise Refusal(400, "Failed to parse the request body as JSON: it is none") from None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Refusal(
            422, "Failed to deserialize the JSON body into the target type: expected a list of names"
        )
    try:
        taken = request.app[DATABASES].set_names(
            host, [database_name(name, where=f"Error parsing `{name}`: ") for name in names]
        )
    except PublishError as error:
        return written_json({"OtherError": str(error)}, status=400)
    if taken is not None:
        text = f"Cannot rename to {taken} because it already is in use."
        return written_json({"OtherError": text}, status=400)
    return written_json("Success")


# Publishing


async def _publish_unnamed(request: web.Request, credentials: Credentials) -> web.Response:
    databases = request.app[DATABASES]
    host = _create(databases, None, await _program(request), credentials)
    return _published(None, host, "created")


async def _publish(request: web.Request, credentials: Credentials) -> web.Response:
    databases, text = request.app[DATABASES], request.match_info["database"]
    if not is_identity(text) and databases.by_name(database_name(text)) is None:
        return _published(text, _create(databases, text, await _program(request), credentials), "created")
    host = owned_database(request, credentials, "update database")
    clear = flag(request, "clear", default=False)
    program = await _program(request)
    with _refusals(databases):
        await databases.update(host, program, clear=clear)
    return _published(None if is_identity(text) else text, host, "updated")


def _create(databases: Databases, name: str | None, program: bytes, credentials: Credentials) -> DatabaseHost:
    with _refusals(databases):
        return databases.create(name, program, credentials.identity)


@contextmanager
def _refusals(databases: Databases) -> Iterator[None]:
    """Why a module is not published: the server's reasons, and those of its init reducer."""
    try:
        yield
    except PublishError as error:
        raise Refusal(error.status, str(error)) from None
    except (ReducerError, ReducerPanic) as error:
        text = error_text(error) if isinstance(error, ReducerError) else databases.compatibility.panic
        raise Refusal(400, f"Failed to create or update the database: {text}") from None


async def _program(request: web.Request) -> bytes:
    """The body, which may be as long as programs are: all that counts of it is a name at its beginning."""
    program = b""
    read = 0
    async for part in request.content.iter_chunked(1 << 16):
        program = program or part
        read += len(part)
        if read > _MAX_PROGRAM_BYTES:
            raise Refusal(413, "Failed to buffer the request body: length limit exceeded")
    return program if read == len(program) else b""


def _published(domain: str | None, host: DatabaseHost, op: str) -> web.Response:
    identity = str(host.database.identity)
    return written_json({"Success": {"domain": domain, "database_identity": identity, "op": op}})


async def _delete(request: web.Request, credentials: Credentials) -> web.Response:
    databases, text = request.app[DATABASES], request.match_info["database"]
    if is_identity(text) and databases.by_identity(Identity.from_string(text)) is None:
        return web.Response()
    host = owned_database(request, credentials, "delete database")
    await databases.delete(host)
    return web.Response()


# Bans, which no real server has


async def _bans(request: web.Request, credentials: Credentials) -> web.Response:
    host = owned_database(request, credentials, "see bans")
    bans = [
        {"identity": str(ban.identity), "reason": ban.reason, "seconds_left": left}
        for ban, left in host.bans.all()
    ]
    return written_json({"bans": bans})


async def _ban(request: web.Request, credentials: Credentials) -> web.Response:
    host = owned_database(request, credentials, "ban clients")
    identity = parse_identity(request.match_info["identity"])
    if identity == host.database.owner:
        raise Refusal(400, "the owner of a database cannot be banned from it")
    reason, seconds = _ban_terms(await text_of(request))
    host.ban(identity, reason, seconds)
    return web.Response(status=204)


async def _lift_ban(request: web.Request, credentials: Credentials) -> web.Response:
    host = owned_database(request, credentials, "lift bans")
    identity = parse_identity(request.match_info["identity"])
    if not host.bans.lift(identity):
        raise Refusal(404, f"{identity} is not banned")
    return web.Response(status=204)


def _ban_terms(text: str) -> tuple[str, float | None]:
    """The reason and the seconds that a body says, both of which it may leave out. Refusal."""
    try:
        terms = parsed_json(text) if text.strip() else {}
    except ValueError:
        terms = None
    if not isinstance(terms, dict) or not terms.keys() <= {"reason", "seconds"}:
        raise Refusal(400, 'the body is a JSON object like {"reason": "...", "seconds": 600}, or empty')
    reason, seconds = terms.get("reason", ""), terms.get("seconds")
    if not isinstance(reason, str):
        raise Refusal(400, "`reason` is a text")
    if seconds is None:
        return reason, None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds < math.inf:
        raise Refusal(400, "`seconds` is a number above 0, or null for as long as the server runs")
    return reason, float(seconds)
