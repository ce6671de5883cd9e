"""A link on a socket pair, for tests that are its I/O thread, its client and its server."""

from __future__ import annotations

import socket
from typing import Any, cast

from spacetimedb_sdk.protocol.codecs.subprotocol import Decoding
from spacetimedb_sdk.protocol.compression import Compression
from spacetimedb_sdk.protocol.outcomes import Closed, Outcome, SubscriptionRefused
from spacetimedb_sdk.transport.gc_pause import GcPause
from spacetimedb_sdk.transport.link import Link
from spacetimedb_sdk.transport.opening.address import parse_host
from spacetimedb_sdk.transport.opening.handshake import ConnectRequest

from .raw_server import RawConnection

__all__ = ["BACKLOG", "STEP", "Wire"]

BACKLOG = 10_000
STEP = 0.25


class PlainCodec:
    """Each message is a text that is told as it is."""

    subprotocol = "plain"
    plain_bytes = 0
    inflates = 1

    def decode(self, frame: bytes | str) -> Decoding:
        yield
        assert isinstance(frame, bytes)
        self.plain_bytes = len(frame) * self.inflates
        return [SubscriptionRefused(None, None, frame.decode())]


class Wire:
    """A link, the server's end of its socket, and the time, which stands still unless it is made to pass."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.woken = 0
        self.poked = 0
        # Whether the I/O thread could close the socket when it was told to look.
        self.could_end: list[bool] = []
        request = ConnectRequest(
            address=parse_host("localhost:1"),
            database="d",
            token=None,
            subprotocols=("plain",),
            compression=Compression.NONE,
            light=False,
            confirmed=None,
            timeout=1.0,
            ssl_context=None,
            message_limit=1 << 20,
        )
        self.codec = PlainCodec()
        codecs = cast(Any, {"plain": self.codec})
        self.link = Link(request, codecs, self.wake, BACKLOG, self.poke, clock=lambda: self.now)
        ours, theirs = socket.socketpair()
        self.ours = ours
        self.server = RawConnection(theirs)
        theirs.settimeout(10)
        self.buffer = memoryview(bytearray(1 << 18))
        self.link.opened(ours, "plain")

    def wake(self) -> None:
        self.woken += 1

    def poke(self, link: Link) -> None:
        self.poked += 1
        if link.has_ended:
            self.could_end.append(not link._reading.locked())

    def serve(self) -> None:
        """What the I/O thread does when its selector says so."""
        self.link.serve(self.link.interest(), self.buffer)

    def passes(self, seconds: float) -> None:
        """Time, a quarter of a second at once, as the I/O thread looks at it; it reads what it may."""
        for _ in range(round(seconds / STEP)):
            self.now += STEP
            self.serve()
            if not self.link.has_ended:
                self.link.check_clock(self.now)

    def said(self) -> list[str]:
        """What waited in the inbox: texts, and how it ended."""
        found: list[Outcome] = []
        while (outcome := self.link.take()) is not None:
            found.append(outcome)
        return [
            each.message if isinstance(each, SubscriptionRefused) else type(each).__name__ for each in found
        ]

    def ended(self) -> Closed:
        last: Outcome | None = None
        while (outcome := self.link.take()) is not None:
            last = outcome
        assert isinstance(last, Closed)
        return last

    def wait(self, timeout: float = 0.0) -> bool:
        with GcPause() as pause:
            return self.link.wait(timeout, pause)

    def heard(self) -> list[tuple[int, bytes]]:
        """The frames that have come at the server."""
        self.server.socket.setblocking(False)
        frames = []
        try:
            while True:
                frames.append(self.server.read_frame())
        except BlockingIOError:
            return frames
        finally:
            self.server.socket.settimeout(10)

    def closed(self) -> None:
        self.link.finish(Closed("the test is over"))
        self.link.give_back()
        assert self.link.dismantle()
        self.server.socket.close()
