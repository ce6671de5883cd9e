"""How arguments and results are written inside messages: as BSATN, or as JSON text in v1.json."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Protocol

from ...errors import DecodeError
from ...sats.json.decoding import json_decoder, json_encoder, parse_json
from .subprotocol import Payload, ProtocolSchema

__all__ = ["BsatnValues", "JsonValues", "ValueFormat", "first_line"]


class ValueFormat(Protocol):
    no_arguments: ClassVar[Payload]

    def encode_arguments(self, function: str, args: tuple[Any, ...]) -> Payload:
        """EncodeError for values that do not fit, KeyError for a function that the bindings do not know."""

    def decode_arguments(self, function: str, encoded: Payload) -> list[Any]:
        """In parameter order. DecodeError when they are not what the bindings say."""

    def decode_return(self, procedure: str, value: Payload) -> Any: ...


class BsatnValues:
    """Arguments and results as BSATN."""

    no_arguments: ClassVar[Payload] = b""

    def __init__(self, schema: ProtocolSchema) -> None:
        self._schema = schema

    def encode_arguments(self, function: str, args: tuple[Any, ...]) -> bytes:
        return self._schema.arguments(function).encode(args)

    def decode_arguments(self, function: str, encoded: Payload) -> list[Any]:
        assert isinstance(encoded, bytes)
        return list(self._schema.arguments(function).decode(encoded))

    def decode_return(self, procedure: str, value: Payload) -> Any:
        assert isinstance(value, bytes)
        return_type = self._schema.procedures[procedure].return_type
        return self._schema.space.codec(return_type, f"result of {procedure}").decode(value)


class JsonValues:
    """Arguments and results as JSON text: arguments an array in parameter order, types inside by their names."""

    no_arguments: ClassVar[Payload] = "[]"

    def __init__(self, schema: ProtocolSchema) -> None:
        self._schema = schema

    def encode_arguments(self, function: str, args: tuple[Any, ...]) -> str:
        self._schema.arguments(function).encode(args)
        encoders = (
            json_encoder(self._schema.space, element.type, positional=False, nan_as_null=False)
            for element in self._schema.parameters(function).elements
        )
        values = [encode(value) for encode, value in zip(encoders, args, strict=True)]
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    def decode_arguments(self, function: str, encoded: Payload) -> list[Any]:
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


def first_line(text: str) -> str:
    """A server's text without the backtrace that a panic brings along."""
    return text.partition("\n")[0]
