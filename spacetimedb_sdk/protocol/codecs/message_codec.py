"""What the codecs of all subprotocols share: frames into messages into outcomes, and one end for all that is wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ...errors import DecodeError, ProtocolError, SpacetimeDBException
from ...slices import Slices
from ..compression import COMPRESSION_TAGS, Compression, open_frame
from ..outcomes import Malformed, Outcome, TableRows, Transaction
from ..rows.merging import RowReader, TableShare, WarnOnce, joined
from .subprotocol import Decoding, Payload
from .value_formats import ValueFormat

__all__ = ["MessageCodec"]

# A number: texts begin with something else, and `python -bb` lets nobody compare them with bytes.
_UNCOMPRESSED = COMPRESSION_TAGS[Compression.NONE][0]


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
        self.plain_bytes = size = len(frame)
        try:
            if size and frame[0] == _UNCOMPRESSED and size <= self._message_limit:
                said = self._said(frame, 1)  # as most are, without a step in between
            else:
                said = self._said(*self._opened(frame))
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
    def _said(self, plain: Any, start: int) -> list[Outcome] | Decoding:
        """What an opened frame says from `start` on, as `_outcomes` gives it. SpacetimeDBException where it cannot be read."""

    @abstractmethod
    def _outcomes(self, message: Any) -> list[Outcome] | Decoding:
        """What one message says: at once where it is short, for each generator is passed by every row of a short message."""

    def _add(self, merged: dict[str, TableRows], shares: Iterator[TableShare]) -> Slices[TableRows] | None:
        """Add the rows of `shares` to those of their tables, unknown ones left out, up to rows of which there are more than a slice:
        those are returned, for `_add_rest`. None, as for most messages: that was all."""
        readers = self._readers
        for table, deletes, inserts in shares:
            reader = readers.get(table)
            if reader is None:
                self._warn.unknown_table(table)
                continue
            rows = reader.changes(deletes, inserts)
            if not isinstance(rows, TableRows):
                return rows
            merged[table] = rows if table not in merged else joined(merged[table], rows)
        return None

    def _add_rest(
        self, left: Slices[TableRows] | None, merged: dict[str, TableRows], shares: Iterator[TableShare]
    ) -> Slices[None]:
        """Add what is `left`, and all behind it. One generator for all: one within the other would nest as deep as there are."""
        while left is not None:
            rows = yield from left
            merged[rows.table] = rows if rows.table not in merged else joined(merged[rows.table], rows)
            left = self._add(merged, shares)

    def _tables(self, shares: Iterator[TableShare]) -> Slices[list[TableRows]]:
        """The rows of `shares` by table."""
        merged: dict[str, TableRows] = {}
        yield from self._add_rest(self._add(merged, shares), merged, shares)
        return [*merged.values()]

    def _transacted(self, transaction: Transaction, shares: Iterator[TableShare]) -> list[Outcome] | Decoding:
        """`transaction` with the rows of `shares`."""
        merged: dict[str, TableRows] = {}
        left = self._add(merged, shares)
        if left is not None:
            return self._later(transaction, left, merged, shares)
        transaction.tables = [*merged.values()]
        return [transaction]

    def _later(
        self,
        transaction: Transaction,
        left: Slices[TableRows],
        merged: dict[str, TableRows],
        shares: Iterator[TableShare],
    ) -> Decoding:
        yield from self._add_rest(left, merged, shares)
        transaction.tables = [*merged.values()]
        return [transaction]

    def _opened(self, frame: Payload) -> tuple[Payload, int]:
        """See `open_frame`."""
        if isinstance(frame, str):
            raise ProtocolError(f"the server sent text over {self.subprotocol}: {frame:.60}")
        plain, start = open_frame(frame, self._message_limit)
        if not start:
            self.plain_bytes = max(len(frame), len(plain))
        return plain, start
