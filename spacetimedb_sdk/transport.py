"""The I/O thread: one per process, for every connection of both clients.

It receives, decompresses and decodes; it touches no cache and calls no user code. What it decodes waits in each link's
bounded inbox until the client takes it. A caller's frame is sent at once where the socket takes it; the thread finishes
what did not fit.
"""

from __future__ import annotations

import logging
import selectors
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from websocket import ABNF

from .collector import BULK_BYTES, collector_paused
from .errors import BacklogError, ConnectError, ConnectionLost, ProtocolError, SpacetimeDBException
from .handshake import ConnectRequest, open_socket
from .link_timing import LinkTiming
from .protocol.frames import CloseCode, FrameParser, Opcode, close_reason
from .protocol.outcomes import Closed, Malformed, Outcome, Transaction
from .protocol.subprotocol import Payload, SubprotocolCodec

__all__ = ["DEFAULT_BACKLOG", "Link", "connect"]

DEFAULT_BACKLOG = 64 << 20
SILENCE_LIMIT = 20.0
PING_INTERVAL = 2.0
BACKLOG_PATIENCE = 60.0
CLOSE_PATIENCE = 2.0
RECEIVE_SIZE = 1 << 18
log = logging.getLogger("spacetimedb_sdk.transport")


class Link:
    """One connection as its client sees it. Every method may be called from any thread."""

    def __init__(
        self,
        request: ConnectRequest,
        codecs: Mapping[str, SubprotocolCodec],
        wake: Callable[[], None],
        backlog: int,
    ) -> None:
        self.request = request
        self.bytes_received = 0
        self.bytes_sent = 0
        self._codecs = codecs
        self._codec: SubprotocolCodec | None = None
        self._wake = wake
        self._backlog_limit = backlog
        self._parser = FrameParser(request.message_limit)
        # One lock for what goes through the socket and one for what waits: neither thread waits for the other's system call.
        self._io_lock = threading.Lock()
        self._lock = threading.Lock()
        self._inbox: deque[tuple[Outcome, int]] = deque()
        self._queued = 0
        self._arrived = threading.Condition(self._lock)
        self._outgoing = bytearray()
        self._socket: socket.socket | None = None
        self._closing: float | None = None
        self._ended = threading.Event()
        self._heard = self._pinged = 0.0
        self.timing = LinkTiming()
        self._full_since: float | None = None

    def __repr__(self) -> str:
        return f"<Link to {self.request.url}>"

    # -- for the client ------------------------------------------------------------------------------------------------

    def take(self) -> Outcome | None:
        """The oldest of what has come, or None."""
        with self._lock:
            if not self._inbox:
                return None
            outcome, size = self._inbox.popleft()
            self._queued -= size
            resume = self._full_since is not None and self._queued < self._backlog_limit
        if resume:
            _LOOP.poke(self)
        return outcome

    @property
    def waiting(self) -> int:
        """How many outcomes wait to be taken."""
        return len(self._inbox)

    def wait(self, timeout: float) -> bool:
        """Block until something has come, for at most `timeout` seconds; whether something has."""
        with self._lock:
            return self._arrived.wait_for(lambda: bool(self._inbox), timeout)

    @property
    def queued_bytes(self) -> int:
        return self._queued

    def send(self, payload: Payload) -> None:
        """Send a message, or leave it to the I/O thread. Nothing is sent once the link is closing."""
        self._send(_frame(payload, ABNF.OPCODE_TEXT if isinstance(payload, str) else ABNF.OPCODE_BINARY))

    def close(self) -> None:
        """Send what is left, say goodbye, and be gone within two seconds. Twice is fine."""
        with self._io_lock:
            if self._closing is None:
                self._closing = time.monotonic()
            connected = self._socket is not None
        if not connected:
            self._finish(Closed("closed"))
            return
        self._send(_frame(int(CloseCode.NORMAL).to_bytes(2, "big"), ABNF.OPCODE_CLOSE), closing=True)
        _LOOP.poke(self)

    def join(self, timeout: float) -> bool:
        """Wait until the socket is closed; False when it took longer."""
        return self._ended.wait(timeout)

    # -- for the I/O thread --------------------------------------------------------------------------------------------

    def _send(self, data: bytes, *, closing: bool = False) -> None:
        with self._io_lock:
            if self._ended.is_set() or (self._closing is not None and not closing):
                return
            self.bytes_sent += len(data)
            if self._socket is None or self._outgoing:
                self._outgoing += data
            else:
                self._outgoing += data[self._write(data) :]
            waiting = bool(self._outgoing)
        if waiting:
            _LOOP.poke(self)

    def _write(self, data: bytes | bytearray) -> int:
        """What the socket takes now; a broken one is noticed when it is read."""
        assert self._socket is not None
        try:
            return self._socket.send(data)
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return 0
        except OSError:
            return len(data)

    def _put(self, outcomes: list[Outcome], size: int) -> None:
        with self._lock:
            was_empty = not self._inbox
            for index, outcome in enumerate(outcomes):
                self._inbox.append((outcome, 0 if index else size))
            self._queued += size
            self._arrived.notify_all()
        if was_empty and outcomes:
            self._wake()

    def _opened(self, sock: socket.socket, subprotocol: str) -> None:
        with self._io_lock:
            self._socket = sock
            self._codec = self._codecs[subprotocol]
            if self._ended.is_set():
                return
            self._heard = time.monotonic()
            if self._outgoing:
                del self._outgoing[: self._write(self._outgoing)]

    def _finish(self, closed: Closed) -> None:
        with self._io_lock:
            if self._ended.is_set():
                return
            self._ended.set()
        self._put([closed], 0)

    def _interest(self) -> int:
        """What the selector should watch for."""
        with self._lock:
            full = self._queued >= self._backlog_limit
            if full and self._full_since is None:
                self._full_since = time.monotonic()
            elif not full:
                self._full_since = None
            events = 0 if full else selectors.EVENT_READ
            return events | (selectors.EVENT_WRITE if self._outgoing else 0)

    def _flush(self) -> None:
        with self._io_lock:
            if self._outgoing and self._socket is not None:
                del self._outgoing[: self._write(self._outgoing)]

    def _receive(self) -> None:
        """Read until the socket has no more, or enough; decode what is whole."""
        assert self._socket is not None
        try:
            if isinstance(self._socket, ssl.SSLSocket):
                with self._io_lock:  # one TLS connection is not read and written at once
                    data = self._socket.recv(RECEIVE_SIZE)
                    while data and self._socket.pending():
                        data += self._socket.recv(RECEIVE_SIZE)
            else:
                data = self._socket.recv(RECEIVE_SIZE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            self._lost(f"{error.strerror or error}")
            return
        if not data:
            self._lost("the server closed the connection")
            return
        self._heard = time.monotonic()
        self.bytes_received += len(data)
        try:
            messages = self._parser.feed(data)
        except SpacetimeDBException as error:
            self._put([Malformed(error)], 0)
            self._finish(Closed(str(error), error))
            return
        for message in messages:
            self._message(message.opcode, message.payload)

    def _message(self, opcode: Opcode, payload: bytes) -> None:
        match opcode:
            case Opcode.PING:
                self._send(_frame(payload, ABNF.OPCODE_PONG), closing=True)
            case Opcode.PONG if payload == _moment(self._pinged):
                self.timing.ponged(time.monotonic() - self._pinged)
            case Opcode.CLOSE:
                code, text = close_reason(payload)
                self._send(_frame(payload[:125], ABNF.OPCODE_CLOSE), closing=True)
                self._lost(f"the server closed it with {code}{f' ({text})' if text else ''}")
            case Opcode.BINARY | Opcode.TEXT:
                assert self._codec is not None
                with collector_paused(len(payload) >= BULK_BYTES):
                    outcomes = _decoded(self._codec, opcode, payload)
                for outcome in outcomes:
                    if isinstance(outcome, Transaction) and outcome.timestamp is not None:
                        self.timing.told(outcome.timestamp.micros / 1e6, time.time())
                self._put(outcomes, len(payload))

    def _lost(self, reason: str) -> None:
        asked = self._closing is not None
        self._finish(Closed("closed" if asked else reason, None if asked else ConnectionLost(reason)))

    def _check_clock(self, now: float) -> None:
        """Heartbeats, and the limits on silence, on a full inbox and on a slow goodbye."""
        if self._closing is not None and now - self._closing > CLOSE_PATIENCE:
            self._lost("closed")
        elif self._queued >= 2 * self._backlog_limit or (
            self._full_since is not None and now - self._full_since > BACKLOG_PATIENCE
        ):
            error = BacklogError(self._queued, self._backlog_limit)
            self._finish(Closed(str(error), error))
        elif self._full_since is None and now - self._heard > SILENCE_LIMIT:
            self._lost(f"nothing was heard of the server for {SILENCE_LIMIT:g} s")
        elif now - self._pinged > PING_INTERVAL:
            self._pinged = now
            # Nothing is read while the inbox is full, so no answer would be seen: a pong nobody asked for keeps us alive.
            opcode = ABNF.OPCODE_PING if self._full_since is None else ABNF.OPCODE_PONG
            self._send(_frame(_moment(now), opcode))


def _moment(now: float) -> bytes:
    """What a ping carries, so that its answer tells which one it was."""
    return struct.pack("<d", now)


def _frame(payload: Payload, opcode: int) -> bytes:
    framed: bytes = ABNF.create_frame(payload, opcode).format()
    return framed


def _decoded(codec: SubprotocolCodec, opcode: Opcode, payload: bytes) -> list[Outcome]:
    try:
        decoding = codec.decode(payload.decode() if opcode is Opcode.TEXT else payload)
    except UnicodeDecodeError as error:
        return [Malformed(ProtocolError(f"the server sent a text message that is no UTF-8: {error}"))]
    while True:
        try:
            next(decoding)
        except StopIteration as done:
            outcomes: list[Outcome] = done.value
            return outcomes
        time.sleep(0)  # gives up the interpreter lock, so that the frame being drawn is not held up


class _Loop:
    """The thread that serves every link, alive while there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._poked: deque[Link] = deque()
        self._arrivals: deque[tuple[Link, socket.socket, str]] = deque()
        self._pending = 0
        self._thread: threading.Thread | None = None
        self._poke_in: socket.socket | None = None

    def poke(self, link: Link) -> None:
        """Make the thread look at `link` again."""
        self._poked.append(link)
        poke_in = self._poke_in
        if poke_in is not None and threading.current_thread() is not self._thread:
            with suppress(
                BlockingIOError, OSError
            ):  # a full pipe is poke enough; a closed one has no reader left
                poke_in.send(b"\0")

    def add(self, link: Link, sock: socket.socket, subprotocol: str) -> None:
        with self._lock:
            self._arrivals.append((link, sock, subprotocol))
            if self._thread is None:
                poke_out, self._poke_in = socket.socketpair()
                poke_out.setblocking(False)
                self._poke_in.setblocking(False)
                self._thread = threading.Thread(
                    target=self._run, args=(poke_out,), name="spacetimedb-io", daemon=True
                )
                self._thread.start()
        self.poke(link)

    def _run(self, poke_out: socket.socket) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(poke_out, selectors.EVENT_READ, None)
            links: dict[Link, int] = {}
            checked = time.monotonic()
            while True:
                self._admit(links)
                while self._poked:
                    _watch(selector, links, self._poked.popleft())
                if self._retire(links, poke_out):
                    return
                for key, events in selector.select(0.5):
                    if key.data is None:
                        with suppress(BlockingIOError):
                            poke_out.recv(4096)
                    else:
                        _serve(key.data, events)
                        _watch(selector, links, key.data)
                now = time.monotonic()
                if now - checked >= 0.25:
                    checked = now
                    for link in list(links):
                        link._check_clock(now)
                        _watch(selector, links, link)

    def _admit(self, links: dict[Link, int]) -> None:
        while self._arrivals:
            link, sock, subprotocol = self._arrivals.popleft()
            sock.setblocking(False)
            links[link] = 0
            link._opened(sock, subprotocol)
            self._poked.append(link)

    def _retire(self, links: dict[Link, int], poke_out: socket.socket) -> bool:
        """Whether the thread may end: no link is left and none has come meanwhile."""
        with self._lock:
            if links or self._arrivals:
                return False
            self._thread = None
            if self._poke_in is not None:
                self._poke_in.close()
                self._poke_in = None
        poke_out.close()
        return True


def _watch(selector: selectors.BaseSelector, links: dict[Link, int], link: Link) -> None:
    """Bring the selector in line with what a link waits for."""
    watched = links.get(link)
    if watched is None:
        return
    assert link._socket is not None
    if link._ended.is_set():
        if watched:
            selector.unregister(link._socket)
        link._socket.close()
        del links[link]
        return
    wanted = link._interest()
    if wanted == watched:
        return
    if not watched:
        selector.register(link._socket, wanted, link)
    elif wanted:
        selector.modify(link._socket, wanted, link)
    else:
        selector.unregister(link._socket)
    links[link] = wanted


def _serve(link: Link, events: int) -> None:
    try:
        if events & selectors.EVENT_WRITE:
            link._flush()
        if events & selectors.EVENT_READ and not link._ended.is_set():
            link._receive()
    except Exception as error:
        log.exception("%r: a fault of the SDK's own", link)
        broken = ProtocolError(f"a message of the server could not be taken in ({error!r})")
        link._put([Malformed(broken)], 0)
        link._finish(Closed(str(broken), broken))


_LOOP = _Loop()


def connect(
    request: ConnectRequest,
    codecs: Mapping[str, SubprotocolCodec],
    wake: Callable[[], None],
    *,
    backlog: int = DEFAULT_BACKLOG,
) -> Link:
    """Start to connect, offering `codecs`; all that comes of it, failure too, is an outcome of the link.

    `wake` is called, on another thread, whenever an empty inbox has got something.
    """
    link = Link(request, codecs, wake, backlog)

    def shake_hands() -> None:
        try:
            sock, subprotocol = open_socket(request)
        except ConnectError as error:
            link._finish(Closed(str(error), error))
            return
        _LOOP.add(link, sock, subprotocol)

    threading.Thread(target=shake_hands, name="spacetimedb-connect", daemon=True).start()
    return link
