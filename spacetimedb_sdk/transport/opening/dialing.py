"""Dialing: from an address to a socket that can be spoken through: name, proxy, TCP, TLS, each within one time limit.

An `Attempt` is one time limit for all of it, and for what is asked and answered after: whatever a server does, byte by
byte, name server and proxy included, the attempt ends at its deadline, or when it is given up from another thread.
"""

from __future__ import annotations

import errno
import io
import os
import queue
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from ...errors import ConnectCause, ConnectError
from .address import HostAddress
from .proxies import Proxy, proxy_for
from .refusals import cause_of, connect_error, servers_text

__all__ = ["AnswerTooLong", "Attempt", "PatientSocket", "dial", "failed"]

# How soon a blocked attempt notices that it was given up.
NOTICE_SECONDS = 0.1
# What a proxy may answer to CONNECT before the tunnel begins.
PROXY_ANSWER = 1 << 14
T = TypeVar("T")


class AnswerTooLong(Exception):
    """The other side sent more than an answer of this kind can have."""


class Attempt:
    """One time limit, in seconds, for a whole piece of work; `cancel` ends it earlier, from any thread."""

    def __init__(
        self,
        timeout: float | None,
        clock: Callable[[], float] = time.monotonic,
        cancelled: threading.Event | None = None,
    ) -> None:
        self.timeout = timeout
        self.clock = clock
        self._deadline = None if timeout is None else clock() + timeout
        self._cancelled = cancelled or threading.Event()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        self._cancelled.set()

    def share(self, part: float) -> Attempt:
        """An attempt of its own within this one: `part` of the time that is left, and cancelled with it. That either has come to
        its end is told by what is tried in it."""
        seconds = None if self._deadline is None else max(self._deadline - self.clock(), 0.0) * part
        return Attempt(seconds, self.clock, self._cancelled)

    def left(self) -> float:
        """Seconds until the deadline. TimeoutError past it; ConnectionAbortedError once cancelled."""
        if self._cancelled.is_set():
            raise ConnectionAbortedError("given up")
        if self._deadline is None:
            return NOTICE_SECONDS
        left = self._deadline - self.clock()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def slice(self) -> float:
        """How long to block until the next look at the clock. Raises as `left` does."""
        return min(self.left(), NOTICE_SECONDS)


class PatientSocket:
    """A non-blocking socket read and written as a blocking one, within an attempt; takes at most `limit` bytes in.

    It is what websocket-client and http.client need of a socket. `secrets` are put in their places on the way out, so that
    no library in between holds, logs or raises them.
    """

    def __init__(
        self, sock: socket.socket, attempt: Attempt, limit: int, secrets: dict[bytes, bytes] | None = None
    ) -> None:
        sock.setblocking(False)
        self.raw = sock
        self._attempt = attempt
        self._left = limit
        self._secrets = secrets or {}

    def recv(self, size: int) -> bytes:
        if self._left <= 0:
            raise AnswerTooLong
        data = patiently(
            self.raw, self._attempt, selectors.EVENT_READ, lambda: self.raw.recv(min(size, self._left))
        )
        self._left -= len(data)
        return data

    def send(self, data: bytes) -> int:
        """All of it."""
        size = len(data)
        for stand_in, secret in self._secrets.items():
            data = data.replace(stand_in, secret)
        sent = 0
        while sent < len(data):
            some = partial(self.raw.send, data[sent:])
            sent += patiently(self.raw, self._attempt, selectors.EVENT_WRITE, some)
        return size

    def sendall(self, data: bytes | bytearray | memoryview) -> None:
        self.send(bytes(data))

    def makefile(self, _mode: str = "rb", *_args: object) -> io.BufferedReader:
        return io.BufferedReader(_Answer(self), 1 << 16)

    def gettimeout(self) -> float:
        """Zero: whatever uses it does not wait by itself."""
        return 0.0

    def settimeout(self, seconds: float | None) -> None:
        """The attempt's time limit is the one that holds."""

    def fileno(self) -> int:
        return self.raw.fileno()

    def close(self) -> None:
        """Nothing: http.client lets go of a socket before its answer is read. `raw` belongs to who dialed."""


# What `socket.getaddrinfo` says of one address.
_Place = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]


class _Answer(io.RawIOBase):
    """What comes in through a patient socket, as a file."""

    def __init__(self, sock: PatientSocket) -> None:
        self._socket = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._socket.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def patiently(sock: socket.socket, attempt: Attempt, events: int, action: Callable[[], T]) -> T:
    """`action` on a non-blocking socket, tried again each time the socket is ready for it, within the attempt."""
    while True:
        seconds = attempt.slice()
        try:
            return action()
        except ssl.SSLWantReadError:
            wanted = selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            wanted = selectors.EVENT_WRITE
        except BlockingIOError:
            wanted = events
        _await(sock, wanted, seconds)


