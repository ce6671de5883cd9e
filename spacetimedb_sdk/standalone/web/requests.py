"""What HTTP requests have in common: who asks, for which database, and how a refusal looks (spec: http-api.md)."""

from __future__ import annotations

import asyncio
import json
import re
import zlib
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from ...types import Identity
from ..hosting.credentials import Credentials, TokenRefused
from ..hosting.databases import Databases
from ..hosting.host import DATABASE_NAME, DatabaseHost
from ..hosting.issuer_keys import IssuerUnavailable
from ..hosting.limits import Limits
from ..receiving import receiving_protocol
from ..turns import Account, RequestShare, Turns
from .backlog import Backlog

__all__ = [
    "BACKLOG",
    "DATABASES",
    "LIMITS",
    "MAX_BODY_BYTES",
    "NO_JSON",
    "REQUEST_ACCOUNTS",
    "TURNS",
    "Refusal",
    "RequestAccounts",
    "answer_json",
    "answer_text",
    "authenticated",
    "credentials_of",
    "database_name",
    "find_database",
    "flag",
    "identity_headers",
    "in_turns",
    "is_identity",
    "own_share",
    "owned_database",
    "parameter",
    "parse_identity",
    "text_of",
    "without_strange_expectations",
    "written_json",
]

# As SpacetimeDB's web framework bounds the bodies of calls and queries.
MAX_BODY_BYTES = 2 << 20
NO_JSON = "Expected request with `Content-Type: application/json`"
_TOO_LONG = "Failed to buffer the request body: length limit exceeded"
DATABASES: web.AppKey[Databases] = web.AppKey("databases", Databases)
LIMITS: web.AppKey[Limits] = web.AppKey("limits", Limits)
BACKLOG: web.AppKey[Backlog] = web.AppKey("backlog", Backlog)
TURNS: web.AppKey[Turns] = web.AppKey("turns", Turns)
# What it takes to read a request, to find out whose it is, and to write its answer: measured, about.
_REQUEST_SECONDS = 0.0005
_MAX_ADDRESSES = 10_000
# Each connection is a task of its own, with one request at a time.
_share: ContextVar[RequestShare] = ContextVar("share")
_NAME_LETTERS = re.compile(r"[a-z0-9-]*")
Handler = Callable[[web.Request, Credentials], Awaitable[web.StreamResponse]]


class Refusal(Exception):
    """Ends a request with `status` and a plain text."""

    def __init__(self, status: int, text: str = "") -> None:
        self.status = status
        self.text = text
        super().__init__(status, text)

    def response(self) -> web.Response:
        return answer_text(self.text, self.status)


