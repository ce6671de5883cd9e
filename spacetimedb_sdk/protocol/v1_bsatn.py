"""The subprotocol v1.bsatn: one binary message per frame (spec: websocket.md section 4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from ..errors import ProtocolError
from ..sats.codec import Codec
from . import v1_messages as v1
from .compression import MESSAGE_LIMIT, Compression, decompress
from .subprotocol import Payload, ProtocolSchema
from .v1_codec import V1Codec
from .value_formats import BsatnValues

__all__ = ["V1Bsatn"]

_LENGTH = struct.Struct("<I")
_TAIL = struct.Struct("<IB")  # request id and flags


class V1Bsatn(V1Codec):
    """Binary frames of one message each, whole or with single query updates compressed."""

    subprotocol = "v1.bsatn.spacetimedb"

    def __init__(self, schema: ProtocolSchema, *, message_limit: int = MESSAGE_LIMIT) -> None:
        super().__init__(BsatnValues(schema), schema.tables, message_limit)
        self._schema = schema
        self._calls: dict[str, tuple[bytes, Codec]] = {}

    def call_reducer(self, name: str, args: tuple[Any, ...], request_id: int) -> Payload:
        """The bytes of CallReducer, put together in place: a game makes many calls, and only their ends differ."""
        head, codec = self._calls.get(name) or self._call(name)
        out = bytearray(head)
        codec.encode_into(out, args)
        _LENGTH.pack_into(out, len(head) - 4, len(out) - len(head))
        out += _TAIL.pack(request_id, 0)
        return bytes(out)

    def _call(self, name: str) -> tuple[bytes, Codec]:
        """What is the same in every call of a reducer: the message up to the arguments, and their codec."""
        whole = v1.CLIENT_MESSAGE.encode(v1.CallReducer(name, b"", 0))
        found = self._calls[name] = (whole[: -_TAIL.size], self._schema.arguments(name))
        return found

    def _write(self, message: v1.ClientMessage) -> Payload:
        return v1.CLIENT_MESSAGE.encode(message)

    def _messages(self, frame: Payload) -> Iterator[v1.ServerMessage]:
        yield v1.SERVER_MESSAGE.decode(self._decompressed(frame))

    def _query_updates(self, update: v1.DatabaseUpdate) -> Iterator[tuple[str, v1.QueryUpdate]]:
        room = self._message_limit
        for table in update.tables:
            for part in table.updates:
                match part:
                    case v1.Uncompressed(query_update):
                        yield table.table_name, query_update
                        continue
                    case v1.Brotli(data):
                        plain = decompress(data, Compression.BROTLI, room)
                    case v1.Gzip(data):
                        plain = decompress(data, Compression.GZIP, room)
                    case _:
                        raise ProtocolError(f"a query update of unknown compression {part!r:.60}")
                room -= len(plain)
                yield table.table_name, v1.QUERY_UPDATE.decode(plain)
