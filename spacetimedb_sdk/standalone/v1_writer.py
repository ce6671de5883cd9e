"""The v1 server messages that carry rows, written from parts that are encoded already (spec: websocket.md section 4.2).

The codecs of `protocol.v1_messages` would encode every row list again for every client; here each part is made once and
joined. What has no rows goes through those codecs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from ..types import ConnectionId
from .database import Transaction

__all__ = [
    "EMPTY_ROW_LIST",
    "applied_multi",
    "applied_single",
    "database_update",
    "initial_subscription",
    "one_off_response",
    "query_update",
    "row_list",
    "table_update",
    "transaction_tail",
    "transaction_update",
    "transaction_update_failed",
    "transaction_update_light",
]

EMPTY_ROW_LIST = b"\x01" + bytes(8)
_U16_MAX = 0xFFFF
_NO_CONNECTION = bytes(16)
_NO_ENERGY = bytes(16)


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<I", len(data)) + data


def row_list(rows: Sequence[bytes]) -> bytes:
    """BsatnRowList of encoded rows: a fixed size where all have the same, else their offsets."""
    if not rows:
        return EMPTY_ROW_LIST
    data = b"".join(rows)
    size = len(rows[0])
    if 0 < size <= _U16_MAX and len(set(map(len, rows))) == 1:
        return struct.pack("<BHI", 0, size, len(data)) + data
    offsets, position = [], 0
    for row in rows:
        offsets.append(position)
        position += len(row)
    return struct.pack(f"<BI{len(offsets)}QI", 1, len(offsets), *offsets, len(data)) + data


def query_update(deletes: bytes, inserts: bytes) -> bytes:
    """CompressableQueryUpdate.Uncompressed of two row lists."""
    return b"\x00" + deletes + inserts


def table_update(table_id: int, name: str, num_rows: int, updates: Sequence[bytes]) -> bytes:
    head = struct.pack("<I", table_id) + _string(name)
    return b"".join((head, struct.pack("<QI", num_rows, len(updates)), *updates))


def database_update(tables: Sequence[bytes]) -> bytes:
    return b"".join((struct.pack("<I", len(tables)), *tables))


def initial_subscription(update: bytes, request_id: int, micros: int) -> bytes:
    return b"\x00" + update + struct.pack("<Iq", request_id, micros)


def transaction_tail(transaction: Transaction, request_id: int) -> bytes:
    """Everything of a TransactionUpdate after its status: the same for all who are told of it."""
    call = transaction.call
    return b"".join(
        (
            struct.pack("<q", transaction.timestamp.micros),
            call.sender.to_le(),
            _connection(call.connection_id),
            _string(call.name),
            struct.pack("<II", call.reducer_id, len(call.args)),
            call.args,
            struct.pack("<I", request_id),
            _NO_ENERGY,
            struct.pack("<q", transaction.duration_micros),
        )
    )


def _connection(connection_id: ConnectionId | None) -> bytes:
    return _NO_CONNECTION if connection_id is None else connection_id.to_le()


def transaction_update(update: bytes, tail: bytes) -> bytes:
    return b"\x01\x00" + update + tail


def transaction_update_failed(error: str, tail: bytes) -> bytes:
    return b"\x01\x01" + _string(error) + tail


def transaction_update_light(request_id: int, update: bytes) -> bytes:
    return struct.pack("<BI", 2, request_id) + update


def applied_single(
    tag: int, request_id: int, micros: int, query_id: int, table_id: int, name: str, update: bytes
) -> bytes:
    """SubscribeApplied (tag 5) or UnsubscribeApplied (6); `update` is one TableUpdate."""
    return struct.pack("<BIQII", tag, request_id, micros, query_id, table_id) + _string(name) + update


def applied_multi(tag: int, request_id: int, micros: int, query_id: int, update: bytes) -> bytes:
    """SubscribeMultiApplied (tag 8) or UnsubscribeMultiApplied (9); `update` is a DatabaseUpdate."""
    return struct.pack("<BIQI", tag, request_id, micros, query_id) + update


def one_off_response(message_id: bytes, tables: Iterable[tuple[str, bytes]], micros: int) -> bytes:
    """OneOffQueryResponse without an error; tables are names and row lists."""
    listed = [_string(name) + rows for name, rows in tables]
    head = struct.pack("<BI", 4, len(message_id)) + message_id + struct.pack("<BI", 1, len(listed))
    return b"".join((head, *listed, struct.pack("<q", micros)))
