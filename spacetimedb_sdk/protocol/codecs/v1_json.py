"""The subprotocol v1.json: one JSON text per frame, rows and arguments as JSON texts in it (spec: websocket.md section 4.4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, ClassVar

from ...errors import DecodeError, ProtocolError
from ...sats.json.decoding import JsonDecoder, JsonEncoder, json_decoder, json_encoder, parse_json
from ..compression import MESSAGE_LIMIT, too_long
from ..messages import v1
from ..outcomes import Outcome
from ..rows.json_rows import JsonTableReader
from ..rows.merging import TableShare
from .subprotocol import CallEncoder, Decoding, Payload, ProtocolSchema
from .v1 import V1Codec

__all__ = ["JsonValues", "V1Json"]


@cache
def _encoder() -> JsonEncoder:
    return json_encoder(v1.JSON_SPACE, v1.JSON_CLIENT_MESSAGE, positional=False)


@cache
def _decoder() -> JsonDecoder:
    return json_decoder(v1.JSON_RECEIVED_SPACE, v1.JSON_SERVER_MESSAGE)


class JsonValues:
    """Arguments and results as JSON text: arguments an array in parameter order, types inside by their names."""

    no_arguments: ClassVar[Payload] = "[]"

    def __init__(self, schema: ProtocolSchema) -> None:
        self._schema = schema

    def encode_arguments(self, function: str, args: tuple[object, ...]) -> str:
        self._schema.arguments(function).encode(args)
        encoders = (
            json_encoder(self._schema.space, element.type, positional=False, nan_as_null=False)
            for element in self._schema.parameters(function).elements
        )
        values = [encode(value) for encode, value in zip(encoders, args, strict=True)]
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    def decode_arguments(self, function: str, encoded: Payload) -> list[object]:
        assert isinstance(encoded, str)
        decode = json_decoder(self._schema.space, self._schema.parameters(function), null_is_nan=True)
        return list(decode(parse_json(encoded)))

    def decode_return(self, procedure: str, value: Payload) -> Any:
        assert isinstance(value, str)
        return_type = self._schema.procedures[procedure].return_type
        try:
            return json_decoder(self._schema.space, return_type, null_is_nan=True)(parse_json(value))
        except DecodeError as error:
            raise DecodeError(f"result of {procedure}: {error}") from error


class V1Json(V1Codec):
    """Text frames both ways. Rows, keys and arguments are equal to those of v1.bsatn; NaN and infinities are lost."""

    subprotocol = "v1.json.spacetimedb"

    def __init__(self, schema: ProtocolSchema, *, message_limit: int = MESSAGE_LIMIT) -> None:
        readers = {table: JsonTableReader(reader) for table, reader in schema.tables.items()}
        super().__init__(JsonValues(schema), readers, message_limit)

    def reducer_encoder(self, name: str) -> CallEncoder:
        def encode(args: tuple[object, ...], request_id: int) -> Payload:
            arguments: Any = self.encode_arguments(name, args)  # a text
            return self._write(v1.CallReducer(name, arguments, request_id))

        return encode

    def _write(self, message: v1.ClientMessage) -> Payload:
        return json.dumps(_encoder()(message), ensure_ascii=False, separators=(",", ":"))

    def _opened(self, frame: Payload) -> tuple[Payload, int]:
        if len(frame) > self._message_limit:
            raise too_long(self._message_limit)
        return frame, 0

    def _said(self, plain: Any, start: int) -> list[Outcome] | Decoding:
        if not isinstance(plain, str):
            raise ProtocolError(f"the server sent bytes over {self.subprotocol}: {plain[:30].hex(' ')}")
        message = _decoder()(parse_json(plain))
        if type(message) is tuple:  # a TransactionUpdate, whose time is a Timestamp here
            status, timestamp, *rest = message
            message = (status, timestamp.micros, *rest)
        return self._outcomes(message)

    def _shares(self, tables: Iterable[Any]) -> Iterator[TableShare]:
        for _, name, _, updates in tables:
            for deletes, inserts in updates:
                yield name, deletes, inserts
