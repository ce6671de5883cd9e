"""Server messages as WebSocket frames (spec: websocket.md section 2).

Frames to clients are not masked, so the bytes made for one client serve every other that asked for the same compression.
"""

from __future__ import annotations

import gzip
import struct
from importlib import import_module
from importlib.util import find_spec

from ...protocol.compression import COMPRESSION_TAGS, Compression
from ...protocol.frames import Opcode
from .parts import Part, pieces_of, size_of

__all__ = [
    "MAX_QUEUED_BYTES",
    "OVERHEAD_BYTES",
    "ServerMessage",
    "agreed_compression",
    "close_frame",
    "frame",
    "ping_frame",
]

# What may be queued for one client before it is dropped.
MAX_QUEUED_BYTES = 64 << 20
# What a message costs beyond its bytes, about.
OVERHEAD_BYTES = 64
_COMPRESS_ABOVE = 1024
_CONTROL_LIMIT = 123
# Of each message the same, so that they are not looked up for each: the first byte of its frame, the tag of its compression.
_TEXT, _BINARY = 0x80 | Opcode.TEXT, 0x80 | Opcode.BINARY
_PLAIN = COMPRESSION_TAGS[Compression.NONE]
_HEAD_16, _HEAD_64 = struct.Struct(">BBH"), struct.Struct(">BBQ")


def agreed_compression(asked: Compression) -> Compression:
    """What this server will use: brotli needs the `brotli` package, and a server only *may* compress."""
    if asked is Compression.BROTLI and find_spec("brotli") is None:
        return Compression.NONE
    return asked


def frame(opcode: int, payload: bytes) -> bytes:
    """One unmasked, final WebSocket frame (RFC 6455 section 5.2)."""
    return _frame_head(0x80 | opcode, len(payload)) + payload


def _frame_head(first: int, length: int) -> bytes:
    """`first` is the opcode with the bit of a final frame."""
    if length < 126:
        return bytes((first, length))
    if length < 65536:
        return _HEAD_16.pack(first, 126, length)
    return _HEAD_64.pack(first, 127, length)


def ping_frame() -> bytes:
    return frame(Opcode.PING, b"")


def close_frame(code: int, reason: str) -> bytes:
    """A Close with as much of `reason` as a control frame may carry."""
    text = reason.encode()[:_CONTROL_LIMIT].decode("utf-8", "ignore")
    return frame(Opcode.CLOSE, struct.pack(">H", code) + text.encode())


class ServerMessage:
    """One ServerMessage on its way to any number of clients: framed once for each compression in use.

    With `text` it is JSON: a text frame, never compressed.
    """

    __slots__ = ("_body", "_compressed", "_plain", "_text", "size")

    def __init__(self, body: Part, *, text: bool = False) -> None:
        self._body = body
        # Bytes of the message itself.
        self.size = len(body) if body.__class__ is bytes else size_of(body)
        self._text = text
        # Most messages are short, and of those there is this one frame.
        self._plain: bytes | None = None
        self._compressed: dict[Compression, bytes] = {}

    @property
    def is_in_pieces(self) -> bool:
        """Whether it is so long that it should be sent in `pieces`, or compressed beside the loop."""
        return isinstance(self._body, tuple)

    def pieces(self) -> tuple[bytes, ...]:
        """The uncompressed frame, one piece after the other: most of them are shared with other messages."""
        return (self._plain_head(), *pieces_of(self._body))

    def frame(self, compression: Compression) -> bytes:
        """The frame for clients that agreed on `compression`; small messages stay uncompressed."""
        # `is_compressed`, which most messages need not be asked.
        if compression is Compression.NONE or self._text or self.size <= _COMPRESS_ABOVE:
            if self._plain is None:
                self._plain = b"".join((self._plain_head(), *pieces_of(self._body)))
            return self._plain
        made = self._compressed.get(compression)
        if made is None:
            body = COMPRESSION_TAGS[compression] + _compress(self._whole(), compression)
            made = self._compressed[compression] = frame(Opcode.BINARY, body)
        return made

    def is_compressed(self, compression: Compression) -> bool:
        """Whether clients that agreed on `compression` get it so."""
        return not (compression is Compression.NONE or self._text or self.size <= _COMPRESS_ABOVE)

    def is_made(self, compression: Compression) -> bool:
        """Whether the compressed frame is there already."""
        return compression in self._compressed

    def _whole(self) -> bytes:
        return self._body if isinstance(self._body, bytes) else b"".join(self._body)

    def _plain_head(self) -> bytes:
        if self._text:
            return _frame_head(_TEXT, self.size)
        return _frame_head(_BINARY, 1 + self.size) + _PLAIN


def _compress(body: bytes, compression: Compression) -> bytes:
    if compression is Compression.GZIP:
        return gzip.compress(body, compresslevel=3, mtime=0)
    if compression is Compression.BROTLI:
        compressed: bytes = import_module("brotli").compress(body, quality=1)
        return compressed
    return body
