"""WebSocket frames: those of a server parsed as their bytes come, and those of a client (RFC 6455 section 5).

Real servers cut every message into fragments of 4,096 bytes. Joining them one by one costs time quadratic in the message's
size; here they are written into a buffer that grows, which hands out what it holds without another copy.
"""

from __future__ import annotations

import os
import struct
from enum import IntEnum
from io import BytesIO
from typing import TypeAlias

from ..errors import ProtocolError

__all__ = ["CloseCode", "FrameParser", "Opcode", "WebSocketMessage", "client_frame", "close_reason"]

_LENGTH_16 = struct.Struct(">H")
_LENGTH_64 = struct.Struct(">Q")
# What a client's frame has before its payload, by how long that is.
_HEAD, _HEAD_16, _HEAD_64 = struct.Struct(">BB4s"), struct.Struct(">BBH4s"), struct.Struct(">BBQ4s")
# What a control frame may carry (section 5.5); a longer close reason has been seen on real servers (spec: observed.md).
CONTROL_LIMIT = 125
CLOSE_LIMIT = 1 << 16


class Opcode(IntEnum):
    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


class CloseCode(IntEnum):
    NORMAL = 1000
    PROTOCOL_ERROR = 1002


# By hand, for each frame: Python 3.11 takes 1 us to make an enum's member of a number, and 0.4 us to look one up.
_OPCODES = {int(opcode): opcode for opcode in Opcode}
_CONTINUATION = Opcode.CONTINUATION
# A whole data message, or a control frame: its opcode and its payload.
WebSocketMessage: TypeAlias = tuple[Opcode, bytes]
# What begins a message that is whole in one frame.
_WHOLE = {0x80 | opcode: opcode for opcode in (Opcode.TEXT, Opcode.BINARY)}


def client_frame(opcode: Opcode, payload: bytes) -> bytes:
    """One whole message as a client sends it: masked by four random bytes (section 5.3)."""
    size = len(payload)
    try:
        mask = _MASKS.pop()
    except IndexError:
        mask = _drawn_mask()
    if size < 126:
        head = _HEAD.pack(0x80 | opcode, 0x80 | size, mask)
    elif size < 1 << 16:
        head = _HEAD_16.pack(0x80 | opcode, 0xFE, size, mask)
    else:
        head = _HEAD_64.pack(0x80 | opcode, 0xFF, size, mask)
    repeated = (mask * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "little") ^ int.from_bytes(repeated, "little")
    return head + masked.to_bytes(size, "little")


# Masks that were drawn and not used: a draw for each takes 4 % of a call. None is used twice, by no thread and no process.
_MASKS: list[bytes] = []
# So many are drawn at once: a kilobyte, which costs the system call once.
_DRAWN = 256


def _drawn_mask() -> bytes:
    """One of a new draw, the others of which are left for later."""
    drawn = os.urandom(4 * _DRAWN)
    _MASKS.extend(drawn[start : start + 4] for start in range(4, 4 * _DRAWN, 4))
    return drawn[:4]


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_MASKS.clear)


class FrameParser:
    """Bytes in, whole messages out; a message of more than `limit` bytes is an error before it is all there.

    `error` is set where whole messages came before what no server may send: nothing comes after it.
    """

    def __init__(self, limit: int = 1 << 62) -> None:
        self.error: ProtocolError | None = None
        self._limit = limit
        self._size = 0
        self._buffer = bytearray()
        # What there is of a message in parts; None before the first of them.
        self._parts: BytesIO | None = None
        self._opcode: Opcode | None = None
        # Bytes received that belong to no whole message yet.
        self.buffered = 0

    def feed(self, data: bytes | memoryview) -> list[WebSocketMessage]:
        """The messages that `data` completes. ProtocolError for what no server may send, where nothing came before it."""
        if self.error is not None:
            raise self.error
        messages: list[WebSocketMessage] = []
        try:
            if not self._buffer:
                # Mostly nothing is left over, and what came need not be copied once more.
                position = self._read(data, messages)
                if position < len(data):
                    self._buffer += data[position:]
            else:
                self._buffer += data
                with memoryview(self._buffer) as whole:
                    position = self._read(whole, messages)
                del self._buffer[:position]
        except ProtocolError as error:
            self.error = error
            if not messages:
                raise
            return messages
        self.buffered = len(self._buffer) + self._size
        return messages

    def _read(self, buffer: bytes | memoryview, messages: list[WebSocketMessage]) -> int:
        """Add the messages that are whole in `buffer`; where the rest begins."""
        position, available = 0, len(buffer)
        while available - position >= 2:
            first, length, start = buffer[position], buffer[position + 1], position + 2
            if length == 126:
                if available - start < 2:
                    break
                (length,) = _LENGTH_16.unpack_from(buffer, start)
                start += 2
            elif length == 127:
                if available - start < 8:
                    break
                (length,) = _LENGTH_64.unpack_from(buffer, start)
                start += 8
            elif length > 127:
                raise ProtocolError("the server masked a frame, which only clients do")
            if first & 0x08 and length > (CLOSE_LIMIT if first & 0x0F == Opcode.CLOSE else CONTROL_LIMIT):
                raise ProtocolError("the server sent a control frame that is too long")
            if self._size + length > self._limit:
                raise ProtocolError(
                    f"the server sent a message of more than {self._limit} bytes: subscribe to less, or allow longer ones"
                )
            if available - start < length:
                break
            position = start + length
            if not first and self._parts is not None:
                # A part from the middle, as nearly all are of a message that is large.
                self._size += self._parts.write(buffer[start:position])
                continue
            payload, opcode = bytes(buffer[start:position]), _WHOLE.get(first)
            if opcode is not None and self._opcode is None:  # as most messages are that are small
                messages.append((opcode, payload))
                continue
            message = self._frame(first, payload)
            if message is not None:
                messages.append(message)
        return position

    def _frame(self, first: int, payload: bytes) -> WebSocketMessage | None:
        if first & 0x70:
            raise ProtocolError("the server set a reserved bit of a frame")
        opcode = _OPCODES.get(first & 0x0F)
        if opcode is None:
            raise ProtocolError(f"the server sent a frame of unknown kind {first & 0x0F}")
        final = bool(first & 0x80)
        if first & 0x08:
            if not final:
                raise ProtocolError("the server cut a control frame into fragments")
            return opcode, payload
        if opcode is _CONTINUATION:
            if self._opcode is None:
                raise ProtocolError("the server continued a message that had not begun")
        elif self._opcode is not None:
            raise ProtocolError("the server began a message inside another")
        else:
            self._opcode = opcode
        begun = self._opcode
        if final and self._parts is None:
            self._opcode = None
            return begun, payload
        if self._parts is None:
            self._parts = BytesIO()
        self._size += self._parts.write(payload)
        if not final:
            return None
        message = begun, self._parts.getvalue()
        self._parts, self._opcode, self._size = None, None, 0
        return message


def close_reason(payload: bytes) -> tuple[int | None, str]:
    """The code and the text of a close frame; code None where it has none."""
    if len(payload) < 2:
        return None, ""
    (code,) = _LENGTH_16.unpack_from(payload)
    return code, payload[2:].decode("utf-8", "replace")
