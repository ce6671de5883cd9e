"""The compression byte of server frames, and compressed query updates (spec: websocket.md section 2)."""

from __future__ import annotations

import zlib
from enum import Enum
from importlib import import_module
from importlib.util import find_spec

from ..errors import ProtocolError

__all__ = ["Compression", "decompress", "decompress_frame", "has_brotli"]


class Compression(Enum):
    """What a client may ask of a server; the values are the query parameter's spelling."""

    NONE = "None"
    GZIP = "Gzip"
    BROTLI = "Brotli"


_TAGS = {0: Compression.NONE, 1: Compression.BROTLI, 2: Compression.GZIP}


def has_brotli() -> bool:
    """Whether the optional `brotli` package is installed."""
    return find_spec("brotli") is not None


def decompress_frame(frame: bytes) -> bytes:
    """The messages of a server frame, without its compression byte. ProtocolError for a frame that is none."""
    if not frame:
        raise ProtocolError("the server sent an empty frame")
    compression = _TAGS.get(frame[0])
    if compression is None:
        raise ProtocolError(f"the server sent a frame of unknown compression {frame[0]}")
    return decompress(frame[1:], compression)


def decompress(data: bytes, compression: Compression) -> bytes:
    """ProtocolError when `data` is not what it should be, or when brotli is asked for and not installed."""
    if compression is Compression.NONE:
        return data
    if compression is Compression.GZIP:
        try:
            return zlib.decompress(data, wbits=31)
        except zlib.error as error:
            raise ProtocolError(f"the server sent a broken gzip stream ({error})") from error
    if not has_brotli():
        raise ProtocolError(
            "the server sent a brotli stream: install the `brotli` package, or connect with compression='gzip'"
        )
    brotli = import_module("brotli")
    try:
        plain: bytes = brotli.decompress(data)
    except brotli.error as error:
        raise ProtocolError(f"the server sent a broken brotli stream ({error})") from error
    return plain
