"""v1.json: the messages of `v1_writer` as JSON texts in UTF-8 (spec: websocket.md section 4.4, sats-json.md section 3)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache

from ...protocol.messages import v1
from ...sats.json.encoding import JsonEncoder, json_encoder
from ..engine.calls import ReducerCall, Transaction
from ..engine.database import Database
from ..engine.procedures import ProcedureOutcome
from .parts import Part, joined, separated
from .row_batch import RowBatch
from .server_message import ServerMessage
from .v1_writer import V1Writer

__all__ = ["V1JsonWriter"]


@cache
def _encoder() -> JsonEncoder:
    return json_encoder(v1.JSON_SPACE, v1.JSON_SERVER_MESSAGE, positional=False)


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _message(kind: str, *members: Part) -> ServerMessage:
    return ServerMessage(joined((b'{"%b":{' % kind.encode(), separated(b",", members), b"}}")), text=True)


def _member(name: str, value: object) -> bytes:
    return b'"%b":%b' % (name.encode(), _text(value))


def _written(name: str, value: Part) -> Part:
    """A member whose value is JSON already."""
    return joined((b'"%b":' % name.encode(), value))


def _duration(micros: int) -> bytes:
    return _member("total_host_execution_duration", {"__time_duration_micros__": micros})


class V1JsonWriter(V1Writer):
    """v1.json, which shows arguments as the caller wrote them, or by the definitions of `database`."""

    subprotocol = "v1.json.spacetimedb"
    is_json = True

    def __init__(self, database: Database) -> None:
        self._database = database
        self._args_encoders: dict[str, JsonEncoder] = {}

    def message(self, message: v1.ServerMessage) -> ServerMessage:
        return ServerMessage(_text(_encoder()(message)), text=True)

    def returned(self, outcome: ProcedureOutcome) -> v1.Returned:
        return v1.Returned(b"".join(outcome.json).decode())  # type: ignore[arg-type]  # text in v1.json

    def steps(self, batch: RowBatch) -> Iterator[int]:
        return batch.json_steps()

    def query_update(self, deletes: RowBatch | None, inserts: RowBatch | None) -> Part:
        removed = b"[]" if deletes is None else deletes.json()
        added = b"[]" if inserts is None else inserts.json()
        return joined((b'{"deletes":', removed, b',"inserts":', added, b"}"))

    def table_update(self, table_id: int, name: str, num_rows: int, updates: Sequence[Part]) -> Part:
        head = b'{"table_id":%d,"table_name":%b,"num_rows":%d' % (table_id, _text(name), num_rows)
        return joined((head, b',"updates":[', separated(b",", updates), b"]}"))

    def database_update(self, tables: Sequence[Part]) -> Part:
        return joined((b'{"tables":[', separated(b",", tables), b"]}"))

    def transaction_tail(self, transaction: Transaction, request_id: int) -> bytes:
        call = transaction.call
        connection_id = 0 if call.connection_id is None else int(call.connection_id)
        info = {
            "reducer_name": call.name,
            "reducer_id": call.reducer_id,
            "args": self._arguments(call),
            "request_id": request_id,
        }
        return b",".join(
            (
                _member("timestamp", {"__timestamp_micros_since_unix_epoch__": transaction.timestamp.micros}),
                _member("caller_identity", {"__identity__": f"0x{int(call.sender):x}"}),
                _member("caller_connection_id", {"__connection_id__": connection_id}),
                _member("reducer_call", info),
                _member("energy_quanta_used", {"quanta": 0}),
                _duration(transaction.duration_micros),
            )
        )

    def _arguments(self, call: ReducerCall) -> str:
        if call.json_args is not None:
            return call.json_args
        if not call.args:
            return "[]"
        reducer = self._database.reducers[call.name]
        encoder = self._args_encoders.get(call.name)
        if encoder is None:
            space, params = self._database.datastore.space, reducer.definition.params
            encoder = self._args_encoders[call.name] = json_encoder(space, params, positional=True)
        return _text(encoder(reducer.args.decode(call.args))).decode()

    def initial_subscription(self, update: Part, request_id: int, micros: int) -> ServerMessage:
        parts = _written("database_update", update), _member("request_id", request_id), _duration(micros)
        return _message("InitialSubscription", *parts)

    def applied_single(
        self, kind: str, request_id: int, micros: int, query_id: int, table_id: int, name: str, update: Part
    ) -> ServerMessage:
        head = b'{"table_id":%d,"table_name":%b,"table_rows":' % (table_id, _text(name))
        table = joined((head, update, b"}"))
        return _message(kind, *_applied_head(request_id, micros, query_id), _written("rows", table))

    def applied_multi(
        self, kind: str, request_id: int, micros: int, query_id: int, update: Part
    ) -> ServerMessage:
        return _message(kind, *_applied_head(request_id, micros, query_id), _written("update", update))

    def one_off_response(self, message_id: bytes, name: str, rows: RowBatch, micros: int) -> ServerMessage:
        return _message(
            "OneOffQueryResponse",
            _member("message_id", message_id.hex()),
            _member("error", {"none": []}),
            joined((b'"tables":[{"table_name":%b,"rows":' % _text(name), rows.json(), b"}]")),
            _duration(micros),
        )

    def committed(self, update: Part, tail: bytes) -> ServerMessage:
        return _message("TransactionUpdate", joined((b'"status":{"Committed":', update, b"}")), tail)

    def failed(self, error: str, tail: bytes) -> ServerMessage:
        return _message("TransactionUpdate", _member("status", {"Failed": error}), tail)

    def light(self, request_id: int, update: Part) -> ServerMessage:
        return _message(
            "TransactionUpdateLight", _member("request_id", request_id), _written("update", update)
        )


def _applied_head(request_id: int, micros: int, query_id: int) -> tuple[bytes, bytes, bytes]:
    return (
        _member("request_id", request_id),
        _member("total_host_execution_duration_micros", micros),
        _member("query_id", {"id": query_id}),
    )
