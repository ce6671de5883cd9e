"""What the codecs of all subprotocols share: frames into messages into outcomes, and one end for all that is wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from ...errors import DecodeError, ProtocolError, SpacetimeDBException
from ...slices import Slices
from ..compression import open_frame
from ..outcomes import Malformed, Outcome
from ..rows.merging import MergedRows, RowReader, TableShare, WarnOnce
from .subprotocol import Decoding, Payload
from .value_formats import ValueFormat

__all__ = ["MessageCodec", "then"]


class MessageCodec(ABC):
    """The codec of one connection. It holds no state of it but which warnings were given, and whose rows are taken.

    `message_limit` bounds the bytes of one message after decompression.
    """

    subprotocol: ClassVar[str]

    def __init__(self, values: ValueFormat, readers: Mapping[str, RowReader], message_limit: int) -> None:
        self._values = values
        self._readers = readers
        self._message_limit = message_limit
        self._warn = WarnOnce()
        # The ids of the query sets whose rows are taken, None for all.
        self._sets: set[int] | None = None
        self.plain_bytes = 0

    def encode_arguments(self, function: str, args: tuple[object, ...]) -> Payload:
        return self._values.encode_arguments(function, args)

    def decode_return(self, procedure: str, value: Payload) -> Any:
        return self._values.decode_return(procedure, value)

    def take_sets(self, asked: set[int] | None) -> None:
        self._sets = asked

    def decode(self, frame: Payload) -> list[Outcome] | Decoding:
        self.plain_bytes = len(frame)
        try:
            said = self._said(frame)
        except SpacetimeDBException as error:
            return [self._malformed(error)]
        return said if isinstance(said, list) else self._rest(said)

    def _rest(self, said: Decoding) -> Decoding:
        try:
            return (yield from said)
        except SpacetimeDBException as error:
            return [self._malformed(error)]

    def _malformed(self, error: SpacetimeDBException) -> Malformed:
        if isinstance(error, DecodeError):
            error = ProtocolError(f"the server sent what is no {self.subprotocol} message: {error}")
        return Malformed(error)

    @abstractmethod
    def _said(self, frame: Payload) -> list[Outcome] | Decoding:
        """What a frame says, as `_outcomes` gives it. SpacetimeDBException where it cannot be read."""

    @abstractmethod
    def _outcomes(self, message: Any) -> list[Outcome] | Decoding:
        """What one message says: at once where it is short, for each generator is passed by every row of a short message."""

    def _add(self, merged: MergedRows, shares: Iterator[TableShare]) -> Iterable[None]:
        """Add the rows of `shares`: all of them, or those that are left between the pauses of what is returned."""
        for table, deletes, inserts in shares:
            left = merged.add(table, deletes, inserts)
            if left:
                return self._add_rest(left, merged, shares)
        return ()  # of most messages: a generator would cost as much as a row

    def _add_rest(
        self, left: Iterable[None], merged: MergedRows, shares: Iterator[TableShare]
    ) -> Slices[None]:
        yield from left
        yield from self._add(merged, shares)

    def _opened(self, frame: Payload) -> tuple[bytes, int]:
        """See `open_frame`."""
        if isinstance(frame, str):
            raise ProtocolError(f"the server sent text over {self.subprotocol}: {frame:.60}")
        plain, start = open_frame(frame, self._message_limit)
        if not start:
            self.plain_bytes = max(len(frame), len(plain))
        return plain, start

    def _rows(self) -> MergedRows:
        return MergedRows(self._readers, self._warn)


def then(left: Iterable[None], outcomes: list[Outcome]) -> list[Outcome] | Decoding:
    """`outcomes`, once what is left of their rows has been read."""
    return _after(left, outcomes) if left else outcomes


def _after(left: Iterable[None], outcomes: list[Outcome]) -> Decoding:
    yield from left
    return outcomes