def _await(sock: socket.socket, events: int, seconds: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(sock, events)
        return bool(selector.select(seconds))


def dial(
    address: HostAddress, attempt: Attempt, ssl_context: ssl.SSLContext | None = None, *, tunnel: bool = True
) -> tuple[socket.socket, Proxy | None]:
    """A non-blocking socket to `address`, secure where it says so, and the proxy in between if there is one.

    A proxy is asked for a tunnel; with `tunnel` off it is left to the caller to name the whole URL to it, as plain HTTP
    does. ConnectError whose cause says what went wrong; nothing stays open then.
    """
    proxy = proxy_for(address)
    sock: socket.socket | None = None
    try:
        if proxy is None:
            sock = _connect(address.host, address.port, attempt)
        else:
            sock = _through(proxy, address, attempt, tunnel=tunnel or address.tls)
        if address.tls:
            sock = _secure(sock, address.host, attempt, ssl_context)
    except (OSError, ValueError, AnswerTooLong, ConnectError) as error:
        if sock is not None:
            sock.close()
        raise failed(address, error, attempt) from None if isinstance(error, ConnectError) else error
    return sock, proxy


def failed(address: HostAddress, error: Exception, attempt: Attempt) -> ConnectError:
    """What `error`, on the way to `address`, means to who wants to connect."""
    if isinstance(error, ConnectError):
        return error
    if attempt.is_cancelled:
        return connect_error(address.url, ConnectCause.CLOSED)
    if isinstance(error, AnswerTooLong):
        return connect_error(address.url, ConnectCause.NOT_SPACETIMEDB, "its answer does not end")
    return connect_error(address.url, *cause_of(error, attempt.timeout or 0.0))


def _connect(host: str, port: int, attempt: Attempt) -> socket.socket:
    """To the first of the host's addresses that answers; each gets its share of the time."""
    found = _resolve(host, port, attempt)
    failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    for number, (family, kind, protocol, _, place) in enumerate(found):
        share = Attempt(attempt.left() / (len(found) - number), attempt.clock)
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:  # a family this machine does not have
            failure = error
            continue
        try:
            sock.setblocking(False)
            # Small messages at once: a game's calls do not wait for others to fill a packet.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _finish_connecting(sock, place, share, attempt)
            return sock
        except OSError as error:
            sock.close()
            failure = error
    raise failure


def _finish_connecting(
    sock: socket.socket, place: tuple[str | int | bytes, ...], share: Attempt, attempt: Attempt
) -> None:
    code = sock.connect_ex(place)
    if code in (0, errno.EISCONN):
        return
    if code not in (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY):
        raise OSError(code, os.strerror(code))
    while not _await(sock, selectors.EVENT_WRITE, min(share.slice(), attempt.slice())):
        pass
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _resolve(host: str, port: int, attempt: Attempt) -> Sequence[_Place]:
    """The host's addresses. A name server may take for ever, and cannot be interrupted: it is asked on a thread aside."""
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        pass
    answers: queue.SimpleQueue[Sequence[_Place] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except Exception as error:  # noqa: BLE001 - whatever it is, who asked raises it
            answers.put(error)

    threading.Thread(target=ask, name="spacetimedb-resolve", daemon=True).start()
    while True:
        try:
            answer = answers.get(timeout=attempt.slice())
        except queue.Empty:
            continue
        if isinstance(answer, Exception):
            raise answer
        return answer


def _through(proxy: Proxy, address: HostAddress, attempt: Attempt, *, tunnel: bool) -> socket.socket:
    """To the proxy, and with `tunnel` through it. ConnectError names the proxy as the cause."""
    try:
        sock = _connect(proxy.host, proxy.port, attempt)
    except OSError as error:
        if attempt.is_cancelled or isinstance(error, TimeoutError):
            raise
        _, detail = cause_of(error, attempt.timeout or 0.0)
        raise connect_error(address.url, ConnectCause.PROXY, f"{proxy.shown}: {detail}") from error
    try:
        if tunnel:
            _ask_for_tunnel(sock, proxy, address, attempt)
    except BaseException:
        sock.close()
        raise
    return sock


def _ask_for_tunnel(sock: socket.socket, proxy: Proxy, address: HostAddress, attempt: Attempt) -> None:
    host = f"[{address.host}]" if ":" in address.host else address.host
    lines = [f"CONNECT {host}:{address.port} HTTP/1.1", f"Host: {host}:{address.port}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    patient = PatientSocket(sock, attempt, PROXY_ANSWER)
    patient.send("\r\n".join([*lines, "", ""]).encode("ascii"))
    answer = b""
    try:
        while not answer.endswith((b"\r\n\r\n", b"\n\n")):
            # Byte by byte: what follows the empty line is the server's already.
            part = patient.recv(1)
            if not part:
                raise connect_error(address.url, ConnectCause.PROXY, f"{proxy.shown} hung up")
            answer += part
    except AnswerTooLong:
        raise connect_error(
            address.url, ConnectCause.PROXY, f"the answer of {proxy.shown} does not end"
        ) from None
    first = answer.split(b"\n", 1)[0].decode("latin-1")
    words = first.split(None, 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or words[1] != "200":
        raise connect_error(
            address.url, ConnectCause.PROXY, f"{proxy.shown} answered {servers_text(first)!r}"
        )


def _secure(
    sock: socket.socket, host: str, attempt: Attempt, context: ssl.SSLContext | None
) -> ssl.SSLSocket:
    """TLS on top; the certificate is verified unless a context of the program's own says otherwise."""
    chosen = context if context is not None else ssl.create_default_context()
    secure = chosen.wrap_socket(sock, server_hostname=host.partition("%")[0], do_handshake_on_connect=False)
    try:
        patiently(secure, attempt, selectors.EVENT_READ, secure.do_handshake)
    except BaseException:
        secure.close()
        raise
    return secure