def answer_text(text: str, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # aiohttp knows no reason phrase for 530, SpacetimeDB's status for a reducer's own error.
    reason = "Reducer Error" if status == 530 else None
    if not text and status != 200:
        return web.Response(status=status, reason=reason, headers=headers)
    return web.Response(text=text, status=status, reason=reason, headers=headers)


def answer_json(text: str, headers: dict[str, str] | None = None, status: int = 200) -> web.Response:
    """JSON that is written already; SpacetimeDB names no charset with it."""
    return web.Response(body=text.encode(), content_type="application/json", headers=headers, status=status)


def written_json(value: object, status: int = 200) -> web.Response:
    """`value` as JSON, written as tightly as SpacetimeDB does."""
    return answer_json(json.dumps(value, ensure_ascii=False, separators=(",", ":")), status=status)


async def credentials_of(request: web.Request) -> Credentials | None:
    """Who asks, by header or `token` parameter (the header wins), or None. Refusal for a token that is not taken."""
    databases = request.app[DATABASES]
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Refusal(400, "Authorization is invalid: malformed token")
        token = token.strip()
    else:
        given = request.query.get("token")
        if given is None:
            return None
        token = given
    if not token.isascii():
        # Which no token of ours is, and what checks them cannot take.
        raise Refusal(401, databases.compatibility.bad_token.format("InvalidToken"))
    try:
        return await databases.tokens.check_any(token)
    except TokenRefused as error:
        raise Refusal(401, databases.compatibility.bad_token.format(error)) from None
    except IssuerUnavailable as error:  # the token may be good: who asks again later may get in
        raise Refusal(503, str(error)) from None


def authenticated(
    handler: Handler, *, required: bool = False
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that gets the identity of the caller: a new anonymous one for a request without a token, unless that is `required`.

    Answers carry the identity and its token in their headers.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            credentials = await credentials_of(request)
            if credentials is None and required:
                raise Refusal(401, "Authorization required")
        except Refusal as refusal:
            return refusal.response()
        credentials = credentials or request.app[DATABASES].tokens.mint()
        try:
            _require_no_ban(request, credentials)
            response = await handler(request, credentials)
        except Refusal as refusal:
            response = refusal.response()
        if not response.prepared and not required:
            response.headers.update(identity_headers(credentials))
        return response

    return handle


def _require_no_ban(request: web.Request, credentials: Credentials) -> None:
    """Refusal where the owner of the database has banned who asks."""
    text = request.match_info.get("database")
    if text is None:
        return
    databases = request.app[DATABASES]
    host = databases.by_identity(Identity.from_string(text)) if is_identity(text) else databases.by_name(text)
    ban = None if host is None else host.bans.of(credentials.identity)
    if ban is not None:
        raise Refusal(403, ban.reason)


def identity_headers(credentials: Credentials) -> dict[str, str]:
    return {"spacetime-identity": str(credentials.identity), "spacetime-identity-token": credentials.token}


async def text_of(request: web.Request) -> str:
    """The body as text. Refusal where it is none, or too long, or takes too long to come."""
    try:
        async with asyncio.timeout(request.app[LIMITS].request_seconds):
            body = await request.read()
        return _unpacked(body, request.headers.get("Content-Encoding", "identity").strip().lower()).decode()
    except UnicodeDecodeError as error:
        raise Refusal(400, f"Request body didn't contain valid UTF-8: {error.reason}") from None
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, _TOO_LONG) from None
    except TimeoutError:
        raise Refusal(408, "The request body took too long to come") from None


def _unpacked(body: bytes, encoding: str) -> bytes:
    """What a body stands for, as far as the limit that holds for plain ones."""
    if encoding in ("identity", ""):
        return body
    if encoding not in ("gzip", "deflate"):
        raise Refusal(400, "Content-Encoding can be gzip or deflate")
    unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    try:
        plain = unpacking.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        raise Refusal(400, f"The request body is no {encoding}") from None
    if len(plain) > MAX_BODY_BYTES:
        raise Refusal(413, _TOO_LONG)
    if not unpacking.eof:
        raise Refusal(400, f"The request body is no {encoding}")
    return plain


def flag(request: web.Request, name: str, *, default: bool) -> bool:
    """A query parameter that is `true` or `false`."""
    value = parameter(request, name)
    if value not in (None, "true", "false"):
        raise Refusal(400, "Failed to deserialize query string: provided string was not `true` or `false`")
    return default if value is None else value == "true"


def parameter(request: web.Request, name: str) -> str | None:
    """A query parameter, None where it is not there. Refusal where it is there twice."""
    values = request.query.getall(name, [])
    if len(values) > 1:
        raise Refusal(400, f"Failed to deserialize query string: duplicate field `{name}`")
    return values[0] if values else None


def is_identity(text: str) -> bool:
    """Whether this names a database by its identity."""
    digits = text.removeprefix("0x")
    return len(digits) == 64 and all(digit in "0123456789abcdefABCDEF" for digit in digits)


def parse_identity(text: str) -> Identity:
    if text.startswith("0x") or not is_identity(text):
        raise Refusal(
            400, f'Invalid URL: invalid value: string "{text}", expected a byte array or hex string'
        )
    return Identity.from_string(text)


def database_name(text: str, *, where: str = "Invalid URL: ") -> str:
    """`text`, which must be a name of a database. Refusal where it cannot be, which says `where` it stands."""
    if not text:
        raise Refusal(400, f"{where}database names cannot be empty")
    if not DATABASE_NAME.match(text):
        wrong = "hyphen" if _NAME_LETTERS.fullmatch(text) else "characters"
        raise Refusal(400, f"{where}invalid {wrong} in database name")
    return text


def find_database(request: web.Request) -> DatabaseHost:
    """The database the address names, by name or identity. Refusal 400 for what is neither, 404 where it is not."""
    databases = request.app[DATABASES]
    text = request.match_info["database"]
    if is_identity(text):
        host = databases.by_identity(Identity.from_string(text))
    else:
        host = databases.by_name(database_name(text))
        if host is None and not databases.is_name(text):
            raise Refusal(404, databases.compatibility.unknown_database.format(text))
    if host is None:
        raise Refusal(404, "No such database.")
    return host


def owned_database(request: web.Request, credentials: Credentials, action: str) -> DatabaseHost:
    """The same, for its owner alone: a Refusal says what others must not do."""
    host = find_database(request)
    database = host.database
    if credentials.identity != database.owner:
        status, text = database.compatibility.forbidden(
            action, caller=credentials.identity, owner=database.owner, database=database.identity
        )
        raise Refusal(status, text)
    return host


def without_strange_expectations(make: Callable[..., web.BaseRequest]) -> Callable[..., web.BaseRequest]:
    """`make`, which makes requests of what was read, for requests that expect something else than `100-continue`: nothing
    is known of that, and aiohttp's answer would repeat it, whatever bytes it has."""

    def made(message: Any, *args: Any, **options: Any) -> web.BaseRequest:
        expected = message.headers.get("Expect")
        if expected is not None and expected.lower() != "100-continue":
            headers = CIMultiDict(message.headers)
            headers.popall("Expect")
            message = message._replace(headers=CIMultiDictProxy(headers))
        return make(message, *args, **options)

    return made


# Turns


class RequestAccounts:
    """What was used of late, by the addresses that requests come from."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}

    def account(self, address: str) -> Account:
        account = self._accounts.get(address)
        if account is None:
            if len(self._accounts) >= _MAX_ADDRESSES:
                self._accounts.clear()
            account = self._accounts[address] = Account()
        return account


REQUEST_ACCOUNTS: web.AppKey[RequestAccounts] = web.AppKey("request accounts", RequestAccounts)


def own_share() -> RequestShare:
    """The share of the loop that the request has for which this is called."""
    return _share.get()


@web.middleware
async def in_turns(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Has requests wait for their turn, also those of which many come at once on one connection."""
    account = request.app[REQUEST_ACCOUNTS].account(request.remote or "")
    share = RequestShare(request.app[TURNS], account)
    _share.set(share)
    share.charge(_REQUEST_SECONDS)
    if share.must_wait:
        await share.turn()
    try:
        return await handler(request)
    finally:
        share.leave()
        receiving = receiving_protocol(request.transport)
        if receiving is not None:
            receiving.acted_on_all()
