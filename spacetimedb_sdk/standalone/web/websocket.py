"""`GET /v1/database/{db}/subscribe`: the upgrade, and the life of a WebSocket client (spec: websocket.md sections 1 and 2)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from functools import partial

from aiohttp import WSCloseCode, WSMsgType, web

from ...errors import DecodeError
from ...module import ReducerError
from ...protocol.compression import Compression
from ...protocol.frames import Opcode
from ...system.plain_text import error_text, one_line
from ...types import ConnectionId
from ..errors import ConnectionIdInUse, ReducerPanic
from ..hosting.credentials import Credentials
from ..hosting.host import DatabaseHost
from ..receiving import ReceivingProtocol, receiving_protocol
from ..sessions.session import Session
from ..sessions.v1 import V1BsatnSession, V1JsonSession
from ..sessions.v2 import V2Session, V3Session
from ..turns import ClientGone
from ..wire.server_message import agreed_compression, frame
from .confirmed_delivery import ConfirmedDelivery
from .connection import Connection
from .requests import BACKLOG, LIMITS, TURNS, Refusal, find_database, identity_headers, parameter

__all__ = ["subscribe"]

# The server's own favourites first: what the client prefers does not matter (spec: websocket.md section 1).
_SESSIONS: dict[str, type[Session]] = {
    "v3.bsatn.spacetimedb": V3Session,
    "v2.bsatn.spacetimedb": V2Session,
    "v1.bsatn.spacetimedb": V1BsatnSession,
    "v1.json.spacetimedb": V1JsonSession,
}
# As SpacetimeDB: longer messages of a client end its connection.
_MAX_MESSAGE_BYTES = 32 << 20
# For the client's half of the closing handshake: the server may be waiting to end.
_CLOSE_SECONDS = 0.25
_MESSAGES = (WSMsgType.BINARY, WSMsgType.TEXT, WSMsgType.PING, WSMsgType.PONG)
_CONTROL = (WSMsgType.PING, WSMsgType.PONG)
_log = logging.getLogger("spacetimedb_sdk.standalone")


def _compression(request: web.Request) -> Compression:
    asked = parameter(request, "compression")
    if asked is None:
        asked = "Brotli"
    try:
        return agreed_compression(Compression(asked))
    except ValueError:
        raise Refusal(
            400,
            f"Failed to deserialize query string: unknown variant `{asked}`, expected one of `None`, `Brotli`, `Gzip`",
        ) from None


def _flag(request: web.Request, name: str) -> bool | None:
    """None where nothing was said."""
    value = parameter(request, name)
    if value is None:
        return None
    if value not in ("true", "false"):
        raise Refusal(400, "Failed to deserialize query string: provided string was not `true` or `false`")
    return value == "true"


def _connection_id(request: web.Request) -> ConnectionId:
    text = parameter(request, "connection_id")
    if text is None:
        return ConnectionId.random()
    try:
        connection_id = ConnectionId.from_string(text)
    except ValueError as error:
        raise Refusal(400, f"Invalid connection ID: {error}") from None
    if connection_id is None:
        raise Refusal(400, "Invalid connection ID: the all-zeros ConnectionId is reserved.")
    return connection_id


def _protocol(request: web.Request, spoken: Collection[str]) -> str:
    """The first of `spoken` that the client offers."""
    offered = {item.strip() for item in request.headers.get("Sec-WebSocket-Protocol", "").split(",")}
    for protocol in spoken:
        if protocol in offered:
            return protocol
    raise Refusal(400, "no valid protocol selected")


def _is_upgrade(request: web.Request) -> bool:
    connection = request.headers.get("Connection", "").lower()
    return request.headers.get("Upgrade", "").lower() == "websocket" and "upgrade" in connection


def _check_handshake(request: web.Request) -> None:
    for name in ("Sec-WebSocket-Key", "Sec-WebSocket-Version"):
        # Bytes that are no text can neither be read nor be repeated in an answer.
        if not request.headers.get(name, "").isascii():
            raise Refusal(400, f"`{name}` is no header of a handshake")


async def subscribe(request: web.Request, credentials: Credentials) -> web.StreamResponse:
    compression, light, confirmed = (
        _compression(request),
        _flag(request, "light"),
        _flag(request, "confirmed"),
    )
    if not _is_upgrade(request):
        raise Refusal(426, "This service requires use of the websocket protocol")
    _check_handshake(request)
    connection_id = _connection_id(request)
    host = find_database(request)
    if connection_id in host.database.clients:
        raise Refusal(400, str(ConnectionIdInUse(connection_id)))
    v1_only = host.database.compatibility.v1_only
    protocol = _protocol(request, [name for name in _SESSIONS if not v1_only or name.startswith("v1.")])
    socket = web.WebSocketResponse(
        protocols=(protocol,),
        autoping=False,
        compress=False,
        max_msg_size=_MAX_MESSAGE_BYTES,
        timeout=_CLOSE_SECONDS,
    )
    socket.headers.update(identity_headers(credentials))
    await socket.prepare(request)
    transport = request.transport
    if transport is None:  # the client left during the handshake
        return socket
    limit = request.app[LIMITS].queued_bytes
    connection = Connection(transport, asyncio.get_running_loop(), request.app[BACKLOG], limit, host.alarms)
    if confirmed is None:
        confirmed = not protocol.startswith("v1.")
    delivery = ConfirmedDelivery(host.database.storage, connection) if confirmed else connection
    session = _SESSIONS[protocol](
        host.database,
        host.subscriptions,
        delivery.deliver,
        deliver_pieces=delivery.deliver_pieces,
        identity=credentials.identity,
        connection_id=connection_id,
        token=credentials.token,
        compression=compression,
        light=bool(light),
        clock=host.clock,
        share=request.app[TURNS].share(connection.is_gone, _reader(request)),
        drop=connection.drop,
        turn_away=partial(connection.go_away, WSCloseCode.POLICY_VIOLATION),
        writable=connection.writable,
        beside=host.beside.run if host.beside is not None else None,
    )
    try:
        await _converse(socket, connection, session, host)
    finally:
        connection.close()
    return socket


def _reader(request: web.Request) -> Callable[[bool], None]:
    """Reads from the client's socket, or leaves there what comes."""
    protocol = request.protocol

    def read(wanted: bool) -> None:
        if protocol.transport is None:
            return
        if wanted:
            protocol.resume_reading()
        else:
            protocol.pause_reading()

    return read


