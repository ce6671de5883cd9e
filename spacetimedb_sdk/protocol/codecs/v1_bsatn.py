"""The subprotocol v1.bsatn: one binary message per frame (spec: websocket.md section 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..compression import MESSAGE_LIMIT, Compression, decompress
from ..messages import v1
from ..outcomes import Outcome
from ..rows.merging import TableShare
from .subprotocol import CallEncoder, Decoding, Payload, ProtocolSchema
from .v1 import V1Codec
from .value_formats import BsatnValues

__all__ = ["V1Bsatn"]

# By the tags of a CompressableQueryUpdate.
_COMPRESSIONS = {1: Compression.BROTLI, 2: Compression.GZIP}


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

    def _said(self, plain: Any, start: int) -> list[Outcome] | Decoding:
        message = v1.RECEIVED_MESSAGE.decode(plain, start)
        # By hand as `_outcomes` does: a tuple is a TransactionUpdate, as most are.
        return self._transaction(message) if type(message) is tuple else self._outcomes(message)

    def _shares(self, tables: Iterable[Any]) -> Iterator[TableShare]:
        room = self._message_limit
        for _, name, _, updates in tables:
            for tag, changed in updates:
                if tag:  # as nearly none is
                    plain = decompress(changed, _COMPRESSIONS[tag], room)
                    room -= len(plain)
                    self.plain_bytes += len(plain)
                    changed = v1.RECEIVED_QUERY_UPDATE.decode(plain)
                deletes, inserts = changed
                yield name, deletes, inserts
