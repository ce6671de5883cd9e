"""The arguments of a client's call: from what it sent to what the reducer takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from ...errors import DecodeError, EncodeError
from ...sats.algebraic_type import ProductType, Typespace
from ...sats.bsatn.codec import CodecSpace
from ...sats.footprint import memory_per_byte
from ...sats.json.decoding import json_decoder, parse_json
from ..errors import CallRefused
from ..tables.datastore import Datastore
from ..turns import Share
from .calls import Reducer

__all__ = ["Arguments", "arguments_of", "check_length", "longest_arguments", "read_arguments"]

# Longer ones are read beside the loop: as much are some thousand small values, which takes a millisecond or two.
_LONG = 16 << 10
# What the values of one call may take in memory, which is what it may cost to store them, too: a reducer that keeps a list
# of a million lists has everybody wait while they are written. JSON is bounded by its length.
_MAX_MEMORY = 64 << 20


@dataclass(slots=True)  # frozen it would take three times as long to make, once a call
class Arguments:
    """What `reducer` is called with: its `values`, the same as `encoded` (BSATN), and the JSON they were sent as."""

    reducer: Reducer
    values: Sequence[object]
    encoded: bytes
    json: str | None = None


class Callee(Protocol):
    """What `arguments_of` asks of a database."""

    @property
    def datastore(self) -> Datastore: ...

    @property
    def reducers(self) -> Mapping[str, Reducer]: ...

    def find_reducer(self, name: str) -> Reducer: ...

    def bad_arguments(self, reducer: Reducer, error: Exception) -> CallRefused: ...


def longest_arguments(typespace: Typespace, params: ProductType) -> int:
    """How many bytes of BSATN a call of a function with these parameters may have: a list of lists takes sixteen times the
    memory of its bytes, and a single byte may stand for an object."""
    return max(int(_MAX_MEMORY / memory_per_byte(typespace, params)), _LONG)


def check_length(sent: bytes | str, longest: int) -> None:
    """DecodeError for arguments that could take too much memory."""
    if isinstance(sent, bytes) and len(sent) > longest:
        raise DecodeError(
            f"{len(sent)} bytes are too many: with these parameters a call has {longest} at most"
        )


def read_arguments(reducer: Reducer, space: CodecSpace, sent: bytes | str) -> Arguments:
    """The arguments that BSATN or a JSON text stands for: an array in order, or an object by name. DecodeError or
    EncodeError where they are none of that reducer. In any thread."""
    if isinstance(sent, bytes):
        return Arguments(reducer, reducer.args.decode(sent), sent)
    try:
        values = json_decoder(space, reducer.definition.params)(parse_json(sent, strict=True))
    except (ValueError, RecursionError) as error:
        raise DecodeError(str(error)) from error
    encoded = reducer.args.encode(values)
    return Arguments(reducer, reducer.args.decode(encoded), encoded, sent)


async def arguments_of(database: Callee, name: str, sent: bytes | str, share: Share) -> Arguments:
    """The same for the reducer `name`, long ones read beside the loop while others have their turns. CallRefused where
    the client may not call that, or not with these. To be called with before anything else is awaited."""
    while True:
        reducer, space = database.find_reducer(name), database.datastore.space
        try:
            if len(sent) <= _LONG:
                return read_arguments(reducer, space, sent)
            check_length(sent, reducer.longest)
            arguments = await share.aside(partial(read_arguments, reducer, space, sent))
        except (DecodeError, EncodeError) as error:
            raise database.bad_arguments(reducer, error) from error
        # Another module may have taken its place meanwhile: then they are read anew, for that one's reducer.
        if database.reducers.get(name) is reducer:
            return arguments
