"""HTTP requests of procedures: sent from the procedure's own thread, with bounds on time and size."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from errno import EACCES, EAGAIN
from threading import BoundedSemaphore, Lock
from typing import TYPE_CHECKING, Any

from ...module.http import HttpRequest, HttpRequestError, HttpResponse, shown, without_secrets
from ...system.aside import aside
from ...system.plain_text import error_text, one_line

if TYPE_CHECKING:
    from aiohttp import ClientResponse

__all__ = ["MAX_BODY", "send_request"]

# Of an answer: it is held in memory as a whole.
MAX_BODY = 64 << 20
# Of all answers that are on their way, of however many procedures.
_MAX_BODIES = 256 << 20
# Where the request says no other.
_SECONDS = 30.0
_PIECE = 1 << 16
# What the client would add: bodies come as they are, so that what is counted is what is held.
_NOT_ADDED = ("Accept-Encoding", "Content-Type", "User-Agent")
_STATUSES = range(100, 1000)
# A name server that does not answer keeps a thread for half a minute, whether the procedure still waits or not.
_LOOK_UPS = BoundedSemaphore(64)


class _Room:
    """What may still come, in bytes, of all answers together."""

    def __init__(self) -> None:
        self._taken = 0
        # Each procedure has a thread of its own.
        self._lock = Lock()

    def take(self, size: int) -> bool:
        """Takes so much, or says that there is no room for it."""
        with self._lock:
            fits = self._taken + size <= _MAX_BODIES
            self._taken += size if fits else 0
            return fits

    def give_back(self, size: int) -> None:
        with self._lock:
            self._taken -= size


_ROOM = _Room()


def is_public(host: str) -> bool:
    """Whether an address is one that anybody on the internet may have, not this machine's or its network's."""
    address = ipaddress.ip_address(host.partition("%")[0])
    return (getattr(address, "ipv4_mapped", None) or address).is_global


class _Loop(asyncio.SelectorEventLoop):
    """Looks hosts up in threads that nobody waits for: asyncio's own has to end before the loop does, so that a name server
    that does not answer would hold up the procedure beyond its time limit, and the end of the server. And goes from a public
    address to no private one."""

    # Whether a connection to a public address was tried.
    _was_outside = False

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        # All connections come here, whether the host was looked up or is an address, with the address that is used.
        if is_public(address[0]):
            self._was_outside = True
        elif self._was_outside:
            raise PermissionError(EACCES, "a redirect leads from outside into a private network")
        await super().sock_connect(sock, address)

    async def getaddrinfo(self, host: Any, port: Any, **hints: int) -> Any:
        if not _LOOK_UPS.acquire(blocking=False):
            raise OSError(EAGAIN, "too many hosts are being looked up")

        def look_up() -> Any:
            try:
                return socket.getaddrinfo(host, port, **hints)
            finally:
                _LOOK_UPS.release()

        return await aside(look_up)


def send_request(request: HttpRequest) -> HttpResponse:
    """The answer to `request`, redirects followed; blocks the thread. HttpRequestError where none comes."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(_answer(request))


async def _answer(request: HttpRequest) -> HttpResponse:
    # Slow to import, and few modules ask anybody.
    from aiohttp import (
        ClientError,
        ClientSession,
        ClientTimeout,
        DummyCookieJar,
        TCPConnector,
        ThreadedResolver,
    )

    seconds = _SECONDS if request.timeout is None else request.timeout.micros / 1e6
    headers = [*request.headers]
    if all(name != "user-agent" for name, _ in headers):
        # Some servers answer none who does not say what it is.
        headers.append(("user-agent", "spacetimedb-python"))
    asked = shown(request.uri)
    try:
        async with (
            ClientSession(
                connector=TCPConnector(resolver=ThreadedResolver()),
                cookie_jar=DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=_NOT_ADDED,
                timeout=ClientTimeout(total=seconds),
            ) as session,
            session.request(
                request.method, request.uri, headers=headers, data=request.body or None
            ) as answer,
        ):
            if answer.status not in _STATUSES:
                raise HttpRequestError(f"{asked} answers with the status {answer.status}, which is none")
            # As every client reads what no header should hold: each byte is a letter.
            named = tuple(
                (name.decode("latin-1").lower(), value.decode("latin-1"))
                for name, value in answer.raw_headers
            )
            return HttpResponse(answer.status, named, await _body(answer, asked))
    except TimeoutError:
        raise HttpRequestError(f"{asked}: no whole answer within {seconds:g} s") from None
    except (ClientError, OSError, ValueError) as error:
        said = without_secrets(one_line(error_text(error)), request.uri) or type(error).__name__
        raise HttpRequestError(f"{asked} gives no answer: {said}") from None


async def _body(answer: ClientResponse, asked: str) -> bytes:
    body, taken = bytearray(), 0
    try:
        async for piece in answer.content.iter_chunked(_PIECE):
            if len(body) + len(piece) > MAX_BODY:
                raise HttpRequestError(f"{asked} answers with more than {MAX_BODY >> 20} MiB")
            if not _ROOM.take(len(piece)):
                raise HttpRequestError(
                    f"{asked}: all answers that are on their way have more than {_MAX_BODIES >> 20} MiB; ask again later"
                )
            taken += len(piece)
            body += piece
        return bytes(body)
    finally:
        _ROOM.give_back(taken)
