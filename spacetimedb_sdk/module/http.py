"""HTTP requests of procedures: `ctx.http`, which asks servers elsewhere while no transaction is open."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import SpacetimeDBException
from ..types import TimeDuration

__all__ = [
    "Headers",
    "HttpRequest",
    "HttpRequestError",
    "HttpResponse",
    "ProcedureHttp",
    "no_http",
    "shown",
    "without_secrets",
]

_IN_TRANSACTION = (
    "a transaction is open: everybody would wait for the answer; ask before with_tx, or after it"
)
# The names in lower case, in their order; a name may come several times.
Headers = tuple[tuple[str, str], ...]

# What HTTP calls a token (RFC 9110): methods and names of headers are nothing else.
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class HttpRequestError(SpacetimeDBException):
    """No answer came: no such host, refused, too late, too long, or a request that cannot be sent. An answer of status 404
    or 500 is none of these, it is an answer."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer: its status (200), its headers, their names in lower case, and the bytes of its body."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of that name, in whatever case; None where there is none."""
        wanted = name.lower()
        return next((value for each, value in self.headers if each == wanted), None)

    def text(self) -> str:
        """The body as UTF-8; bytes that are none become U+FFFD."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The value that the body is in JSON. ValueError where it is none, or is nested some thousand deep."""
        try:
            return json.loads(self.body)
        except RecursionError:
            raise ValueError("the body is nested too deep to be read") from None


@dataclass(frozen=True, slots=True, init=False)
class HttpRequest:
    """What is asked of `uri`, which begins with http:// or https://. `timeout` bounds the whole of it; None leaves it to the
    server."""

    uri: str
    method: str
    headers: Headers
    body: bytes
    timeout: TimeDuration | None

    def __init__(
        self,
        uri: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes | str = b"",
        timeout: float | TimeDuration | None = None,
    ) -> None:
        """`headers` are pairs or a dictionary; a text as `body` goes out as UTF-8; `timeout` is in seconds, or a
        TimeDuration. HttpRequestError for what no request can hold."""
        _check_uri(uri)
        if not method or not _TOKEN.issuperset(method):
            raise HttpRequestError(f"{method!r} is no method: GET, POST, PUT, PATCH, DELETE, HEAD ...")
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        put = object.__setattr__
        put(self, "uri", uri)
        put(self, "method", method.upper())
        put(self, "headers", tuple(_header(name, value) for name, value in pairs))
        put(self, "body", body.encode() if isinstance(body, str) else bytes(body))
        put(self, "timeout", None if timeout is None else _duration(timeout))


class ProcedureHttp:
    """`ctx.http` of a procedure: one request at a time, outside of transactions, where everybody would wait for the answer."""

    __slots__ = ("_exchange", "in_transaction")

    def __init__(self, exchange: Callable[[HttpRequest], HttpResponse]) -> None:
        self._exchange = exchange
        # Set by `with_tx`. A real server refuses requests meanwhile, too.
        self.in_transaction = False

    def send(self, request: HttpRequest) -> HttpResponse:
        """The answer to `request`, whatever its status; blocks this procedure alone. HttpRequestError where no answer comes, or
        while a transaction is open."""
        if self.in_transaction:
            raise HttpRequestError(_IN_TRANSACTION)
        return self._exchange(request)

    def get(self, uri: str, *, timeout: float | TimeDuration | None = None) -> HttpResponse:
        """`send` of a GET without headers."""
        return self.send(HttpRequest(uri, timeout=timeout))


def no_http(request: HttpRequest) -> HttpResponse:
    """The exchange of a context that was made by hand, and not told of one."""
    raise HttpRequestError(
        f"this context reaches no network: give it http=ProcedureHttp(...) to answer {shown(request.uri)}"
    )


_LONGEST_SHOWN = 200


def shown(uri: str) -> str:
    """An address as a text may have it: without a name and password, without what follows a question mark, and not longer than
    one reads. Texts end in logs, and with callers."""
    plain = without_secrets(uri, uri)
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}..."


def without_secrets(text: str, uri: str) -> str:
    """`text`, which may name `uri`, without what of it may be secret."""
    rest = uri.partition("://")[2]
    user, at, _ = rest.partition("/")[0].partition("?")[0].rpartition("@")
    asked = uri.partition("?")[2]
    for secret in (f"?{asked}", asked, f"{user}{at}", user):
        if secret.strip("?"):
            text = text.replace(secret, "")
    return text


def _check_uri(uri: str) -> None:
    scheme, separator, rest = uri.partition("://")
    if not separator or scheme.lower() not in ("http", "https") or not rest.strip("/"):
        raise HttpRequestError(
            f"{shown(uri)!r} is no address to ask: write http:// or https://, a host and a path"
        )
    if not uri.isascii() or not uri.isprintable() or " " in uri:
        raise HttpRequestError(
            f"{shown(uri)!r} has blanks or letters that no address can hold: urllib.parse.quote writes them"
        )


def _header(name: str, value: str) -> tuple[str, str]:
    if not name or not _TOKEN.issuperset(name):
        raise HttpRequestError(f"{name!r} is no name of a header: letters, digits and hyphens")
    value = value.strip(" \t")
    if not value.isascii() or not value.replace("\t", "").isprintable():
        # The value may be a secret: it is not told.
        raise HttpRequestError(f"the value of the header {name!r} has a line feed, or letters beyond ASCII")
    return name.lower(), value


def _duration(timeout: float | TimeDuration) -> TimeDuration:
    seconds = timeout.micros / 1e6 if isinstance(timeout, TimeDuration) else timeout
    # A day: what is longer, or no number, does not fit what the server is told.
    if not 0 < seconds <= 86_400:
        raise HttpRequestError(f"a time limit of {seconds} s: give more than 0, and no more than a day")
    return timeout if isinstance(timeout, TimeDuration) else TimeDuration.from_seconds(timeout)
