"""The v2 and v3 server messages that carry rows, written from parts that are encoded already (spec: websocket.md section 5).

What has no rows goes through the codecs of `protocol.v2_messages`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from ...protocol.messages import v2
from ...types import Timestamp
from .parts import Part, joined
from .row_batch import QueryDelta, RowBatch
from .server_message import ServerMessage

__all__ = [
    "message",
    "no_changes",
    "one_off_result",
    "query_rows",
    "query_set_update",
    "reducer_ok",
    "subscribe_applied",
    "subscribe_batch_applied",
    "table_update",
    "transaction_body",
    "transaction_update",
    "unsubscribe_applied",
]


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<I", len(data)) + data


def _array(items: Sequence[Part]) -> Part:
    return joined((struct.pack("<I", len(items)), *items))


def message(whole: v2.ServerMessage) -> ServerMessage:
    """A message that has no rows."""
    return ServerMessage(v2.SERVER_MESSAGE.encode(whole))


# Rows as they are


def query_rows(batches: Iterable[RowBatch]) -> Part:
    """QueryRows of one batch for each query."""
    return _array([joined((_string(batch.store.name), batch.bsatn())) for batch in batches])


def subscribe_applied(request_id: int, query_set_id: int, rows: Part) -> ServerMessage:
    return ServerMessage(joined((struct.pack("<BII", 1, request_id, query_set_id), rows)))


def unsubscribe_applied(request_id: int, query_set_id: int, rows: Part | None) -> ServerMessage:
    """Without `rows` unless the client asked for those that leave."""
    head = struct.pack("<BII", 2, request_id, query_set_id)
    return ServerMessage(head + b"\x01" if rows is None else joined((head, b"\x00", rows)))


def one_off_result(request_id: int, rows: Part) -> ServerMessage:
    return ServerMessage(joined((struct.pack("<BIB", 5, request_id, 0), rows)))


def subscribe_batch_applied(request_id: int, results: Sequence[tuple[int, Part | str]]) -> ServerMessage:
    """For each set its QueryRows, or why it was refused."""
    parts = []
    for query_set_id, outcome in results:
        refused = isinstance(outcome, str)
        body = _string(outcome) if isinstance(outcome, str) else outcome
        parts.append(joined((struct.pack("<IB", query_set_id, 1 if refused else 0), body)))
    return ServerMessage(joined((struct.pack("<BI", 8, request_id), _array(parts))))


# Changes


def table_update(name: str, deltas: Sequence[QueryDelta]) -> Part:
    """One TableUpdateRows for each query that matched; inserts come before deletes, unlike in v1."""
    rows = []
    for delta in deltas:
        if delta.inserts.store.is_event:
            rows.append(joined((b"\x01", delta.inserts.bsatn())))
        else:
            rows.append(joined((b"\x00", delta.inserts.bsatn(), delta.deletes.bsatn())))
    return joined((_string(name), _array(rows)))


def query_set_update(query_set_id: int, tables: Sequence[Part]) -> Part:
    return joined((struct.pack("<I", query_set_id), _array(tables)))


def transaction_body(query_sets: Sequence[Part]) -> Part:
    """The content of a TransactionUpdate, also of the one inside a ReducerResult."""
    return _array(query_sets)


def no_changes() -> Part:
    return _array(())


def transaction_update(body: Part) -> ServerMessage:
    return ServerMessage(joined((b"\x04", body)))


def reducer_ok(request_id: int, timestamp: Timestamp, body: Part) -> ServerMessage:
    """A ReducerResult of a reducer that returned nothing: none of the module's can return a value."""
    return ServerMessage(joined((struct.pack("<BIqBI", 6, request_id, timestamp.micros, 0, 0), body)))
