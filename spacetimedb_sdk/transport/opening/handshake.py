"""Opening the WebSocket: query parameters, credentials, and what a refusal means (spec: websocket.md section 1)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from urllib.parse import urlencode

from ...errors import ConnectCause, ConnectError
from ...protocol.compression import MESSAGE_LIMIT, Compression
from ...records import field, record
from ...system.requirements import needs
from .address import HostAddress, database_path, parse_host
from .dialing import AnswerTooLong, Attempt, PatientSocket, dial, failed
from .refusals import (
    REDIRECTS,
    answer_text,
    check_token,
    connect_error,
    page_instead,
    servers_text,
    status_cause,
)

with needs("a client", "client"):
    import websocket

__all__ = ["ConnectRequest", "HostAddress", "open_socket", "parse_host"]

# What the answer to an upgrade may take, headers and the text of a refusal together.
UPGRADE_ANSWER = 1 << 16
# Stands for the token until the bytes go out: the library that writes the headers can neither log nor raise it.
TOKEN_HERE = "spacetimedb-token-goes-here"


@record
class ConnectRequest:
    """Everything the upgrade needs."""

    address: HostAddress
    database: str
    token: str | None = field(repr=False)
    subprotocols: tuple[str, ...]
    compression: Compression
    light: bool
    confirmed: bool | None
    # Seconds for the whole of it: names, proxy, TCP, TLS, `verify` and the upgrade.
    timeout: float
    ssl_context: ssl.SSLContext | None
    message_limit: int = MESSAGE_LIMIT
    # Whether the garbage collector is left out while many rows are decoded (see `gc_pause`).
    pause_gc: bool = True
    # Called after the upgrade, on the thread that connects, within the same time limit: what it raises ends the attempt. It
    # comes second, so that what opens no WebSocket is told as that, and no message is decoded before it.
    verify: Callable[[Attempt], None] | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"ConnectRequest({self.database!r} on {self.place})"

    @property
    def place(self) -> str:
        """The server, as errors name it."""
        return self.address.url

    @property
    def offered(self) -> str:
        return " or ".join(self.subprotocols)

    @property
    def url(self) -> str:
        """Without credentials: those go in a header."""
        query = {"compression": self.compression.value}
        if self.light:
            query["light"] = "true"
        if self.confirmed is not None:
            query["confirmed"] = "true" if self.confirmed else "false"
        return f"{self.address.websocket_url}{database_path(self.database)}/subscribe?{urlencode(query)}"


def open_socket(request: ConnectRequest, attempt: Attempt | None = None) -> tuple[socket.socket, str]:
    """Connect and upgrade; the socket and the subprotocol the server chose.

    Blocks for at most `timeout` seconds in all, less when `attempt` is cancelled. ConnectError, or a kind of it, says what
    to do; so does what `verify` raises.
    """
    attempt = attempt or Attempt(request.timeout)
    token = check_token(request.place, request.token)
    try:
        url = request.url
    except ValueError as error:
        raise connect_error(request.place, ConnectCause.BAD_ADDRESS, str(error)) from None
    sock, _ = dial(request.address, attempt, request.ssl_context)
    try:
        chosen = _upgrade(request, sock, url, token, attempt)
        if request.verify is not None:
            request.verify(attempt)
        return sock, chosen
    except BaseException:
        sock.close()
        raise


def _upgrade(
    request: ConnectRequest, sock: socket.socket, url: str, token: str | None, attempt: Attempt
) -> str:
    """Ask for the WebSocket; the subprotocol the server chose."""
    header = [f"Authorization: Bearer {TOKEN_HERE}"] if token else []
    secrets = {TOKEN_HERE.encode(): token.encode()} if token else {}
    connection = websocket.WebSocket()
    try:
        connection.connect(  # type: ignore[no-untyped-call]
            url,
            socket=PatientSocket(sock, attempt, UPGRADE_ANSWER, secrets),
            header=header,
            subprotocols=list(request.subprotocols),
            redirect_limit=0,
        )
    except websocket.WebSocketBadStatusException as error:
        # Not chained: its text has the answer's headers, and servers put a token there.
        raise _refusal(request, error.status_code, error.resp_body or b"", token) from None
    except (websocket.WebSocketException, AnswerTooLong, OSError, ValueError) as error:
        answer = connection.handshake_response
        if answer is not None and answer.status in REDIRECTS:
            elsewhere = servers_text(str((answer.headers or {}).get("location", "another place")), token)
            raise connect_error(request.place, ConnectCause.REDIRECTED, elsewhere) from None
        raise _broken(request, error, attempt) from None
    chosen = connection.getsubprotocol()
    if chosen not in request.subprotocols:
        detail = f"it answered the upgrade without choosing {request.offered}"
        raise connect_error(request.place, ConnectCause.NOT_SPACETIMEDB, detail)
    # The socket outlives the object that shook hands over it.
    connection.sock = None
    return str(chosen)


def _broken(request: ConnectRequest, error: Exception, attempt: Attempt) -> ConnectError:
    if isinstance(error, websocket.WebSocketTimeoutException):
        error = TimeoutError()
    if isinstance(error, websocket.WebSocketException | ValueError):
        detail = servers_text(str(error).rstrip("."), request.token) or type(error).__name__
        return connect_error(request.place, ConnectCause.NOT_SPACETIMEDB, detail)
    return failed(request.address, error, attempt)


def _refusal(request: ConnectRequest, status: int, body: bytes, token: str | None) -> ConnectError:
    text, is_page = answer_text(body, token)
    cause = status_cause(status)
    if status == 400 and "protocol" in text:
        return connect_error(request.place, ConnectCause.VERSION, f"{request.offered} ({text})")
    match cause:
        case ConnectCause.UNAUTHORIZED:
            return connect_error(request.place, cause, text or "no reason given")
        case ConnectCause.FORBIDDEN:
            return connect_error(request.place, cause, text or "403")
        case ConnectCause.NO_DATABASE if is_page:
            # As a reverse proxy answers for what it does not pass on; a SpacetimeDB says so in plain words.
            return page_instead(request.place, status, text)
        case ConnectCause.NO_DATABASE:
            return connect_error(request.place, cause, repr(request.database))
        case ConnectCause.UNAVAILABLE:
            return connect_error(request.place, cause, f"{status} ({text or 'no text'})")
    return connect_error(request.place, cause, f"the server answered {status} ({text or 'no text'})")
