"""The subprotocol v1.bsatn: server frames into outcomes, and what a client says into frames (spec: websocket.md 4)."""

from __future__ import annotations

import logging
from collections.abc import Generator
from typing import Any

from ..errors import DecodeError, ProtocolError, SpacetimeDBException
from ..types import Address
from . import v1_messages as v1
from .compression import Compression, decompress, decompress_frame
from .outcomes import (
    Call,
    Connected,
    DecodedRows,
    Malformed,
    OneOffResult,
    ProcedureReturned,
    Removed,
    SubscriptionApplied,
    SubscriptionRefused,
    TableRows,
    Transaction,
)
from .row_decoding import TableReader
from .subprotocol import Decoding, Payload, ProtocolSchema

__all__ = ["V1Bsatn"]

NO_REDUCER_ID = 0xFFFFFFFF
log = logging.getLogger("spacetimedb_sdk.protocol")


class V1Bsatn:
    """The codec of one connection. It holds no state of it but which warnings were given."""

    subprotocol = "v1.bsatn.spacetimedb"
    replaces_in_one_step = True

    def __init__(self, schema: ProtocolSchema) -> None:
        self._schema = schema
        self._warned: set[str] = set()

    # -- from the client -----------------------------------------------------------------------------------------------

    def encode_arguments(self, function: str, args: tuple[Any, ...]) -> Payload:
        return self._schema.arguments(function).encode(args)

    def call_reducer(self, name: str, arguments: Payload, request_id: int) -> Payload:
        assert isinstance(arguments, bytes)
        return v1.CLIENT_MESSAGE.encode(v1.CallReducer(name, arguments, request_id))

    def call_procedure(self, name: str, arguments: Payload, request_id: int) -> Payload:
        assert isinstance(arguments, bytes)
        return v1.CLIENT_MESSAGE.encode(v1.CallProcedure(name, arguments, request_id))

    def replace_subscription(self, queries: list[str], request_id: int) -> Payload:
        """The legacy message: the server swaps the whole set in one step."""
        return v1.CLIENT_MESSAGE.encode(v1.Subscribe(queries, request_id))

    def subscribe(self, queries: list[str], request_id: int, query_id: int) -> Payload:
        return v1.CLIENT_MESSAGE.encode(v1.SubscribeMulti(queries, request_id, v1.QueryId(query_id)))

    def unsubscribe(self, request_id: int, query_id: int) -> Payload:
        return v1.CLIENT_MESSAGE.encode(v1.UnsubscribeMulti(request_id, v1.QueryId(query_id)))

    def one_off_query(self, query: str, request_id: int) -> Payload:
        return v1.CLIENT_MESSAGE.encode(v1.OneOffQuery(request_id.to_bytes(4, "little"), query))

    def decode_return(self, procedure: str, value: Payload) -> Any:
        assert isinstance(value, bytes)
        return_type = self._schema.procedures[procedure].return_type
        return self._schema.space.codec(return_type, f"result of {procedure}").decode(value)

    # -- from the server -----------------------------------------------------------------------------------------------

    def decode(self, frame: Payload) -> Decoding:
        try:
            if isinstance(frame, str):
                raise ProtocolError(f"the server sent text over {self.subprotocol}: {frame:.60}")
            message = v1.SERVER_MESSAGE.decode(decompress_frame(frame))
            return (yield from self._outcomes(message))
        except DecodeError as error:
            return [Malformed(ProtocolError(f"the server sent what is no v1.bsatn message: {error}"))]
        except SpacetimeDBException as error:
            return [Malformed(error)]

    def _outcomes(self, message: v1.ServerMessage) -> Decoding:
        match message:
            case v1.TransactionUpdate():
                return (yield from self._transaction(message))
            case v1.TransactionUpdateLight(request_id, update):
                tables = yield from self._update(update)
                return [Transaction(tables, "committed", "", None, None)]
            case v1.IdentityToken(identity, token, connection_id):
                return [Connected(identity, token, connection_id, self.subprotocol)]
            case v1.InitialSubscription(update, request_id):
                return [
                    SubscriptionApplied(request_id, None, (yield from self._update(update)), replaces=True)
                ]
            case v1.SubscribeMultiApplied(request_id, _, query_id, update):
                tables = yield from self._update(update)
                return [SubscriptionApplied(request_id, query_id.id, tables, replaces=False)]
            case v1.SubscribeApplied(request_id, _, query_id, rows):
                tables = yield from self._update(v1.DatabaseUpdate([rows.table_rows]))
                return [SubscriptionApplied(request_id, query_id.id, tables, replaces=False)]
            case v1.UnsubscribeMultiApplied(request_id, _, query_id, update):
                return [Removed(request_id, query_id.id, (yield from self._update(update)))]
            case v1.UnsubscribeApplied(request_id, _, query_id, rows):
                tables = yield from self._update(v1.DatabaseUpdate([rows.table_rows]))
                return [Removed(request_id, query_id.id, tables)]
            case v1.SubscriptionError():
                dropped_all = message.request_id is None and message.query_id is None
                return [SubscriptionRefused(message.request_id, message.query_id, message.error, dropped_all)]
            case v1.OneOffQueryResponse(message_id, error, one_off):
                request_id = int.from_bytes(message_id[:4], "little")
                return [OneOffResult(request_id, error, (yield from self._one_off(one_off)))]
            case v1.ProcedureResult(status, _, _, request_id):
                return [_returned(request_id, status)]
            case _:
                raise ProtocolError(
                    f"the server sent a {type(message).__name__}, which nobody here asked for"
                )

    def _transaction(self, message: v1.TransactionUpdate) -> Decoding:
        info = message.reducer_call
        status, text, tables = "committed", "", []
        match message.status:
            case v1.Committed(update):
                tables = yield from self._update(update)
            case v1.Failed(text):
                status = "failed"
            case v1.OutOfEnergy():
                status = "outofenergy"
        if status == "failed" and info.reducer_id == NO_REDUCER_ID and info.reducer_name in ("", "<none>"):
            # 1.x answers a refused legacy subscription so (spec: observed.md).
            return [SubscriptionRefused(info.request_id or None, None, text)]
        call = Call(
            reducer_name=info.reducer_name,
            args=self._arguments(info),
            encoded=info.args,
            caller_identity=message.caller_identity,
            caller_address=Address.from_bytes(message.caller_connection_id.data),
            request_id=info.request_id,
        )
        return [Transaction(tables, status, text, call, message.timestamp)]

    def _arguments(self, info: v1.ReducerCallInfo) -> list[Any]:
        if info.reducer_name not in self._schema.reducers or not info.args:
            return []
        try:
            return list(self._schema.arguments(info.reducer_name).decode(info.args))
        except DecodeError as error:
            self._warn_once(
                f"args:{info.reducer_name}",
                "the arguments of reducer %s do not fit the bindings (%s): regenerate them",
                info.reducer_name,
                error,
            )
            return []

    def _update(self, update: v1.DatabaseUpdate) -> Generator[None, None, list[TableRows]]:
        """The rows by table; the same table's updates are joined, in order."""
        merged: dict[str, TableRows] = {}
        for table in update.tables:
            reader = self._reader(table.table_name)
            if reader is None:
                continue
            rows = merged.setdefault(
                table.table_name, TableRows(table.table_name, DecodedRows(), DecodedRows())
            )
            for part in table.updates:
                query_update = _uncompressed(part)
                yield from reader.read(query_update.deletes, rows.deletes)
                yield from reader.read(query_update.inserts, rows.inserts)
        return list(merged.values())

    def _one_off(self, tables: list[v1.OneOffTable]) -> Generator[None, None, list[TableRows]]:
        found: list[TableRows] = []
        for table in tables:
            reader = self._reader(table.table_name)
            if reader is not None:
                rows = TableRows(table.table_name, DecodedRows(), DecodedRows())
                yield from reader.read(table.rows, rows.inserts)
                found.append(rows)
        return found

    def _reader(self, table: str) -> TableReader | None:
        reader = self._schema.tables.get(table)
        if reader is None:
            self._warn_once(
                f"table:{table}",
                "rows of table %s are skipped: the bindings do not know it, regenerate them",
                table,
            )
        return reader

    def _warn_once(self, key: str, text: str, *args: object) -> None:
        if key not in self._warned:
            self._warned.add(key)
            log.warning(text, *args)


def _uncompressed(update: v1.CompressableQueryUpdate) -> v1.QueryUpdate:
    match update:
        case v1.Uncompressed(value):
            return value
        case v1.Brotli(data):
            plain = decompress(data, Compression.BROTLI)
        case v1.Gzip(data):
            plain = decompress(data, Compression.GZIP)
        case _:
            raise ProtocolError(f"a query update of unknown compression {update!r:.60}")
    decoded: v1.QueryUpdate = v1.QUERY_UPDATE.decode(plain)
    return decoded


def _returned(request_id: int, status: v1.ProcedureStatus) -> ProcedureReturned:
    match status:
        case v1.Returned(value):
            return ProcedureReturned(request_id, value, None)
        case v1.InternalError(text):
            return ProcedureReturned(request_id, None, text)
    return ProcedureReturned(request_id, None, "the procedure ran out of energy")
