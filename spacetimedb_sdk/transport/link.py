"""One connection as its client sees it: what has come and waits, what is to be sent, and who reads the socket.

Whoever has the time reads. Mostly that is the I/O thread; a program that waits in `update(timeout)`, or an event loop,
reads its own socket meanwhile, which saves a message the way through two threads. What takes long to decode goes back to
the I/O thread.
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

from ..errors import BacklogError, ClientStateError, ConnectionLost, ProtocolError
from ..protocol.codecs.subprotocol import Payload, SubprotocolCodec
from ..protocol.frames import CloseCode, FrameParser, Opcode, client_frame, close_reason
from ..protocol.outcomes import Closed, Malformed, Outcome, Transaction
from .gc_pause import BULK_BYTES, GcPause
from .handshake import ConnectRequest
from .readiness import Readiness
from .timing import LinkTiming

__all__ = ["Link"]

SILENCE_LIMIT = 20.0
PING_INTERVAL = 2.0
# On a way that somebody changes while it is used, so that what is measured follows.
CLOSE_PING_INTERVAL = 0.25
BACKLOG_PATIENCE = 60.0
CLOSE_PATIENCE = 2.0
RECEIVE_SIZE = 1 << 18
# What a program that waits may decode itself: about a millisecond's worth.
OWN_BYTES = 1 << 16
LEASE = 0.25
# A server on the same machine answers sooner than a thread falls asleep and is woken: for so long after a message was sent
# its sender keeps looking.
ANSWER_SECONDS = 0.0002
SLICE_SECONDS = 0.001
log = logging.getLogger("spacetimedb_sdk.transport")


class Link:
    """One connection as its client sees it. Every method may be called from any thread."""

    def __init__(
        self,
        request: ConnectRequest,
        codecs: Mapping[str, SubprotocolCodec],
        wake: Callable[[], None],
        backlog: int,
        poke: Callable[[Link], None],
        give_up: Callable[[], None] = lambda: None,
    ) -> None:
        self.request = request
        self.bytes_received = 0
        self.bytes_sent = 0
        self._codecs = codecs
        self._codec: SubprotocolCodec | None = None
        self._wake = wake
        self._poke = poke
        # Ends the thread that still connects.
        self._give_up = give_up
        self._backlog_limit = backlog
        self._parser = FrameParser(request.message_limit)
        # Held by whoever reads: the I/O thread, a thread in `wait`, or an event loop it is lent to.
        self._reading = threading.Lock()
        self._reader: int | None = None
        self._readiness: Readiness | None = None
        self._buffer = bytearray()
        self._is_lent = False
        self._sent_at = self._busy_since = 0.0
        self._leased_until = 0.0
        # The pause of a thread in `wait`, which what is decoded for it begins.
        self._waiting: GcPause | None = None
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
        self._ping_interval = PING_INTERVAL
        self._awaits_pong = False
        self._through: Callable[[socket.socket], socket.socket] | None = None
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
            self._poke(self)
        return outcome

    @property
    def waiting(self) -> int:
        """How many outcomes wait to be taken."""
        return len(self._inbox)

    def wait(self, timeout: float, pause: GcPause) -> bool:
        """Block until something has come, for at most `timeout` seconds; whether something has.

        `pause` is begun where much is decoded for it, and goes on: the rows are still to be applied.
        """
        if self._inbox:
            return True
        deadline = time.monotonic() + timeout
        if not self._is_lent and self._can_be_read_here() and self._reading.acquire(blocking=False):
            try:
                self._read_until(deadline, timeout > 0, pause)
            finally:
                self._reading.release()
                if self._ended.is_set():
                    self._poke(self)
        with self._lock:
            self._waiting = pause
            try:
                return self._arrived.wait_for(lambda: bool(self._inbox), max(deadline - time.monotonic(), 0))
            finally:
                self._waiting = None

    @property
    def is_leased(self) -> bool:
        """Whether the thread that waited last is still the one to read: then `wait(0)` has to look for messages."""
        return self._leased_until > 0 and time.monotonic() < self._leased_until

    # -- for an event loop ---------------------------------------------------------------------------------------------

    def lend(self) -> socket.socket | None:
        """The socket, to be watched by the caller, who calls `read` when it is readable, until `give_back`.

        None while there is none to lend: before the connection stands, after it, and in the midst of a large message.
        """
        if not self._can_be_read_here():
            return None
        self._is_lent = True
        return self._socket

    def read(self) -> bool:
        """Receive and decode what is there; False where the socket has to be given back."""
        if self._reading.acquire(blocking=False):  # otherwise the I/O thread has not let go of it yet
            self._reader = threading.get_ident()
            try:
                with GcPause() as pause:
                    self._receive(self._own_buffer(), pause)
            finally:
                self._reader = None
                self._reading.release()
        return self._can_be_read_here()

    def give_back(self) -> None:
        """Leave the reading to the I/O thread again. Twice is fine."""
        if self._is_lent:
            self._is_lent = False
            self._poke(self)

    @property
    def queued_bytes(self) -> int:
        return self._queued

    def send(self, payload: Payload) -> None:
        """Send a message, or leave it to the I/O thread. Nothing is sent once the link is closing."""
        if isinstance(payload, str):
            self._send(client_frame(Opcode.TEXT, payload.encode()))
        else:
            self._send(client_frame(Opcode.BINARY, payload))

    def close(self) -> None:
        """Send what is left, say goodbye, and be gone within two seconds. Twice is fine."""
        with self._io_lock:
            if self._closing is None:
                self._closing = time.monotonic()
            connected = self._socket is not None
            self._leased_until = 0.0
        if not connected:
            self._give_up()
            self.finish(Closed("closed"))
            return
        self._send(client_frame(Opcode.CLOSE, CloseCode.NORMAL.to_bytes(2, "big")), closing=True)
        self._poke(self)

    def reroute(self, through: Callable[[socket.socket], socket.socket]) -> None:
        """Put something in the way, now or once there is one: `through` takes the socket and returns the one to use.

        What was under way comes through it. To be called on the thread that calls `wait`, if any. ClientStateError where
        an event loop watches the socket.
        """
        with self._reading, self._io_lock:
            if self._is_lent:
                raise ClientStateError(
                    "an event loop watches the socket of this connection: reroute it before"
                )
            self._through = through
            if self._socket is not None and not self._ended.is_set():
                self._use(through(self._socket))
        self._poke(self)

    def remeasure(self) -> None:
        """The way has changed: measure it anew, and often."""
        self._ping_interval = CLOSE_PING_INTERVAL
        self._awaits_pong = False
        self.timing.restart()

    def join(self, timeout: float) -> bool:
        """Wait until the connection has ended; False when it took longer."""
        return self._ended.wait(timeout)

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    # -- reading ---------------------------------------------------------------------------------------------------------

    def _can_be_read_here(self) -> bool:
        return (
            self._socket is not None
            and not self._ended.is_set()
            and self._parser.buffered < OWN_BYTES
            and self._queued < self._backlog_limit
        )

    def _own_buffer(self) -> bytearray:
        if not self._buffer:
            self._buffer = bytearray(OWN_BYTES)
        return self._buffer

    def _read_until(self, deadline: float, renew: bool, pause: GcPause) -> None:
        """Read on the caller's thread until something has come, or `deadline`, or a large message begins to come."""
        assert self._socket is not None
        if self._readiness is None:
            self._readiness = Readiness(self._socket)
        buffer = self._own_buffer()
        self._reader = threading.get_ident()
        self._is_lent = True
        try:
            while not self._inbox and self._can_be_read_here():
                now = time.monotonic()
                awaits_answer = now - self._sent_at < ANSWER_SECONDS
                if self._readiness.wait(0.0 if awaits_answer else deadline - now):
                    self._receive(buffer, pause)
                elif now >= deadline:
                    break
        finally:
            self._reader = None
            self._is_lent = False
            if renew and self._closing is None and self._can_be_read_here():
                self._leased_until = time.monotonic() + LEASE
            elif not self._can_be_read_here():
                self._leased_until = 0.0
                self._poke(self)

    # -- for the I/O thread --------------------------------------------------------------------------------------------

    def _send(self, data: bytes, *, closing: bool = False) -> None:
        with self._io_lock:
            if self._ended.is_set() or (self._closing is not None and not closing):
                return
            self.bytes_sent += len(data)
            self._sent_at = time.monotonic()
            if self._socket is None or self._outgoing:
                self._outgoing += data
            else:
                self._outgoing += data[self._write(data) :]
            waiting = bool(self._outgoing)
        if waiting:
            self._poke(self)

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
            if self._waiting is not None and size >= BULK_BYTES:
                self._waiting.begin()
            self._arrived.notify_all()
        if was_empty and outcomes and self._reader != threading.get_ident():
            self._wake()
            readiness = self._readiness
            if readiness is not None:
                readiness.interrupt()

    def opened(self, sock: socket.socket, subprotocol: str) -> None:
        with self._io_lock:
            # First of all: once there is a socket, a thread that waits may read it.
            self._codec = self._codecs[subprotocol]
            self._use(sock if self._through is None else self._through(sock))
            if self._ended.is_set():
                return
            self._heard = time.monotonic()
            if self._outgoing:
                del self._outgoing[: self._write(self._outgoing)]

    def _use(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        before, self._readiness = self._readiness, None
        if before is not None:
            before.close()

    def finish(self, closed: Closed) -> None:
        with self._io_lock:
            if self._ended.is_set():
                return
            self._ended.set()
        self._put([closed], 0)

    @property
    def sock(self) -> socket.socket:
        """Of a connection that stands, or stood."""
        assert self._socket is not None
        return self._socket

    def interest(self) -> int:
        """What the I/O thread's selector should watch for."""
        with self._lock:
            full = self._queued >= self._backlog_limit
            if full and self._full_since is None:
                self._full_since = time.monotonic()
            elif not full:
                self._full_since = None
            elsewhere = full or self._is_lent or self.is_leased
            events = 0 if elsewhere else selectors.EVENT_READ
            return events | (selectors.EVENT_WRITE if self._outgoing else 0)

    def dismantle(self) -> bool:
        """Close the socket of a link that has ended; False while somebody else has it."""
        if self._is_lent or not self._reading.acquire(blocking=False):
            return False
        self._reading.release()
        if self._readiness is not None:
            self._readiness.close()
        if self._socket is not None:
            self._socket.close()
        return True

    def serve(self, events: int, buffer: bytearray) -> None:
        """Write what waits and read what is there, unless another thread is at it."""
        if events & selectors.EVENT_WRITE:
            self._flush()
        if (
            events & selectors.EVENT_READ
            and not self._ended.is_set()
            and not (self._is_lent or self.is_leased)
            and self._reading.acquire(blocking=False)
        ):
            self._busy_since = time.perf_counter()
            try:
                with GcPause() as pause:
                    self._receive(buffer, pause)
            finally:
                self._reading.release()

    def _flush(self) -> None:
        with self._io_lock:
            if self._outgoing and self._socket is not None:
                del self._outgoing[: self._write(self._outgoing)]

    def _receive(self, buffer: bytearray, pause: GcPause) -> None:
        """Read what is there, as much as `buffer` holds; decode what is whole. With `_reading` held."""
        try:
            self._read_socket(buffer, pause)
        except Exception as error:
            log.exception("%r: a fault of the SDK's own", self)
            fault = ProtocolError(f"a message of the server could not be taken in ({error!r})")
            self._put([Malformed(fault)], 0)
            self.finish(Closed(str(fault), fault))

    def _read_socket(self, buffer: bytearray, pause: GcPause) -> None:
        assert self._socket is not None
        try:
            if isinstance(self._socket, ssl.SSLSocket):
                with self._io_lock:  # one TLS connection is not read and written at once
                    data = self._socket.recv(len(buffer))
                    while data and self._socket.pending():
                        data += self._socket.recv(len(buffer))
                size, view = len(data), memoryview(data)
            else:
                size = self._socket.recv_into(buffer)
                view = memoryview(buffer)[:size]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            self._lost(f"{error.strerror or error}")
            return
        if not size:
            self._lost("the server closed the connection")
            return
        self._heard = time.monotonic()
        self.bytes_received += size
        try:
            messages = self._parser.feed(view)
        except ProtocolError as error:
            self._broken(error)
            return
        if sum(len(message.payload) for message in messages) >= BULK_BYTES:
            pause.begin()
        for message in messages:
            self._message(message.opcode, message.payload)
        if self._parser.error is not None and not self._ended.is_set():
            self._broken(self._parser.error)

    def _broken(self, error: ProtocolError) -> None:
        self._put([Malformed(error)], 0)
        self.finish(Closed(str(error), error))

    def _message(self, opcode: Opcode, payload: bytes) -> None:
        match opcode:
            case Opcode.BINARY | Opcode.TEXT:
                assert self._codec is not None
                outcomes = self._decoded(self._codec, opcode, payload)
                for outcome in outcomes:
                    if isinstance(outcome, Transaction) and outcome.timestamp is not None:
                        self.timing.told(outcome.timestamp.micros / 1e6, time.time())
                self._put(outcomes, len(payload))
            case Opcode.PING:
                self._send(client_frame(Opcode.PONG, payload), closing=True)
            case Opcode.PONG if payload == _moment(self._pinged):
                self._awaits_pong = False
                self.timing.ponged(time.monotonic() - self._pinged)
            case Opcode.CLOSE:
                code, text = close_reason(payload)
                self._send(client_frame(Opcode.CLOSE, payload[:125]), closing=True)
                self._lost(f"the server closed it with {code}{f' ({text})' if text else ''}")

    def _decoded(self, codec: SubprotocolCodec, opcode: Opcode, payload: bytes) -> list[Outcome]:
        try:
            decoding = codec.decode(payload.decode() if opcode is Opcode.TEXT else payload)
        except UnicodeDecodeError as error:
            return [Malformed(ProtocolError(f"the server sent a text message that is no UTF-8: {error}"))]
        while True:
            self._make_room()
            try:
                next(decoding)
            except StopIteration as done:
                outcomes: list[Outcome] = done.value
                return outcomes

    def _make_room(self) -> None:
        """Give up the interpreter lock after a millisecond on the I/O thread: a frame being drawn is not held up."""
        if self._reader is None and time.perf_counter() - self._busy_since >= SLICE_SECONDS:
            if self._waiting is None:
                time.sleep(0)
            self._busy_since = time.perf_counter()

    def _lost(self, reason: str) -> None:
        asked = self._closing is not None
        self.finish(Closed("closed" if asked else reason, None if asked else ConnectionLost(reason)))

    def check_clock(self, now: float) -> None:
        """Heartbeats, and the limits on silence, on a full inbox and on a slow goodbye."""
        if self._closing is not None and now - self._closing > CLOSE_PATIENCE:
            self._lost("closed")
        elif self._queued >= 2 * self._backlog_limit or (
            self._full_since is not None and now - self._full_since > BACKLOG_PATIENCE
        ):
            error = BacklogError(self._queued, self._backlog_limit)
            self.finish(Closed(str(error), error))
        elif self._full_since is None and now - self._heard > SILENCE_LIMIT:
            self._lost(f"nothing was heard of the server for {SILENCE_LIMIT:g} s")
        elif now - self._pinged > (PING_INTERVAL if self._awaits_pong else self._ping_interval):
            self._pinged, self._awaits_pong = now, True
            # Nothing is read while the inbox is full, so no answer would be seen: a pong nobody asked for keeps us alive.
            opcode = Opcode.PING if self._full_since is None else Opcode.PONG
            self._send(client_frame(opcode, _moment(now)))


def _moment(now: float) -> bytes:
    """What a ping carries, so that its answer tells which one it was."""
    return struct.pack("<d", now)
