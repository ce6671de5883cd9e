"""The subprotocol v1.bsatn: one binary message per frame (spec: websocket.md section 4)."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import ProtocolError
from ..compression import MESSAGE_LIMIT, Compression, decompress
from ..messages import v1
from ..outcomes import Outcome
from ..rows.merging import TableShare
from .subprotocol import CallEncoder, Decoding, Payload, ProtocolSchema
from .v1 import V1Codec
from .value_formats import BsatnValues

__all__ = ["V1Bsatn"]


class V1Bsatn(V1Codec):
    """Binary frames of one message each, whole or with single query updates compressed."""

    subprotocol = "v1.bsatn.spacetimedb"

    def __init__(self, schema: ProtocolSchema, *, message_limit: int = MESSAGE_LIMIT) -> None:
        super().__init__(BsatnValues(schema), schema.tables, message_limit)
        self._schema = schema

    def reducer_encoder(self, name: str) -> CallEncoder:
        whole = v1.CLIENT_MESSAGE.encode(v1.CallReducer(name, b"", 0))
        # No arguments, request id and flags are its end.
        return self._schema.space.call_frame(self._schema.parameters(name), [whole[:-9]], [None, b"\0"])

    def _write(self, message: v1.ClientMessage) -> Payload:
        return v1.CLIENT_MESSAGE.encode(message)

    def _said(self, frame: Payload) -> list[Outcome] | Decoding:
        plain, start = self._opened(frame)
        return self._outcomes(v1.SERVER_MESSAGE.decode(plain, start))

    def _shares(self, update: v1.DatabaseUpdate) -> Iterator[TableShare]:
        room = self._message_limit
        for table in update.tables:
            for part in table.updates:
                if isinstance(part, v1.Uncompressed):  # as nearly all are
                    changed = part.value
                    yield table.table_name, changed.deletes, changed.inserts
                    continue
                match part:
                    case v1.Brotli(data):
                        plain = decompress(data, Compression.BROTLI, room)
                    case v1.Gzip(data):
                        plain = decompress(data, Compression.GZIP, room)
                    case _:
                        raise ProtocolError(f"a query update of unknown compression {part!r:.60}")
                room -= len(plain)
                self.plain_bytes += len(plain)
                changed = v1.QUERY_UPDATE.decode(plain)
                yield table.table_name, changed.deletes, changed.inserts
