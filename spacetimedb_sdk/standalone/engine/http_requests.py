"""HTTP requests of procedures: sent from the procedure's own thread, with bounds on time and size."""

from __future__ import annotations

import asyncio

from ...module.http import HttpRequest, HttpRequestError, HttpResponse
from ...system.plain_text import error_text, one_line

__all__ = ["MAX_BODY", "send_request"]

# Of an answer: it is held in memory as a whole.
MAX_BODY = 64 << 20
# Where the request says no other.
_SECONDS = 30.0
_PIECE = 1 << 16
# What the client would add: bodies come as they are, so that what is counted is what is held.
_NOT_ADDED = ("Accept-Encoding", "Content-Type", "User-Agent")


def send_request(request: HttpRequest) -> HttpResponse:
    """The answer to `request`, redirects followed; blocks the thread. HttpRequestError where none comes."""
    return asyncio.run(_answer(request))


async def _answer(request: HttpRequest) -> HttpResponse:
    # Slow to import, and few modules ask anybody.
    from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar

    seconds = _SECONDS if request.timeout is None else request.timeout.micros / 1e6
    headers = [*request.headers]
    if all(name != "user-agent" for name, _ in headers):
        # Some servers answer none who does not say what it is.
        headers.append(("user-agent", "spacetimedb-python"))
    try:
        async with (
            ClientSession(
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=_NOT_ADDED,
                timeout=ClientTimeout(total=seconds),
            ) as session,
            session.request(
                request.method, request.uri, headers=headers, data=request.body or None
            ) as answer,
        ):
            body = bytearray()
            async for piece in answer.content.iter_chunked(_PIECE):
                body += piece
                if len(body) > MAX_BODY:
                    raise HttpRequestError(f"{request.uri} answers with more than {MAX_BODY >> 20} MiB")
            named = tuple((name.lower(), value) for name, value in answer.headers.items())
            return HttpResponse(answer.status, named, bytes(body))
    except TimeoutError:
        raise HttpRequestError(f"{request.uri}: no whole answer within {seconds:g} s") from None
    except (ClientError, OSError, ValueError) as error:
        said = one_line(error_text(error)) or type(error).__name__
        raise HttpRequestError(f"{request.uri} gives no answer: {said}") from None