async def _converse(
    socket: web.WebSocketResponse, connection: Connection, session: Session, host: DatabaseHost
) -> None:
    ban = host.bans.of(session.identity)
    if ban is not None:  # it came while this one shook hands
        host.turn_away(connection, ban)
        return
    host.alarms.look()
    try:
        session.open()
    except (ReducerError, ReducerPanic) as error:
        _log.info("the module rejected %s: %s", session.identity, one_line(error_text(error)))
        connection.drop()
        return
    except ConnectionIdInUse as error:  # another took it while this one shook hands
        _log.info("%s was refused: %s", session.identity, error)
        connection.drop()
        return
    connection.client, connection.identity = session, session.identity
    host.connections.add(connection)
    try:
        await _receive(socket, connection, session, receiving_protocol(connection.transport))
    finally:
        host.connections.discard(connection)
        host.alarms.look()  # hundreds may leave in one turn of the loop
        session.close()


async def _receive(
    socket: web.WebSocketResponse,
    connection: Connection,
    session: Session,
    receiving: ReceivingProtocol | None,
) -> None:
    """Acts on what the client sends, a message at a time, until it has gone, or has to go. What it has not taken yet,
    and what it sends while others have their turns, waits in its own socket."""
    share = session.share
    while True:
        message = await socket.receive()
        kind = message.type
        connection.has_received = True
        if kind not in _MESSAGES:
            return
        try:
            if share.must_wait:
                await share.turn()
            share.begin()
            try:
                if kind is WSMsgType.BINARY or kind is WSMsgType.TEXT:
                    await session.receive(message.data)
                elif kind is WSMsgType.PING:
                    connection.deliver(frame(Opcode.PONG, message.data))
                else:
                    connection.pong()
            finally:
                share.end()
                if share.has_slot:
                    share.leave_slot()
                if receiving is not None:
                    receiving.acted_on(len(message.data), control=kind in _CONTROL)
            if connection.is_behind:
                await connection.writable()
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the end of this client, whatever it is, not of the others
            await _close(socket, connection, *_reason(error))
            return


def _reason(error: Exception) -> tuple[int, str]:
    """The close code and text for `error` (spec: websocket.md section 2)."""
    if isinstance(error, DecodeError):
        return WSCloseCode.INTERNAL_ERROR, str(error)
    _log.error("a message could not be acted on", exc_info=error)
    return WSCloseCode.INTERNAL_ERROR, "internal error"


async def _close(socket: web.WebSocketResponse, connection: Connection, code: int, reason: str) -> None:
    connection.flush()
    text = reason.encode()[:123].decode("utf-8", "ignore")
    await socket.close(code=code, message=text.encode())
