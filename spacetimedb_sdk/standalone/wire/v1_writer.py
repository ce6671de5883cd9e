"""The v1 server messages that carry rows, written from parts that are encoded already (spec: websocket.md section 4.2).

The codecs of `protocol.v1_messages` would encode every row list again for every client; here each part is made once and
joined, or stays in pieces where it is long. What has no rows goes through those codecs. Parts are BSATN here, JSON in
`v1_json_writer`.
"""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

from ...protocol.messages import v1
from ..engine.calls import Transaction
from ..engine.procedures import ProcedureOutcome
from .parts import Part, joined
from .row_batch import EMPTY_ROW_LIST, RowBatch
from .server_message import ServerMessage

__all__ = ["APPLIED_TAGS", "V1BsatnWriter", "V1Writer"]

_NO_CONNECTION = bytes(16)
_NO_ENERGY = bytes(16)
# A TransactionUpdate after its status: time, caller, connection and length of the reducer's name, number and length of
# the arguments, request, energy and duration.
_TAIL_HEAD, _TAIL_ARGS, _TAIL_END = struct.Struct("<q32s16sI"), struct.Struct("<II"), struct.Struct("<I16sq")
APPLIED_TAGS = {
    "SubscribeApplied": 5,
    "UnsubscribeApplied": 6,
    "SubscribeMultiApplied": 8,
    "UnsubscribeMultiApplied": 9,
}


class V1Writer(ABC):
    """How one of the two v1 subprotocols writes; one instance serves all connections."""

    subprotocol: ClassVar[str]
    is_json: ClassVar[bool] = False

    @abstractmethod
    def message(self, message: v1.ServerMessage) -> ServerMessage:
        """A whole message that has no rows."""

    @abstractmethod
    def returned(self, outcome: ProcedureOutcome) -> v1.Returned:
        """What a procedure returned."""

    # Parts

    @abstractmethod
    def steps(self, batch: RowBatch) -> Iterator[int]:
        """Writes the rows of a batch step by step, so that others may be let in between."""

    @cached_property
    def no_tables(self) -> Part:
        """The update of a database in which nothing has changed."""
        return self.database_update(())

    @abstractmethod
    def query_update(self, deletes: RowBatch | None, inserts: RowBatch | None) -> Part: ...

    @abstractmethod
    def table_update(self, table_id: int, name: str, num_rows: int, updates: Sequence[Part]) -> Part: ...

    @abstractmethod
    def database_update(self, tables: Sequence[Part]) -> Part: ...

    @abstractmethod
    def transaction_tail(self, transaction: Transaction, request_id: int) -> bytes:
        """Everything of a TransactionUpdate after its status: the same for all who get it."""

    # Messages

    @abstractmethod
    def initial_subscription(self, update: Part, request_id: int, micros: int) -> ServerMessage: ...

    @abstractmethod
    def applied_single(
        self, kind: str, request_id: int, micros: int, query_id: int, table_id: int, name: str, update: Part
    ) -> ServerMessage:
        """`kind` is SubscribeApplied or UnsubscribeApplied; `update` is one TableUpdate."""

    @abstractmethod
    def applied_multi(
        self, kind: str, request_id: int, micros: int, query_id: int, update: Part
    ) -> ServerMessage:
        """`kind` is SubscribeMultiApplied or UnsubscribeMultiApplied; `update` is a DatabaseUpdate."""

    @abstractmethod
    def one_off_response(
        self, message_id: bytes, name: str, rows: RowBatch, micros: int
    ) -> ServerMessage: ...

    @abstractmethod
    def committed(self, update: Part, tail: bytes) -> ServerMessage: ...

    @abstractmethod
    def failed(self, error: str, tail: bytes) -> ServerMessage: ...

    @abstractmethod
    def light(self, request_id: int, update: Part) -> ServerMessage: ...


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<I", len(data)) + data


class V1BsatnWriter(V1Writer):
    """v1.bsatn."""

    subprotocol = "v1.bsatn.spacetimedb"

    def message(self, message: v1.ServerMessage) -> ServerMessage:
        return ServerMessage(v1.SERVER_MESSAGE.encode(message))

    def returned(self, outcome: ProcedureOutcome) -> v1.Returned:
        return v1.Returned(outcome.bsatn)

    def steps(self, batch: RowBatch) -> Iterator[int]:
        return batch.bsatn_steps()

    def query_update(self, deletes: RowBatch | None, inserts: RowBatch | None) -> Part:
        removed = EMPTY_ROW_LIST if deletes is None else deletes.bsatn()
        added = EMPTY_ROW_LIST if inserts is None else inserts.bsatn()
        return joined((b"\x00", removed, added))

    def table_update(self, table_id: int, name: str, num_rows: int, updates: Sequence[Part]) -> Part:
        head = struct.pack("<I", table_id) + _string(name)
        return joined((head, struct.pack("<QI", num_rows, len(updates)), *updates))

    def database_update(self, tables: Sequence[Part]) -> Part:
        return joined((struct.pack("<I", len(tables)), *tables))

    def transaction_tail(self, transaction: Transaction, request_id: int) -> bytes:
        call = transaction.call
        name, args = call.name.encode(), call.args
        return b"".join(
            (
                _TAIL_HEAD.pack(
                    transaction.timestamp.micros,
                    call.sender.to_le(),
                    _NO_CONNECTION if call.connection_id is None else call.connection_id.to_le(),
                    len(name),
                ),
                name,
                _TAIL_ARGS.pack(call.reducer_id, len(args)),
                args,
                _TAIL_END.pack(request_id, _NO_ENERGY, transaction.duration_micros),
            )
        )

    def initial_subscription(self, update: Part, request_id: int, micros: int) -> ServerMessage:
        return ServerMessage(joined((b"\x00", update, struct.pack("<Iq", request_id, micros))))

    def applied_single(
        self, kind: str, request_id: int, micros: int, query_id: int, table_id: int, name: str, update: Part
    ) -> ServerMessage:
        head = struct.pack("<BIQII", APPLIED_TAGS[kind], request_id, micros, query_id, table_id)
        return ServerMessage(joined((head, _string(name), update)))

    def applied_multi(
        self, kind: str, request_id: int, micros: int, query_id: int, update: Part
    ) -> ServerMessage:
        head = struct.pack("<BIQI", APPLIED_TAGS[kind], request_id, micros, query_id)
        return ServerMessage(joined((head, update)))

    def one_off_response(self, message_id: bytes, name: str, rows: RowBatch, micros: int) -> ServerMessage:
        head = struct.pack("<BI", 4, len(message_id)) + message_id + struct.pack("<BI", 1, 1)
        return ServerMessage(joined((head, _string(name), rows.bsatn(), struct.pack("<q", micros))))

    def committed(self, update: Part, tail: bytes) -> ServerMessage:
        return ServerMessage(joined((b"\x01\x00", update, tail)))

    def failed(self, error: str, tail: bytes) -> ServerMessage:
        return ServerMessage(b"\x01\x01" + _string(error) + tail)

    def light(self, request_id: int, update: Part) -> ServerMessage:
        return ServerMessage(joined((struct.pack("<BI", 2, request_id), update)))
