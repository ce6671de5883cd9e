"""What HTTP requests have in common: who asks, for which database, and how a refusal looks (spec: http-api.md)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from .auth import Credentials, TokenRefused
from .host import DATABASE_NAME, DatabaseHost

__all__ = ["HOST", "Refusal", "answer_text", "authenticated", "credentials_of", "find_database"]

HOST: web.AppKey[DatabaseHost] = web.AppKey("host", DatabaseHost)
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


def credentials_of(request: web.Request) -> Credentials | None:
    """Who asks, by header or `token` parameter (the header wins), or None. Refusal for what is no token of ours."""
    host = request.app[HOST]
    header = request.headers.get("Authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Refusal(400, "Authorization is invalid: malformed token")
        token = token.strip()
    else:
        token = request.query.get("token", "")
        if not token:
            return None
    try:
        return host.tokens.check(token)
    except TokenRefused as error:
        raise Refusal(401, host.database.compatibility.bad_token.format(error)) from None


def authenticated(
    handler: Handler, *, required: bool = False
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that is told who asks: a new anonymous identity where nobody says, unless that is `required`.

    Answers carry the identity and its token in their headers.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            credentials = credentials_of(request)
            if credentials is None and required:
                raise Refusal(401, "Authorization required")
        except Refusal as refusal:
            return refusal.response()
        credentials = credentials or request.app[HOST].tokens.mint()
        try:
            response = await handler(request, credentials)
        except Refusal as refusal:
            response = refusal.response()
        if not response.prepared and not required:
            response.headers.update(identity_headers(credentials))
        return response

    return handle


def identity_headers(credentials: Credentials) -> dict[str, str]:
    return {"spacetime-identity": str(credentials.identity), "spacetime-identity-token": credentials.token}


def find_database(request: web.Request) -> DatabaseHost:
    """The database the address names, by name or identity. Refusal 400 for what is neither, 404 where it is not."""
    host = request.app[HOST]
    name = request.match_info["database"]
    digits = name.removeprefix("0x")
    if len(digits) == 64 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
        if digits.lower() != str(host.database.identity):
            raise Refusal(404, "No such database.")
    elif not DATABASE_NAME.match(name):
        raise Refusal(400, "Invalid URL: invalid characters in database name")
    elif name != host.name:
        raise Refusal(404, host.database.compatibility.unknown_database.format(name))
    return host
