"""Opening the WebSocket: address, query parameters, credentials, and what a refusal means (spec: websocket.md section 1)."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from ..errors import AuthenticationError, ConnectError, DatabaseNotFoundError
from ..protocol.compression import MESSAGE_LIMIT, Compression
from ..requirements import needs

with needs("a client", "client"):
    import websocket

__all__ = ["ConnectRequest", "HostAddress", "open_socket", "parse_host"]


@dataclass(frozen=True, slots=True)
class HostAddress:
    """Where a server listens: `netloc` is host and port."""

    netloc: str
    tls: bool

    @property
    def is_loopback(self) -> bool:
        host = self.netloc.rsplit(":", 1)[0].strip("[]")
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def parse_host(host: str, ssl_enabled: bool) -> HostAddress:
    """`host[:port]`, with or without scheme and trailing slash.

    ValueError when it is empty, or when an explicit scheme and `ssl_enabled` disagree.
    """
    text = host.strip().rstrip("/")
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "", text
    if scheme not in ("", "http", "https", "ws", "wss"):
        raise ValueError(f"host {host!r}: the scheme must be http, https, ws or wss")
    if not rest or "/" in rest or any(character.isspace() for character in rest):
        raise ValueError(f"host {host!r}: give HOST or HOST:PORT, for instance localhost:3000")
    tls = scheme in ("https", "wss") if scheme else ssl_enabled
    if scheme and tls != ssl_enabled:
        raise ValueError(f"host {host!r} says {scheme}, ssl_enabled is {ssl_enabled}: make them agree")
    return HostAddress(rest, tls)


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """Everything the upgrade needs."""

    address: HostAddress
    database: str
    token: str | None
    subprotocols: tuple[str, ...]
    compression: Compression
    light: bool
    confirmed: bool | None
    timeout: float
    ssl_context: ssl.SSLContext | None
    message_limit: int = MESSAGE_LIMIT
    # Called before the upgrade, on the thread that connects: what it raises ends the attempt.
    verify: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        return f"ConnectRequest({self.url})"

    @property
    def place(self) -> str:
        """The server, as errors name it."""
        return f"{'https' if self.address.tls else 'http'}://{self.address.netloc}"

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
        scheme = "wss" if self.address.tls else "ws"
        return f"{scheme}://{self.address.netloc}/v1/database/{quote(self.database, safe='')}/subscribe?{urlencode(query)}"


def open_socket(request: ConnectRequest) -> tuple[socket.socket, str]:
    """Connect and upgrade; the socket and the subprotocol the server chose.

    Blocks for at most `timeout` seconds. ConnectError, or a kind of it, says what to do; so does what `verify` raises.
    """
    if request.verify is not None:
        request.verify()
    header = [f"Authorization: Bearer {request.token}"] if request.token else []
    options: dict[str, Any] = {"context": request.ssl_context} if request.ssl_context else {}
    try:
        connection = websocket.create_connection(
            request.url,
            timeout=request.timeout,
            header=header,
            subprotocols=list(request.subprotocols),
            sslopt=options,
            sockopt=((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),),
        )
    except websocket.WebSocketBadStatusException as error:
        # Not chained: its text has the answer's headers, and servers put a token there.
        raise _refusal(request, error) from None
    except (websocket.WebSocketException, OSError, ValueError) as error:
        raise ConnectError(request.place, _reason(request, error)) from error
    chosen = connection.getsubprotocol()
    if chosen not in request.subprotocols:
        connection.shutdown()  # type: ignore[no-untyped-call]
        raise ConnectError(
            request.place,
            f"it answered the upgrade without choosing {request.offered}: is it a SpacetimeDB?",
        )
    sock = connection.sock
    assert sock is not None
    connection.sock = None
    return sock, chosen


def _refusal(request: ConnectRequest, error: Any) -> ConnectError:
    body = (error.resp_body or b"").decode("utf-8", "replace").strip()
    if request.token:
        body = body.replace(request.token, "<token>")
    place = request.place
    match error.status_code:
        case 401:
            return AuthenticationError(
                place,
                f"the server refused the token ({body or 'no reason given'}): "
                "use one it issued, or none to get a new identity",
            )
        case 404:
            return DatabaseNotFoundError(
                place,
                f"there is no database {request.database!r} on it: check the name, or publish the module first",
            )
        case 400 if "protocol" in body:
            return ConnectError(
                place, f"it does not speak {request.offered} ({body}): its version is not supported"
            )
    return ConnectError(
        place, f"the server answered {error.status_code} ({body[:200] or 'no text'}): is it a SpacetimeDB?"
    )


def _reason(request: ConnectRequest, error: Exception) -> str:
    match error:
        case ConnectionRefusedError():
            return "nothing listens there: start the server, or check host and port"
        case websocket.WebSocketAddressException() | socket.gaierror():
            return "no such host: check the spelling of the host name"
        case websocket.WebSocketTimeoutException() | TimeoutError():
            return f"no answer within {request.timeout:g} s: check host, port and firewall"
        case ssl.SSLError():
            return f"TLS failed ({error}): does the server speak TLS on this port?"
    return f"{str(error).rstrip('.') or type(error).__name__}: is it a SpacetimeDB, and is the port right?"
