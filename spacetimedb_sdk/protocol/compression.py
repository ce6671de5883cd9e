"""The compression byte of server frames, and compressed query updates (spec: websocket.md section 2).

A few bytes can stand for gigabytes: everything is decompressed up to a bound and no further.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from typing import Any

from ..errors import ProtocolError
from ..system.requirements import is_installed, pip_line

__all__ = [
    "COMPRESSION_TAGS",
    "MESSAGE_LIMIT",
    "Compression",
    "decompress",
    "decompress_frame",
    "has_brotli",
    "open_frame",
    "too_long",
]

# Bytes of one message after decompression that are taken unless a client asks for another bound.
MESSAGE_LIMIT = 256 * 1024 * 1024
_STEP = 1024 * 1024
# What brotli before 1.2 is given at once: it makes up to 16 MiB of a dozen bytes, and cannot be stopped.
_BROTLI_SIP = 16


class Compression(Enum):
    """What a client may ask of a server; the values are the query parameter's spelling."""

    NONE = "None"
    GZIP = "Gzip"
    BROTLI = "Brotli"


# What a frame begins with.
COMPRESSION_TAGS = {Compression.NONE: b"\x00", Compression.BROTLI: b"\x01", Compression.GZIP: b"\x02"}
_GZIP, _BROTLI = Compression.GZIP, Compression.BROTLI  # each message passes them: looked up once
_BY_TAG = {tag: compression for compression, tag in COMPRESSION_TAGS.items()}


def has_brotli() -> bool:
    """Whether the optional `brotli` package is installed."""
    return is_installed("brotli")


def decompress_frame(frame: bytes, limit: int = MESSAGE_LIMIT) -> bytes:
    """The messages of a server frame, without its compression byte. ProtocolError for a frame that is none."""
    plain, start = open_frame(frame, limit)
    return plain[start:]


def open_frame(frame: bytes, limit: int = MESSAGE_LIMIT) -> tuple[bytes, int]:
    """The same, and where in it they begin: a frame that is not compressed is not copied, however large."""
    if not frame:
        raise ProtocolError("the server sent an empty frame")
    if not frame[0]:
        if len(frame) > limit + 1:
            raise too_long(limit)
        return frame, 1
    compression = _BY_TAG.get(frame[:1])
    if compression is None:
        raise ProtocolError(f"the server sent a frame of unknown compression {frame[0]}")
    return decompress(frame[1:], compression, limit), 0


def decompress(data: bytes, compression: Compression, limit: int = MESSAGE_LIMIT) -> bytes:
    """At most `limit` bytes.

    ProtocolError when `data` is not what it should be, says more than that, or needs brotli and it is not installed.
    """
    plain = data
    if compression is _GZIP:
        plain = _gunzip(data, limit)
    elif compression is _BROTLI:
        plain = _unbrotli(data, limit)
    if len(plain) > limit:
        raise too_long(limit)
    return plain


def too_long(limit: int) -> ProtocolError:
    """The error of a message that exceeds `limit` bytes."""
    return ProtocolError(
        f"the server sent a message of more than {limit} bytes: subscribe to less, or allow longer messages"
    )


def _gunzip(data: bytes, limit: int) -> bytes:
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(data, limit + 1)
    except zlib.error as error:
        raise ProtocolError(f"the server sent a broken gzip stream ({error})") from error
    if len(plain) <= limit and (not stream.eof or stream.unused_data):
        raise ProtocolError(
            f"the server sent a broken gzip stream ({'more' if stream.eof else 'less'} than one)"
        )
    return plain


def _unbrotli(data: bytes, limit: int) -> bytes:
    if not has_brotli():
        raise ProtocolError(
            f"the server sent a brotli stream: {pip_line('brotli')}, or connect with compression='gzip'"
        )
    brotli = import_module("brotli")
    stream = brotli.Decompressor()
    read = _in_steps if hasattr(stream, "can_accept_more_data") else _in_sips
    parts: list[bytes] = []
    length = 0
    try:
        for part in read(stream, data):
            parts.append(part)
            length += len(part)
            if length > limit:
                raise too_long(limit)
    except brotli.error as error:
        raise ProtocolError(f"the server sent a broken brotli stream ({error})") from error
    if not stream.is_finished():
        raise ProtocolError("the server sent a broken brotli stream (less than one)")
    return b"".join(parts)


def _in_steps(stream: Any, data: bytes) -> Iterator[bytes]:
    part = stream.process(data, output_buffer_limit=_STEP)
    while part:
        yield part
        if stream.is_finished():
            return
        part = stream.process(b"", output_buffer_limit=_STEP)


def _in_sips(stream: Any, data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _BROTLI_SIP):
        yield stream.process(data[start : start + _BROTLI_SIP])
