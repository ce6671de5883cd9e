"""One connection as its client sees it: what has come and waits, what is to be sent, and the reading in between.

Who reads is `reading`'s matter, what waits `inbox`'s, what is to be sent `outbox`'s, pings and silence are `heartbeat`'s; here
they meet the socket. Two locks: `_lock` for what waits and who reads, `_io_lock` for what goes through the socket, so that
neither side waits for the other's system call. Where both are held, `_io_lock` was taken first.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from ..errors import BacklogError, ClientStateError, ConnectionLost, ProtocolError
from ..protocol.codecs.subprotocol import Payload, SubprotocolCodec
from ..protocol.frames import CloseCode, Opcode, WebSocketMessage, client_frame, close_reason
from ..protocol.outcomes import Closed, Malformed, Outcome
from .gc_pause import BULK_BYTES, GcPause
from .heartbeat import SILENCE_LIMIT, Heartbeat
from .inbox import Inbox
from .locks import ReentrantLock
from .opening.handshake import ConnectRequest
from .opening.refusals import goodbye_text
from .outbox import Outbox
from .readiness import NearAnswer, Readiness, give_way, is_readable
from .reading import Event, Owner, Reading
from .receiving import Decoder, receive
from .timing import LinkTiming

__all__ = ["Link"]

# A program that has not made room for so long does not read any more.
BACKLOG_PATIENCE = 60.0
# For the rest to be sent and the server's goodbye to come.
CLOSE_PATIENCE = 2.0
# What a program that waits may decode itself: about a millisecond's worth.
OWN_BYTES = 1 << 16
# An event loop reads at least the answers to our pings, two seconds apart; this late, a callback holds it up.
OVERDUE = 3.0
# Looked up once: each message passes them (see `reading`).
_WAITER, _LEASE, _LOOP, _LARGE = Owner.WAITER, Owner.LEASE, Owner.LOOP, Owner.LARGE
_WAIT_BEGINS, _BINARY, _TEXT = Event.WAIT_BEGINS, Opcode.BINARY, Opcode.TEXT
log = logging.getLogger("spacetimedb_sdk.transport")


class Link:
    """One connection as its client sees it (see `ClientLink`). Every method may be called from any thread."""

    def __init__(
        self,
        request: ConnectRequest,
        codecs: Mapping[str, SubprotocolCodec],
        wake: Callable[[], None],
        backlog: int,
        poke: Callable[[Link], None],
        *,
        give_up: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.request = request
        self.bytes_received = self.bytes_sent = 0
        self.timing = LinkTiming()
        self._wake = wake
        # Makes the I/O thread look at this link again.
        self._poke = poke
        self._give_up = give_up  # ends the thread that still connects
        self._clock = clock
        self._decoder = Decoder(codecs, request.message_limit, clock)
        # What was read while the inbox filled up: a few bytes may inflate to millions, so it is decoded when there is room.
        self._undecoded: deque[WebSocketMessage] = deque()
        self._heartbeat = Heartbeat(self.timing)
        self._socket: socket.socket | None = None
        # Puts something in the way of the socket, for a link conditioner.
        self._through: Callable[[socket.socket], socket.socket] | None = None
        self._ended = threading.Event()
        self._is_over = False  # what the event says, without a call
        # When this side said goodbye: from then on nothing is sent, and silence is not waited for.
        self._closing: float | None = None
        self._lock = ReentrantLock()
        self._owner = Reading(self._lock, clock)
        self._inbox = Inbox(backlog, self._lock, self._owner, clock, self._has_room)
        # The pause of a thread that waits for the I/O thread to read, which what is decoded for it begins.
        self._waiting: GcPause | None = None
        # Held for as long as a read goes on, whose ever: the parser and what it feeds belong to one thread at a time.
        self._reading = threading.Lock()
        # Of a read for another than a thread that waits, which brings its own; under the lock of the read.
        self._pause = GcPause(enabled=request.pause_gc)
        # The thread that reads for itself now: it needs no waking. None while the I/O thread reads, or none does.
        self._reader: int | None = None
        # The socket is in an event loop's selector: it must not be closed, or replaced, under it. (Who waits holds `_reading`.)
        self._is_borrowed = False
        self._readiness: Readiness | None = None
        self._own_buffer = memoryview(b"")  # once a thread reads for itself; the I/O thread has one for all
        self._io_lock = ReentrantLock()
        self._outbox = Outbox(self._io_lock, backlog)
        self._answer = NearAnswer()

    def __repr__(self) -> str:
        return f"<Link to {self.request!r}>"

    # -- for the client ------------------------------------------------------------------------------------------------

    @property
    def take(self) -> Callable[[], Outcome | None]:
        """The inbox's own: each message is taken."""
        return self._inbox.take

    def _has_room(self) -> None:
        self._heartbeat.received_at = self._clock()  # while it was full nothing was read: that was no silence
        self._poke(self)

    @property
    def waiting(self) -> int:
        """How many outcomes wait to be taken."""
        return len(self._inbox.outcomes)

    @property
    def queued_bytes(self) -> int:
        return self._inbox.queued

    @property
    def is_quiet(self) -> bool:
        """Not while the thread that waited last is still the one to read: then `wait(0)` has to look for messages."""
        return not self._inbox.outcomes and not (self._owner.owner is _LEASE and self._owner.is_leased)

    def wait(self, timeout: float, pause: GcPause) -> bool:
        """Block until something has come, or it has ended, for at most `timeout` seconds; whether something has come.

        `pause` is begun where much is decoded for it, and goes on: the rows are still to be applied.
        """
        if self._inbox.outcomes:
            return True
        deadline = self._clock() + timeout
        # Where a read goes on already, what it brings is waited for below.
        if self._reading.acquire(False):  # by name it would take twice as long
            try:
                if self._begin(_WAIT_BEGINS):
                    self._read_until(deadline, timeout > 0, pause)
            finally:
                self._reading.release()
                if self._is_over:
                    self._poke(self)
        if self._inbox.outcomes or self._is_over:
            return bool(self._inbox.outcomes)
        with self._lock:
            self._waiting = pause
            try:
                return self._inbox.wait(deadline - self._clock())
            finally:
                self._waiting = None

    def send(self, payload: Payload) -> None:
        """Send a message, or leave it to the I/O thread. Nothing is sent once the link is closing."""
        opcode, data = (_TEXT, payload.encode()) if isinstance(payload, str) else (_BINARY, payload)
        self._send(client_frame(opcode, data))

    def close(self) -> None:
        """Send what is left, say goodbye, and be gone within two seconds. Twice is fine."""
        with self._io_lock:
            if self._closing is None:
                self._closing = self._clock()
        with self._lock:
            self._owner.close()
        if not self.is_open:
            self._give_up()
            self.finish(Closed("closed"))
            return
        self._send(client_frame(Opcode.CLOSE, CloseCode.NORMAL.to_bytes(2, "big")), closing=True)
        self._poke(self)

    def join(self, timeout: float) -> bool:
        """Wait until the connection has ended; False when it took longer."""
        return self._ended.wait(timeout)

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    @property
    def has_ended(self) -> bool:
        return self._is_over

    # -- for an event loop ---------------------------------------------------------------------------------------------

    def lend(self) -> socket.socket | None:
        """The socket, to be watched by the caller, who calls `read` when it is readable, until `give_back`.

        None while there is none to lend: before the connection stands, after it, and in the midst of a large message.
        """
        with self._lock:
            is_lent = self._begin(Event.LENT)
            self._is_borrowed = self._is_borrowed or is_lent
        return self._socket if is_lent else None

    @property
    def is_lent(self) -> bool:
        return self._owner.owner is _LOOP

    def read(self) -> bool:
        """Receive and decode what is there; False where the socket has to be given back."""
        owner = self._owner
        if owner.owner is _LOOP:
            self._read_here(self._own_buffer, threading.get_ident())
        return owner.owner is _LOOP

    @property
    def looks_for_answer(self) -> bool:
        return self._clock() < self._answer.sent_at + self._answer.seconds

    def give_back(self) -> None:
        """Leave the reading to the I/O thread again. Twice is fine."""
        with self._lock:
            self._owner.happens(Event.GIVEN_BACK)
            was_borrowed, self._is_borrowed = self._is_borrowed, False
        if was_borrowed:
            self._poke(self)

    def reroute(self, through: Callable[[socket.socket], socket.socket]) -> None:
        """Put something in the way, now or once there is one: `through` takes the socket and returns the one to use.

        What was under way comes through it. For the thread that waits. ClientStateError where a loop watches the socket.
        """
        with self._reading, self._io_lock:
            if self._is_borrowed:
                raise ClientStateError("an event loop watches the socket of this link: reroute it before")
            self._through = through
            if self._socket is not None and not self._is_over:
                self._use(through(self._socket))
        self._poke(self)

    def remeasure(self) -> None:
        self._heartbeat.remeasure()

    def _begin(self, event: Event) -> bool:
        """Become the owner, by WAIT_BEGINS or LENT; whether that could be."""
        with self._lock:
            # What was read already shows at no socket: the I/O thread alone goes on with it.
            begun = not self._undecoded and self._owner.happens(event)
        self._own_buffer = self._own_buffer or memoryview(bytearray(OWN_BYTES))
        return begun

    def _note(self, event: Event) -> None:
        with self._lock:
            self._owner.happens(event)

    def _read_until(self, deadline: float, renew: bool, pause: GcPause) -> None:
        """Read on the caller's thread until something has come, or `deadline`, or another takes over."""
        self._readiness = self._readiness or Readiness(self.sock)
        self._reader = threading.get_ident()
        try:
            while not self._inbox.outcomes and self._owner.owner is _WAITER:
                now = self._clock()
                is_near = now < self._answer.sent_at + self._answer.seconds
                if is_near or self._readiness.wait(deadline - now):
                    self._receive(self._own_buffer, pause)
                    if is_near and not self._inbox.outcomes:
                        give_way()
                # Pings, or parts of messages, may come without an end: the deadline holds whatever comes.
                if now >= deadline:
                    break
        finally:
            self._reader = None
            with self._lock:
                self._owner.end_wait(renew=renew and self._closing is None)
                elsewhere = self._owner.owner is not _LEASE
            if elsewhere:
                self._poke(self)

    def _receive(self, buffer: memoryview[int], pause: GcPause) -> None:
        """Read what is there, as much as `buffer` holds; decode what is whole."""
        assert self._reading.locked(), "a read goes on under its lock"
        try:
            if self._undecoded:
                self._take_in()
            if self._undecoded:
                return
            try:
                data = receive(self._socket or self.sock, buffer, self._io_lock)
            except OSError as error:
                self._lost(f"{error.strerror or error}")
                return
            if not data:
                if data is not None:
                    self._lost("the server closed the connection")
                return
            now = self._clock()
            self._heartbeat.received_at = now
            self._answer.received(now)
            self.bytes_received += len(data)
            parser = self._decoder.parser
            before = parser.buffered + len(data)
            self._undecoded.extend(parser.feed(data))
            left = parser.buffered
            if before - left >= BULK_BYTES:
                pause.begin()
            self._take_in()
            is_large = left >= OWN_BYTES
            if is_large or self._owner.owner is _LARGE:
                self._note(Event.LARGE_BEGINS if is_large else Event.LARGE_ENDS)
        except ProtocolError as error:
            self._broken(error)
        except Exception as error:
            log.exception("%r: a fault of the SDK's own", self)
            self._broken(ProtocolError(f"a message of the server could not be taken in ({error!r})"))

    def _broken(self, error: ProtocolError) -> None:
        self._put(Malformed(error))
        self.finish(Closed(str(error), error))

    def _take_in(self) -> None:
        """What was read goes to the inbox while there is room; of several pings the newest is answered (RFC 6455 section 5.5.3)."""
        ping: bytes | None = None
        newest: list[Outcome] = []
        undecoded, inbox, decoder = self._undecoded, self._inbox, self._decoder
        # Who reads for itself waits for just this, and needs no waking; the I/O thread holds up whatever else runs.
        make_room = self._make_room if self._reader is None else None
        while undecoded and inbox.full_since is None:
            opcode, payload = undecoded.popleft()
            match opcode:
                case _ if opcode is _BINARY or opcode is _TEXT:
                    newest = decoder.decode(opcode, payload, make_room)
                    size = decoder.codec.plain_bytes  # type: ignore[union-attr]  # it has decoded
                    if size >= BULK_BYTES:
                        self._begin_pause()
                    if inbox.put(newest, size) and make_room is not None:
                        self._arrived()
                case Opcode.PING:
                    ping = payload
                case Opcode.PONG:
                    self._heartbeat.ponged(payload, self._clock())
                case Opcode.CLOSE:
                    self._send(client_frame(Opcode.CLOSE, payload[:125]), closing=True)
                    self._lost(goodbye_text(*close_reason(payload), self.request.token))
        self.timing.note(newest, self._heartbeat.received_at)
        if ping is not None:
            self._pong(ping)
        error = self._decoder.parser.error
        if error is not None and not self._undecoded and not self._is_over:
            self._broken(error)

    def _make_room(self) -> None:
        """Give up the interpreter lock for a moment, unless the program itself waits for what is decoded."""
        if self._waiting is None:
            time.sleep(0)

    def _begin_pause(self) -> None:
        with self._lock:
            if self._waiting is not None:
                self._waiting.begin()

    def _put(self, end: Outcome) -> None:
        if self._inbox.put([end], 0):
            self._arrived()

    def _arrived(self) -> None:
        if self._reader != threading.get_ident():
            self._wake()
            readiness = self._readiness
            if readiness is not None:
                readiness.interrupt()

    def _send(self, data: bytes, *, closing: bool = False) -> None:
        outbox = self._outbox
        with self._io_lock:
            if self._is_over or (self._closing is not None and not closing):
                return
            is_done, is_too_much = False, outbox.is_over and not closing
            if not is_too_much:
                self.bytes_sent += len(data)
                self._answer.sent_at = self._clock()
                is_done = outbox.send(data)
        if is_too_much:
            error = BacklogError(outbox.size, outbox.limit, to_server=True)
            self.finish(Closed(str(error), error))
        if not is_done:
            self._poke(self)

    def _pong(self, payload: bytes) -> None:
        with self._io_lock:
            if self._is_over:
                return
            self._outbox.queue_pong(payload)
            is_done = self._outbox.is_empty
        if not is_done:
            self._poke(self)

    # -- for the I/O thread --------------------------------------------------------------------------------------------

    def opened(self, sock: socket.socket, subprotocol: str) -> None:
        with self._io_lock:
            # First of all: once there is a socket, a thread that waits may read it.
            self._decoder.speak(subprotocol)
            self._use(sock if self._through is None else self._through(sock))
            if self._is_over:
                return
            self._heartbeat.received_at = self._clock()
            self._note(Event.OPENED)
            self._outbox.flush()

    def _use(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._outbox.use(sock)
        if self._readiness is not None:
            self._readiness.close()
            self._readiness = None

    def finish(self, closed: Closed) -> None:
        """The connection has ended, as `closed` says; the first time counts."""
        with self._io_lock:
            if self._is_over:
                return
            self._is_over = True
            self._ended.set()
        self._note(Event.ENDED)
        self._put(closed)

    @property
    def sock(self) -> socket.socket:
        """Of a connection that stands, or stood."""
        assert self._socket is not None
        return self._socket

    def interest(self) -> int:
        """What the I/O thread's selector should watch for."""
        with self._lock:
            events = selectors.EVENT_READ if self._owner.is_io_threads else 0
        return events if self._outbox.is_empty else events | selectors.EVENT_WRITE

    def dismantle(self) -> bool:
        """Close the socket of a link that has ended; False while another thread reads it."""
        if self._is_borrowed or not self._reading.acquire(blocking=False):
            return False
        self._reading.release()
        if self._readiness is not None:
            self._readiness.close()
        if self._socket is not None:
            self._socket.close()
        return True

    def serve(self, events: int, buffer: memoryview[int]) -> None:
        """Write what waits and read what is there, unless another thread is at it."""
        if events & selectors.EVENT_WRITE:
            with self._io_lock:
                self._outbox.flush()
        if not events & selectors.EVENT_READ or self._is_over:
            return
        with self._lock:
            is_mine = self._owner.is_io_threads
        if is_mine:
            self._read_here(buffer)

    def catch_up(self, buffer: memoryview[int]) -> None:
        """Decode what was read while the inbox was full, if it is not any more."""
        if self._undecoded and self._inbox.full_since is None and not self._is_over:
            self._read_here(buffer)

    def _read_here(self, buffer: memoryview[int], reader: int | None = None) -> None:
        if self._reading.acquire(False):  # else another thread has not let go of it yet
            self._reader = reader
            self._decoder.begin()
            try:
                self._receive(buffer, self._pause)
            finally:
                if self._pause.is_on:
                    self._pause.end()
                self._reader = None
                self._reading.release()

    def _lost(self, reason: str) -> None:
        asked = self._closing is not None
        self.finish(Closed("closed" if asked else reason, None if asked else ConnectionLost(reason)))

    def check_clock(self, now: float) -> None:
        """Heartbeats, and the limits on silence, on a full inbox and on a slow goodbye. Every quarter of a second."""
        inbox, heartbeat = self._inbox, self._heartbeat
        stood_still = heartbeat.stood_still(now)
        full_since = inbox.full_since
        if full_since is not None and stood_still:
            full_since = inbox.full_since = full_since + stood_still
        if self._closing is not None and now - self._closing > CLOSE_PATIENCE:
            self._lost("closed")
        elif full_since is not None and now - full_since > BACKLOG_PATIENCE:
            error = BacklogError(inbox.queued, inbox.limit)
            self.finish(Closed(str(error), error))
        elif full_since is None and heartbeat.is_silent(now) and not is_readable(self.sock):
            # What has come and was not read yet is no silence.
            self._lost(f"nothing came from the server for {SILENCE_LIMIT:g} s")
        else:
            if full_since is None and heartbeat.silence(now) > OVERDUE:
                self._note(Event.OVERDUE)
            payload = heartbeat.ping(now)
            if payload is not None:
                # Nothing is read while the inbox is full, so no answer would be seen: an unsolicited pong keeps us alive.
                self._send(client_frame(Opcode.PING if full_since is None else Opcode.PONG, payload))
