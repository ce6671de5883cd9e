"""What every subprotocol's codec can do, and what it knows of the module: the seam that clients stand on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

from ...records import field, record
from ...sats.algebraic_type import AlgebraicType, ProductType
from ...sats.bsatn.codec import Codec, CodecSpace
from ...slices import Slices
from ..outcomes import Outcome
from ..rows.decoding import TableReader

__all__ = ["CallEncoder", "Decoding", "Payload", "ProcedureSignature", "ProtocolSchema", "SubprotocolCodec"]

# What goes into one WebSocket message: bytes into a binary one, text into a text one.
Payload: TypeAlias = bytes | str
# From arguments and request id to the message of a call.
CallEncoder: TypeAlias = Callable[[tuple[object, ...], int], Payload]
# What a frame that is not short says: yields between slices of rows, and returns the outcomes.
Decoding: TypeAlias = Slices[list[Outcome]]


@record
class ProcedureSignature:
    params: ProductType
    return_type: AlgebraicType


@record
class ProtocolSchema:
    """What the bindings know: tables by their name on the wire, parameters by the name of reducer or procedure."""

    space: CodecSpace
    tables: Mapping[str, TableReader]
    reducers: Mapping[str, ProductType]
    procedures: Mapping[str, ProcedureSignature] = field(default_factory=dict)
    # A space finds a codec by its type, whose hash takes longer than the encoding of a call.
    _arguments: dict[str, Codec] = field(default_factory=dict, repr=False)

    def parameters(self, function: str) -> ProductType:
        """Of a reducer or a procedure. KeyError for an unknown one."""
        params = self.reducers.get(function)
        return self.procedures[function].params if params is None else params

    def arguments(self, function: str) -> Codec:
        """The codec of a reducer's or procedure's arguments: a tuple in parameter order. KeyError for an unknown one."""
        codec = self._arguments.get(function)
        if codec is None:
            params = self.parameters(function)
            codec = self._arguments[function] = self.space.codec(params, f"arguments of {function}")
        return codec


class SubprotocolCodec(Protocol):
    """Messages of one connection, both ways. A codec holds no state but which warnings were given, and whose rows are taken."""

    @property
    def subprotocol(self) -> str:
        """The name in `Sec-WebSocket-Protocol`."""

    @property
    def replaces_in_one_step(self) -> bool:
        """Whether `replace_subscription` exists: v1 has a message that swaps the whole set."""

    @property
    def plain_bytes(self) -> int:
        """What the frame that was decoded last came to, decompressed."""

    def encode_arguments(self, function: str, args: tuple[object, ...]) -> Payload:
        """The arguments as the call carries them. EncodeError for values that do not fit."""

    def reducer_encoder(self, name: str) -> CallEncoder:
        """What makes the calls of one reducer, one the bindings know. BAD_VALUE or EncodeError for what does not fit."""

    def call_procedure(self, name: str, args: tuple[object, ...], request_id: int) -> Payload: ...

    def replace_subscription(self, queries: list[str], request_id: int) -> Payload: ...

    def subscribe(self, queries: list[str], request_id: int, query_id: int) -> Payload: ...

    def unsubscribe(self, request_id: int, query_id: int) -> Payload:
        """Asks for the rows that leave, so that the cache can count them off."""

    def one_off_query(self, query: str, request_id: int) -> Payload: ...

    def decode_return(self, procedure: str, value: Payload) -> Any:
        """What a procedure returned. DecodeError when it is not of the type the bindings know."""

    def take_sets(self, asked: set[int] | None) -> None:
        """From now on take the rows of the query sets `asked` alone, and take out of it what ends; None takes every row."""

    def decode(self, frame: Payload) -> list[Outcome] | Decoding:
        """The outcomes of a frame, at once where it is short; what cannot be read comes as Malformed, in its place."""
