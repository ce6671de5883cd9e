"""How arguments and results are written inside messages: as BSATN everywhere but in v1.json."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from .subprotocol import Payload, ProtocolSchema

__all__ = ["BsatnValues", "ValueFormat", "first_line"]


class ValueFormat(Protocol):
    no_arguments: ClassVar[Payload]

    def encode_arguments(self, function: str, args: tuple[object, ...]) -> Payload:
        """EncodeError for values that do not fit, KeyError for a function that the bindings do not know."""

    def decode_arguments(self, function: str, encoded: Payload) -> list[object]:
        """In parameter order. DecodeError when they are not what the bindings say."""

    def decode_return(self, procedure: str, value: Payload) -> Any: ...


class BsatnValues:
    """Arguments and results as BSATN."""

    no_arguments: ClassVar[Payload] = b""

    def __init__(self, schema: ProtocolSchema) -> None:
        self._schema = schema

    def encode_arguments(self, function: str, args: tuple[object, ...]) -> bytes:
        return self._schema.arguments(function).encode(args)

    def decode_arguments(self, function: str, encoded: Payload) -> list[object]:
        assert isinstance(encoded, bytes)
        return list(self._schema.arguments(function).decode(encoded))

    def decode_return(self, procedure: str, value: Payload) -> Any:
        assert isinstance(value, bytes)
        return_type = self._schema.procedures[procedure].return_type
        return self._schema.space.codec(return_type, f"result of {procedure}").decode(value)


# How a server begins to tell what was running in a module that failed.
_BACKTRACE = "error while executing at wasm backtrace:"


def first_line(text: str) -> str:
    """A server's text without the backtrace that a panic brings along."""
    first = text.partition("\n")[0]
    return (
        first.removesuffix(_BACKTRACE) + "the module's log says why" if first.endswith(_BACKTRACE) else first
    )
