"""A client of v1.bsatn made of the `websocket` package and the message codecs alone."""

from __future__ import annotations

import socket
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import websocket

from spacetimedb_sdk.protocol.compression import decompress_frame
from spacetimedb_sdk.protocol.messages import v1
from spacetimedb_sdk.sats.bsatn.codec import CodecSpace
from spacetimedb_sdk.standalone import Server
from spacetimedb_sdk.types import ConnectionId, Identity
from tests.plugins.waiting import PATIENCE

PROTOCOL = "v1.bsatn.spacetimedb"


class RawClient:
    """Connects, takes the greeting, then says and hears one message at a time."""

    def __init__(
        self,
        server: Server,
        *,
        token: str | None = None,
        query: str = "compression=None",
        database: str | None = None,
    ) -> None:
        self.space: CodecSpace = server.database.datastore.space
        self.definition = server.database.definition
        header = [f"Authorization: Bearer {token}"] if token else []
        self.socket = websocket.create_connection(
            f"ws://{server.host}/v1/database/{database or server.name}/subscribe?{query}",
            subprotocols=[PROTOCOL],
            header=header,
            timeout=PATIENCE,
        )
        self.request_id = 0
        try:
            greeting = self.receive()
        except websocket.WebSocketException:
            self.socket.shutdown()  # type: ignore[no-untyped-call]
            raise
        assert isinstance(greeting, v1.IdentityToken)
        self.identity: Identity = greeting.identity
        self.connection_id: ConnectionId = greeting.connection_id
        self.token: str = greeting.token

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Says goodbye where the connection still stands, and lets the socket go either way."""
        self.socket.close(timeout=1)
        self.socket.shutdown()  # type: ignore[no-untyped-call]

    @property
    def sock(self) -> socket.socket:
        """The socket under the WebSocket."""
        found: socket.socket | None = self.socket.sock
        assert found is not None
        return found

    def send(self, message: Any) -> None:
        self.socket.send_binary(v1.CLIENT_MESSAGE.encode(message))

    def receive_frame(self) -> bytes:
        data = self.socket.recv()
        assert isinstance(data, bytes), data
        return data

    def receive(self) -> Any:
        return v1.SERVER_MESSAGE.decode(decompress_frame(self.receive_frame()))

    def ask(self, message: Any) -> Any:
        self.send(message)
        return self.receive()

    def call(self, reducer: str, *args: Any, flags: int = 0) -> int:
        """Sends a call without waiting; returns its request id."""
        self.request_id += 1
        (definition,) = [item for item in self.definition.reducers if item.name == reducer]
        encoded = self.space.codec(definition.params).encode(args)
        self.send(v1.CallReducer(reducer, encoded, self.request_id, flags))
        return self.request_id

    def subscribe(self, *queries: str, query_id: int = 1) -> Any:
        self.request_id += 1
        return self.ask(v1.SubscribeMulti(list(queries), self.request_id, v1.QueryId(query_id)))


def row_bytes(rows: v1.RowList) -> list[bytes]:
    """The encoded rows of a row list."""
    data, hint = rows.rows_data, rows.size_hint
    if isinstance(hint, v1.FixedSize):
        return [data[start : start + hint.value] for start in range(0, len(data), hint.value)]
    assert isinstance(hint, v1.RowOffsets)
    ends = [*hint.value[1:], len(data)]
    return [data[start:end] for start, end in zip(hint.value, ends, strict=True)] if hint.value else []


def changes(update: v1.DatabaseUpdate) -> dict[str, list[tuple[list[bytes], list[bytes]]]]:
    """(deletes, inserts) of each query, by table."""
    found: dict[str, list[tuple[list[bytes], list[bytes]]]] = {}
    for table in update.tables:
        here = found.setdefault(table.table_name, [])
        before = len(here)
        for part in table.updates:
            assert isinstance(part, v1.Uncompressed)
            here.append((row_bytes(part.value.deletes), row_bytes(part.value.inserts)))
        assert table.num_rows == sum(len(d) + len(i) for d, i in here[before:])
    return found


Connect = Callable[..., RawClient]
