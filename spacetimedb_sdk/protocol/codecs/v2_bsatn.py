"""The subprotocols v2.bsatn and v3.bsatn: the same messages, one or several of them per frame (spec: websocket.md sections 5 and 6)."""

from __future__ import annotations

from collections.abc import Iterable

from ...errors import DecodeError, ProtocolError
from ...sats.algebraic_type import STRING, Typespace
from ...sats.bsatn.codec import CodecSpace
from ...slices import Slices
from ...types import Err, Ok
from ..compression import MESSAGE_LIMIT
from ..messages import v2
from ..outcomes import (
    Call,
    Connected,
    OneOffResult,
    Outcome,
    ProcedureReturned,
    Removed,
    SubscriptionApplied,
    SubscriptionRefused,
    TableRows,
    Transaction,
)
from .message_codec import MessageCodec
from .subprotocol import CallEncoder, Decoding, Payload, ProtocolSchema
from .value_formats import BsatnValues, first_line

__all__ = ["V2Bsatn", "V3Bsatn"]

OUT_OF_ENERGY = "reducer ran out of energy"
_STRING = CodecSpace(Typespace(), {}).codec(STRING)


class V2Bsatn(MessageCodec):
    """Binary frames of one message each. The outcome of a call goes to the caller alone, by request id."""

    subprotocol = "v2.bsatn.spacetimedb"
    replaces_in_one_step = False

    def __init__(self, schema: ProtocolSchema, *, message_limit: int = MESSAGE_LIMIT) -> None:
        super().__init__(BsatnValues(schema), schema.tables, message_limit)
        self._schema = schema
        # Sets whose end was decoded and is not applied yet: what comes for them afterwards was never asked for, while what
        # came before waits, and still belongs to a set that stands.
        self._over: set[int] = set()

    # -- from the client -----------------------------------------------------------------------------------------------

    def reducer_encoder(self, name: str) -> CallEncoder:
        whole = v2.CLIENT_MESSAGE.encode(v2.CallReducer(0, 0, name, b""))
        # The request id follows the tag; no arguments are its end.
        return self._schema.space.call_frame(
            self._schema.parameters(name), [whole[:1], None, whole[5:-4]], []
        )

    def call_procedure(self, name: str, args: tuple[object, ...], request_id: int) -> Payload:
        arguments = self._values.encode_arguments(name, args)
        assert isinstance(arguments, bytes)
        return v2.CLIENT_MESSAGE.encode(v2.CallProcedure(request_id, 0, name, arguments))

    def replace_subscription(self, queries: list[str], request_id: int) -> Payload:
        raise ProtocolError(
            f"{self.subprotocol} has no message that replaces a subscription: add one, remove the other"
        )

    def subscribe(self, queries: list[str], request_id: int, query_id: int) -> Payload:
        return v2.CLIENT_MESSAGE.encode(v2.Subscribe(request_id, v2.QuerySetId(query_id), queries))

    def unsubscribe(self, request_id: int, query_id: int) -> Payload:
        flags = v2.UnsubscribeFlags.SendDroppedRows
        return v2.CLIENT_MESSAGE.encode(v2.Unsubscribe(request_id, v2.QuerySetId(query_id), flags))

    def one_off_query(self, query: str, request_id: int) -> Payload:
        return v2.CLIENT_MESSAGE.encode(v2.OneOffQuery(request_id, query))

    # -- from the server -----------------------------------------------------------------------------------------------

    def _messages(self, frame: Payload) -> Iterable[v2.ServerMessage]:
        return (v2.SERVER_MESSAGE.decode(*self._opened(frame)),)

    def _outcomes(self, message: v2.ServerMessage) -> Decoding:
        match message:
            case v2.TransactionUpdate():
                return [Transaction((yield from self._update(message)), "committed", "", None, None)]
            case v2.ReducerResult():
                return [(yield from self._reducer_result(message))]
            case v2.InitialConnection(identity, connection_id, token):
                return [Connected(identity, token, connection_id, self.subprotocol)]
            case v2.SubscribeApplied(request_id, query_set_id, rows):
                tables = yield from self._query_rows(rows)
                return [SubscriptionApplied(request_id, query_set_id.id, tables, replaces=False)]
            case v2.UnsubscribeApplied(request_id, query_set_id, rows):
                dropped = yield from self._query_rows(rows or v2.QueryRows([]), as_deletes=True)
                self._ended(query_set_id)
                return [Removed(request_id, query_set_id.id, dropped)]
            case v2.SubscriptionError(request_id, query_set_id, error):
                self._ended(query_set_id)
                return [SubscriptionRefused(request_id, query_set_id.id, error)]
            case v2.OneOffQueryResult(request_id, Ok(rows)):
                return [OneOffResult(request_id, None, (yield from self._query_rows(rows)))]
            case v2.OneOffQueryResult(request_id, Err(error)):
                return [OneOffResult(request_id, error, [])]
            case v2.ProcedureResult(v2.Returned(value), _, _, request_id):
                return [ProcedureReturned(request_id, value, None)]
            case v2.ProcedureResult(v2.InternalError(error), _, _, request_id):
                return [ProcedureReturned(request_id, None, first_line(error))]
            case v2.SubscribeBatchApplied():
                return (yield from self._batch(message))
            case _:
                raise ProtocolError(f"a {type(message).__name__} of unknown kind")

    def _ended(self, query_set: v2.QuerySetId) -> None:
        if self._sets is not None:
            self._over &= self._sets
            self._over.add(query_set.id)

    def _reducer_result(self, message: v2.ReducerResult) -> Slices[Transaction]:
        status, text, tables = "committed", "", []
        match message.result:
            case v2.OutcomeOk(done):
                tables = yield from self._update(done.transaction_update)
            case v2.OutcomeErr(data):
                status, text = "failed", _error_text(data)
            case v2.OutcomeInternalError(text):
                status = "outofenergy" if text == OUT_OF_ENERGY else "failed"
        call = Call("", [], b"", None, None, message.request_id, own=True)
        return Transaction(tables, status, text, call, message.timestamp)

    def _batch(self, message: v2.SubscribeBatchApplied) -> Decoding:
        outcomes: list[Outcome] = []
        for result in message.results:
            match result.outcome:
                case v2.SetApplied(rows):
                    tables = yield from self._query_rows(rows)
                    outcomes.append(
                        SubscriptionApplied(
                            message.request_id, result.query_set_id.id, tables, replaces=False
                        )
                    )
                case v2.SetError(error):
                    outcomes.append(SubscriptionRefused(message.request_id, result.query_set_id.id, error))
        return outcomes

    def _update(self, update: v2.TransactionUpdate) -> Slices[list[TableRows]]:
        """The rows of every query set, by table."""
        merged = self._rows()
        for query_set in update.query_sets:
            set_id = query_set.query_set_id.id
            if self._sets is not None and (set_id not in self._sets or set_id in self._over):
                self._warn.unknown_set(set_id)
                continue
            for table in query_set.tables:
                for rows in table.rows:
                    # By hand: to match a class and take its value out costs as much as a row.
                    if isinstance(rows, v2.PersistentTable):
                        changed = rows.value
                        yield from merged.add(
                            table.table_name, deletes=changed.deletes, inserts=changed.inserts
                        )
                    elif isinstance(rows, v2.EventTable):
                        yield from merged.add(table.table_name, inserts=rows.value.events)
        return merged.tables

    def _query_rows(self, rows: v2.QueryRows, *, as_deletes: bool = False) -> Slices[list[TableRows]]:
        merged = self._rows()
        for table in rows.tables:
            if as_deletes:
                yield from merged.add(table.table, deletes=table.rows)
            else:
                yield from merged.add(table.table, inserts=table.rows)
        return merged.tables


class V3Bsatn(V2Bsatn):
    """Frames of several messages from the server; this side sends one at a time, as the protocol allows."""

    subprotocol = "v3.bsatn.spacetimedb"

    def _messages(self, frame: Payload) -> Iterable[v2.ServerMessage]:
        plain, position = self._opened(frame)
        message, position = v2.SERVER_MESSAGE.decode_from(plain, position)
        yield message
        while position < len(plain):
            message, position = v2.SERVER_MESSAGE.decode_from(plain, position)
            yield message


def _error_text(data: bytes) -> str:
    """What a reducer returned as its error: a string, unless its module was written with no SDK there is."""
    try:
        text: str = _STRING.decode(data)
    except DecodeError:
        return f"the reducer failed with an error that is no string: {data[:60].hex(' ')}"
    return text
