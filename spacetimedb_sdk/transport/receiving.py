"""Receiving: from a socket's bytes to outcomes, in slices that leave the interpreter to others."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from functools import partial

from ..errors import ProtocolError
from ..protocol.codecs.subprotocol import SubprotocolCodec
from ..protocol.frames import FrameParser, Opcode
from ..protocol.outcomes import Malformed, Outcome
from ..slices import run
from .locks import ReentrantLock

_TEXT = Opcode.TEXT

__all__ = ["Decoder", "receive"]

# For so long a bulk decode keeps the interpreter to itself: a frame being drawn is not held up longer.
SLICE_SECONDS = 0.001


def receive(sock: socket.socket, buffer: memoryview[int], io_lock: ReentrantLock) -> memoryview[int] | None:
    """What has come, as much as `buffer` holds; None where nothing has, empty at the end. OSError for a broken socket."""
    try:
        if isinstance(sock, ssl.SSLSocket):
            with io_lock:  # one TLS connection is not read and written at once
                data = sock.recv(len(buffer))
                # What is decrypted already makes no socket readable: it would wait for more to come.
                while data and sock.pending():
                    data += sock.recv(len(buffer))
            return memoryview(data)
        return buffer[: sock.recv_into(buffer)]
    except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return None


class Decoder:
    """The messages of one connection, parsed and decoded by one thread at a time."""

    def __init__(
        self, codecs: Mapping[str, SubprotocolCodec], message_limit: int, clock: Callable[[], float]
    ) -> None:
        self.parser = FrameParser(message_limit)
        self._codecs = codecs
        # Of what the server chose.
        self.codec: SubprotocolCodec | None = None
        self._clock = clock
        self._busy_since = 0.0

    def speak(self, subprotocol: str) -> None:
        """What the server chose."""
        self.codec = self._codecs[subprotocol]

    def begin(self) -> None:
        """Decoding begins now, as far as slices are concerned."""
        self._busy_since = self._clock()

    def decode(self, opcode: Opcode, data: bytes, make_room: Callable[[], None] | None) -> list[Outcome]:
        """What a data message says; `make_room` is called wherever a slice has lasted long enough."""
        assert self.codec is not None
        payload: bytes | str = data
        if opcode is _TEXT:
            try:
                payload = data.decode()
            except UnicodeDecodeError as error:
                return [Malformed(ProtocolError(f"the server sent a text message that is no UTF-8: {error}"))]
        if make_room is not None:
            self._between(make_room)
        said = self.codec.decode(payload)
        if isinstance(said, list):
            return said
        return run(said, None if make_room is None else partial(self._between, make_room))

    def _between(self, make_room: Callable[[], None]) -> None:
        if self._clock() - self._busy_since >= SLICE_SECONDS:
            make_room()
            self.begin()
