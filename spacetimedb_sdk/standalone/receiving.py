"""Receiving: what clients have sent that has not been acted on yet, bounded for all of them together."""

from __future__ import annotations

import asyncio
from time import thread_time

__all__ = ["Received", "ReceivingProtocol", "receiving_protocol"]

# What one client may have sent without being counted: most messages are shorter, and are acted on at once.
_UNCOUNTED_BYTES = 64 << 10
# A frame has a header of six bytes at least; what a message's frames had beyond that is forgotten up to so much with each.
_HEADER_BYTES = 6
_FORGOTTEN_BYTES = 16 << 10
# A socket is read from in parts that take no longer than so to be taken apart: bytes of a long message take next to
# nothing, a thousand chunks of a byte some milliseconds, and others may send as many in the same turn of the loop.
_PART_SECONDS = 0.0005
_SHORTEST_PART, _FIRST_PART, _LONGEST_PART = 512, 4 << 10, 256 << 10


class Received:
    """What all clients have sent that is not whole, or waits to be acted on: `limit` bytes at most. Beyond that those go
    who began to send theirs first: who sends a message in one go is none of them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        # Who has sent much, those who began first before the others.
        self._senders: dict[ReceivingProtocol, None] = {}

    def add(self, sender: ReceivingProtocol, count: int) -> None:
        """So much more was sent by `sender`."""
        self._senders.setdefault(sender)
        self._bytes += count
        while self._bytes > self._limit and self._senders:
            first = next(iter(self._senders))
            first.drop()

    def remove(self, sender: ReceivingProtocol, count: int) -> None:
        """So much was acted on, which is all that was counted for `sender`."""
        self._senders.pop(sender, None)
        self._bytes -= count

    @property
    def bytes(self) -> int:
        return self._bytes


class ReceivingProtocol(asyncio.Protocol):
    """Between a client's socket and the `handler` that takes requests and messages apart: counts what has come."""

    def __init__(self, received: Received, handler: asyncio.Protocol) -> None:
        self._received = received
        self._handler = handler
        self._transport: asyncio.Transport | None = None
        # What was sent and not acted on, and how much of it counts with what all have sent.
        self._unread = self._counted = 0
        self._part = _FIRST_PART
        self.eof_received = handler.eof_received  # type: ignore[method-assign]
        self.pause_writing = handler.pause_writing  # type: ignore[method-assign]
        self.resume_writing = handler.resume_writing  # type: ignore[method-assign]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._read_parts_of(self._part)
        self._handler.connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.acted_on_all()
        self._handler.connection_lost(error)
        self._transport = None

    def data_received(self, data: bytes) -> None:
        size = len(data)
        self._unread += size
        if self._unread - self._counted > _UNCOUNTED_BYTES:
            more, self._counted = self._unread - self._counted, self._unread
            self._received.add(self, more)
        if size < self._part:
            self._handler.data_received(data)
            return
        began = thread_time()
        self._handler.data_received(data)
        spent = thread_time() - began
        if spent > _PART_SECONDS:
            self._read_parts_of(max(self._part // 4, _SHORTEST_PART))
        elif spent < _PART_SECONDS / 4 and self._part < _LONGEST_PART:
            self._read_parts_of(self._part * 2)

    def _read_parts_of(self, size: int) -> None:
        self._part = size
        # Transports of asyncio's own have this, others read as they like.
        if hasattr(self._transport, "max_size"):
            setattr(self._transport, "max_size", size)  # noqa: B010 - in no type

    def acted_on(self, size: int, *, control: bool = False) -> None:
        """A message of `size` bytes is done with. A `control` frame may have come in the middle of another message, which
        still counts from when it began."""
        left = self._unread - size - _HEADER_BYTES
        if control:
            self._unread = max(left, 0)
            return
        self._unread = left if left >= _FORGOTTEN_BYTES else 0
        if self._counted:
            self._uncount()

    def acted_on_all(self) -> None:
        """Whatever has come is done with."""
        self._unread = 0
        self._uncount()

    def _uncount(self) -> None:
        if self._counted:
            self._received.remove(self, self._counted)
            self._counted = 0

    def drop(self) -> None:
        """Ends the connection at once."""
        self.acted_on_all()
        if self._transport is not None:
            self._transport.abort()


def receiving_protocol(transport: asyncio.BaseTransport | None) -> ReceivingProtocol | None:
    """The one that reads from `transport`."""
    protocol = transport.get_protocol() if isinstance(transport, asyncio.Transport) else None
    return protocol if isinstance(protocol, ReceivingProtocol) else None
